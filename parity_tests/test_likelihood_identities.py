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


def distribution_terms(p, q, classes):
    """The sizes of the terms that each of them adds up; their errors are 17u of that at most.

    A logarithm has 8 roundings (4 ulp); torch's p/Σp has 4, in p and, absolutely, in log p: the + 1
    here; a difference, a product and the sum of four classes have 5.
    """
    entropy = (p * (abs(np.log(p)) + 1)).sum(-1)
    chosen = np.take_along_axis(p, classes[:, None], -1)[:, 0]
    return {
        "bernoulli_nll": abs(np.log(p)) + abs(np.log1p(-p)),
        "categorical_nll": abs(np.log(chosen)) + 1,
        "entropy": entropy,
        "kl_divergence": entropy + (p * (abs(np.log(q)) + 1)).sum(-1),
    }


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
        "entropy": (candidate.entropy(P), D.Categorical(tp).entropy()),
        "kl_divergence": (
            candidate.kl_divergence(P, Q),
            D.kl_divergence(D.Categorical(tp), D.Categorical(tq)),
        ),
    }
    ours, theirs = ({name: pair[i] for name, pair in pairs.items()} for i in (0, 1))
    for name, size in distribution_terms(p, q, classes).items():
        tier = Bound(lambda u, size=size: 17 * u * size)
        assert_parity(ours[name], theirs[name], tier, op=name, direction="distributions")
    # the same operations in the same order, on float64
    ours, theirs = candidate.gaussian_nll(P, Y, Q, "none"), -D.Normal(tp, tq).log_prob(ty)
    assert_parity(ours, theirs, EXACT, op="gaussian_nll", direction="distributions")


def test_the_logit_undoes_the_sigmoid(candidate, dtype):
    offered(candidate, "logit", "sigmoid", "odds")
    z = np.linspace(-4, 4, 33).astype(dtype)
    p = candidate.sigmoid(to_tensor(candidate, z))
    s = 1 / (1 + np.exp(-z.astype(np.float64)))
    for back, name in ((candidate.logit(p), "logit"), (candidate.odds(p).log(), "odds")):
        # σ is off by 4 ulp, of u 2^e each; logit' = 1/(p (1 − p)). 1 − p and the quotient are
        # rounded: 2u in the logarithm, which is itself off by 4 ulp, 8u |z| at most.
        off = 4 * np.exp2(np.frexp(s)[1]) / (s * (1 - s)) + 2 + 8 * abs(z)
        tier = Bound(lambda u, off=off: u * off)
        truth = z.astype(np.float64)
        assert_parity(back, z, tier, op=name, direction="of the sigmoid", oracle=truth)
