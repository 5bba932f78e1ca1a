"""No comparison goes round the tiers; and every way round them that is known is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

import parity_tests
from parity_tests import bare

_TEXT = "the text is what is tested"
_PRINTED = "the text that a source prints is the claim"
_NO_IMPLEMENTATIONS = "no two implementations: "
#: What looks like a tolerance and is none: (file, code) → reason.
ALLOWED = {
    ("bare.py", "0 < abs(v) <= SMALL"): "the rule itself",
    ("test_activations.py", "repr(layer) == repr(make(reference))"): _TEXT,
    (
        "test_activations_softmax.py",
        "repr(getattr(candidate, layer)(dim)) == repr(getattr(reference, layer)(dim))",
    ): _TEXT,
    (
        "test_autograd_conversions.py",
        "str(PRINTED[kind](candidate)) == str(PRINTED[kind](reference))",
    ): _TEXT,
    (
        "test_autograd_conversions.py",
        "repr(candidate.tensor([1.0, 2.0], dtype='float64')) == 'tensor([1., 2.], dtype=float64)'",
    ): _TEXT,
    (
        "test_autograd_conversions.py",
        "repr(candidate.tensor([0.123456])) == 'tensor([0.1235])'",
    ): _TEXT,
    (
        "test_autograd_conversions.py",
        r"repr(candidate.tensor([[1.0], [2.0]])) == 'tensor([[1.],\n        [2.]])'",
    ): _TEXT,
    ("test_autograd_edges.py", "f'{t}' == str(t)"): _TEXT,
    ("test_layers_options.py", "repr(layers[0]) == repr(layers[1])"): _TEXT,
    (
        "test_linear_models_corners.py",
        "repr(getattr(candidate, name)()) == repr(getattr(reference, name)())",
    ): _TEXT,
    ("test_messages.py", "repr(OfScale(8.0, 2.5)) == 'OfScale(8 ulp of 2.5)'"): _TEXT,
    (
        "test_messages.py",
        "repr(OfScale(np.array([8.0, 12.0]), np.array([1.0, 2.0]))) == 'OfScale(8…12 ulp of 1…2)'",
    ): _TEXT,
    ("test_mlp.py", "repr(mine) == repr(theirs)"): _TEXT,
    ("test_optimizers_state.py", "repr(ours.optimizer) == repr(theirs.optimizer)"): _TEXT,
    (
        "test_optimizers_textbook.py",
        "str(end) == '[-6.11110793e-10  8.14814391e-10]'",
    ): _PRINTED,
    (
        "test_conventions_points.py",
        "4 < 10000 * np.abs(exact - tanh).max() < 5",
    ): "two formulas, and how far they lie apart is the claim",
    (
        "test_benchmarks.py",
        "round(growth._exponent([1, 2, 4], [3.0, 6.0, 12.0]), 9) == 1",
    ): _NO_IMPLEMENTATIONS + "the slope of a fit that the benchmarks show with two digits",
    (
        "test_datasets.py",
        "[round(float(value), 3) for value in found] == [1.691, 0.105, 3.143, 0.194]",
    ): _NO_IMPLEMENTATIONS + "statistics of generated data, as published: with three digits",
    (
        "test_train.py",
        "(step, round(logged_accuracy, 4)) == (2000, accuracy)",
    ): _NO_IMPLEMENTATIONS
    + "the log has the float32 of a number that was printed with four digits",
    (
        "test_figures.py",
        "np.rint(plane).tolist() == [[-5.0, 0.0], [0.0, 0.0], [5.0, 0.0]]",
    ): _NO_IMPLEMENTATIONS + "coordinates of a picture, to the nearest integer",
    (
        "test_figures.py",
        "np.rint(share).tolist() == [1.0, 0.0]",
    ): _NO_IMPLEMENTATIONS + "shares in a picture's caption, to the nearest integer",
    (
        "test_datasets_mnist.py",
        "len(mnist.mnist(str(small_mnist / 'root')).x) == 240",
    ): "a count; the text is a path",
    (
        "test_conventions_errata_fitting.py",
        "longer[1:].min() > 1.2",
    ): "what is printed and what is right lie that far apart: that is the claim",
    (
        "test_conventions_layers.py",
        "bound / 2 < size.max() <= np.float32(bound)",
    ): _NO_IMPLEMENTATIONS + "the largest of 4,096 draws lies in the upper half of their range",
    (
        "test_conventions_layers.py",
        "0.9 < ratio < 1.1",
    ): _NO_IMPLEMENTATIONS + "the spread of 4,096 draws, whose standard error is 1 %",
    (
        "test_linear_models_corners.py",
        "objective(loose) - objective(best) <= tol * (y @ y) / 15",
    ): "the option tol is what is tested: it says how far from the optimum a fit may end",
    ("test_options.py", "kind(str(least)) == least"): "text of an integer",
    ("test_perceptron_theory.py", "abs(s) > 0.3"): "chooses points that lie off the line",
    ("test_schedulers.py", "epoch < EPOCHS - 1"): "integers",
}
FILES = sorted(Path(parity_tests.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_no_bare_tolerance(path):
    found = bare.texts(path.read_text(encoding="utf-8"))
    assert not [text for text in found if (path.name, text) not in ALLOWED], "use a tier"


def test_what_is_allowed_is_still_there():
    found = {(p.name, text) for p in FILES for text in bare.texts(p.read_text(encoding="utf-8"))}
    assert set(ALLOWED) <= found
    assert all(len(reason) > 5 for reason in ALLOWED.values())


def test_adapters_stay_short():
    """Fifty lines are what another library costs: that is the promise."""
    sources = Path(parity_tests.__file__).parent.glob("adapters/*.py")
    lengths = {
        source.name: len(source.read_text(encoding="utf-8").splitlines()) for source in sources
    }
    assert len(lengths) > 3
    assert max(lengths.values()) <= 50, lengths


WAYS_ROUND = """
    np.allclose(a, b)
    f(a, rtol=1)
    x == pytest.approx(y)
    assert gap <= 1e-5 * size
    assert abs(a - b) < 1e-6
    assert 1e-6 > abs(a - b)
    assert abs(a - b) < 2**-20
    assert abs(a - b).max() < 0.05
    assert gap < 0.05
    assert gap < 1/10**6
    assert abs(a - b) < 1/10**6
    assert abs(a - b) < 1000 * np.finfo(np.float32).eps
    assert gap < 1000 * finfo.eps
    assert np.linalg.norm(a - b) <= 3
    assert a - b < 3
    assert abs(a - b) < 6 / np.sqrt(100)
    assert round(a - b, 6) == 0
    assert a.round(6) == b
    assert (a.round(6) == b).all()
    assert b == np.around(a, 6)
    same("relu", a.round(6), b)
    assert_parity(np.round(a, 6), b, EXACT, op="relu")
    np.testing.assert_array_max_ulp(a, b, 100)
    np.testing.assert_array_less(abs(a - b), 1e-6)
    assert_array_almost_equal_nulp(a, b)
    from numpy.testing import assert_allclose as same
    from pytest import approx as exactly
    getattr(np, "allclose")(a, b)
    assert f"{x:.3f}" == "1.000"
    assert f"{x:.3f}" == f"{y:.3f}"
    assert "%.3f" % x == "1.000"
    assert "1.000" == format(x, ".3f")
    assert str(x) == "1.0"
    assert str(x)[:5] == str(y)[:5]
    assert abs(a - rng.random(3)).max() < 1e-6
    assert abs(f(rng.random())) < 1e-6
    assert_parity(a, b, Bound(lambda u: 1e9), op="relu")
    assert_parity(a, b, Bound(lambda u: 1e9 * u), op="relu")
    TOL = 1e-6; assert gap < TOL
    TOL, n = 1e-6, 3; assert gap < TOL
    tol: float = 3; assert abs(a - b) < 2 * tol
    def close(a, b, tol=1e-3): return (abs(a - b) < tol).all()
    def close(a, b, *, tol=3): return (abs(a - b) < tol).all()
    mark.parametrize("tol", [1e-3, 1.0]); assert np.max(np.abs(a - b)) < tol
    LIMIT = {"float32": 1e-3, "float64": 0}; assert np.max(np.abs(a - b)) < LIMIT[dtype]
    LIMITS = [1.0, 2.0]; assert np.max(np.abs(a - b)) < LIMITS[0]
    assert np.array_equal(np.round(a, 3), np.round(b, 3))
    np.testing.assert_array_equal(a.round(3), b.round(3))
    assert (a.astype(np.float16) == b.astype(np.float16)).all()
    assert_parity(a.astype("float16"), b.astype("float16"), op="relu")
    d = np.abs(a - b).max(); assert d < 0.1
    assert (a - b).max() < 0.1
    assert 0.1 > (b - a).max()
    assert np.max(a - b) < 3
    assert max(x - y for x, y in zip(a, b)) < 3
    d = np.abs(a - b); assert d.max() < 0.1
    d = a - b; assert d.max() < 0.1
    d = np.subtract(a, b); assert max(d.max(), -d.min()) < 0.1
    d = ((a - b) ** 2).sum(); assert d < 3
    assert np.subtract(a, b).max() < 0.1
    assert ((a - b) ** 2).sum() < 3
    assert ((a - b) ** 2).sum() < TOL
    assert np.sqrt(np.mean((a - b) ** 2)) < cfg.atol
    assert (a - b) @ (a - b) < 3
    assert (a - b).std() < 0.1
    assert 0.9 < a / b < 1.1
    assert 0.9 < (a / b).min() and np.max(a / b) < 1.1
    assert np.divide(a, b).max() < 1.1
    r = a / b; assert 0.9 < r < 1.1
    assert np.max(np.abs(a - b)) < 10 * u
    assert np.max(np.abs(a - b)) < eps ** 0.5
    assert max(abs(a - b)) < np.float32(0.1).item()
    assert_parity(a, b, Comparative(scale=lambda x: 1e6), op="relu")
    assert_parity(a, b, Comparative(lambda g, x: (1e6 * g,)), op="relu")
    assert_parity(a, b, Comparative(scale=lambda g, x: (g, 3.0)), op="relu")
    assert_parity(a, a, op="relu")
