"""Small worlds with a known answer: truth tables, regions, rings, coffee, a sine.

Everything is drawn from NumPy's own generator with the run's seed, so that a data set is the same
whichever implementation learns from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.datasets.source import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TRUTH_TABLES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}

# Three lines w0 + w1 x1 + w2 x2 = 0 in general position: seven regions, the code [0 0 1] is empty.
REGION_LINES = np.array([[0.4, 0.0, 1.0], [0.4, -1.0, -0.6], [-0.4, -1.0, 0.6]])
POSITIVE_CODES = ((0, 1, 0), (1, 0, 0), (1, 1, 1))


def truth_table(name: str) -> Source:
    """The four corners of the unit square and the value of AND, OR or XOR there."""
    return Source(
        x=CORNERS.copy(),
        y=np.array(TRUTH_TABLES[name], np.int64),
        feature_names=("x1", "x2"),
        class_names=("0", "1"),
        fractions=None,
    )


def regions(seed: int, count: int = 600, margin: float = 0.04) -> Source:
    """Points of the square [−1, 1]², none nearer than `margin` to one of the three lines.

    y is 1 in the regions whose three-bit code is 010, 100 or 111 and 0 in the others: no single
    line separates them.
    """
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (4 * count, 2))
    scores = line_scores(points)
    distance = np.abs(scores) / np.linalg.norm(REGION_LINES[:, 1:], axis=1)
    keep = np.flatnonzero((distance > margin).all(axis=1))[:count]
    codes = (scores[keep] > 0).astype(np.int64)
    y = (codes[:, None, :] == np.array(POSITIVE_CODES)).all(axis=2).any(axis=1)
    return Source(
        x=points[keep],
        y=y.astype(np.int64),
        feature_names=("x1", "x2"),
        class_names=("outside", "inside"),
        fractions=None,
    )


def line_scores(points: NDArray[Any]) -> NDArray[np.float64]:
    """w0 + w1 x1 + w2 x2 of each point for each of the three lines, (N, 3)."""
    return REGION_LINES[:, 0] + points @ REGION_LINES[:, 1:].T


def rings(seed: int, count: int = 600) -> Source:
    """Two rings around the origin, radii 1 and 2 with a spread of 0.15; y is 1 on the outer."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    radius = 1.0 + y + rng.normal(0, 0.15, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    return Source(
        x=np.column_stack((radius * np.cos(angle), radius * np.sin(angle))),
        y=y.astype(np.int64),
        feature_names=("x1", "x2"),
        class_names=("inner", "outer"),
    )


def coffee(seed: int, count: int = 1000) -> Source:
    """Roasts of 150–285 °C and 11.5–15.5 minutes; y is 1 for the good ones.

    Good is the triangle t > 175, t < 260, d > 12, d < 15, d ≤ 21 − 3t/85.
    Source: A. Ng, "Advanced Learning Algorithms", Coursera (2022).
    """
    rng = np.random.default_rng(seed)
    t = rng.uniform(150, 285, count)
    d = rng.uniform(11.5, 15.5, count)
    good = (t > 175) & (t < 260) & (d > 12) & (d < 15) & (d <= 21 - 3 * t / 85)
    return Source(
        x=np.column_stack((t, d)),
        y=good.astype(np.int64),
        feature_names=("temperature (°C)", "duration (min)"),
        class_names=("bad roast", "good roast"),
        scale="standardize",
    )


def sine() -> Source:
    """x = 0, 0.1, … < 2π and sin x: the 63 points that are learned are all the points there are."""
    x = np.arange(0, 2 * np.pi, 0.1)[:, None]
    return Source(x=x, y=np.sin(x), feature_names=("x (rad)",), fractions=None)


def three_inputs(seed: int, count: int = 1000) -> Source:
    """y = x1 x2 + x3² on [−1, 1]³: an interaction and a curve, so no linear map fits it."""
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 3))
    y = x[:, :1] * x[:, 1:2] + x[:, 2:] ** 2
    return Source(x=x, y=y, feature_names=("x1", "x2", "x3"))
