"""Kullback–Leibler divergence and Gaussian negative log-likelihood: functions and layers."""

from __future__ import annotations

import mpmath
import numpy as np

from parity_tests.instrument import (
    COMPARATIVE,
    Bad,
    Case,
    Comparative,
    assert_parity,
    bad_cases,
    cases,
    integers,
    normal,
    offered,
    options_grid,
    simplex,
    to_tensor,
    uniform,
    values,
)
from parity_tests.instrument.lacking import warned

REDUCTIONS = ["none", "mean", "sum"]


def logs(*shape):
    """Log-probabilities."""
    return lambda rng: np.log(simplex(*shape)(rng))


def kl(m, x, t, reduction="mean", log_target=False):
    losses = m.exp(t) * (t - x) if log_target else t * (m.log(t) - x)
    if reduction == "batchmean":
        return m.sum(losses) / x.shape[0]
    return m.reduce(losses, reduction)


def summed(size, reduction, batch=1):
    """The scale of a reduced loss: twice its terms, for the roundings of every term and the sum."""
    return {
        "none": lambda: size,
        "mean": lambda: 2 * size.sum() / max(size.size, 1),
        "sum": lambda: 2 * size.sum(),
        "batchmean": lambda: 2 * size.sum() / max(batch, 1),
    }[reduction]()


def kl_terms(x, t, reduction="mean", log_target=False):
    """t log t and t x, which cancel where the distributions agree."""
    t, log_t = (np.exp(t), t) if log_target else (t, np.log(t))
    return summed(t * (abs(log_t) + abs(x)), reduction, x.shape[0] if x.ndim else 1)


def kl_gradient_terms(g, x, t, reduction="mean", log_target=False):
    """∂/∂t is log t + 1 − x, or e^s (s − x + 1); of a mean an nth of it, or of the batch."""
    rows = x.shape[0] if x.ndim else 1
    g = g / max({"mean": x.size, "batchmean": rows}.get(reduction, 1), 1)
    t, log_t = (np.exp(t), t) if log_target else (t, np.log(t))
    return abs(g * t), abs(g) * (t if log_target else 1) * (abs(log_t) + 1 + abs(x))


def kl_case(inputs, options, id=""):
    return Case(
        "kl_div",
        inputs,
        options=options,
        oracle=kl,
        tier=Comparative(scale=kl_terms),
        grad_tier=Comparative(scale=kl_gradient_terms),
        id=f"{id}{'-'.join(map(str, options.values()))}",
    )


def gaussian(m, x, t, v, full=False, eps=1e-6, reduction="mean"):
    v = m.maximum(v, mpmath.mpf(eps))
    if v.ndim < x.ndim:
        v = v[..., None]
    losses = (m.log(v) + (x - t) ** 2 / v) / 2
    return m.reduce(losses + (m.log(2 * m.pi()) / 2 if full else 0), reduction)


def gaussian_terms(x, t, v, full=False, eps=1e-6, reduction="mean"):
    """log v and d²/v, which may cancel."""
    v = np.maximum(v[..., None] if v.ndim < x.ndim else v, eps)
    terms = abs(np.log(v)) + (x - t) ** 2 / v + 1
    return summed(terms, reduction)


def gaussian_gradient_terms(g, x, t, v, full=False, eps=1e-6, reduction="mean"):
    """d/v; and 1/v − d²/v², which cancel."""
    shape = v.shape
    v = np.maximum(v[..., None] if v.ndim < x.ndim else v, eps)
    d = (x - t) / v
    g = g / x.size if reduction == "mean" else g
    variance = np.broadcast_to(abs(g) * (1 / v + d * d), x.shape)
    if v.shape != x.shape:  # summed over the elements that share a variance
        axes = tuple(i for i, n in enumerate(v.shape) if n == 1)
        variance = variance.sum(axis=axes).reshape(shape)
    return abs(g * d), abs(g * d), variance


def about(eps):
    """Variances on both sides of eps."""

    def draw(rng):
        v = rng.uniform(0.3 * eps, 3 * eps, (4, 3))
        v.flat[:2] = rng.uniform(0.3 * eps, 0.9 * eps, 2)
        v.flat[-2:] = rng.uniform(1.1 * eps, 3 * eps, 2)
        return v

    return draw


