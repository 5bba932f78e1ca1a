"""Optimizers by PyTorch: ``torch.optim``, and the textbooks' forms in plain torch beside it."""

from torch_ref.optimizers.adagrad import Adadelta, Adagrad
from torch_ref.optimizers.adam import Adam, AdamW
from torch_ref.optimizers.adam_variants import Adamax, NAdam, RAdam
from torch_ref.optimizers.base import Optimizer
from torch_ref.optimizers.descent import gradient_descent
from torch_ref.optimizers.rmsprop import RMSprop
from torch_ref.optimizers.rprop import Rprop
from torch_ref.optimizers.sgd import ASGD, SGD
from torch_ref.optimizers.textbook import (
    AveragedMomentum,
    ClassicalMomentum,
    LookaheadNesterov,
    RootEpsilonAdagrad,
    RootEpsilonAdam,
    RootEpsilonRMSprop,
)

__all__ = [
    "ASGD",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "AveragedMomentum",
    "ClassicalMomentum",
    "LookaheadNesterov",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "RootEpsilonAdagrad",
    "RootEpsilonAdam",
    "RootEpsilonRMSprop",
    "Rprop",
    "gradient_descent",
]
