"""MyGrad (Soklaski, 2020) as a candidate: mygrad and mygrad.nnet. pip install mygrad."""

from __future__ import annotations

from typing import Any

import mygrad as mg
from mygrad import maximum, minimum, tanh, where
from mygrad.nnet import activations
from mygrad.nnet.activations import elu, leaky_relu, relu, selu, sigmoid

LEAKS_WARNINGS = True  # it lets NumPy warn at overflow
__all__ = ["Tensor", "cat", "elu", "leaky_relu", "log_softmax", "maximum", "minimum", "relu"]
__all__ += ["selu", "sigmoid", "softmax", "stack", "tanh", "vjp", "where"]


def vjp(function: Any, wrt: tuple[int, ...], *arrays: Any) -> Any:
    """The value, and the function that pulls an upstream gradient back to the inputs in wrt."""
    made = [mg.tensor(a, constant=i not in wrt, copy=False) for i, a in enumerate(arrays)]
    xs = [t if t.dtype.kind == "f" else t.data for t in made]
    value = function(*xs)

    def pullback(upstream: Any) -> Any:
        value.backward(upstream)
        return [xs[i].grad for i in wrt]

    return value.data, pullback


class Tensor:
    """What a tensor can do, under torch's names (operators are those of the tensors)."""

    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __neg__ = __matmul__ = __getitem__ = None
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = None
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = None  # type: ignore[assignment] # not object's
    exp, log, sqrt, abs = mg.exp, mg.log, mg.sqrt, mg.abs
    transpose = staticmethod(lambda x, dim0, dim1: mg.swapaxes(x, dim0, dim1))
    sum = staticmethod(lambda x, dim=None, keepdim=False: mg.sum(x, axis=dim, keepdims=keepdim))
    mean = staticmethod(lambda x, dim=None, keepdim=False: mg.mean(x, axis=dim, keepdims=keepdim))
    pow = staticmethod(lambda x, exponent: x**exponent)
    clip = staticmethod(lambda x, min=None, max=None: mg.clip(x, min, max))


softmax = lambda x, dim: activations.softmax(x, axis=dim)  # noqa: E731 - a table of names
log_softmax = lambda x, dim: activations.logsoftmax(x, axis=dim)  # noqa: E731 - as above
stack = lambda tensors, dim=0: mg.stack(tensors, axis=dim)  # noqa: E731 - as above
cat = lambda tensors, dim=0: mg.concatenate(tensors, axis=dim)  # noqa: E731 - as above
