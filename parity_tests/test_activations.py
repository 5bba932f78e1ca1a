"""Activations: value and gradient of every function and layer class, at kinks and in the tails."""

from __future__ import annotations

import operator

import mpmath
import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bad,
    Case,
    Comparative,
    Ulp,
    assert_parity,
    bad_cases,
    cases,
    dyadic,
    integers,
    normal,
    offered,
    spread,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.high_precision import precision, to_mpf

# A derivative made of differences (1 − y², σ (1 − σ), Φ + xφ) cancels where it is small; its
# rounding errors are relative to the terms, hence to the upstream gradient (and to x).
SATURATING = Comparative(scale=lambda g, x, **options: (g,))
CANCELLING = Comparative(scale=lambda g, x, **options: (g * (1 + abs(x)),))
# The tanh form's derivative multiplies σ (1 − σ), which cancels, by x · 2u' = O(x³).
STEEP = Comparative(scale=lambda g, x, **options: (g * (1 + 2 * abs(x) * (1 + 0.14 * x * x)),))
OF_X = Comparative(scale=lambda x, **options: x)  # torch's x Φ(x) loses all digits in the tail

ALPHA, SCALE = "1.6732632423543772848170429916717", "1.0507009873554804934193349852946"


def elu(m, x, alpha=1.0):
    return m.where(x > 0, x, alpha * m.expm1(m.minimum(x, 0)))


def selu(m, x):
    return mpmath.mpf(SCALE) * elu(m, x, mpmath.mpf(ALPHA))


def celu(m, x, alpha=1.0):
    return m.where(x > 0, x, alpha * m.expm1(m.minimum(x, 0) / alpha))


def softplus(m, x, beta=1.0, threshold=20.0):
    soft = (m.maximum(x * beta, 0) + m.log1p(m.exp(-m.absolute(x * beta)))) / beta
    return m.where(x * beta > threshold, x, soft)


def logsigmoid(m, x):
    return m.minimum(x, 0) - m.log1p(m.exp(-m.absolute(x)))


def gelu(m, x, approximate="none"):
    if approximate == "none":
        return x * (1 + m.erf(x / m.sqrt(mpmath.mpf(2)))) / 2
    u = m.sqrt(mpmath.mpf(2) / m.pi) * (x + mpmath.mpf("0.044715") * x**3)
    return x * (1 + m.tanh(u)) / 2


# function, layer class, options, oracle, tier of values, tier of gradients, kinks
ELEMENTWISE = [
    ("step", "Step", {}, None, EXACT, None, ()),
    ("sign", "Sign", {}, None, EXACT, None, ()),
    ("relu", "ReLU", {}, None, EXACT, EXACT, ()),
    ("leaky_relu", "LeakyReLU", {}, None, EXACT, EXACT, ()),
    ("leaky_relu", "LeakyReLU", {"negative_slope": 0.25}, None, EXACT, EXACT, ()),
    ("leaky_relu", "LeakyReLU", {"negative_slope": 0.0}, None, EXACT, EXACT, ()),
    ("leaky_relu", "LeakyReLU", {"negative_slope": -1.5}, None, EXACT, EXACT, ()),
    ("hardtanh", "Hardtanh", {}, None, EXACT, EXACT, (-1.0, 1.0)),
    ("hardtanh", "Hardtanh", {"min_val": -2.5, "max_val": 0.5}, None, EXACT, EXACT, (-2.5, 0.5)),
    ("sigmoid", "Sigmoid", {}, lambda m, x: m.sigmoid(x), Ulp("sigmoid"), SATURATING, ()),
    ("tanh", "Tanh", {}, lambda m, x: m.tanh(x), Ulp("tanh"), SATURATING, ()),
    ("silu", "SiLU", {}, lambda m, x: x * m.sigmoid(x), COMPARATIVE, CANCELLING, ()),
    ("softplus", "Softplus", {}, softplus, COMPARATIVE, COMPARATIVE, (20.0,)),
    ("softplus", "Softplus", {"beta": 2.0, "threshold": 3.0}, softplus, COMPARATIVE, None, (1.5,)),
    ("softplus", "Softplus", {"beta": 0.3}, softplus, COMPARATIVE, None, ()),
    ("softplus", "Softplus", {"beta": -2.0}, softplus, COMPARATIVE, None, (-10.0,)),
    ("logsigmoid", "LogSigmoid", {}, logsigmoid, COMPARATIVE, COMPARATIVE, ()),
    ("elu", "ELU", {}, elu, COMPARATIVE, COMPARATIVE, ()),
    ("elu", "ELU", {"alpha": 1.7}, elu, COMPARATIVE, COMPARATIVE, ()),
    ("elu", "ELU", {"alpha": -0.5}, elu, COMPARATIVE, COMPARATIVE, ()),
    ("selu", "SELU", {}, selu, COMPARATIVE, COMPARATIVE, ()),
    ("celu", "CELU", {}, celu, COMPARATIVE, COMPARATIVE, ()),
    ("celu", "CELU", {"alpha": 1.75}, celu, COMPARATIVE, COMPARATIVE, ()),
    ("celu", "CELU", {"alpha": -1.5}, celu, COMPARATIVE, COMPARATIVE, ()),
    ("gelu", "GELU", {}, gelu, OF_X, CANCELLING, ()),
    ("gelu", "GELU", {"approximate": "tanh"}, gelu, OF_X, STEEP, ()),
]


