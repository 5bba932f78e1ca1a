"""Ridge and lasso on the diabetes data: how weights shrink, and which become 0.

    ridge   ‖y − Xw − b‖² + α ‖w‖²          one weight alone: w ← ρ / (1 + α)
    lasso   ‖y − Xw − b‖² / 2N + α ‖w‖₁     one weight alone: w ← sign(ρ) max(|ρ| − α, 0)

L2 scales every weight down and leaves none at 0; L1 takes the same amount off each and holds at 0
what gets there: it chooses features. But the zeros are a property of the *minimiser*: plain gradient
descent on the L1 penalty, whose gradient is α sign(w), steps over 0 to and fro and never lands on
it. Coordinate descent or a proximal step, which solve for the kink, do.

Hoerl and Kennard (1970); Tibshirani (1996); Friedman, Hastie and Tibshirani (2010).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import styled
from experiments.studies.lab import Lab, Study
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RIDGE = np.geomspace(1, 1e5, 26)
LASSO = np.geomspace(0.02, 60, 26)
SHOWN = 5.0


def run(lab: Lab) -> Callable[[], Figure]:
    """The paths, one weight alone, and gradient descent on the L1 penalty."""
    from experiments.datasets.bundled import DIABETES_COLUMNS, diabetes

    source = diabetes()
    X = (source.x - source.x.mean(axis=0)) / source.x.std(axis=0)
    y = source.y[:, 0]
    A, b = lab.tensor(X), lab.tensor(y)
    ridge = np.array([to_array(lab.impl.Ridge(alpha=a).fit(A, b).coef_) for a in RIDGE])
    lasso = np.array([to_array(lab.impl.Lasso(alpha=a).fit(A, b).coef_) for a in LASSO])
    zeros = (lasso == 0).sum(axis=1)
    lab.claim("ridge never sets a weight to 0", (ridge != 0).all())
    lab.claim(
        "its weights shrink: their norm only falls",
        (np.diff(np.linalg.norm(ridge, axis=1)) < 0).all(),
    )
    lab.claim("lasso does, and in the end all of them", zeros[0] < zeros[-1] == X.shape[1])
    chosen = to_array(lab.impl.Lasso(alpha=SHOWN).fit(A, b).coef_)
    lab.number(f"lasso at α = {SHOWN:g}: weights exactly 0", (chosen == 0).sum())
    last = lasso[np.flatnonzero(zeros < X.shape[1])[-1]]
    lab.number("lasso: weights left just before all are 0", (last != 0).sum())
    lab.number("ridge at the largest α: smallest |w|", np.abs(ridge[-1]).min())

    rho = np.linspace(-3, 3, 61)
    single = {
        "no penalty": rho,
        "L2: ρ / (1 + α)": _single(lab, partial(lab.impl.Ridge, alpha=1.0), rho),
        "L1: towards 0 by α": _single(lab, partial(lab.impl.Lasso, alpha=1.0), rho),
    }
    _, halved, moved = single.values()
    lab.claim("one weight: L2 with α = 1 halves it", np.allclose(halved, rho / 2))
    lab.claim(
        "L1 takes α off and holds at 0",
        np.allclose(moved, np.sign(rho) * np.maximum(np.abs(rho) - 1, 0))
        and (moved[np.abs(rho) < 0.999] == 0).all(),
    )

    steps = lab.scaled(1500, 500)
    walk = _subgradient(lab, A, lab.tensor(y - y.mean()), steps)
    should_vanish = np.flatnonzero(chosen == 0)
    tail = walk[-100:, should_vanish]
    lab.number("gradient descent on the same penalty: weights exactly 0", (walk[-1] == 0).sum())
    lab.measure("and the size of those that should be", np.abs(tail).max())
    lab.claim("gradient descent leaves none at exactly 0", (walk[-1] != 0).all())
    lab.claim("it steps over 0 to and fro", (np.diff(np.sign(tail), axis=0) != 0).any(axis=0).all())
    lab.claim("though it comes near the lasso's weights", np.abs(walk[-1] - chosen).max() < 1.0)
    return partial(_draw, ridge, lasso, single, (walk, should_vanish), DIABETES_COLUMNS)


def _single(lab: Lab, model: Callable[..., Any], rho: Array) -> Array:
    """The weight of one sample x = 1 with target ρ, for each ρ."""
    one = lab.tensor([[1.0]])
    fits = [model(fit_intercept=False).fit(one, lab.tensor([target])) for target in rho]
    return np.array([to_array(fit.coef_)[0] for fit in fits])


def _subgradient(lab: Lab, A: Any, b: Any, steps: int) -> Array:
    """Weights after each step of gradient descent on the lasso's objective."""
    w = lab.tensor(np.zeros(A.shape[1]), requires_grad=True)
    optimizer = lab.impl.SGD([w], lr=0.1)
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * lab.impl.mse_loss(A @ w, b) + lab.impl.l1_penalty(w, SHOWN)).backward()
        optimizer.step()
        path.append(to_array(w).copy())
    return np.array(path)


@styled
def _draw(ridge: Array, lasso: Array, single: Any, descent: Any, names: tuple[str, ...]) -> Figure:
    from experiments.figures import learning_curves, page, weight_path

    figure, axes = page(2, 2, width=5.0, height=3.3)
    weight_path(RIDGE, ridge, names, title="Ridge: smaller and smaller", x="α of the L2 penalty",
                y="weight (per spread of its column)", axes=axes[0])  # fmt: skip # data, then labels
    weight_path(LASSO, lasso, names, title="Lasso: one by one to exactly 0",
                x="α of the L1 penalty", y="weight (per spread of its column)", axes=axes[1])  # fmt: skip # data, then labels
    rho = single["no penalty"]
    learning_curves(single, steps=rho, title="One weight alone, α = 1", x="without penalty: ρ",
                    y="weight", axes=axes[2])  # fmt: skip # data, then labels
    walk, vanishing = descent
    curves = {f"weight of {names[j]}": walk[-60:, j] for j in vanishing[:3]}
    learning_curves(
        curves, steps=np.arange(len(walk) - 60, len(walk)) + 1,
        title="Gradient descent on L1 does not land on 0", x="step", y="weights that should be 0",
        axes=axes[3],
    )  # fmt: skip # data, then labels
    axes[3].legend(loc="upper right", frameon=True, framealpha=1)
    return figure


STUDY = Study("l1-l2-paths", "L1 and L2: weight paths, and where exact zeros come from", run)
