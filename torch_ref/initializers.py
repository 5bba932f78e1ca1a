"""Initial values of parameters: those of ``torch.nn.init``.

A tensor on another device is drawn on the CPU and copied, so that a run does not depend on the device.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import init
from torch.nn.init import calculate_gain, constant_, eye_, ones_, zeros_

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def _drawn_on_cpu(initialize: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``initialize`` with the signature and docstring of torch, drawing on the CPU generator."""

    @functools.wraps(initialize)
    def on_cpu(tensor: Tensor, *args: Any, **options: Any) -> Tensor:
        if tensor.device.type == "cpu":
            return initialize(tensor, *args, **options)
        drawn = initialize(tensor.detach().cpu(), *args, **options)
        with torch.no_grad():
            return tensor.copy_(drawn)

    return on_cpu


uniform_ = _drawn_on_cpu(init.uniform_)
normal_ = _drawn_on_cpu(init.normal_)
trunc_normal_ = _drawn_on_cpu(init.trunc_normal_)
xavier_uniform_ = _drawn_on_cpu(init.xavier_uniform_)
xavier_normal_ = _drawn_on_cpu(init.xavier_normal_)
kaiming_uniform_ = _drawn_on_cpu(init.kaiming_uniform_)
kaiming_normal_ = _drawn_on_cpu(init.kaiming_normal_)
orthogonal_ = _drawn_on_cpu(init.orthogonal_)
