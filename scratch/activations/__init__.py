"""Activations: the non-linear functions between the layers, and the heads that make probabilities.

Each is a gate with its derivative beside it, a function, and a layer class.

    piecewise    step, sign, relu, leaky_relu, hardtanh
    smooth       sigmoid, tanh, silu, softplus, logsigmoid
    exponential  elu, selu, celu
    gelu         gelu, with the normal distribution function
    softmax      softmax, log_softmax, softmin
"""

from __future__ import annotations

from scratch.activations.exponential import CELU, ELU, SELU, celu, elu, selu
from scratch.activations.gelu import GELU, gelu
from scratch.activations.piecewise import (
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
from scratch.activations.smooth import (
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
from scratch.activations.softmax import (
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
