"""The space that a hidden layer makes of the digits, before and after training.

A network of 64 pixels, 32 hidden units and 10 classes never is told what a feature is; its hidden
layer becomes one in which the classes lie apart. How far apart: J = tr S_B / tr S_W, the spread of
the class means over the spread within the classes; and the accuracy of the nearest class mean, a
classifier that is as good as the features it is given. Beside it: the pixels themselves, features
made by hand (ink per row and column, symmetry, centre, spread), and the untrained hidden layer.

Rumelhart, Hinton and Williams (1986); S_B and S_W: Fisher (1936).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.lab import Embedding, Lab, Study

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

HIDDEN, TRAIN, BATCH = 32, 1200, 40


def run(lab: Lab) -> Callable[[], Figure]:
    """Train, and measure four descriptions of the same digits."""
    from experiments.datasets.bundled import digits

    source = digits()
    order = lab.rng().permutation(len(source.x))
    images, labels = source.x[order] / 16.0, source.y[order]
    lab.impl.manual_seed(lab.seed)
    network = lab.network((64, HIDDEN, 10), activation="relu")
    spaces = {
        "pixels": images,
        "made by hand": _by_hand(images.reshape(-1, 8, 8)),
        "untrained": _hidden(lab, network, images),
    }
    apart = [_separability(spaces["untrained"], labels)]
    for _ in range(lab.scaled(15, 8)):
        _epoch(lab, network, images[:TRAIN], labels[:TRAIN])
        apart.append(_separability(_hidden(lab, network, images), labels))
    spaces["learned"] = _hidden(lab, network, images)

    right = {name: _nearest_mean(space, labels) for name, space in spaces.items()}
    for name, space in spaces.items():
        lab.number(f"{name}: J = tr S_B / tr S_W", _separability(space, labels))
        lab.number(f"{name}: test accuracy of the nearest class mean", right[name])
    logits = lab.values(network, images[TRAIN:])
    accuracy = (logits.argmax(axis=1) == labels[TRAIN:]).mean()
    lab.number("test accuracy of the network", accuracy)
    lab.claim("the network reads more than nine of ten test digits", accuracy > 0.9)
    lab.claim("training pulls the classes apart: J doubles at least", apart[-1] > 2 * apart[0])
    lab.claim(
        "learned features beat pixels, handwork and chance",
        right["learned"] > max(v for name, v in right.items() if name != "learned"),
    )
    lab.claim(
        "an untrained layer is no better than the pixels", right["untrained"] <= right["pixels"]
    )
    for name in ("untrained", "learned"):
        digits_shown = images.reshape(-1, 8, 8)
        lab.embeddings[name] = Embedding(spaces[name], {"digit": labels.tolist()}, digits_shown)
    return partial(_draw, spaces, labels, right, np.array(apart))


def _by_hand(images: NDArray[Any]) -> Array:
    """28 numbers that one might think of for each image (N, 8, 8), each column standardised."""
    ink = images.sum(axis=(1, 2))
    at = np.arange(8) - 3.5
    rows, columns = images.sum(axis=2), images.sum(axis=1)
    centre = [(side @ at) / ink for side in (rows, columns)]
    spread = [(side @ at**2) / ink for side in (rows, columns)]
    symmetry = [np.abs(images - np.flip(images, axis)).sum(axis=(1, 2)) / ink for axis in (1, 2)]
    middle = images[:, 2:6, 2:6].sum(axis=(1, 2)) / ink
    quarters = [images[:, i : i + 4, j : j + 4].sum(axis=(1, 2)) for i in (0, 4) for j in (0, 4)]
    features = np.column_stack([rows, columns, ink, *centre, *spread, *symmetry, middle, *quarters])
    scaled: Array = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-9)
    return scaled


def _hidden(lab: Lab, network: Any, images: NDArray[Any]) -> Array:
    return lab.values(lambda x: network.activation1(network.linear1(x)), images)


def _epoch(lab: Lab, network: Any, images: NDArray[Any], labels: Labels) -> None:
    """One pass over shuffled batches."""
    impl = lab.impl
    data = impl.TensorDataset(lab.tensor(images), lab.labels(labels))
    optimizer = impl.Adam(network.parameters(), lr=5e-3)
    for x, y in impl.DataLoader(data, batch_size=BATCH, shuffle=True):
        loss = impl.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _means(space: Array, labels: Labels) -> Array:
    return np.array([space[labels == digit].mean(axis=0) for digit in range(10)])


def _separability(space: Array, labels: Labels) -> float:
    """J = tr S_B / tr S_W: the spread of the class means over that within the classes."""
    means = _means(space, labels)[labels]
    between = ((means - space.mean(axis=0)) ** 2).sum()
    return float(between / ((space - means) ** 2).sum())


def _nearest_mean(space: Array, labels: Labels) -> float:
    """Test accuracy of the class whose mean over the training samples is nearest."""
    means = _means(space[:TRAIN], labels[:TRAIN])
    distances = ((space[TRAIN:, None] - means) ** 2).sum(axis=2)
    return float((distances.argmin(axis=1) == labels[TRAIN:]).mean())


def _draw(spaces: dict[str, Array], labels: Labels, right: Any, apart: Array) -> Figure:
    from experiments.figures import bars, hidden_space, learning_curves, page

    figure, axes = page(3, 2, width=4.3, height=3.5)
    titles = {
        "pixels": "64 pixels",
        "made by hand": "28 features made by hand",
        "untrained": "32 hidden units, untrained",
        "learned": "32 hidden units, trained",
    }
    for (name, title), panel in zip(
        titles.items(), (axes[0], axes[1], axes[3], axes[4]), strict=True
    ):
        hidden_space(
            spaces[name][:700], labels[:700], class_names=range(10), title=title, axes=panel
        )
    bars(right, title="Nearest class mean", y="test accuracy", axes=axes[2])
    learning_curves(
        {"hidden layer": apart}, steps=np.arange(len(apart)), title="Separability of the hidden layer",
        x="epoch (0: untrained)", y="J = tr S_B / tr S_W", axes=axes[5],
    )  # fmt: skip # data, then labels
    return figure


STUDY = Study("hidden-space", "The hidden space of the digits, and features made by hand", run)
