"""HIPS autograd (Maclaurin, Duvenaud, Adams, 2015) as a candidate. pip install autograd scipy."""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import make_vjp
from autograd.numpy import maximum, minimum, tanh, where
from autograd.scipy import special
from autograd.scipy.special import expit as sigmoid

LEAKS_WARNINGS = True  # it lets NumPy warn at overflow
__all__ = ["Tensor", "cat", "log_softmax", "logsigmoid", "maximum", "minimum", "relu", "sigmoid"]
__all__ += ["softmax", "softplus", "stack", "tanh", "vjp", "where"]


def vjp(function: Any, wrt: tuple[int, ...], *arrays: Any) -> Any:
    """The value, and the function that pulls an upstream gradient back to the inputs in wrt."""

    def chosen(xs: Any) -> Any:
        replaced = dict(zip(wrt, xs, strict=True))
        return function(*(replaced.get(i, a) for i, a in enumerate(arrays)))

    pullback, value = make_vjp(chosen)(tuple(arrays[i] for i in wrt))
    return value, pullback


class Tensor:
    """What an array can do, under torch's names (operators are those of the arrays)."""

    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __neg__ = __matmul__ = __getitem__ = None
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = None
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = None  # type: ignore[assignment] # not object's
    exp, log, sqrt, abs = np.exp, np.log, np.sqrt, np.abs
    transpose = staticmethod(lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1))
    sum = staticmethod(lambda x, dim=None, keepdim=False: np.sum(x, axis=dim, keepdims=keepdim))
    mean = staticmethod(lambda x, dim=None, keepdim=False: np.mean(x, axis=dim, keepdims=keepdim))
    pow = staticmethod(lambda x, exponent: x**exponent)
    clip = staticmethod(lambda x, min=-np.inf, max=np.inf: np.clip(x, min, max))


relu = lambda x: np.maximum(x, 0)  # noqa: E731 - a table of names reads best like this
softplus = lambda x: np.logaddexp(0, x)  # noqa: E731 - as above
logsigmoid = lambda x: -np.logaddexp(0, -x)  # noqa: E731 - as above
log_softmax = lambda x, dim: x - special.logsumexp(x, axis=dim, keepdims=True)  # noqa: E731 - as above
softmax = lambda x, dim: np.exp(log_softmax(x, dim))  # noqa: E731 - as above
stack = lambda tensors, dim=0: np.stack(tensors, axis=dim)  # noqa: E731 - as above
cat = lambda tensors, dim=0: np.concatenate(tensors, axis=dim)  # noqa: E731 - as above
