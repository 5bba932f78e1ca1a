"""The multilayer perceptron: linear layers with an activation between them.

    h₀ = x        hₖ = φ(hₖ₋₁ Wₖᵀ + bₖ)        y = ψ(hₙ₋₁ Wₙᵀ + bₙ)

φ is the activation, ψ the head that the task asks for: none for regression (and for logits that go
into a loss), sigmoid for yes or no and for independent labels, softmax for one class of many.
Without φ the whole stack is one linear map.

The layers are PyTorch's own, and so is the gradient.

Source: Rumelhart, Hinton & Williams (1986), "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from torch_ref import activations, initializers
from torch_ref.layers import BatchNorm1d, Dropout, Linear, Module, Sequential

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

ACTIVATIONS: Mapping[str, Callable[[], Module]] = {
    "step": activations.Step,
    "sign": activations.Sign,
    "sigmoid": activations.Sigmoid,
    "tanh": activations.Tanh,
    "relu": activations.ReLU,
    "leaky_relu": activations.LeakyReLU,
    "elu": activations.ELU,
    "selu": activations.SELU,
    "celu": activations.CELU,
    "gelu": activations.GELU,
    "silu": activations.SiLU,
    "softplus": activations.Softplus,
    "hardtanh": activations.Hardtanh,
    "logsigmoid": activations.LogSigmoid,
    "softmax": partial(activations.Softmax, dim=-1),
    "log_softmax": partial(activations.LogSoftmax, dim=-1),
    "softmin": partial(activations.Softmin, dim=-1),
}
INITIALIZERS: Mapping[str, Callable[[Any], Any]] = {
    "zeros": initializers.zeros_,
    "ones": initializers.ones_,
    "eye": initializers.eye_,
    "uniform": initializers.uniform_,
    "normal": initializers.normal_,
    "trunc_normal": initializers.trunc_normal_,
    "xavier_uniform": initializers.xavier_uniform_,
    "xavier_normal": initializers.xavier_normal_,
    "kaiming_uniform": initializers.kaiming_uniform_,
    "kaiming_normal": initializers.kaiming_normal_,
    "orthogonal": initializers.orthogonal_,
}


class MLP(Sequential):
    """A network of ``len(sizes) − 1`` linear layers: (N, sizes[0]) → (N, sizes[-1]).

    Each hidden layer is linear, batch norm (if ``batch_norm``), activation, dropout (if ``dropout``
    is not 0); the last is linear, then the head ``output`` (if there is one). The layers are named
    ``linear1``, ``batch_norm1``, ``activation1``, ``dropout1``, ``linear2``, …, ``output``.

    A linear layer in front of batch norm has no bias: the mean that is subtracted next would take
    it out again (Ioffe & Szegedy, 2015, section 3.2), so that its gradient is nothing but rounding.

    Args:
        sizes: the number of inputs, of the units of each hidden layer, and of outputs.
        activation: the name of φ, any of ``torch_ref.activations``; None for none.
        output: the name of the head ψ, likewise; None for none.
        dropout: the probability of dropping a hidden unit while training.
        batch_norm: whether to normalize what enters an activation.
        init: None for torch's default; else the name of an initializer, without its ``_``
            (``"xavier_uniform"``), or a function that fills a tensor: it fills the weights, and
            the biases become 0.
        device: where the parameters go once they have been drawn on the CPU.

    Raises:
        TypeError: a size is no integer.
        ValueError: fewer than two sizes, or one below 1; a name that is not known; a probability
            outside [0, 1].

    >>> MLP([3, 4, 4, 1], activation="sigmoid")
    MLP(
      (linear1): Linear(in_features=3, out_features=4, bias=True)
      (activation1): Sigmoid()
      (linear2): Linear(in_features=4, out_features=4, bias=True)
      (activation2): Sigmoid()
      (linear3): Linear(in_features=4, out_features=1, bias=True)
    )
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | None = "relu",
        output: str | None = None,
        dropout: float = 0.0,
        batch_norm: bool = False,
        init: str | Callable[[Tensor], Any] | None = None,
        *,
        device: torch.device | str | None = None,
    ) -> None:
        sizes = _checked_sizes(sizes)
        hidden = _named("activation", activation, ACTIVATIONS)
        head = _named("output", output, ACTIVATIONS)
        fill = init if callable(init) else _named("init", init, INITIALIZERS)
        layers: dict[str, Module] = {}
        for k in range(1, len(sizes)):
            last = k == len(sizes) - 1
            layers[f"linear{k}"] = Linear(sizes[k - 1], sizes[k], bias=last or not batch_norm)
            if last:
                break
            if batch_norm:
                layers[f"batch_norm{k}"] = BatchNorm1d(sizes[k])
            if hidden is not None:
                layers[f"activation{k}"] = hidden()
            if dropout:
                layers[f"dropout{k}"] = Dropout(dropout)
        if head is not None:
            layers["output"] = head()
        super().__init__(OrderedDict(layers))
        if fill is not None:
            self._initialize(fill)
        self.to(device)

    @torch.no_grad()
    def _initialize(self, fill: Callable[[Tensor], Any]) -> None:
        for layer in self:
            if isinstance(layer, Linear):
                fill(layer.weight)
                if layer.bias is not None:
                    initializers.zeros_(layer.bias)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):  # a part of an MLP is a Sequential, not an MLP
            return Sequential(OrderedDict(list(self.named_children())[index]))
        return super().__getitem__(index)

    def summary(self) -> str:
        """Return a table of the layers and their numbers of parameters (weights + biases).

        >>> print(MLP([3, 4, 4, 1]).summary())
        layer        kind    parameters
        linear1      Linear  12 + 4
        activation1  ReLU    0
        linear2      Linear  16 + 4
        activation2  ReLU    0
        linear3      Linear  4 + 1
        total                41
        """
        rows = [("layer", "kind", "parameters")]
        total = 0
        for name, layer in self.named_children():
            counts = [parameter.numel() for parameter in layer.parameters()]
            total += sum(counts)
            rows.append((name, type(layer).__name__, " + ".join(map(str, counts)) or "0"))
        rows.append(("total", "", str(total)))
        widths = [max(len(row[i]) for row in rows) for i in range(2)]
        return "\n".join(f"{a:{widths[0]}}  {b:{widths[1]}}  {c}" for a, b, c in rows)


def _checked_sizes(sizes: Sequence[int]) -> list[int]:
    sizes = list(sizes)
    for size in sizes:
        if isinstance(size, bool) or not hasattr(size, "__index__"):
            raise TypeError(f"MLP: sizes must be integers, got {size!r} in {sizes}")
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            f"MLP: sizes must be at least two positive numbers (inputs, …, outputs), got {sizes}"
        )
    return [int(size) for size in sizes]


def _named(role: str, name: str | None, table: Mapping[str, Any]) -> Any:
    """Look ``name`` up in ``table``; None stays None."""
    if name is None:
        return None
    if name not in table:
        raise ValueError(f"MLP: {role} must be None or one of {', '.join(table)}, got {name!r}")
    return table[name]


__all__ = ["MLP"]
