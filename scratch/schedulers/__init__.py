"""Learning-rate schedules: how α changes while a network is trained.

PyTorch's, with its names and semantics; each file opens with the formulas it implements. The rates
are PyTorch's to the last bit.
"""

from scratch.schedulers.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from scratch.schedulers.cyclic import CyclicLR
from scratch.schedulers.decay import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from scratch.schedulers.one_cycle import OneCycleLR
from scratch.schedulers.plateau import ReduceLROnPlateau
from scratch.schedulers.sequential import SequentialLR

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
