"""What theory says of likelihood and information, and torch.distributions' opinion."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bound,
    assert_parity,
    offered,
    simplex,
    to_tensor,
)


def test_cross_entropy_is_entropy_plus_divergence(candidate, rng, dtype):
    offered(candidate, "entropy", "distribution_cross_entropy", "kl_divergence")
    p, q = (to_tensor(candidate, simplex(50, 6)(rng).astype(dtype)) for _ in range(2))
    cross = candidate.distribution_cross_entropy(p, q)
    total = candidate.entropy(p) + candidate.kl_divergence(p, q)
    assert_parity(total, cross, COMPARATIVE, op="distribution_cross_entropy", direction="H + KL")
    assert (candidate.kl_divergence(p, q).numpy() > 0).all()
    assert (candidate.kl_divergence(p, p).numpy() == 0).all()


def test_uniform_has_the_largest_entropy_and_one_hot_none(candidate, dtype):
    offered(candidate, "entropy")
    uniform_8 = to_tensor(candidate, np.full(8, 0.125, dtype))
    assert_parity(
        candidate.entropy(uniform_8), np.log(np.array(8, dtype)), COMPARATIVE, op="entropy"
    )
    assert candidate.entropy(to_tensor(candidate, np.eye(3, dtype=dtype))).tolist() == [0.0] * 3


def test_one_hot_cross_entropy_is_the_nll_of_the_class(candidate, rng, dtype):
    offered(candidate, "distribution_cross_entropy", "categorical_nll")
    q, y = simplex(7, 4)(rng).astype(dtype), rng.integers(0, 4, 7)
    one_hot = np.eye(4, dtype=dtype)[y]
    cross = candidate.distribution_cross_entropy(
        to_tensor(candidate, one_hot), to_tensor(candidate, q)
    )
    nll = candidate.categorical_nll(to_tensor(candidate, q), to_tensor(candidate, y), "none")
    assert_parity(cross, nll, EXACT, op="categorical_nll", direction="as cross-entropy")


def test_a_likelihood_machine(candidate, rng, dtype):
    """Bernoulli NLL is BCE; categorical NLL is cross-entropy; Gaussian NLL is MSE and a constant."""
    offered(candidate, "binary_cross_entropy", "cross_entropy", "mse_loss", "sigmoid", "softmax")
    z, t = rng.normal(size=(9, 4)).astype(dtype), rng.normal(size=(9, 4)).astype(dtype)
    y, classes = rng.integers(0, 2, (9, 4)).astype(dtype), rng.integers(0, 4, 9)
    z, t, y, classes = (to_tensor(candidate, a) for a in (z, t, y, classes))
    p = candidate.sigmoid(z)
    pairs = {
        "bernoulli_nll": (candidate.bernoulli_nll(p, y), candidate.binary_cross_entropy(p, y)),
        "categorical_nll": (
            candidate.categorical_nll(candidate.softmax(z, dim=1), classes),
            candidate.cross_entropy(z, classes),
        ),
        "gaussian_nll": (
            candidate.gaussian_nll(z, t, 2.0),
            candidate.mse_loss(z, t) / 8 + float(np.log(2) + np.log(2 * np.pi) / 2),
        ),
    }
    for name, (nll, loss) in pairs.items():
        assert_parity(nll, loss, COMPARATIVE, op=name, direction="as a loss")


def test_the_product_underflows_and_the_sum_does_not(candidate, dtype):
    offered(candidate, "bernoulli_nll")
    p = np.full(2000, 0.5, dtype)
    with np.errstate(under="ignore"):
        assert np.prod(p) == 0
    ones = to_tensor(candidate, np.ones_like(p))
    nll = candidate.bernoulli_nll(to_tensor(candidate, p), ones, "sum")
    truth = 2000 * np.log(2)
    assert_parity(nll, np.array(truth, dtype), COMPARATIVE, op="bernoulli_nll", oracle=truth)


def test_torch_distributions_agree(candidate, rng):
    torch = pytest.importorskip("torch")
    offered(candidate, "bernoulli_nll", "categorical_nll", "gaussian_nll", "kl_divergence")
    p, q = simplex(9, 4)(rng), simplex(9, 4)(rng)
    y, classes = rng.integers(0, 2, (9, 4)).astype(float), rng.integers(0, 4, 9)
    P, Q, Y, labels_ = (to_tensor(candidate, a) for a in (p, q, y, classes))
    tp, tq, ty, tl = (torch.from_numpy(a) for a in (p, q, y, classes))
    D = torch.distributions
    pairs = {
        "bernoulli_nll": (candidate.bernoulli_nll(P, Y, "none"), -D.Bernoulli(tp).log_prob(ty)),
        "categorical_nll": (
            candidate.categorical_nll(P, labels_, "none"),
            -D.Categorical(tp).log_prob(tl),
        ),
        "gaussian_nll": (
            candidate.gaussian_nll(P, Y, Q, "none"),
            -D.Normal(tp, tq).log_prob(ty),
        ),
        "entropy": (candidate.entropy(P), D.Categorical(tp).entropy()),
        "kl_divergence": (
            candidate.kl_divergence(P, Q),
            D.kl_divergence(D.Categorical(tp), D.Categorical(tq)),
        ),
    }
    ours, theirs = ({name: pair[i] for name, pair in pairs.items()} for i in (0, 1))
    # sums of at most eight terms of size 1 or less that may cancel
    tier = Bound(lambda u: 16 * u)
    assert_parity(ours, theirs, tier, op=", ".join(pairs), direction="distributions")


def test_the_logit_undoes_the_sigmoid(candidate, dtype):
    offered(candidate, "logit", "sigmoid", "odds")
    z = np.linspace(-4, 4, 33).astype(dtype)
    p = candidate.sigmoid(to_tensor(candidate, z))
    for back, name in ((candidate.logit(p), "logit"), (candidate.odds(p).log(), "odds")):
        # sigmoid is off by 4 ulp of u each (p ≥ ½); u in p is u/(1 − p) ≤ 56u in the logit
        assert_parity(back, z, Bound(lambda u: 4 * 56 * u), op=name, direction="of the sigmoid")
