"""Schedules that scale the learning rate by a factor of the epoch t.

    LambdaLR       α_t = α_0 λ(t)
    StepLR         α_t = α_0 γ^⌊t / step_size⌋
    MultiStepLR    α_t = α_0 γ^(number of milestones ≤ t)
    ConstantLR     α_t = α_0 · factor                                     until total_iters
    LinearLR       α_t = α_0 (start + (end − start) t / total_iters)      until total_iters
    ExponentialLR  α_t = α_0 γ^t
    PolynomialLR   α_t = α_0 (1 − t / total_iters)^power                  until total_iters

Source: Robbins & Monro (1951) for decaying steps; the rest is common practice in PyTorch's form.
"""

from torch.optim.lr_scheduler import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "ConstantLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "PolynomialLR",
    "StepLR",
]
