"""Losses in corners: options that meet, variances of other shapes, dtypes that differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    Bad,
    assert_parity,
    bad_cases,
    covers,
    offered,
)

covers("gaussian_nll_loss", "huber_loss", "binary_cross_entropy_with_logits", "cross_entropy")

X = np.array([[0.25, -3.0, 1.5], [4.0, 0.5, -2.25]])
T = np.array([[-1.5, 0.5, 1.25], [0.75, 3.0, -2.0]])
CUBE = np.arange(24.0).reshape(2, 3, 4) / 7


def both(candidate: Any, reference: Any, name: str, compute: Any) -> None:
    offered(candidate, name)
    mine, torchs = (compute(impl, impl.tensor) for impl in (candidate, reference))
    assert_parity(mine, torchs, COMPARATIVE_TENSOR, op=name, direction="value")


@pytest.mark.parametrize("variance", [0.0, 0.5, 1.0])
def test_a_variance_that_is_a_number(candidate, reference, variance):
    """From 0 on, where eps takes its place."""
    name = "gaussian_nll_loss"
    both(candidate, reference, name, lambda i, t: i.gaussian_nll_loss(t(X), t(T), variance))


def test_a_variance_per_row_of_a_cube(candidate, reference):
    """Without the last dimension."""
    spread = np.array([[1.0, 2.0, 3.0], [0.5, 0.25, 4.0]])
    both(
        *(candidate, reference, "gaussian_nll_loss"),
        lambda i, t: i.gaussian_nll_loss(t(CUBE), t(CUBE[::-1].copy()), t(spread)),
    )


def test_huber_weights_and_width_together(candidate, reference):
    """Neither makes the other forgotten."""
    weight = np.array([[0.5, 2.0, 1.0], [3.0, 0.0, 1.5]])
    both(
        *(candidate, reference, "huber_loss"),
        lambda i, t: i.huber_loss(t(X), t(T), delta=0.5, weight=t(weight)),
    )


def test_logits_in_another_precision_than_the_target(candidate, reference):
    """The target's decides. torch rounds ln σ of float32 logits first, which costs 8 digits."""
    name, probabilities = "binary_cross_entropy_with_logits", 1 / (1 + np.exp(-T))
    both(
        *(candidate, reference, name),
        lambda i, t: getattr(i, name)(t(X), t(probabilities.astype(np.float32))),
    )
    loss = getattr(candidate, name)(
        candidate.tensor(X.astype(np.float32)), candidate.tensor(probabilities)
    )
    expected = np.asarray((np.logaddexp(0, X) - probabilities * X).mean())
    assert_parity(loss, expected, COMPARATIVE_TENSOR, op=name, direction="value")


def soft(impl: Any) -> Any:
    return impl.cross_entropy(impl.tensor(X), impl.tensor(np.full((2, 3), 1 / 3)), ignore_index=0)


def misfit(impl: Any) -> Any:
    variance = impl.tensor(np.ones((2, 1)))
    return impl.gaussian_nll_loss(impl.tensor(X), impl.tensor(np.ones(4)), variance)


BAD = [
    Bad("cross_entropy", soft, RuntimeError, "ignore_index"),
    Bad("gaussian_nll_loss", misfit, RuntimeError, "do not broadcast"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
