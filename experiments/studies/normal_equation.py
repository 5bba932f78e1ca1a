"""Least squares by the normal equation, by a decomposition, and by gradient descent.

    XᵀX w = Xᵀy        X is (N, D), so XᵀX is D × D however many samples there are

Forming it costs N D² multiplications, solving it D³/3: with more *samples* the cost only grows in
proportion; it is the number of *columns* that makes it dear. A step of gradient descent costs 2 N D,
and how many are needed depends on the condition number κ, not on D. Accuracy is another matter:
XᵀX has the square of X's condition number, so the normal equation loses twice as many digits as a
decomposition of X (QR or SVD), and all of them from κ(X) = 10⁸ on.

Golub and Van Loan (2013), "Matrix Computations", ch. 5; Björck (1996).
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import GREY, styled
from experiments.studies.lab import Lab, Study, fastest
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

COLUMNS = (10, 50, 100, 200, 400)
SAMPLES = (1000, 2000, 4000, 8000)
AT = (1000, 50)
CONDITIONS = tuple(10.0**k for k in range(11))
ENOUGH = 1e-8


def run(lab: Lab) -> Callable[[], Figure]:
    """Seconds by D and by N; digits by condition number; steps of gradient descent."""
    rng = lab.rng()
    _compare(lab, *_problem(np.random.default_rng(0), 50, 3))  # the first call loads libraries
    by_columns = {d: _compare(lab, *_problem(rng, AT[0], d)) for d in COLUMNS}
    by_samples = {n: _compare(lab, *_problem(rng, n, AT[1])) for n in SAMPLES}
    apart = max(result["distance"] for result in by_columns.values())
    lab.measure("largest relative distance of the three solutions", apart)
    lab.claim("normal equation, SVD and gradient descent agree", apart < 1e-6)
    for d in (COLUMNS[0], COLUMNS[-1]):
        lab.number(f"D = {d}: steps of gradient descent", by_columns[d]["steps"])
    columns = lab.measure(
        "normal equation: seconds for 8 × the columns",
        by_columns[COLUMNS[-1]]["normal"] / by_columns[AT[1]]["normal"],
    )
    samples = lab.measure(
        "normal equation: seconds for 8 × the samples",
        by_samples[SAMPLES[-1]]["normal"] / by_samples[AT[0]]["normal"],
    )
    lab.claim_of_times("columns make the normal equation dear, samples do not", columns > samples)
    for d in (50, 400):
        descent = 2 * AT[0] * d * by_columns[d]["steps"]
        lab.number(
            f"D = {d}: multiplications, descent ÷ normal equation",
            descent / (AT[0] * d * d + d**3 / 3),
        )

    errors, verdicts = _by_condition(lab, rng)
    at = CONDITIONS.index(1e6)
    lab.measure("κ = 1e6: relative error of the normal equation", errors[at, 0])
    lab.measure("κ = 1e6: relative error of the SVD", errors[at, 1])
    lab.claim(
        "at κ = 1e6 the normal equation is 1,000 times less accurate",
        errors[at, 0] > 1e3 * errors[at, 1],
    )
    silent = [k for k, verdict in zip(CONDITIONS, verdicts, strict=True) if verdict == "silent"]
    lab.number("largest κ at which it neither warns nor refuses", max(silent))
    lab.claim("where more than half of the digits are gone it warns or refuses", max(silent) < 1e5)
    lab.claim("at κ = 1e10 the SVD still has some", errors[-1, 1] < 1e-3)
    kappas = np.array([10.0, 30.0, 100.0, 300.0])
    problems = [_conditioned(rng, kappa)[:2] for kappa in np.sqrt(kappas)]
    steps = np.array([_descend(lab, X, y, _best_rate(X))[1] for X, y in problems])
    lab.number("steps of gradient descent ÷ κ(XᵀX), at κ(XᵀX) = 300", steps[-1] / kappas[-1])
    lab.claim(
        "gradient descent needs steps in proportion to κ(XᵀX)",
        (np.diff(steps) > 0).all() and steps[-1] > 15 * steps[0],
    )
    return partial(_draw, by_columns, by_samples, (errors, verdicts), (kappas, steps))


def _problem(rng: np.random.Generator, n: int, d: int) -> tuple[Array, Array]:
    X = rng.normal(size=(n, d))
    return X, X @ rng.normal(size=d) + 0.1 * rng.normal(size=n)


def _conditioned(rng: np.random.Generator, kappa: float) -> tuple[Array, Array, Array]:
    """X (60, 8) of condition number κ, a y that it fits exactly, and the w that does."""
    U, _ = np.linalg.qr(rng.normal(size=(60, 8)))
    V, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    X = (U * np.geomspace(1, 1 / kappa, 8)) @ V.T
    w = rng.normal(size=8)
    return X, X @ w, w


def _compare(lab: Lab, X: Array, y: Array) -> dict[str, float]:
    """Seconds of each way, how many steps the descent took, and how far apart they end."""
    A, b = lab.tensor(X), lab.tensor(y)
    ways: dict[str, Callable[[], Any]] = {
        "normal": lambda: lab.impl.normal_equation(A, b),
        "svd": lambda: lab.impl.least_squares(A, b),
    }
    repeats = lab.scaled(5, 3)
    seconds = {name: fastest(way, repeats) for name, way in ways.items()}
    solutions = [to_array(way()) for way in ways.values()]
    steps, rate = 0, _best_rate(X)

    def descend() -> None:
        nonlocal steps
        w, steps = _descend(lab, X, y, rate)
        solutions.append(w)

    seconds["descent"] = fastest(descend, 1)
    scale = np.linalg.norm(solutions[0])
    distance = max(np.linalg.norm(w - solutions[0]) for w in solutions) / scale
    return {**seconds, "steps": steps, "distance": float(distance)}


def _best_rate(X: Array) -> float:
    """2/(λ_min + λ_max) of the Hessian: knowing it is a gift to gradient descent, and not timed."""
    curvature = np.linalg.eigvalsh(2 * X.T @ X / len(X))
    return float(2 / (curvature[0] + curvature[-1]))


def _descend(lab: Lab, X: Array, y: Array, rate: float) -> tuple[Array, int]:
    """Gradient descent from 0, until the gradient is 1e-8 of the first one."""
    A, b = lab.tensor(X), lab.tensor(y)
    w = lab.tensor(np.zeros(X.shape[1]), requires_grad=True)
    optimizer = lab.impl.SGD([w], lr=rate)
    first = None
    for step in range(20_000):
        optimizer.zero_grad()
        lab.impl.mse_loss(A @ w, b).backward()
        size = float(np.linalg.norm(to_array(w.grad)))
        first = size if first is None else first
        if size <= ENOUGH * first:
            return to_array(w).copy(), step
        optimizer.step()
    return to_array(w).copy(), 20_000


def _by_condition(lab: Lab, rng: np.random.Generator) -> tuple[Array, list[str]]:
    """Relative errors of normal equation and SVD by κ, and what the former said about it."""
    errors, verdicts = [], []
    for kappa in CONDITIONS:
        X, y, w = _conditioned(rng, kappa)
        A, b = lab.tensor(X), lab.tensor(y)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                normal = to_array(lab.impl.normal_equation(A, b))
                verdicts.append("warns" if caught else "silent")
            except ValueError:
                normal = np.full_like(w, np.nan)
                verdicts.append("refuses")
        svd = to_array(lab.impl.least_squares(A, b))
        errors.append([np.linalg.norm(v - w) / np.linalg.norm(w) for v in (normal, svd)])
    return np.array(errors), verdicts


@styled
def _draw(by_columns: Any, by_samples: Any, by_kappa: Any, by_steps: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(2, 2, width=4.7, height=3.2)
    names = {"normal": "normal equation", "svd": "SVD", "descent": "gradient descent"}
    for results, x, panel in (
        (by_columns, f"columns D (N = {AT[0]:,})", axes[0]),
        (by_samples, f"samples N (D = {AT[1]})", axes[1]),
    ):
        curves = {
            name: [1e3 * result[key] for result in results.values()] for key, name in names.items()
        }
        learning_curves(
            curves, steps=list(results), log=True, title=f"Time by {x.split(' (')[0]}", x=x,
            y="processor time (ms)", axes=panel,
        )  # fmt: skip # data, then labels
        panel.set_xscale("log")
    for panel in axes[:2]:
        panel.set_ylim(*_common([axis.get_ylim() for axis in axes[:2]]))
    errors, verdicts = by_kappa
    learning_curves(
        {"normal equation": errors[:, 0], "SVD": errors[:, 1]}, steps=CONDITIONS, log=True,
        title="Digits lost: twice as many", x="condition number κ(X)", y="relative error",
        axes=axes[2],
    )  # fmt: skip # data, then labels
    for verdict, shade in (("warns", 0.12), ("refuses", 0.35)):
        span = [k for k, said in zip(CONDITIONS, verdicts, strict=True) if said == verdict]
        if span:
            axes[2].axvspan(
                span[0], span[-1], color=GREY, alpha=shade, linewidth=0,
                label=f"normal equation {verdict}",
            )  # fmt: skip # data, then labels
    axes[2].set_xscale("log")
    axes[2].legend(loc="upper left")
    kappas, steps = by_steps
    learning_curves(
        {"gradient descent": steps}, steps=kappas, title="Steps to 1e-8 of the first gradient",
        x="condition number κ(XᵀX)", y="steps", axes=axes[3],
    )  # fmt: skip # data, then labels
    return figure


def _common(limits: list[tuple[float, float]]) -> tuple[float, float]:
    return min(low for low, _ in limits), max(high for _, high in limits)


STUDY = Study("normal-equation", "Normal equation against gradient descent as D grows", run)