def some_cut(x, t, v, eps=0.0, **_):
    """Whether eps takes the place of a variance."""
    return bool((v < eps).any())


def gaussian_case(variance, options, id="", name="gaussian_nll_loss"):
    return Case(
        name,
        (normal(4, 3), normal(4, 3), variance),
        options=options,
        wrt=(0, 1) if "eps" in options else None,  # where v < eps, ∂/∂v is torch's convention
        oracle=gaussian,
        tier=Comparative(scale=gaussian_terms),
        grad_tier=Comparative(scale=gaussian_gradient_terms),
        variants=None if variance is VARIANCE else "transposed strided reversed empty",
        holds=some_cut if "eps" in options else None,
        id=f"{id}{'-'.join(f'{k}={v}' for k, v in options.items())}",
    )


VARIANCE = uniform(0.3, 3.0, 4, 3)
PLAIN = [
    *(
        kl_case((logs(4, 3), logs(4, 3) if options["log_target"] else simplex(4, 3)), options)
        for options in options_grid(
            reduction=[*REDUCTIONS, "batchmean"], log_target=[False, True]
        )
    ),
    *(
        Case("kl_div", (logs(*a), simplex(*b)), {"reduction": "batchmean"}, oracle=kl,
             tier=Comparative(scale=kl_terms), grad_tier=Comparative(scale="tensor"), variants="", id=f"{a} and {b}")
        for a, b in (((4, 3), (3,)), ((3,), (4, 3)))
    ),
    Case("kl_div", (logs(3), simplex(3)), {"reduction": "none"}, oracle=kl,
         tier=Comparative(scale=kl_terms), grad_tier=Comparative(scale=kl_gradient_terms),
         elementwise=True, specials=False, id="elementwise"),
    Case("kl_div", (values([-1.0, -1.0, -np.inf, -np.inf, np.nan, -2.0]),
                    values([-0.5, 0.0, 0.0, 1.0, 0.0, np.nan])), {"reduction": "none"},
         why="0 log 0, infinities, NaN: torch's conventions", variants="", id="corners"),
    Case("kl_div", (values([-1.0, -np.inf, -np.inf, 0.0]), values([-np.inf, -np.inf, 0.0, 90.0])),
         {"reduction": "none", "log_target": True}, why="as above", variants="", id="log corners"),
    Case("kl_div", (values(-1.0), values(0.25)), {"reduction": "batchmean"},
         why="a number has no batch", variants="", id="0-d"),
    *(
        Case("KLDivLoss", (logs(4, 3), simplex(4, 3)), {"reduction": r}, oracle=kl,
             tier=Comparative(scale=kl_terms), grad_tier=Comparative(scale=kl_gradient_terms))
        for r in ("mean", "batchmean")
    ),
    Case("KLDivLoss", (logs(4, 3), logs(4, 3)), {"reduction": "sum", "log_target": True}, oracle=kl,
         tier=Comparative(scale=kl_terms), grad_tier=Comparative(scale=kl_gradient_terms)),
    *(gaussian_case(VARIANCE, o) for o in options_grid(reduction=REDUCTIONS, full=[False, True])),
    gaussian_case(about(1.0), {"eps": 1.0}),
    gaussian_case(uniform(0.3, 3.0, 4), {}, id="per sample"),
    gaussian_case(uniform(0.3, 3.0, 4, 1), {"reduction": "none"}, id="column"),
    gaussian_case(uniform(0.3, 3.0, 1, 3), {}, id="row"),
    gaussian_case(values(np.zeros((4, 3))), {"eps": 0.25}, id="zero variance"),
    Case("gaussian_nll_loss", (normal(4, 3), normal(4, 3), about(1.0)), {"eps": 1.0}, variants="",
         why="∂/∂v ignores the cut at eps, as in torch", wrt=(2,), id="below eps", holds=some_cut,
         grad_tier=Comparative(scale=lambda *a, **o: gaussian_gradient_terms(*a, **o)[2:])),
    *(
        gaussian_case(about(o["eps"]) if "eps" in o else VARIANCE, o, name="GaussianNLLLoss")
        for o in ({}, {"full": True}, {"eps": 0.5, "reduction": "sum"})
    ),
    Case("gaussian_nll_loss", (values([1.0, 2.0, 3.0]), values([0.0, 0.0, 0.0]),
                               values([np.nan, np.inf, 0.0])), {"reduction": "none"},
         why="NaN and infinite variance: torch's conventions", variants="", id="corners"),
    Case("gaussian_nll_loss", (normal(4, 3), integers(-2, 3, 4, 3), VARIANCE), oracle=gaussian,
         tier=Comparative(scale=gaussian_terms), variants="", id="integer target", wrt=(0,)),
    Case("gaussian_nll_loss", (normal(4, 3), normal(3), VARIANCE), oracle=gaussian,
         tier=Comparative(scale=gaussian_terms), variants="", id="target of a row",
         grad_tier=Comparative(scale=gaussian_gradient_terms)),  # of a sum over rows: of its terms
]  # fmt: skip # a table