# e^x from where it is small beside 1 to where it is subnormal, the smallest, and 0, in either dtype
TAIL = (-75.0, -87.5, -90.0, -103.0, -104.0, -300.0, -709.0, -720.0, -745.0, -746.0)


def elementwise(name, function, options, oracle, tier, grad_tier, kinks):
    common = {"options": options, "oracle": oracle, "tier": tier, "grad_tier": grad_tier}
    # torch's elu and hardtanh give one derivative at NaN in vector code and another in the tail
    few = (0.0, -0.0, 1.0, -1.0, 1e-4, -1e-4, 40.0, -40.0, 1e4, -1e4, float("inf"), float("-inf"))
    # gelu(±inf) and its derivative are inf, NaN or 0 in torch, depending on dtype and build
    torn = function in ("elu", "selu", "celu", "hardtanh")
    specials = (*few, *TAIL, *kinks) if torn else few[:-2] if function == "gelu" else None
    exact = tier is EXACT
    inputs = (dyadic(5, 7),) if exact else (normal(5, 7, scale=3.0),)
    yield Case(name, inputs, elementwise=True, kinks=kinks, specials=specials, **common)
    if not exact:
        yield Case(name, (spread(6, 5),), elementwise=True, specials=False, id="spread", **common)
    if torn:
        yield Case(name, (dyadic(3),), elementwise=True, wrt=(), id="values", **common)


def finite_float16(rng):
    """Every 16th finite float16 number."""
    every = np.arange(rng.integers(16), 65536, 16, dtype=np.uint16).view(np.float16)
    return every[np.isfinite(every)].astype(np.float64)


FUNCTIONS = [c for f, _, *row in ELEMENTWISE for c in elementwise(f, f, *row)]
FUNCTIONS.append(
    Case("hardtanh", (dyadic(9),), options={"min_val": 0.5, "max_val": 0.5}, tier=EXACT)
)
FUNCTIONS.append(
    Case(
        "gelu",
        (finite_float16,),
        tier=OF_X,
        grad_tier=CANCELLING,
        dtypes=("float32",),
        variants="",
        id="float16",
    )
)
LAYERS = [c for f, layer, *row in ELEMENTWISE for c in list(elementwise(layer, f, *row))[:1]]


@cases(FUNCTIONS + LAYERS)
def test_value_and_gradient(case, check):
    check(case)


INTEGERS = [
    Case(name, (integers(-3, 4, 6),), tier=tier, dtypes=("float32",), id="integers")
    for name, tier in (
        *(("relu", EXACT), ("hardtanh", EXACT)),
        *(("sigmoid", Ulp("sigmoid")), ("tanh", Ulp("tanh"))),
    )
]


@cases(INTEGERS)
def test_integers(case, check):
    check(case)


def on(data, name, *args, **options):
    """A call of the function `name` on a tensor of `data`."""
    return lambda impl: getattr(impl, name)(impl.tensor(data), *args, **options)


def through(layer, data, *more):
    """A call of a layer on a tensor of `data`."""
    return lambda impl: getattr(impl, layer)()(impl.tensor(data), *more)


def of_list(name):
    """A call of the function `name` on a list."""
    return lambda impl: getattr(impl, name)([1.0])


