"""Losses at the edges of their sizes: many classes, one, none; the first class ignored; no variance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    Bad,
    Case,
    bad_cases,
    cases,
    labels,
    normal,
    options_grid,
    simplex,
    uniform,
    values,
)
from parity_tests.test_losses_classification import bounds

PLAIN: dict[str, Any] = {
    "tier": COMPARATIVE_TENSOR,
    "grad_tier": COMPARATIVE_TENSOR,
    "variants": "",
}
TORCH = "the formula is held against 60 digits elsewhere: here it is the sizes that matter"

CASES = [
    *(
        Case("cross_entropy", (normal(5, C), target), options={"label_smoothing": eps}, why=TORCH,
             id=f"{C} classes, {kind}, {eps}", variants="", **bounds("cross_entropy"))
        for C in (128, 129, 300) for eps in (0.0, 0.1)
        for kind, target in (("labels", labels(C, 5)), ("distributions", simplex(5, C)))
    ),
    *(
        Case(name, (normal(6, 3), values([0, 1, 2, 0, 2, 1])), why=TORCH, id=f"ignored {i}",
             options={"ignore_index": i, "reduction": reduction}, variants="", **bounds(name))
        for name in ("cross_entropy", "nll_loss") for i in (0, 2)
        for reduction in ("none", "mean")
    ),
    Case("cross_entropy", (normal(6, 3), values([0, 1, 2, 0, 2, 1])), why=TORCH,
         options={"ignore_index": 0, "label_smoothing": 0.25}, id="ignored 0, smoothed",
         variants="", **bounds("cross_entropy")),
    *(
        Case(name, (normal(3, 1), values([0, -100, 0])), why=TORCH, id="one class", variants="",
             **bounds(name))
        for name in ("cross_entropy", "nll_loss")
    ),
    *(
        Case(name, (normal(0, 0), labels(1, 0)), why=TORCH, id="no class",
             options={"reduction": "none"}, **PLAIN)
        for name in ("cross_entropy", "nll_loss")
    ),
    *(
        Case("multilabel_soft_margin_loss", (normal(3, 0), normal(3, 0)), why=TORCH,
             options=options, id=f"no class, {options}", **PLAIN)
        for options in options_grid(reduction=["none", "mean", "sum"])
    ),
    Case("gaussian_nll_loss", (normal(2, 3, 4), normal(2, 3, 4), uniform(0.5, 2.0, 2, 3)),
         why=TORCH, id="a variance for each row", **PLAIN),
    *(
        Case("gaussian_nll_loss", (normal(6), normal(6)), why=TORCH, options={"var": var},
             call=lambda impl, x, t, var: impl.gaussian_nll_loss(x, t, var), id=f"var {var}", **PLAIN)
        for var in (0.0, 0.5)
    ),
]  # fmt: skip # a table


@pytest.mark.filterwarnings("ignore:.*empty")
@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def ones(impl, *shape):
    return impl.tensor(np.ones(shape, np.float32))


def gaussian(*shapes):
    """A call with an input, a target and a variance of these shapes."""
    return lambda impl: impl.gaussian_nll_loss(*(ones(impl, *shape) for shape in shapes))


BAD = [
    Bad("cross_entropy", lambda i: i.cross_entropy(ones(i, 2, 3), ones(i, 2, 3), ignore_index=0),
        RuntimeError, "ignore_index"),
    Bad("gaussian_nll_loss", gaussian((2, 3), (2, 4), (2, 1)), RuntimeError, id="input"),
    Bad("gaussian_nll_loss", gaussian((2, 3), (2, 3), (2, 4)), ValueError, id="variance"),
    Bad("gaussian_nll_loss", lambda i: i.gaussian_nll_loss(ones(i, 2), ones(i, 2), -0.5),
        ValueError, id="negative number"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
