"""Three perceptrons give each region of the plane a three-bit code; finding the codes is the rest.

The classes are regions between three lines: no one line separates them. Three perceptrons, one for
each line, map every point to a corner of the cube {0, 1}³, and all that is left is to find the
corners [010], [100] and [111].

That is not one perceptron's work, though it can sound so: these corners are those of odd parity,
and parity, like XOR, is not linearly separable. One perceptron for each wanted corner (an AND) and
one over them (an OR) do it: the network is 2-3-3-1.

Minsky and Papert (1969), on parity; the construction: Lippmann (1987).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.datasets.generated import POSITIVE_CODES, line_scores, regions
from experiments.studies.lab import Lab, Study
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[Any]

CUBE = np.array(np.meshgrid(*[[0.0, 1.0]] * 3, indexing="ij")).reshape(3, -1).T


def run(lab: Lab) -> Callable[[], Figure]:
    """Learn the lines, then the corners; beside them one perceptron on the plane and on the codes."""
    source = regions(lab.seed, lab.scaled(600, 300))
    x, y = source.x, np.where(source.y > 0, 1, -1)
    sides = np.where(line_scores(x) > 0, 1, -1)
    first = [_perceptron(lab, x, sides[:, k]) for k in range(3)]
    lines = np.array([weights for weights, _ in first])
    lab.claim("each of three perceptrons learns its line", all(r.converged for _, r in first))
    for number, (_, result) in enumerate(first, start=1):
        lab.number(f"perceptron {number}: updates", result.updates)
    codes = _codes(lab, lines, x)
    words = {"".join(map(str, code)) for code in codes.tolist()}
    lab.number("regions with samples", len(words))
    lab.claim("three lines cut the plane into seven regions, not 2³", len(words) == 7)

    wanted = np.array([tuple(corner) in POSITIVE_CODES for corner in CUBE.astype(int).tolist()])
    ends = [
        _perceptron(lab, CUBE, np.where((np.array(code) == CUBE).all(axis=1), 1, -1))
        for code in POSITIVE_CODES
    ]
    corners = np.array([weights for weights, _ in ends])
    lab.claim("a perceptron for each wanted corner converges", all(r.converged for _, r in ends))
    found = _codes(lab, corners, CUBE)
    last, result = _perceptron(lab, found, np.where(wanted, 1, -1))
    lab.claim("and one over them converges", result.converged)
    predict = partial(_network, lab, lines, corners, last)
    right = lab.number("accuracy of the 2-3-3-1 network", (predict(x) == y).mean())
    lab.claim("the network of seven perceptrons makes no mistake", right == 1.0)

    used = np.array(["".join(map(str, c)) in words for c in CUBE.astype(int).tolist()])
    _, on_codes = _perceptron(lab, CUBE[used], np.where(wanted[used], 1, -1))
    lab.number("one perceptron on the codes: least mistakes of an epoch", min(on_codes.mistakes))
    lab.claim(
        "one perceptron on the codes does not converge: they are parity",
        not on_codes.converged and min(on_codes.mistakes) > 0,
    )
    alone, pocket = _perceptron(lab, x, y, "pocket")
    one = lab.number(
        "accuracy of one perceptron on the plane (pocket)", _accuracy(lab, alone, x, y)
    )
    lab.claim("nor does one on the plane", not pocket.converged and one < 1.0)
    return partial(_draw, lab, source, lines, predict, alone, (right, one))


def _perceptron(lab: Lab, x: Array, y: Array, method: str = "stochastic") -> tuple[Array, Any]:
    """The weights (D + 1,) that PLA found, and its result."""
    model = lab.impl.Perceptron(x.shape[1])
    generator = lab.impl.Generator().manual_seed(lab.seed)
    epochs = 10 if method == "pocket" else 2000
    result = model.fit(
        np.asarray(x, float), y, max_epochs=epochs, method=method, generator=generator
    )
    return to_array(result.weights), result


def _codes(lab: Lab, weights: Array, x: Array) -> Array:
    """The bits (N, K) that K perceptrons give to each row of x."""
    return to_array(lab.impl.region_codes(lab.tensor(x), lab.tensor(weights)))


def _network(lab: Lab, lines: Array, corners: Array, last: Array, x: Array) -> Array:
    """Three layers of perceptrons: −1 or +1 for each row of x."""
    return 2 * _codes(lab, last[None], _codes(lab, corners, _codes(lab, lines, x)))[:, 0] - 1


def _accuracy(lab: Lab, weights: Array, x: Array, y: Array) -> float:
    return float((2 * _codes(lab, weights[None], x)[:, 0] - 1 == y).mean())


def _draw(lab: Lab, source: Any, lines: Array, predict: Any, alone: Array, scores: Any) -> Figure:
    from experiments.figures import decision_boundary, page, region_codes

    figure, axes = page(3, 1, width=4.6, height=4.1)
    region_codes(
        partial(_codes, lab, lines), lines, source.x, source.y,
        title="Three perceptrons, seven codes", axes=axes[0],
    )  # fmt: skip # data, then labels
    decision_boundary(
        predict, source.x, source.y, class_names=source.class_names,
        title=f"2-3-3-1: finds 010, 100, 111, {scores[0]:.0%} right", axes=axes[1],
    )  # fmt: skip # data, then labels
    decision_boundary(
        lambda plane: _codes(lab, alone[None], plane)[:, 0], source.x, source.y,
        class_names=source.class_names, title=f"One perceptron: {scores[1]:.0%} right",
        axes=axes[2],
    )  # fmt: skip # data, then labels
    return figure


STUDY = Study("region-codes", "Three perceptrons code the regions; three more find the codes", run)
