"""Losses with nothing said: the defaults are torch's; and integers beside floats."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    offered,
    to_tensor,
)

X = np.array([[0.25, -3.0, 1.5], [4.0, 0.5, -2.25], [0.125, 0.0, 2.0]])
T = np.array([[-1.5, 0.5, 1.25], [0.75, 3.0, -2.0], [-4.0, 2.5, 0.125]])
P, Q = 1 / (1 + np.exp(-X)), 1 / (1 + np.exp(-T))
SIGNS = np.where(T > 0, 1.0, -1.0)
LABELS = np.array([2, 0, 1])

#: function, layer, what both are called with
LOSSES = [
    *(
        (name, layer, (X, T))
        for name, layer in [
            ("mse_loss", "MSELoss"),
            ("l1_loss", "L1Loss"),
            ("rmse_loss", "RMSELoss"),
            ("smooth_l1_loss", "SmoothL1Loss"),
            ("huber_loss", "HuberLoss"),
        ]
    ),
    ("binary_cross_entropy", "BCELoss", (P, Q)),
    ("binary_cross_entropy_with_logits", "BCEWithLogitsLoss", (X, Q)),
    ("cross_entropy", "CrossEntropyLoss", (X, LABELS)),
    ("nll_loss", "NLLLoss", (np.log(P), LABELS)),
    ("kl_div", "KLDivLoss", (np.log(P), Q)),
    ("gaussian_nll_loss", "GaussianNLLLoss", (X, T, P)),
    ("hinge_embedding_loss", "HingeEmbeddingLoss", (X, SIGNS)),
    ("soft_margin_loss", "SoftMarginLoss", (X, SIGNS)),
    ("multilabel_soft_margin_loss", "MultiLabelSoftMarginLoss", (X, (T > 0) * 1.0)),
    ("perceptron_loss", "PerceptronLoss", (X, SIGNS)),
]

NAMES = [name for name, *_ in LOSSES]


def defaults(impl, name):
    """The arguments that a call may leave out, with their values; but not those long deprecated."""
    parameters = inspect.signature(getattr(impl, name)).parameters.values()
    given = {p.name: p.default for p in parameters if p.default is not p.empty}
    return {name: value for name, value in given.items() if name not in ("size_average", "reduce")}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize(("name", "layer", "inputs"), LOSSES, ids=NAMES)
def test_what_is_left_out_is_as_in_torch(candidate, reference, name, layer, inputs, dtype):
    offered(candidate, name, layer)
    tensors = [to_tensor(candidate, a.astype(dtype) if a.dtype.kind == "f" else a) for a in inputs]
    function = getattr(candidate, name)
    plain = function(*tensors)
    said = function(*tensors, **defaults(reference, name))
    assert_parity(said, plain, EXACT, op=name, direction="defaults said")
    by_layer = getattr(candidate, layer)()(*tensors)
    assert_parity(by_layer, plain, EXACT, op=layer, direction="defaults of the layer")
    by_layer = getattr(candidate, layer)(**defaults(reference, layer))(*tensors)
    assert_parity(by_layer, plain, EXACT, op=layer, direction="defaults of the layer said")


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(("name", "inputs"), [(n, i) for n, _, i in LOSSES], ids=NAMES)
def test_one_element(candidate, reference, name, inputs, reduction, dtype):
    """One loss is the mean of itself, and its gradient the whole of the upstream."""
    offered(candidate, name)
    arrays = [a[:1, :1].astype(dtype) if a.ndim == 2 else np.zeros(1, np.int64) for a in inputs]
    gradients = []
    for impl in (candidate, reference):
        first, *others = (to_tensor(impl, a) for a in arrays)
        x = first.requires_grad_()
        loss = getattr(impl, name)(x, *others, reduction=reduction)
        loss.backward(to_tensor(impl, np.full(tuple(loss.shape), 1.375, dtype)))
        gradients.append(x.grad)
    mine, torchs = gradients
    assert_parity(mine, torchs, COMPARATIVE_TENSOR, op=name, direction="gradient of one element")


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss"])
def test_integers_beside_floats(candidate, reference, name):
    """The floats decide, on whichever side they are."""
    offered(candidate, name)
    whole, broken = np.array([1, -3, 2]), np.array([0.5, 0.25, -1.0])
    for pair in ((whole, broken), (broken, whole)):
        mine, torchs = (
            getattr(impl, name)(*(to_tensor(impl, a) for a in pair))
            for impl in (candidate, reference)
        )
        assert_parity(mine, torchs, COMPARATIVE_TENSOR, op=name, direction="integers beside floats")


BAD = [
    Bad("l1_loss", lambda i: i.l1_loss(i.tensor([True]), i.tensor([1.0])), RuntimeError, "bool"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
