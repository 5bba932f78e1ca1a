"""Six optimizers on a ravine, at a saddle and in a bowl, one learning rate each.

Momentum adds up what the gradients have in common and cancels what alternates: it is faster along
a ravine's floor and away from a saddle's ridge. It needs something to add up, though: started
exactly on the ridge, where the gradient across it is 0, no method here leaves it. AdaGrad, RMSprop
and Adam divide by the size of the gradients, coordinate by coordinate: they step as far where it is
tiny as where it is large, and so leave the saddle first.

Polyak (1964); Nesterov (1983); Duchi, Hazan and Singer (2011); Tieleman and Hinton (2012);
Kingma and Ba (2015); saddles: Dauphin et al. (2014).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.studies.lab import Lab, Study, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray


class Surface(NamedTuple):
    """A function of two inputs, where to start, its minimum, and the picture's ranges."""

    f: Callable[[Any], Any]
    start: tuple[float, float]
    lowest: tuple[float, float]
    ranges: tuple[tuple[float, float], tuple[float, float]]


def _ravine(x: Any) -> Any:
    return 0.5 * (x[0] ** 2 + 50 * x[1] ** 2)


def _saddle(x: Any) -> Any:
    return 0.5 * x[0] ** 2 - 0.5 * x[1] ** 2 + 0.25 * x[1] ** 4


def _bowl(x: Any) -> Any:
    return x[0] ** 2 + x[1] ** 2


SURFACES = {
    "ravine": Surface(_ravine, (-9.0, 2.0), (0.0, 0.0), ((-10, 4), (-2.6, 2.6))),
    "saddle": Surface(_saddle, (1.5, 1e-3), (0.0, 1.0), ((-0.9, 1.9), (-0.7, 1.8))),
    "bowl": Surface(_bowl, (-3.0, 4.0), (0.0, 0.0), ((-4.2, 3.2), (-3.2, 5.0))),
}
# The first three share a rate, the most that Nesterov's form bears in the ravine being 0.027.
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {"lr": 0.02}),
    "momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
    "Nesterov": ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "AdaGrad": ("Adagrad", {"lr": 1.0}),
    "RMSprop": ("RMSprop", {"lr": 0.05}),
    "Adam": ("Adam", {"lr": 0.1}),
}


def run(lab: Lab) -> Callable[[], Figure]:
    """Every method on every surface: its walk, and the step from which on it is at the bottom."""
    steps = lab.scaled(500, 450)
    walks: dict[str, dict[str, NDArray[np.float64]]] = {}
    settled: dict[str, dict[str, float]] = {}
    for place, surface in SURFACES.items():
        walks[place] = {
            name: walk(lab, surface.f, surface.start, steps, kind, **options)
            for name, (kind, options) in METHODS.items()
        }
        settled[place] = {
            name: lab.number(f"{place}, {name}: steps to 0.1 % of the height", _settled(surface, w))
            for name, w in walks[place].items()
        }
    for place in ("ravine", "saddle"):
        plain, momentum, nesterov = (settled[place][name] for name in list(METHODS)[:3])
        lab.claim(
            f"{place}: momentum needs less than half the steps of SGD at the same rate",
            max(momentum, nesterov) < plain / 2,
        )
    left = {name: _first(np.abs(w[:, 1]) > 0.5) for name, w in walks["saddle"].items()}
    lab.number("saddle: step at which SGD leaves the ridge", left["SGD"])
    adaptive = max(left[name] for name in ("AdaGrad", "RMSprop", "Adam"))
    lab.claim(
        "the three that divide by the gradient's size leave the saddle first",
        adaptive < min(left[name] for name in ("SGD", "momentum", "Nesterov")),
    )
    on_ridge = {
        name: walk(lab, _saddle, (1.5, 0.0), 50, kind, **options)
        for name, (kind, options) in METHODS.items()
    }
    lab.claim(
        "exactly on the ridge no method leaves it, momentum or not",
        all((w[:, 1] == 0).all() for w in on_ridge.values()),
    )
    strides = np.linalg.norm(np.diff(walks["bowl"]["AdaGrad"], axis=0), axis=1)
    lab.claim("AdaGrad's strides in the bowl only shrink", (np.diff(strides[:20]) < 0).all())
    return partial(_draw, walks)


def _values(
    surface: Surface, x1: NDArray[np.float64], x2: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(surface.f([x1, x2]))


def _height(surface: Surface, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far above the minimum each point of a walk lies."""
    lowest = surface.f(np.array(surface.lowest))
    with np.errstate(under="ignore"):  # squares of coordinates that are all but 0
        return np.asarray(surface.f(points.T)) - lowest


def _settled(surface: Surface, points: NDArray[np.float64]) -> int:
    """The step from which on the walk stays within 0.1 % of the height at which it started."""
    heights = _height(surface, points)
    above = np.flatnonzero(~(heights < 1e-3 * heights[0]))
    return int(above[-1]) + 1 if above.size else 0


def _first(reached: NDArray[np.bool_]) -> int:
    return int(reached.argmax()) if reached.any() else len(reached)


def _shown(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights down to where roundings begin."""
    return np.where(heights > 1e-13, heights, np.nan)


def _draw(walks: Any) -> Figure:
    from experiments.figures import learning_curves, loss_surface, page

    figure, axes = page(3, 2, width=4.4, height=3.7)
    for (place, surface), above, below in zip(SURFACES.items(), axes[:3], axes[3:], strict=True):
        ways = {name: walks[place][name][:120] for name in ("SGD", "Nesterov", "RMSprop", "Adam")}
        loss_surface(
            partial(_values, surface), *surface.ranges, ways, minimum=surface.lowest,
            title=f"{place.capitalize()}: the first 120 steps", x="$x_1$", y="$x_2$", axes=above,
        )  # fmt: skip # data, then labels
        heights = {name: _shown(_height(surface, way)) for name, way in walks[place].items()}
        steps = np.arange(len(next(iter(heights.values()))))
        learning_curves(
            heights, steps=steps, log=True, title=f"{place.capitalize()}: height above the minimum",
            x="step", y="f − minimum", axes=below,
        )  # fmt: skip # data, then labels
        below.set_xlim(0, 300)
    return figure


STUDY = Study("optimizers", "Six optimizers on a ravine, at a saddle and in a bowl", run)
