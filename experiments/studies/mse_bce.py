"""MSE against BCE behind a sigmoid: how sharply each answers an error, and the shape of its surface.

    p = σ(w·h)      MSE = mean (p − y)²      BCE = −mean [y log p + (1 − y) log(1 − p)]

For y = 1 and the error e = 1 − p they are e² and −log(1 − e) ≥ e². The slopes by the logit are
2(p − y) p (1 − p), which dies where the unit is surely wrong, and p − y, which does not. By the
output weights w the Hessian of BCE is mean p(1 − p) h hᵀ ⪰ 0, so BCE is convex; MSE is not.

Solla, Levin and Fleisher (1988), "Accelerated learning in layered neural networks".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.lab import Lab, Study, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Two hidden activations of each sample, and its class. No weights fit all of them, so that the
# best ones are finite; with separable data BCE would only fall for ever as |w| grows.
H = np.array(
    [[0.9, 0.3], [0.2, 0.8], [0.7, 0.9], [1.0, 0.1], [0.3, 1.0], [0.9, 0.8], [0.5, 0.2], [0.3, 0.6]]
)
Y = np.array([1.0, 1, 1, 0, 1, 1, 0, 0])
START = (-10.0, -10.0)
LIMIT = 12.0


def run(lab: Lab) -> Callable[[], Figure]:
    """Curves of one sample, surfaces of eight, curvature, and a descent from very negative weights."""
    logits = np.linspace(-10, 10, 201)
    slopes = {name: np.abs(lab.slopes(partial(_of_logit, lab, name), logits)) for name in LOSSES}
    errors = np.linspace(0, 0.99, 199)
    heights = {name: _of_error(lab, name, errors) for name in LOSSES}
    lab.claim("BCE is at least MSE at every error", (heights["BCE"] >= heights["MSE"]).all())
    for name in LOSSES:
        slope = float(np.abs(lab.slopes(partial(_of_logit, lab, name), [-10.0]))[0])
        lab.number(f"|d {name}/d logit| at logit -10, y = 1", slope)

    axis = np.linspace(-LIMIT, LIMIT, lab.scaled(61, 31))
    curvature = {name: _least_curvature(lab, name, axis) for name in LOSSES}
    lab.number("least curvature of MSE", curvature["MSE"].min())
    lab.measure("least curvature of BCE", curvature["BCE"].min())
    # Differences of slopes that are right to 1e-16, at a distance of 1e-3, are right to 1e-12.
    lab.claim("BCE is convex: no second derivative below 0", curvature["BCE"].min() > -1e-12)
    lab.claim("MSE is not: a second derivative below 0", curvature["MSE"].min() < -1e-3)

    steps = lab.scaled(400, 200)
    ways = {
        name: walk(lab, partial(_of_weights, lab, name), START, steps, "SGD", lr=5.0)
        for name in LOSSES
    }
    moved = {
        name: lab.number(f"way of {name} from w = (-10, -10)", np.linalg.norm(way[-1] - way[0]))
        for name, way in ways.items()
    }
    least = _surface(lab, "BCE", *np.meshgrid(axis, axis)).min()
    reached = _surface(lab, "BCE", *ways["BCE"][-1:].T)[0]
    lab.number("BCE reached", reached)
    lab.claim("from there BCE comes down to its minimum", reached <= least)
    lab.claim("and MSE stays where it is (its slope is tiny, not 0)", 0 < moved["MSE"] < 0.1)
    return partial(_draw, lab, (errors, heights), (logits, slopes), (axis, curvature), ways)


def _mse(impl: Any, logits: Any, targets: Any) -> Any:
    return (impl.sigmoid(logits) - targets) ** 2


def _bce(impl: Any, logits: Any, targets: Any) -> Any:
    return impl.binary_cross_entropy_with_logits(logits, targets, reduction="none")


LOSSES = {"MSE": _mse, "BCE": _bce}


def _of_logit(lab: Lab, name: str, logits: Any) -> Any:
    return LOSSES[name](lab.impl, logits, lab.tensor(np.ones(logits.shape)))


def _of_error(lab: Lab, name: str, errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The loss of one sample with y = 1 and p = 1 − e."""
    logits = lab.values(lambda e: (1 - e).log() - e.log(), np.maximum(errors, 1e-300))
    return lab.values(partial(_of_logit, lab, name), logits)


def _each(lab: Lab, name: str, weights: Any) -> Any:
    """The mean loss of the eight samples for each pair of weights: (G, 2) → (G,)."""
    logits = weights @ lab.tensor(H.T)
    targets = lab.tensor(np.broadcast_to(Y, tuple(logits.shape)))
    return LOSSES[name](lab.impl, logits, targets).mean(1)


def _of_weights(lab: Lab, name: str, weights: Any) -> Any:
    return _each(lab, name, weights.reshape(1, 2)).sum()


def _surface(
    lab: Lab, name: str, w1: NDArray[np.float64], w2: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = np.column_stack([w1.ravel(), w2.ravel()])
    return lab.values(partial(_each, lab, name), points).reshape(w1.shape)


def _least_curvature(lab: Lab, name: str, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smaller eigenvalue of the Hessian at every pair of weights, by differences of slopes."""
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    slopes, h = partial(lab.slopes, partial(_each, lab, name)), 1e-3
    hessian = np.stack(
        [(slopes(points + h * e) - slopes(points - h * e)) / (2 * h) for e in np.eye(2)], axis=-1
    )
    symmetric = (hessian + hessian.transpose(0, 2, 1)) / 2
    least = np.linalg.eigvalsh(symmetric)[:, 0]
    return np.asarray(least.reshape(len(axis), len(axis)), np.float64)


def _draw(lab: Lab, by_error: Any, by_logit: Any, curvatures: Any, ways: Any) -> Figure:
    from experiments.figures import learning_curves, loss_surface, page, value_map

    figure, axes = page(3, 2, width=4.2, height=3.5)
    errors, heights = by_error
    learning_curves(
        heights, steps=errors, title="Loss of one sample, y = 1", x="error 1 − p", axes=axes[0]
    )
    logits, slopes = by_logit
    learning_curves(
        slopes, steps=logits, title="Slope: MSE's dies when surely wrong",
        x="logit z, y = 1", y="|∂loss/∂z|", axes=axes[3],
    )  # fmt: skip # data, then labels
    limits = (-LIMIT, LIMIT)
    for name, panel in zip(LOSSES, (axes[1], axes[4]), strict=True):
        loss_surface(
            partial(_surface, lab, name), limits, limits, {"gradient descent": ways[name]},
            title=f"{name} over two output weights", axes=panel,
        )  # fmt: skip # data, then labels
    axis, curvature = curvatures
    for name, panel in zip(LOSSES, (axes[2], axes[5]), strict=True):
        words = "blue is negative" if curvature[name].min() < -1e-12 else "never negative"
        value_map(
            axis, axis, curvature[name], title=f"Curvature of {name}: {words}",
            x="$w_1$", y="$w_2$", colours="least second derivative", axes=panel,
        )  # fmt: skip # data, then labels
    return figure


STUDY = Study("mse-bce", "MSE against BCE for a sigmoid output: sensitivity and convexity", run)