FLOATING_ONLY = (
    *("leaky_relu", "elu", "selu", "celu", "gelu", "silu", "softplus", "logsigmoid"),
    *("step", "sign"),
)
BAD = [
    *(
        Bad(f, on([1, 2], f), NotImplementedError, says=f"{f} is not implemented for int64")
        for f in FLOATING_ONLY
    ),
    *(
        Bad(layer, through(layer, [1, 2]), NotImplementedError, says="int64")
        for function, layer in sorted({(f, c) for f, c, *_ in ELEMENTWISE})
        if function in FLOATING_ONLY
    ),
    Bad("ReLU", through("ReLU", [True]), RuntimeError, says="ool"),
    *(Bad(c, through(c, [1.0], 2), TypeError, id="too much") for c in ("Sigmoid", "Tanh")),
    *(Bad(f, on([True], f), RuntimeError, says="ool") for f in ("relu", "hardtanh")),
    *(Bad(f, on([1.0], f, 2, 3, 4), TypeError, id="too much") for f in ("sigmoid", "tanh")),
    *(Bad(f, of_list(f), TypeError, says="list") for f in ("relu", "gelu", *FLOATING_ONLY[:-2])),
    Bad("celu", on([1.0], "celu", 0.0), RuntimeError, says="alpha"),
    Bad("hardtanh", on([1.0], "hardtanh", 2.0, 1.0), ValueError, says="2.0"),
    Bad("Hardtanh", lambda impl: impl.Hardtanh(1.0, 1.0), AssertionError, says="1.0"),
    Bad("gelu", on([1.0], "gelu", approximate="erf"), RuntimeError, says="erf"),
    Bad("GELU", lambda impl: impl.GELU("erf")(impl.tensor([1.0])), RuntimeError, says="erf"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


TAILS = {
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), -85.0, "sigmoid"),
    "gelu": (lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2, -12.0, "normal tail"),
}


@pytest.mark.parametrize("name", TAILS)
def test_the_negative_tail_keeps_its_digits(name, candidate, reference, dtype):
    offered(candidate, name)
    formula, end, row = TAILS[name]
    x = np.linspace(end if dtype == "float32" else 3 * end, 0.0, 301).astype(dtype)
    with precision():
        truth = np.vectorize(formula, otypes=[object])(to_mpf(x))
    actual = getattr(candidate, name)(to_tensor(candidate, x))
    expected = getattr(reference, name)(to_tensor(reference, x))
    assert_parity(actual, expected, Ulp(row), op=name, direction="tail", oracle=truth)


def test_the_gradient_of_celu_has_all_digits_of_alpha(candidate, reference):
    """PyTorch rounds α to float32 in the gradient, so its float64 gradient is good to 8 digits."""
    offered(candidate, "celu")
    array = np.linspace(-30.0, -1.0, 30)
    x = to_tensor(candidate, array, requires_grad=True)
    candidate.celu(x, 1.7).sum().backward()
    by_hand = (to_tensor(reference, array) / 1.7).exp()
    with precision():
        exact = np.vectorize(lambda v: mpmath.exp(v / mpmath.mpf(1.7)), otypes=[object])
        truth = exact(to_mpf(array))
    assert_parity(x.grad, by_hand, COMPARATIVE, op="celu", direction="gradient", oracle=truth)


@pytest.mark.parametrize("name", [f for f, *_ in ELEMENTWISE[9:]])
def test_finite_at_large_inputs(name, candidate, dtype):
    offered(candidate, name)
    x = to_tensor(candidate, np.array([-1e4, -90.0, 90.0, 1e4], dtype), requires_grad=True)
    y = getattr(candidate, name)(x)
    y.sum().backward()
    assert np.isfinite(to_numpy(y)).all()
    assert np.isfinite(to_numpy(x.grad)).all()


def test_step_and_sign_are_the_perceptrons(candidate):
    offered(candidate, "sign")
    x = candidate.tensor([-1.0, -0.0, 0.0, 1.0, float("nan")], requires_grad=True)
    np.testing.assert_array_equal(to_numpy(candidate.step(x)), [0, 1, 1, 1, np.nan])
    np.testing.assert_array_equal(to_numpy(candidate.sign(x)), [-1, 1, 1, 1, np.nan])
    (candidate.sign(x) + candidate.step(x)).sum().backward()
    np.testing.assert_array_equal(to_numpy(x.grad), np.zeros(5))


@pytest.mark.parametrize(
    ("name", "options"),
    [(c, o) for _, c, o, *_ in ELEMENTWISE],
    ids=[str((c, o)) for _, c, o, *_ in ELEMENTWISE],
)
def test_layers_print_as_in_torch(name, options, candidate, reference):
    offered(candidate, name)
    make = operator.methodcaller(name, **options)
    layer = make(candidate)
    assert repr(layer) == repr(make(reference))