"""


@pytest.mark.parametrize("source", [line.strip() for line in WAYS_ROUND.strip().splitlines()])
def test_a_way_round_the_tiers_is_seen(source):
    assert bare.found_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "assert rng.random() < 0.01",
        "assert a - b > 0",
        "assert len(rows) < 12",
        "assert (a - b).min() > 0",
        "assert (a - b).max() < bound",
        "n = last - first; assert n < 12",
        "assert a / b < 1",
        "assert x / 2 < 1.1",
        "assert steps / seconds > 100",
        "assert str(a.dtype) == 'float32'",
        "assert f'{i:03d}' == name",
        "assert row.ratio < table.VACUOUS.value",
        "assert_parity(a, b, Bound(lambda u: 8 * u * x), op='relu')",
        "x = rng.normal(size=3).round(2)",
        "def huber(d, delta=1): size = absolute(d); return where(size <= delta, d, delta)",
        "def step(lr=0.01): assert lr < bound",
        "assert abs(x) > 0",
        "assert_parity(a, b, Comparative(scale=lambda g, x: (g * (1 + 2 * abs(x)),)), op='relu')",
        "assert_parity(a.astype('float64'), b, op='relu')",
    ],
)
def test_what_is_no_tolerance_is_let_through(source):
    assert not bare.found_in(source)
