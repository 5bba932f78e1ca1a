"""Learning-rate schedules by PyTorch: ``torch.optim.lr_scheduler``."""

from torch_ref.schedulers.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from torch_ref.schedulers.cyclic import CyclicLR
from torch_ref.schedulers.decay import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from torch_ref.schedulers.one_cycle import OneCycleLR
from torch_ref.schedulers.plateau import ReduceLROnPlateau
from torch_ref.schedulers.sequential import SequentialLR

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
