"""Figures and pictures: drawn without a warning, with titles and axes, and of what was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from experiments import figures

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(30, 2))
LABELS = RNG.integers(0, 3, 30)
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
LINES = np.array([[-0.5, 1.0, 1.0], [0.2, 1.0, -1.0]])


def sigmoid(plane: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-3 * plane.sum(axis=1)))


def codes(plane: np.ndarray) -> np.ndarray:
    return LINES[:, 0] + plane @ LINES[:, 1:].T >= 0


def bowl(w1: np.ndarray, w2: np.ndarray) -> np.ndarray:
    return w1**2 + 10 * w2**2


FIGURES = {
    "two classes": lambda: figures.decision_boundary(sigmoid, POINTS, LABELS > 0, line=LINES[0]),
    "a column of outputs": lambda: figures.decision_boundary(
        lambda plane: sigmoid(plane)[:, None], POINTS, LABELS > 0
    ),
    "no boundary in sight": lambda: figures.decision_boundary(
        lambda plane: np.zeros(len(plane)), POINTS, LABELS, line=(50.0, 1.0, 0.0)
    ),
    "signs": lambda: figures.decision_boundary(
        lambda plane: np.sign(plane[:, 0]), POINTS, np.sign(POINTS[:, 0]), line=(0.0, 0.0, 0.0)
    ),
    "three classes": lambda: figures.decision_boundary(
        lambda plane: plane @ RNG.normal(size=(2, 3)), POINTS, LABELS, class_names=["a", "b", "c"]
    ),
    "one winner": lambda: figures.decision_boundary(
        lambda plane: np.tile([1.0, 0.0, 0.0], (len(plane), 1)), POINTS, LABELS
    ),
    "truth table": lambda: figures.truth_table(CORNERS, [0, 1, 1, 0], [0.1, 0.9, 0.2, 0.3]),
    "region codes": lambda: figures.region_codes(codes, LINES, POINTS, LABELS),
    "hidden space": lambda: figures.hidden_space(RNG.normal(size=(30, 5)), LABELS),
    "one hidden unit": lambda: figures.hidden_space(POINTS[:, :1], LABELS),
    "learning curves": lambda: figures.learning_curves(
        {"train": [3.0, 2.0, 1.0], "validation": [3.0, np.nan, 2.0]}, log=True, marks={"best": 2}
    ),
    "regression curve": lambda: figures.regression_curve(
        [3.0, 1.0], [0.0, 1.0], {"epoch 1": ([2.0, 1.0], [0.0, 1.0])}
    ),
    "weight path": lambda: figures.weight_path(
        np.geomspace(0.01, 1, 5), RNG.normal(size=(5, 12)), chosen=0.1
    ),
    "bars": lambda: figures.bars(
        {"scratch": 1.0, "torch": 2.0}, errors={"torch": 0.1}, limit=1.5, title="t", y="s"
    ),
    "activations": lambda: figures.activation_histograms(
        {"layer 1": POINTS, "layer 2": np.zeros(4), "layer 3": np.array([np.nan, 1.0])}
    ),
    "loss surface": lambda: figures.loss_surface(
        bowl, (-1, 1), (-1, 1), {"SGD": [[1.0, 1.0], [0.5, 0.0]]}, minimum=(0, 0), log=True
    ),
    "matrix": lambda: figures.matrix([[1.0, -0.5]], ["a"], ["b", "c"], y="row"),
    "signed map": lambda: figures.value_map([0, 1, 2], [0, 1], [[-1.0, 0.0, 1.0], [0.0, 1.0, 2.0]]),
    "map above 0": lambda: figures.value_map([0, 1, 2], [0, 1], [[0.0, 0.0, 1.0], [0.0, 1.0, 2.0]]),
    "map of zeros": lambda: figures.value_map([0, 1], [0, 1], np.zeros((2, 2))),
    "plain loss surface": lambda: figures.loss_surface(bowl, (-1, 1), (-1, 1)),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_a_figure_has_names_and_becomes_a_png(tmp_path: Path, draw: Any):
    figure = draw()
    panel = figure.axes[0]
    assert panel.get_title(loc="left")
    assert panel.get_ylabel()
    figures.save_figure(figure, tmp_path / "x" / "figure.png")
    data, width, height = figures.figure_png(figure)
    with Image.open(tmp_path / "x" / "figure.png") as saved:
        assert saved.size[0] > width
    assert data[:4] == b"\x89PNG"
    assert min(width, height) > 200


def test_several_figures_make_a_page():
    page, panels = figures.page(2, 1)
    figures.bars({"a": 1.0}, title="one", axes=panels[0])
    figures.learning_curves({"a": [1.0, 2.0]}, title="two", axes=panels[1])
    assert [axes.get_title(loc="left") for axes in page.axes] == ["one", "two"]


def test_drawing_changes_no_global_setting():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figures.bars({"a": 1.0})
    assert dict(mpl.rcParams) == before


def test_principal_plane_finds_the_line_that_points_lie_on():
    points = np.array([[-3.0, 0.0, -4.0], [0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])
    plane, share = figures.principal_plane(points)
    assert np.rint(plane).tolist() == [[-5.0, 0.0], [0.0, 0.0], [5.0, 0.0]]
    assert np.rint(share).tolist() == [1.0, 0.0]


# --- pictures --------------------------------------------------------------------------------

IMAGES = RNG.random((6, 8, 8))


def colours(picture: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()}


def test_confusion_matrix_is_blue_where_right_and_orange_where_wrong():
    right = figures.confusion_matrix([[5, 0], [0, 4]])
    wrong = figures.confusion_matrix([[0, 5], [4, 0]])
    assert right.dtype == np.uint8
    assert right.shape[2] == 3
    assert (0, 90, 150) in colours(right)
    assert (213, 94, 0) not in colours(right)
    assert (213, 94, 0) in colours(wrong)
    assert (0, 90, 150) not in colours(wrong)


@pytest.mark.parametrize("classes", [1, 2, 10, 26])
def test_confusion_matrix_of_any_number_of_classes(classes: int):
    counts = RNG.integers(0, 40, (classes, classes))
    counts[0] = 0
    assert figures.confusion_matrix(counts).shape[0] >= 30 * classes


@pytest.mark.parametrize("wrong", [0, 1, 6])
def test_mistakes_are_shown_and_others_are_not(wrong: int):
    labels = np.zeros(6, int)
    guess = (np.arange(6) < wrong).astype(int)
    plain = figures.misclassified(np.zeros_like(IMAGES), labels, guess, np.full(6, 0.9))
    assert plain.shape[1] > 300
    assert ((213, 94, 0) in colours(plain)) == (wrong > 0)


def test_weight_images_use_one_scale_and_keep_zero_white():
    weights = np.zeros((3, 16))
    weights[0, 0], weights[1, 0] = 2.0, -2.0
    seen = colours(figures.weight_images(weights, (4, 4)))
    assert {(0, 90, 150), (213, 94, 0), (255, 255, 255)} <= seen
    assert figures.weight_images(np.full((2, 4), np.nan), (2, 2)).ndim == 3


def test_a_picture_is_saved_as_it_is(tmp_path: Path):
    picture = figures.weight_images(IMAGES.reshape(6, 64), (8, 8))
    figures.save_picture(picture, tmp_path / "x" / "weights.png")
    with Image.open(tmp_path / "x" / "weights.png") as saved:
        assert np.array_equal(np.asarray(saved), picture)


REFUSED = {
    "not square": (lambda: figures.confusion_matrix(np.zeros((2, 3), int)), r"\(2, 3\)"),
    "negative": (lambda: figures.confusion_matrix([[-1]]), "negative"),
    "few names": (lambda: figures.confusion_matrix(np.eye(3, dtype=int), ["a"]), "3 classes"),
    "lengths": (lambda: figures.misclassified(IMAGES, [1], [1], [1.0]), r"\(6, 8, 8\)"),
    "no rectangle": (lambda: figures.weight_images(np.zeros((2, 63)), (8, 8)), r"\(2, 63\)"),
    "flat points": (lambda: figures.decision_boundary(sigmoid, POINTS[:, :1], LABELS), "N, 2"),
    "few labels": (lambda: figures.hidden_space(POINTS, LABELS[:3]), "N labels"),
    "few weights": (lambda: figures.weight_path([1.0, 2.0], np.zeros((3, 1))), "S = 2"),
    "constant loss": (lambda: figures.loss_surface(np.multiply, (0, 0), (0, 1)), "shows nothing"),
    "few rows": (lambda: figures.matrix([[1.0]], ["a", "b"], ["c"]), r"\(2, 1\)"),
    "few values": (lambda: figures.value_map([0, 1], [0, 1], [[1.0]]), r"\(2, 2\)"),
    "short curve": (lambda: figures.learning_curves({"a": [1.0]}, steps=[1, 2]), "1 values for 2"),
}


@pytest.mark.parametrize(("draw", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_and_said(draw: Any, words: str):
    with pytest.raises(ValueError, match=words):
        draw()
