"""Every optimizer of torch under injected gradients, over a covering array of its options.

Gradients come from outside, so two correct implementations stay together whatever the learning
rate; parameters and full state are compared at each of ≥ 50 steps, free and teacher-forced.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    assert_parity,
    check_optimizer,
    covering_array,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.sides import parameter
from parity_tests.instrument.taken import within


def no_feedback(options: dict[str, Any]) -> bool:
    """Weight decay feeds parameters back into gradients; with a large lr that amplifies errors."""
    return options["lr"] * options["weight_decay"] <= 0.1


OPTIONS: dict[str, list[dict[str, Any]]] = {
    "SGD": covering_array(
        lr=[1e-3, 10.0],
        momentum=[0, 0.9],
        dampening=[0, 0.3],
        weight_decay=[0, 0.1],
        nesterov=[False, True],
        maximize=[False, True],
        valid=lambda o: (
            no_feedback(o) and (not o["nesterov"] or (o["momentum"] > 0 and o["dampening"] == 0))
        ),
    ),
    "Adagrad": covering_array(
        lr=[1e-2, 10.0],
        lr_decay=[0, 0.1],
        weight_decay=[0, 0.1],
        initial_accumulator_value=[0, 0.5],
        eps=[1e-10, 1e-3],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "RMSprop": covering_array(
        lr=[1e-2, 10.0],
        alpha=[0.99, 0.9],  # below, r − ḡ² of the centered form cancels
        eps=[1e-8, 1e-3],
        weight_decay=[0, 0.1],
        momentum=[0, 0.9],
        centered=[False, True],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "Adam": covering_array(
        lr=[1e-3, 10.0],
        betas=[(0.9, 0.999), (0.0, 0.5), (0.3, 0.99)],
        eps=[1e-8, 1e-3],
        weight_decay=[0, 0.1],
        amsgrad=[False, True],
        maximize=[False, True],
        decoupled_weight_decay=[False, True],
        valid=no_feedback,
    ),
    "AdamW": covering_array(
        lr=[1e-3, 1.0],
        betas=[(0.9, 0.999), (0.0, 0.5)],
        weight_decay=[0, 0.01, 0.5],
        amsgrad=[False, True],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "NAdam": covering_array(
        lr=[2e-3, 10.0],
        betas=[(0.9, 0.999), (0.3, 0.9)],
        eps=[1e-8, 1e-3],
        weight_decay=[0, 0.1],
        momentum_decay=[4e-3, 0.5],
        decoupled_weight_decay=[False, True],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "RAdam": covering_array(
        lr=[1e-3, 1.0],
        betas=[(0.9, 0.999), (0.3, 0.9), (0.9, 0.5)],
        eps=[1e-8, 1e-3],
        weight_decay=[0, 0.1],
        decoupled_weight_decay=[False, True],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "Adamax": covering_array(
        lr=[2e-3, 10.0],
        betas=[(0.9, 0.999), (0.3, 0.9)],
        eps=[1e-8, 1e-3],
        weight_decay=[0, 0.1],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "Adadelta": covering_array(
        lr=[1.0, 0.1],
        rho=[0.9, 0.3, 1.0],
        eps=[1e-6, 1e-2],
        weight_decay=[0, 0.1],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "ASGD": covering_array(
        lr=[1e-2, 1.0],
        lambd=[1e-4, 0.1],
        alpha=[0.75, 0.3],
        t0=[1e6, 10],
        weight_decay=[0, 0.1],
        maximize=[False, True],
        valid=no_feedback,
    ),
    "Rprop": covering_array(
        lr=[1e-2, 1.0],
        etas=[(0.5, 1.2), (0.3, 2.0)],
        step_sizes=[(1e-6, 50), (1e-2, 0.5)],
        maximize=[False, True],
    ),
}
covers(*OPTIONS)
CASES = [(name, options) for name, rows in OPTIONS.items() for options in rows]

# With powers of two every product of the run is exact or rounded once on both sides alike.
POWERS_OF_TWO = [
    {"lr": 0.25},
    {"lr": 0.5, "weight_decay": 0.125},
    {"lr": 0.25, "momentum": 0.5},
    {"lr": 0.25, "momentum": 0.5, "dampening": 0.5, "maximize": True},
    {"lr": 0.125, "momentum": 0.5, "nesterov": True, "weight_decay": 0.25},
]


@pytest.mark.parametrize(
    ("name", "options"), CASES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(CASES)]
)
def test_steps(candidate, reference, name, options, dtype, device, seed):
    options = within(candidate, reference, name, options)
    check_optimizer(candidate, reference, name, options, dtype, device=device, seed=seed)


@pytest.mark.parametrize("options", POWERS_OF_TWO, ids=str)
def test_sgd_with_powers_of_two_is_bit_equal(candidate, reference, options, dtype, device, seed):
    check_optimizer(candidate, reference, "SGD", options, dtype, EXACT, device, seed)


@pytest.mark.parametrize("options", POWERS_OF_TWO[2:], ids=str)
def test_sgd_is_bit_equal_over_1000_steps(candidate, reference, options, dtype, device, rng):
    """Gradients that depend on the parameters, (x − c)·8⁻¹: a run, not single steps.

    c is not 0: there x would become subnormal, where a product with a power of two is rounded.
    """
    offered(candidate, "SGD")
    start = rng.integers(-32, 33, 17).astype(dtype) / 8
    centre = (rng.integers(1, 33, 17) * rng.choice([-1, 1], 17)).astype(dtype) / 8
    runs = []
    for impl in (candidate, reference):
        x = parameter(impl, start.copy(), device)
        c = to_tensor(impl, centre.copy(), device=device)
        sign = -1 if options.get("maximize") else 1
        optimizer = impl.SGD([x], **options)
        path = []
        for _ in range(1000):
            optimizer.zero_grad()
            (((x - c) ** 2).sum() * (sign / 16)).backward()
            optimizer.step()
            path.append(to_numpy(x).copy())
        runs.append(np.stack(path))
    assert_parity(runs[0], runs[1], EXACT, op="SGD", direction="1000 steps")


@pytest.mark.parametrize("options", OPTIONS["Rprop"], ids=str)
def test_rprop_is_bit_equal(candidate, reference, options, dtype, device, seed):
    """Signs, comparisons and single products: nothing to fuse, nothing to round twice."""
    check_optimizer(candidate, reference, "Rprop", options, dtype, EXACT, device, seed)
