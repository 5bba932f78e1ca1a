"""Gradient descent on a bowl with a learning rate that is too small, right, and too large.

    f = ½ Σ λ_i x_i²        x_i ← x_i − α λ_i x_i = (1 − α λ_i) x_i

Each direction shrinks by the factor |1 − αλ| per step: below 1, and so convergent, if and only if
α < 2/λ. The steepest direction sets the limit 2/λ_max, the flattest the speed; the best rate,
2/(λ_min + λ_max), gives both the factor (κ − 1)/(κ + 1) with κ = λ_max/λ_min. Too large a rate
does not lead to another minimum here (there is none): it leads away from the only one.

Cauchy (1847); the rates: Nesterov (2004), "Introductory lectures on convex optimization", ch. 2.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import BLACK, styled
from experiments.studies.lab import Lab, Study, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FLAT, STEEP = 1.0, 4.0
START = (-3.5, 1.5)
RATES = {"too small: 0.02": 0.02, "right: 0.4": 0.4, "nearly too large: 0.49": 0.49,
         "too large: 0.52": 0.52}  # fmt: skip # a table
STEPS = 40


def run(lab: Lab) -> Callable[[], Figure]:
    """Walks, their distances to the minimum, the factor per step, and the source's own example."""
    paths = {name: walk(lab, _bowl, START, STEPS, "SGD", lr=rate) for name, rate in RATES.items()}
    distances = {name: np.linalg.norm(path, axis=1) for name, path in paths.items()}
    for name, distance in distances.items():
        lab.number(f"distance after {STEPS} steps, {name}", distance[-1])
    small, right, near, large = (values[-1] for values in distances.values())
    lab.claim("too small: not yet half the way", small > 0.4 * distances["right: 0.4"][0])
    lab.claim("right: at the minimum, to 8 digits", right < 1e-8)
    lab.claim(
        "below 2/λ_max = 0.5 it still converges, to and fro", near < distances["right: 0.4"][0]
    )
    lab.claim(
        "beyond it, every step leads further away in the steep direction",
        (np.diff(np.abs(paths["too large: 0.52"][:, 1])) > 0).all(),
    )
    lab.claim(
        "while the flat direction still converges", abs(paths["too large: 0.52"][-1, 0]) < 1e-6
    )
    growth = large / distances["too large: 0.52"][-2]
    lab.claim(
        "and in the end the distance grows by |1 − 0.52 · 4| = 1.08 per step",
        abs(growth - 1.08) < 1e-6,
    )

    rates = np.linspace(0.0, 0.6, 61)
    after = np.array([walk(lab, _bowl, START, 1, "SGD", lr=rate)[1] for rate in rates])
    factors = np.abs(after / np.array(START))
    predicted = np.abs(1 - rates[:, None] * np.array([FLAT, STEEP]))
    lab.measure("measured factors against |1 - αλ|", np.abs(factors - predicted).max())
    lab.claim("each step shrinks each direction by |1 − αλ|", np.allclose(factors, predicted))
    best = rates[factors.max(axis=1).argmin()]
    lab.number("rate with the least factor", best)
    lab.claim("the best rate is 2/(λ_min + λ_max)", abs(best - 2 / (FLAT + STEEP)) < 1e-9)
    _source_example(lab)
    return partial(_draw, paths, distances, (rates, factors))


def _bowl(x: Any) -> Any:
    return 0.5 * (FLAT * x[0] ** 2 + STEEP * x[1] ** 2)


def _source_example(lab: Lab) -> None:
    """x0² + x1² from (−3, 4), rate 0.1, 100 steps, gradients by central differences."""
    start = np.array([-3.0, 4.0])
    end = lab.impl.gradient_descent(lambda x: x[0] ** 2 + x[1] ** 2, start, lr=0.1, steps=100)
    for index in (0, 1):
        lab.number(f"the source's example: x{index}", end[index])
    printed = tuple(f"{value:.8e}" for value in end)
    lab.claim(
        "the source's example ends at (-6.11110793e-10, 8.14814391e-10)",
        printed == ("-6.11110793e-10", "8.14814391e-10"),
    )
    lab.claim("and leaves the caller's start point as it was", start.tolist() == [-3.0, 4.0])


@styled
def _draw(paths: Any, distances: Any, by_rate: Any) -> Figure:
    from experiments.figures import learning_curves, loss_surface, page

    figure, axes = page(3, 2, width=4.3, height=3.4)
    reach = (-4.2, 4.2), (-3.2, 3.2)
    shown = [name for name in paths if "nearly" not in name]
    for name, panel in zip(shown, axes[:3], strict=True):
        loss_surface(
            _height, *reach, {"descent": _within(paths[name], 3.2)}, minimum=(0, 0),
            title=name.capitalize(), x="$x_1$ (λ = 1)", y="$x_2$ (λ = 4)", axes=panel,
        )  # fmt: skip # data, then labels
    axes[2].annotate("leaves the\npicture", (-1.2, 2.6), ha="left", va="center", color="white")
    learning_curves(
        distances, steps=np.arange(STEPS + 1), log=True, title="Distance to the minimum",
        x="step", y="distance", axes=axes[3],
    )  # fmt: skip # data, then labels
    rates, factors = by_rate
    learning_curves(
        {"λ = 1": factors[:, 0], "λ = 4": factors[:, 1]}, steps=rates,
        marks={"best: 0.4": 0.4, "2/λ_max = 0.5": 0.5},
        title="Factor per step: |1 − αλ|", x="learning rate α", y="factor (1: no progress)",
        axes=axes[4],
    )  # fmt: skip # data, then labels
    axes[4].axhline(1.0, color=BLACK, linewidth=0.8)
    end = np.abs(np.array(START)) * factors**STEPS
    loss = (0.5 * np.array([FLAT, STEEP]) * end**2).sum(axis=1)
    learning_curves(
        {"loss": np.maximum(loss, 1e-16)}, steps=rates, log=True, marks={"2/λ_max = 0.5": 0.5},
        title=f"Loss after {STEPS} steps", x="learning rate α", axes=axes[5],
    )  # fmt: skip # data, then labels
    return figure


def _height(x1: NDArray[np.float64], x2: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_bowl([x1, x2]))


def _within(path: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """The path up to the first point outside the picture: a diverging one soon is astronomic."""
    outside = np.flatnonzero(np.abs(path[:, 1]) > height)
    return path[: outside[0] + 1] if outside.size else path


STUDY = Study("learning-rate", "A learning rate too small, right and too large on a bowl", run)
