"""Batch size against learning rate: what one epoch achieves.

With batches of B samples an epoch has N/B steps, and a step of SGD moves by α times a mean
gradient. As long as the weights change little, B steps of size α on single samples and one step of
size Bα on all of them do the same: only the ratio α/B matters (the linear scaling rule). Larger
batches need larger rates, until the rate is too large for the loss itself.

Krizhevsky (2014); Goyal et al. (2017), "Accurate, large minibatch SGD".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import styled
from experiments.studies.lab import Lab, Study

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SAMPLES = 1280
SIZES = (4, 32, 256)
RATES = tuple(0.005 * 2**k for k in range(10))
DIAGONAL = 3  # as many rates further, and one size further, the ratio is the same


def run(lab: Lab) -> Callable[[], Figure]:
    """The loss after the same number of epochs for each batch size and learning rate."""
    from experiments.datasets.bundled import digits

    source = digits()
    order = lab.rng().permutation(len(source.x))[:SAMPLES]
    images, labels = source.x[order] / 16.0, source.y[order]
    epochs = lab.scaled(3, 1)
    losses = np.array(
        [[_train(lab, images, labels, size, rate, epochs) for rate in RATES] for size in SIZES]
    )
    best = [RATES[k] for k in losses.argmin(axis=1)]
    for size, rate, least in zip(SIZES, best, losses.min(axis=1), strict=True):
        lab.number(f"batches of {size}: best rate", rate)
        lab.number(f"batches of {size}: loss at that rate", least)
    lab.claim("larger batches want larger rates", best[0] < min(best[1:]))
    lab.claim(
        "at one small rate, larger batches learn less in an epoch",
        losses[0, 0] < losses[1, 0] < losses[2, 0],
    )
    # Along the diagonal rate ÷ size is the same; up to a rate that is large for the loss itself.
    pairs = [
        (losses[k, j], losses[k + 1, j + DIAGONAL]) for k, j in ((0, 0), (0, 1), (0, 2), (1, 0))
    ]
    off = lab.number(
        "same rate ÷ size: largest ratio of losses", max(max(a / b, b / a) for a, b in pairs)
    )
    lab.claim("small rates: only rate ÷ batch size matters, to a tenth", off < 1.1)
    lab.claim(
        "the best loss of small batches is not beaten by large ones",
        losses[0].min() <= losses[2].min(),
    )
    return partial(_draw, losses, epochs)


def _train(
    lab: Lab, images: NDArray[Any], labels: NDArray[Any], size: int, rate: float, epochs: int
) -> float:
    """The training loss of all samples after `epochs` epochs of SGD, from the same weights."""
    impl = lab.impl
    impl.manual_seed(lab.seed)
    network = lab.network((64, 24, 10), activation="tanh")
    x, y = lab.tensor(images), lab.labels(labels)
    optimizer = impl.SGD(network.parameters(), lr=rate)
    for batch_x, batch_y in _batches(lab, x, y, size, epochs):
        loss = impl.cross_entropy(network(batch_x), batch_y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with impl.no_grad():
        return float(impl.cross_entropy(network(x), y).item())


def _batches(lab: Lab, x: Any, y: Any, size: int, epochs: int) -> Any:
    loader = lab.impl.DataLoader(lab.impl.TensorDataset(x, y), batch_size=size, shuffle=True)
    for _ in range(epochs):
        yield from loader


@styled
def _draw(losses: Array, epochs: int) -> Figure:
    from experiments.figures import learning_curves, matrix, page

    figure, axes = page(3, 1, width=4.4, height=3.4)
    unit = "epoch" if epochs == 1 else f"{epochs} epochs"
    matrix(
        losses[:, :7], SIZES, [f"{rate:g}" for rate in RATES[:7]], form=".2f",
        title=f"Cross-entropy after {unit}", x="learning rate α", y="batch size B", axes=axes[0],
    )  # fmt: skip # data, then labels
    curves = {f"B = {size}": row for size, row in zip(SIZES, losses, strict=True)}
    learning_curves(
        curves, steps=RATES, log=True, title="By learning rate: larger B, larger α",
        x="learning rate α", y="cross-entropy (nats)", axes=axes[1],
    )  # fmt: skip # data, then labels
    for number, (name, row) in enumerate(curves.items()):
        ratio = np.array(RATES) / SIZES[number]
        axes[2].plot(ratio, row, ("-", "--", "-.")[number], label=name)
    learning_curves(
        {}, log=True, title="By α/B: one curve, while α is small", x="α/B",
        y="cross-entropy (nats)", axes=axes[2],
    )  # fmt: skip # data, then labels
    for panel in axes[1:]:
        panel.set_xscale("log")
    return figure


STUDY = Study("batch-size", "Batch size against learning rate: the linear scaling rule", run)
