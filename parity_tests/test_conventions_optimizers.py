"""Conventions of optimizers: where accumulators start, what weight decay means, the papers' variants.

The places of the learning rate, of ε and of the look-ahead are in test_optimizers_textbook.
Every test shows the paper's form and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same
from parity_tests.instrument import COMPARATIVE, offered, to_numpy, to_tensor
from parity_tests.instrument.injected import Run
from parity_tests.instrument.recipe import Recipe
from parity_tests.instrument.sides import parameter
from parity_tests.test_optimizers_textbook import path

START = np.array([1.0, -2.0])  # where `path` starts
G = np.array([2.0, -0.5])


def step_of(impl: Any, name: str, gradients: Any = (G,), **options: Any) -> np.ndarray:
    """By how much each step moves the parameter."""
    points = path(impl, name, gradients, **options)
    return np.diff(np.vstack([START, points]), axis=0)


def test_adagrads_sum_starts_at_zero(impl):
    """So its first step is −α sign g, as in the paper with δ = 0; TensorFlow starts at 0.1."""
    same("Adagrad", step_of(impl, "Adagrad", lr=0.25, eps=0.0), [-0.25 * np.sign(G)])
    later = step_of(impl, "Adagrad", lr=0.25, eps=0.0, initial_accumulator_value=0.1)
    same("Adagrad", later, [-0.25 * G / np.sqrt(0.1 + G * G)], COMPARATIVE)


def test_rmsprops_average_starts_at_zero(impl):
    """Uncorrected, so its first step is α/√(1−ρ): ten times α at ρ = 0.99. From 1 it is about α g."""
    offered(impl, "RMSprop")
    options = {"lr": 0.25, "alpha": 0.9375, "eps": 0.0}
    same("RMSprop", step_of(impl, "RMSprop", **options), [-np.sign(G)])  # √(1−ρ) = ¼
    recipe = Recipe("RMSprop", [options])
    run = Run(impl, recipe, [START])
    if run.keeps_state:
        run.step([np.zeros(2)])
        saved = run.state_dict()
        saved["state"][0]["square_avg"][...] = 1.0
        from_one = Run(impl, recipe, [START], saved=saved)
        from_one.step([G])
        step = from_one.snapshot().parameters[0] - START
        same("RMSprop", step, -0.25 * G / np.sqrt(0.9375 + G * G / 16), COMPARATIVE)
    parameters = inspect.signature(impl.RMSprop).parameters
    assert parameters["alpha"].default == 0.99  # the lecture's ρ is 0.9


def test_weight_decay_has_no_half_and_l2_penalty_neither(impl):
    """λ Σ w² has the gradient 2λw, ½λ Σ w² has λw, and weight_decay=λ adds λw."""
    offered(impl, "l2_penalty", "SGD")
    lam, moved = 0.25, {}
    for name in ("λ Σ w²", "½ λ Σ w²", "weight_decay=λ", "weight_decay=2λ"):
        p = to_tensor(impl, START.copy(), requires_grad=True)
        decay = {"weight_decay=λ": lam, "weight_decay=2λ": 2 * lam}.get(name, 0.0)
        factor = {"λ Σ w²": 1.0, "½ λ Σ w²": 0.5}.get(name, 0.0)
        (impl.l2_penalty([p], lam) * factor).backward()
        impl.SGD([p], lr=0.5, weight_decay=decay).step()
        moved[name] = to_numpy(p) - START
    same("SGD", moved["weight_decay=2λ"], moved["λ Σ w²"])
    same("SGD", moved["weight_decay=λ"], moved["½ λ Σ w²"])
    same("SGD", moved["λ Σ w²"], -0.5 * 2 * lam * START)


@pytest.mark.parametrize("decay", [0.125, 0.5])
def test_weight_decay_of_adam_and_adamw(impl, decay):
    """Without any other gradient: Adam's λθ is rescaled to a whole step, AdamW shrinks by γλ."""
    zero, options = (np.zeros(2),), {"lr": 0.25, "weight_decay": decay}
    same(
        "Adam",
        step_of(impl, "Adam", zero, eps=0.0, **options),
        [-0.25 * np.sign(START)],
        COMPARATIVE,
    )
    shrunk = [-0.25 * decay * START]  # γλ; the paper's λ stands alone, and is this γλ
    same("AdamW", step_of(impl, "AdamW", zero, **options), shrunk)
    same("SGD", step_of(impl, "SGD", zero, **options), shrunk)  # in plain SGD the two are one


