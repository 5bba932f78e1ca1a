"""The textbooks' forms of the optimizers beside PyTorch's: where they agree, and where they part.

    momentum   ν ← ρν − αg, θ ← θ + ν        against   b ← ρb + g, θ ← θ − αb
    averaged   ν ← ρν + (1 − ρ)g, θ ← θ − αν against   b ← ρb + (1 − ρ)g, but b = g at first
    Nesterov   gradient at θ + ρν            against   the same, at the point it holds
    ε          α g / √(r + ε)                against   α g / (√r + ε)

The first two agree until α changes; the third move for move; the last wherever |g| is large.

Adam is sometimes printed with g·g in the first moment and corrections 1 − ρ. With g·g the moment
forgets the gradient's sign, and every step goes to −∞; with 1 − ρ instead of 1 − ρ^t the steps
settle at √(1 − ρ₂)/(1 − ρ₁) = 0.316 of α and not at α. Right are g and 1 − ρ^t (Kingma and Ba, 2015).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import styled
from experiments.studies.lab import Lab, Study
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

START, RATE, RHO, STEPS, CHANGE = (-3.0, 4.0), 0.02, 0.9, 80, 40
EPS = 1e-8


def run(lab: Lab) -> Callable[[], Figure]:
    """Distances between the two forms of each pair; steps by gradient size; Adam as misprinted."""
    pairs: dict[str, tuple[Any, Any]] = {
        "momentum": (
            partial(lab.impl.ClassicalMomentum, momentum=RHO),
            partial(lab.impl.SGD, momentum=RHO),
        ),
        "averaged momentum": (
            partial(lab.impl.AveragedMomentum, momentum=RHO),
            partial(lab.impl.SGD, momentum=RHO, dampening=RHO),
        ),
        "Nesterov": (
            partial(lab.impl.LookaheadNesterov, momentum=RHO),
            partial(lab.impl.SGD, momentum=RHO, nesterov=True),
        ),
    }
    same = {name: _distance(lab, *pair, cut=1.0) for name, pair in pairs.items()}
    cut = {name: _distance(lab, *pair, cut=0.1) for name, pair in pairs.items()}
    for name in ("momentum", "Nesterov"):
        lab.measure(f"{name}: distance of the forms, one rate", same[name].max())
        lab.claim(f"{name}: one method while the rate stays", same[name].max() < 1e-13)
        lab.number(f"{name}: distance of the forms, rate cut", cut[name].max())
        lab.claim(
            f"{name}: they part when the rate is cut",
            cut[name][: CHANGE + 1].max() < 1e-13 < 1e-2 < cut[name].max(),
        )
    lab.number("averaged momentum: distance of the forms", same["averaged momentum"].max())
    lab.claim(
        "averaged momentum: they part in the first step, which PyTorch takes with g whole",
        same["averaged momentum"][1] > 1e-2,
    )
    scaled = _distance(lab, partial(lab.impl.AveragedMomentum, momentum=RHO),
                       pairs["momentum"][0], cut=1.0, gain=1 / (1 - RHO))  # fmt: skip # data, then options
    lab.claim("averaged momentum with α/(1 − ρ) is classical momentum", scaled.max() < 1e-13)

    sizes = np.logspace(-14, 0, 57)
    strides = {
        "ε after the root (PyTorch)": _first_strides(lab, lab.impl.Adam, sizes),
        "ε inside the root": _first_strides(lab, lab.impl.RootEpsilonAdam, sizes),
    }
    halves = {name: sizes[np.argmin(np.abs(v - 0.5))] for name, v in strides.items()}
    for name, size in halves.items():
        lab.number(f"Adam, {name}: |g| of half a stride", size)
    after, inside = strides.values()
    lab.claim("ε after the root halves the stride at |g| = ε, inside it near √ε = 1e-4",
              1e-9 < halves["ε after the root (PyTorch)"] < 1e-7 < 1e-5 < halves["ε inside the root"] < 1e-3)  # fmt: skip # words, then numbers
    lab.claim("for |g| ≥ 0.1 both stride α", np.allclose([after[-1], inside[-1]], 1.0, rtol=1e-4))

    walks, strides_over_time = _misprints(lab)
    return partial(_draw, same, cut, (sizes, strides), walks, strides_over_time)


def _misprints(lab: Lab) -> tuple[dict[str, NDArray[np.float64]], Any]:
    """Adam with g·g in its first moment, and with the corrections 1 − ρ."""
    walks = {"Adam": _adam(lab, 300, 1), "as misprinted": _adam(lab, 300, 2)}
    ends = {name: lab.number(f"{name}: distance to the minimum after 300 steps",
            np.linalg.norm(path[-1])) for name, path in walks.items()}  # fmt: skip # a table
    lab.claim(
        "with g·g in the first moment Adam runs away", ends["as misprinted"] > ends["Adam"] + 5
    )
    lab.claim(
        "because both coordinates only ever fall",
        (np.diff(walks["as misprinted"], axis=0) < 0).all(),
    )
    gradual, fixed = _corrected(lab, 3000)
    lab.number("stride ÷ α in the end, corrections 1 - ρ^t", gradual[-1])
    lab.number("stride ÷ α in the end, corrections 1 - ρ", fixed[-1])
    lab.claim("with 1 − ρ^t the strides are α from the first", np.allclose(gradual, 1, atol=1e-6))
    lab.claim("with 1 − ρ they settle at 0.316 α", abs(fixed[-1] - np.sqrt(0.001) / 0.1) < 0.02)
    return walks, (gradual, fixed)


def _f(x: Any) -> Any:
    return 0.5 * (x[0] ** 2 + 10 * x[1] ** 2)


def _distance(
    lab: Lab, form: Any, other: Any, cut: float, gain: float = 1.0
) -> NDArray[np.float64]:
    """How far apart two optimizers are after each step; halfway the rate is multiplied by `cut`."""
    first, second = (_points(lab, make, RATE * g, cut) for make, g in ((form, gain), (other, 1.0)))
    return np.array([np.linalg.norm(a - b) for a, b in zip(first, second, strict=True)])


def _points(lab: Lab, make: Any, rate: float, cut: float) -> Iterator[NDArray[np.float64]]:
    x = lab.tensor(START, requires_grad=True)
    optimizer = make([x], lr=rate)
    yield to_array(x).copy()
    for step in range(STEPS):
        if step == CHANGE:
            optimizer.param_groups[0]["lr"] *= cut
        optimizer.zero_grad()
        _f(x).backward()
        optimizer.step()
        yield to_array(x).copy()


def _first_strides(lab: Lab, kind: Any, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first step ÷ α for gradients of these sizes."""
    x = lab.tensor(np.zeros_like(sizes), requires_grad=True)
    optimizer = kind([x], lr=1.0, eps=EPS)
    (x * lab.tensor(sizes)).sum().backward()
    optimizer.step()
    return -to_array(x)


