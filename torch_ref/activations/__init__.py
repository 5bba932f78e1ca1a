"""Activations: the non-linear functions between the layers, and the heads that make probabilities.

piecewise    step, sign, relu, leaky_relu, hardtanh
smooth       sigmoid, tanh, silu, softplus, logsigmoid
exponential  elu, selu, celu
gelu         gelu, with the normal distribution function
softmax      softmax, log_softmax, softmin
"""

from __future__ import annotations

from torch_ref.activations.exponential import CELU, ELU, SELU, celu, elu, selu
from torch_ref.activations.gelu import GELU, gelu
from torch_ref.activations.piecewise import (
    Hardtanh,
    LeakyReLU,
    ReLU,
    Sign,
    Step,
    hardtanh,
    leaky_relu,
    relu,
    sign,
    step,
)
from torch_ref.activations.smooth import (
    LogSigmoid,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
    logsigmoid,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from torch_ref.activations.softmax import (
    LogSoftmax,
    Softmax,
    Softmin,
    log_softmax,
    softmax,
    softmin,
)

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Softmin",
    "Softplus",
    "Step",
    "Tanh",
    "celu",
    "elu",
    "gelu",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "relu",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "step",
    "tanh",
]
