"""Optimizers: from the gradient to the next parameters.

PyTorch's eleven, with its names, options and state; the forms of the textbooks beside them; and
gradient descent on a plain function. Each file opens with the formulas it implements.
"""

from scratch.optimizers.adagrad import Adadelta, Adagrad
from scratch.optimizers.adam import Adam, AdamW
from scratch.optimizers.adam_variants import Adamax, NAdam, RAdam
from scratch.optimizers.base import Optimizer
from scratch.optimizers.descent import gradient_descent
from scratch.optimizers.rmsprop import RMSprop
from scratch.optimizers.rprop import Rprop
from scratch.optimizers.sgd import ASGD, SGD
from scratch.optimizers.textbook import (
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
