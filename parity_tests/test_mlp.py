"""The MLP: the same layers, weights and masks from the same seed, and the same runs."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bad,
    Bound,
    Case,
    assert_parity,
    bad_cases,
    cases,
    check_trajectory,
    move_weights,
    normal,
    offered,
    to_numpy,
    to_tensor,
    uniform,
)
from parity_tests.layer_limits import network_bound, network_slope_bound

ACTIVATIONS = (
    *("step", "sign", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "celu", "gelu"),
    *("silu", "softplus", "hardtanh", "logsigmoid", "softmax", "log_softmax", "softmin"),
)
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {"sizes": [4, 6, 3]},
    "one layer": {"sizes": [4, 3]},
    "deep": {"sizes": (3, 4, 4, 1), "activation": "sigmoid"},
    "linear": {"sizes": [4, 6, 3], "activation": None},
    "classes": {"sizes": [4, 6, 3], "output": "softmax"},
    "everything": {
        "sizes": [4, 6, 5, 3],
        "activation": "elu",
        "output": "sigmoid",
        "dropout": 0.25,
        "batch_norm": True,
        "init": "xavier_uniform",
    },
    "zeros": {"sizes": [4, 6, 3], "init": "zeros"},
    "kaiming": {"sizes": [4, 6, 3], "init": "kaiming_uniform"},
}


def output(impl, x, *weights, **options):
    """The output of a network with these weights and biases, in turns."""
    model = impl.MLP(**options)
    model = model.double() if "float64" in str(x.dtype) else model
    named = {
        f"linear{i // 2 + 1}.{'bias' if i % 2 else 'weight'}": w for i, w in enumerate(weights)
    }
    model.load_state_dict(named)
    return model(x)


def given(sizes):
    """Specs of five samples, and of weights and biases of the size that torch draws."""
    shapes = [(n, shape) for n, m in itertools.pairwise(sizes) for shape in ((m, n), (m,))]
    return normal(5, sizes[0]), *(uniform(-(n**-0.5), n**-0.5, *shape) for n, shape in shapes)


def case(options, **more):
    return Case(
        "MLP",
        inputs=given(options["sizes"]),
        options=options,
        call=output,
        wrt=(0,),
        tier=Bound(network_bound),
        grad_tier=Bound(network_slope_bound),
        dtypes=("float32",),
        **more,
    )


CASES = [
    *(case({"sizes": [4, 6, 3], "activation": activation}) for activation in ACTIVATIONS),
    *(
        case({"sizes": [4, 6, 3], "output": head})
        for head in ("sigmoid", "softmax", "log_softmax", "tanh")
    ),
    *(
        case(SHAPES[name], id=name, variants="transposed strided reversed")
        for name in ("plain", "one layer", "deep", "linear", "classes")
    ),
]


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


BAD = [
    Bad("MLP", lambda i: i.MLP([4]), ValueError, "[4]", id="one size"),
    Bad("MLP", lambda i: i.MLP([4, 0, 2]), ValueError, "positive", id="no units"),
    Bad("MLP", lambda i: i.MLP([4, 2.5]), TypeError, "2.5", id="fraction"),
    Bad("MLP", lambda i: i.MLP([4, 2], activation="rulu"), ValueError, "MLP: activation must be", id="activation"),
    Bad("MLP", lambda i: i.MLP([4, 2], output="argmax"), ValueError, "MLP: output must be", id="output"),
    Bad("MLP", lambda i: i.MLP([4, 2], init="he"), ValueError, "MLP: init must be", id="init"),
    Bad("MLP", lambda i: i.MLP([4, 3, 2], dropout=1.5), ValueError, "1.5", id="dropout"),
    Bad("MLP", lambda i: i.MLP([4, 2])(to_tensor(i, np.ones((3, 5), np.float32))), RuntimeError,
        "5", id="width"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize("name", SHAPES)
def test_same_seed_same_network(name, candidate, reference):
    offered(candidate, "MLP", "manual_seed")
    models = []
    for impl in (candidate, reference):
        impl.manual_seed(0)
        models.append(impl.MLP(**SHAPES[name]))
    mine, theirs = models
    assert_parity(mine.state_dict(), theirs.state_dict(), EXACT, op="MLP", direction="weights")
    assert repr(mine) == repr(theirs)
    assert mine.summary() == theirs.summary()


def test_parameter_counts_of_3_4_4_1(candidate):
    offered(candidate, "MLP")
    counts = [p.numel() for p in candidate.MLP([3, 4, 4, 1]).parameters()]
    assert counts == [12, 4, 16, 4, 4, 1]
    assert "12 + 4" in candidate.MLP([3, 4, 4, 1]).summary()


def test_init_may_be_a_function(candidate, reference):
    offered(candidate, "MLP")
    for impl in (candidate, reference):
        model = impl.MLP([3, 2], init=lambda weight, impl=impl: impl.constant_(weight, 0.5))
        expected = {"linear1.weight": np.full((2, 3), 0.5), "linear1.bias": np.zeros(2)}
        assert_parity(
            model.state_dict(),
            {key: value.astype("float32") for key, value in expected.items()},
            EXACT,
            op="MLP",
        )


def test_a_stack_of_linear_layers_is_one_linear_layer(candidate, rng):
    """(x Aᵀ) Bᵀ = x (B A)ᵀ, exact on a dyadic grid."""
    offered(candidate, "MLP", "Linear")
    A, B, x = (rng.integers(-8, 9, shape) / 8 for shape in [(6, 4), (3, 6), (5, 4)])
    stack = candidate.MLP([4, 6, 3], activation=None, init="zeros")
    one = candidate.MLP([4, 3], init="zeros")
    for model, weights in ((stack, [A, B]), (one, [B @ A])):
        for k, W in enumerate(weights, start=1):
            bias = to_tensor(candidate, np.zeros(len(W), np.float32))
            state = {f"linear{k}.weight": to_tensor(candidate, W.astype("float32"))}
            model.load_state_dict({**state, f"linear{k}.bias": bias}, strict=False)
    x = to_tensor(candidate, x.astype("float32"))
    assert_parity(stack(x), one(x), EXACT, op="MLP")


def test_slices_are_sequential(candidate, reference):
    offered(candidate, "MLP")
    for impl in (candidate, reference):
        part = impl.MLP([4, 6, 3])[:2]
        assert type(part) is impl.Sequential
        assert [name for name, _ in part.named_children()] == ["linear1", "activation1"]


XOR: dict[str, Any] = {"weights": [[[1, 1], [1, 1]], [[-1, 1]]], "biases": [[-1.5, -0.5], [-0.5]]}


@pytest.mark.parametrize(("activation", "scale"), [("step", 1), ("sigmoid", 20), ("sigmoid", 1)])
def test_xor_with_weights_set_by_hand(activation, scale, candidate, reference):
    """The hand-set weights solve XOR with the unit step; sigmoids must be steep for it."""
    offered(candidate, "MLP")
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    outputs = []
    for impl in (candidate, reference):
        model = impl.MLP([2, 2, 1], activation=activation)
        model.load_state_dict(
            {
                f"linear{k + 1}.{name[:-1].replace('biase', 'bias')}": to_tensor(
                    impl, scale * np.array(values[k], np.float32)
                )
                for name, values in (("weights", XOR["weights"]), ("biases", XOR["biases"]))
                for k in range(2)
            }
        )
        outputs.append(to_numpy(model(to_tensor(impl, X))))
    mine, theirs = outputs
    assert_parity(mine, theirs, COMPARATIVE, op="MLP", direction=f"XOR by {activation}")
    says_yes = mine.ravel() > 0
    solved = [False, True, True, False]
    assert list(says_yes) == ([False] * 4 if (activation, scale) == ("sigmoid", 1) else solved)


RUNS: dict[str, dict[str, Any]] = {
    "relu": {"activation": "relu"},
    "tanh": {"activation": "tanh"},
    "sigmoid": {"activation": "sigmoid", "init": "xavier_uniform"},
    "batch norm": {"activation": "relu", "batch_norm": True},
    "dropout": {"activation": "relu", "dropout": 0.25},
    "everything": {"activation": "elu", "batch_norm": True, "dropout": 0.1},
}
#: Rates well below the edge of stability: at it, training amplifies roundings a million times, and
#: two correct float64 runs end further apart than the tier allows.
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
    "Adam": {"lr": 3e-3},
}
STEPS = 300


def training(dtype, options, optimizer):
    """A run of STEPS mini-batches of one classification task."""

    def run(impl, nudge):
        data = np.random.default_rng(0)
        X = data.standard_normal((STEPS, 16, 8)).astype(dtype)
        labels = (X[..., :3].sum(axis=-1) > 0) + 2 * (X[..., 3] > 0)
        impl.manual_seed(7)
        model = impl.MLP([8, 16, 12, 4], **options)
        model = model.double() if dtype == "float64" else model
        if nudge:
            move_weights(model.parameters())
        criterion = impl.CrossEntropyLoss()
        steps = getattr(impl, optimizer)(model.parameters(), **OPTIMIZERS[optimizer])
        for x, y in zip(X, labels, strict=True):
            loss = criterion(model(to_tensor(impl, x)), to_tensor(impl, y.astype(np.int64)))
            steps.zero_grad()
            loss.backward()
            steps.step()
            yield {"loss": loss, **model.state_dict()}

    return run


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", RUNS)
def test_whole_training_run(name, optimizer, candidate, reference, dtype):
    offered(candidate, "MLP", "CrossEntropyLoss", optimizer, "manual_seed")
    run = training(dtype, RUNS[name], optimizer)
    check_trajectory(run, candidate, reference, dtype, op="MLP")