def test_radam_waits_until_rho_exceeds_five(impl):
    """The paper adapts where ρ_t > 4, PyTorch where ρ_t > 5: with β₂ = ¾ from step 8, not from 6."""
    beta2, constant = 0.75, [np.array([4.0, -4.0])] * 9
    rho_inf = 2 / (1 - beta2) - 1
    rho = [rho_inf - 2 * t * beta2**t / (1 - beta2**t) for t in range(1, 10)]
    assert [4 < r <= 5 for r in rho] == [False] * 5 + [True] * 2 + [False] * 2
    points = path(impl, "RAdam", constant, lr=0.25, betas=(0.5, beta2), eps=0.0)
    r = np.array(rho[7:])
    rectified = np.sqrt((r - 4) * (r - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * r))
    size = np.hstack([[4.0] * 7, rectified])  # first as large as g, then as r_t
    expected = START - 0.25 * np.cumsum(size)[:, None] * np.sign(constant)
    same("RAdam", points, expected, COMPARATIVE)
    assert rectified.max() < 1


def by_textbooks_nadam(gradients: Any, lr: float, betas: tuple[float, float]) -> np.ndarray:
    """m̂ = β₁ m/(1−β₁^(t+1)) + (1−β₁) g/(1−β₁^t), the constant μ that textbooks print."""
    m, v, steps = np.zeros(2), np.zeros(2), []
    for t, g in enumerate(gradients, start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        ahead = betas[0] * m / (1 - betas[0] ** (t + 1)) + (1 - betas[0]) * g / (1 - betas[0] ** t)
        steps.append(-lr * ahead / np.sqrt(v / (1 - betas[1] ** t)))
    return np.array(steps)


def test_nadams_momentum_warms_up(impl):
    """μ_t = β₁(1 − ½·0.96^(tψ)) starts at about β₁/2; with a huge ψ it is the textbook's β₁."""
    gradients, betas = [G, -G, 2 * G, G], (0.5, 0.75)
    constant = by_textbooks_nadam(gradients, 0.25, betas)
    options: dict[str, Any] = {"lr": 0.25, "betas": betas, "eps": 0.0}
    without = step_of(impl, "NAdam", gradients, momentum_decay=1e6, **options)
    same("NAdam", without, constant, COMPARATIVE)
    first = step_of(impl, "NAdam", gradients, momentum_decay=0.0, **options)[0]
    half = betas[0] / 2  # M₁ = μ₁ = μ₂ = β₁/2, and m₁ = (1 − β₁) g
    ahead = half * (1 - betas[0]) / (1 - half * half) + 1
    same("NAdam", first, -0.25 * ahead * np.sign(G), COMPARATIVE)
    assert (np.abs(first) < np.abs(constant[0])).all()


def test_adamax_adds_epsilon_inside_the_maximum(impl):
    """The paper has none: where no gradient was seen yet, its step is 0/0."""
    zero = [np.array([0.0, 2.0])]
    torchs = step_of(impl, "Adamax", zero, lr=0.25, eps=0.5)
    same("Adamax", torchs, [[0, -0.25 * 2 / (2 + 0.5)]], COMPARATIVE)
    papers = step_of(impl, "Adamax", zero, lr=0.25, eps=0.0)
    same("Adamax", papers, [[math.nan, -0.25]], COMPARATIVE)


def test_rprop_does_not_take_a_step_back(impl):
    """When the sign of g turns, the paper undoes the last step; PyTorch stays, and counts g as 0."""
    turning = [np.array([1.0, 1.0]), np.array([-1.0, 1.0]), np.array([-1.0, 1.0])]
    steps = step_of(impl, "Rprop", turning, lr=0.5, etas=(0.5, 1.5))
    same("Rprop", steps[:, 1], [-0.5, -0.75, -1.125])
    torchs, papers = [-0.5, 0.0, 0.25], [-0.5, 0.5, 0.25]  # Δ, then back by Δ, then η₋Δ
    same("Rprop", steps[:, 0], torchs)
    assert steps[1, 0] != papers[1]


def test_clipping_by_norm_adds_a_millionth(impl):
    """c/(‖g‖ + 10⁻⁶) also where ‖g‖ = c, so a little too short; the paper leaves such a g alone."""
    offered(impl, "clip_grad_norm_")

    def clipped(norm: float) -> np.ndarray:
        p = parameter(impl, np.zeros(2))
        (p * impl.tensor(np.array([3.0, 4.0]))).sum().backward()
        same("clip_grad_norm_", to_numpy(impl.clip_grad_norm_([p], norm)), 5)
        return to_numpy(p.grad)

    same("clip_grad_norm_", clipped(8.0), [3, 4])
    for norm in (5.0, 2.5):
        papers = np.array([3.0, 4.0]) * min(1.0, norm / 5)
        shorter = clipped(norm)
        same("clip_grad_norm_", shorter, papers * 5 / (5 + 1e-6), COMPARATIVE)
        assert (shorter < papers).all()
