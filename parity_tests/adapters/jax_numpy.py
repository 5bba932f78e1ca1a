"""JAX (Bradbury et al., 2018) as a candidate: jax.numpy and jax.nn. pip install jax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as np
from jax import nn
from jax.nn import celu, elu, leaky_relu, relu, selu, sigmoid, silu, softplus
from jax.numpy import maximum, minimum, sign, tanh, where

jax.config.update("jax_enable_x64", True)

__all__ = ["Tensor", "cat", "celu", "elu", "gelu", "hardtanh", "leaky_relu", "log_softmax"]
__all__ += ["logsigmoid", "maximum", "minimum", "relu", "selu", "sigmoid", "sign", "silu"]
__all__ += ["softmax", "softplus", "stack", "tanh", "vjp", "where"]
lift = np.asarray


def vjp(function: Any, wrt: tuple[int, ...], *arrays: Any) -> Any:
    """The value, and the function that pulls an upstream gradient back to the inputs in wrt."""

    def chosen(*xs: Any) -> Any:
        replaced = dict(zip(wrt, xs, strict=True))
        return function(*(replaced.get(i, a) for i, a in enumerate(arrays)))

    value, pullback = jax.vjp(chosen, *(arrays[i] for i in wrt))
    return value, lambda upstream: pullback(lift(upstream))


class Tensor:
    """What an array can do, under torch's names (operators are those of the arrays)."""

    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __neg__ = __matmul__ = __getitem__ = None
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = None
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = None  # type: ignore[assignment] # not object's
    exp, log, sqrt, abs, clip = np.exp, np.log, np.sqrt, np.abs, staticmethod(np.clip)
    pow = staticmethod(lambda x, exponent: np.power(x, exponent))
    transpose = staticmethod(lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1))
    sum = staticmethod(lambda x, dim=None, keepdim=False: np.sum(x, axis=dim, keepdims=keepdim))
    mean = staticmethod(lambda x, dim=None, keepdim=False: np.mean(x, axis=dim, keepdims=keepdim))


hardtanh, logsigmoid = nn.hard_tanh, nn.log_sigmoid
gelu = lambda x, approximate="none": nn.gelu(x, approximate == "tanh")  # noqa: E731 - table of names
softmax = lambda x, dim: nn.softmax(x, axis=dim)  # noqa: E731 - as above
log_softmax = lambda x, dim: nn.log_softmax(x, axis=dim)  # noqa: E731 - as above
stack = lambda tensors, dim=0: np.stack(tensors, axis=dim)  # noqa: E731 - as above
cat = lambda tensors, dim=0: np.concatenate(tensors, axis=dim)  # noqa: E731 - as above