@cases(PLAIN)
def test_value_and_gradient(case, check):
    check(case)


def test_a_float_is_a_variance(candidate, reference, dtype, rng):
    offered(candidate, "gaussian_nll_loss")
    x, t = rng.standard_normal((2, 4, 3)).astype(dtype)
    actual, expected = (
        impl.gaussian_nll_loss(to_tensor(impl, x), to_tensor(impl, t), 2.0)
        for impl in (candidate, reference)
    )
    assert_parity(actual, expected, COMPARATIVE, op="gaussian_nll_loss")


def test_the_mean_of_kl_warns(candidate, reference):
    offered(candidate, "kl_div")
    for impl in (candidate, reference):
        half = impl.tensor([0.5, 0.5])
        with warned(impl, UserWarning, "batchmean"):
            impl.kl_div(half, half)


def on(name, *arrays, **options):
    """A call of `name` on tensors of the arrays."""
    return lambda impl: getattr(impl, name)(*(impl.tensor(a) for a in arrays), **options)


KL, NLL = "kl_div", "gaussian_nll_loss"
X, ROW = [[1.0, 2.0, 3.0]] * 2, [1.0, 1.0, 1.0]
BAD = [
    Bad(KL, on(KL, X, X, reduction="median"), ValueError, says="median"),
    Bad(KL, on(KL, X, [1.0, 2.0], reduction="sum"), RuntimeError, says="(2, 3)"),
    Bad(KL, on(KL, X, [[1, 0, 0]] * 2, reduction="sum"), RuntimeError, says="int64", id="integers"),
    Bad("KLDivLoss", lambda impl: impl.KLDivLoss(reduction="x")(impl.tensor(X), impl.tensor(X)),
        ValueError, says="x"),
    Bad(NLL, on(NLL, X, X, X, reduction="median"), ValueError, says="median"),
    Bad(NLL, on(NLL, X, X, [[-1.0] * 3] * 2), ValueError, says="negative", id="negative"),
    Bad(NLL, lambda impl: impl.gaussian_nll_loss(impl.tensor(X), impl.tensor(X), -1.0),
        ValueError, says="negative", id="negative float"),
    Bad(NLL, lambda impl: impl.gaussian_nll_loss(impl.tensor(X), impl.tensor(X), 1),
        TypeError, says="int", id="int"),
    Bad(NLL, on(NLL, X, X, ROW), ValueError, says="(3,)", id="size of var"),
    Bad(NLL, on(NLL, X, X, [[1.0]]), ValueError, says="(1, 1)", id="one var"),
    Bad(NLL, on(NLL, X, X, [[1] * 3] * 2), RuntimeError, says="int64", id="integer var"),
    Bad(NLL, on(NLL, X, [1.0, 2.0], X), RuntimeError, says="(2,)", id="size of target"),
    Bad("GaussianNLLLoss", lambda impl: impl.GaussianNLLLoss(True), TypeError),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