def _adam(lab: Lab, steps: int, power: int, rate: float = 0.05) -> NDArray[np.float64]:
    """Adam by its formula, with g^power in the first moment: 1 is right, 2 a misprint."""
    x, s, r = np.array(START), np.zeros(2), np.zeros(2)
    path = [x]
    for t in range(1, steps + 1):
        g = lab.slopes(_f, x)
        s, r = 0.9 * s + 0.1 * g**power, 0.999 * r + 0.001 * g * g
        x = x - rate * (s / (1 - 0.9**t)) / np.sqrt(r / (1 - 0.999**t) + EPS)
        path.append(x)
    return np.array(path)


def _corrected(lab: Lab, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Strides ÷ α under a constant gradient of 1: Adam's, and with the corrections 1 − ρ."""
    x = lab.tensor([0.0], requires_grad=True)
    optimizer = lab.impl.Adam([x], lr=1.0)
    places = [0.0]
    for _ in range(steps):
        optimizer.zero_grad()
        x.sum().backward()
        optimizer.step()
        places.append(x.item())
    t = np.arange(1, steps + 1)
    s, r = 1 - 0.9**t, 1 - 0.999**t  # the moments of a constant gradient of 1
    return -np.diff(places), (s / 0.1) / np.sqrt(r / 0.001)


@styled
def _draw(same: Any, cut: Any, by_size: Any, walks: Any, by_time: Any) -> Figure:
    from experiments.figures import learning_curves, loss_surface, page

    figure, axes = page(3, 2, width=4.3, height=3.4)
    steps = np.arange(STEPS + 1)
    shown = {name: np.maximum(values, 1e-17) for name, values in same.items()}
    learning_curves(
        shown, steps=steps, log=True, title="Textbook − PyTorch, one learning rate",
        x="step", y="distance", axes=axes[0],
    )  # fmt: skip # data, then labels
    shown = {name: np.maximum(values, 1e-17) for name, values in cut.items()}
    learning_curves(
        shown, steps=steps, log=True, marks={"rate ÷ 10": CHANGE},
        title="The same, the rate cut halfway", x="step", y="distance", axes=axes[1],
    )  # fmt: skip # data, then labels
    sizes, strides = by_size
    learning_curves(
        strides, steps=sizes, title="Adam's first stride: where ε counts",
        x="gradient |g|", y="stride ÷ α", axes=axes[2],
    )  # fmt: skip # data, then labels
    axes[2].set_xscale("log")
    loss_surface(
        lambda x1, x2: np.asarray(_f([x1, x2])), (-9, 4), (-6, 5),
        {name: path[:120:4] for name, path in walks.items()}, minimum=(0, 0),
        title="Adam, and g·g in its first moment", x="$x_1$", y="$x_2$", axes=axes[3],
    )  # fmt: skip # data, then labels
    heights = {name: np.linalg.norm(path, axis=1) for name, path in walks.items()}
    learning_curves(
        heights, steps=np.arange(301), log=True, title="g·g: away, for ever", x="step",
        y="distance to the minimum", axes=axes[4],
    )  # fmt: skip # data, then labels
    gradual, fixed = by_time
    learning_curves(
        {"1 − ρ^t": gradual, "1 − ρ (misprint)": fixed}, title="Bias corrections, constant gradient",
        x="step t", y="stride ÷ α", axes=axes[5],
    )  # fmt: skip # data, then labels
    return figure


STUDY = Study("textbook-forms", "The textbooks' optimizers beside PyTorch's forms", run)
