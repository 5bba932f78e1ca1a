"""Random numbers by PyTorch's CPU generator.

On other devices too: what is drawn on the CPU is moved there, so that a run does not depend on the
device. ``manual_seed`` returns the generator that is used where none is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor, manual_seed

from torch_ref.autograd import resolve_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch_ref.autograd.tensor import DTypeLike

__all__ = ["Generator", "bernoulli", "manual_seed", "rand", "randint", "randn", "randperm"]


def rand(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
    device: str | torch.device | None = None,
) -> Tensor:
    """Samples of the uniform distribution U[0, 1), of shape ``size``.

    Raises:
        TypeError: ``size`` is missing or not made of integers.
        RuntimeError: ``size`` has a negative dimension.
        NotImplementedError: ``dtype`` is not floating.
    """
    sample = torch.rand(*size, generator=generator, dtype=resolve_dtype(dtype), device="cpu")
    return _place(sample, device, requires_grad)


def randn(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
    device: str | torch.device | None = None,
) -> Tensor:
    """Samples of the standard normal distribution N(0, 1), of shape ``size``.

    Raises:
        TypeError: ``size`` is missing or not made of integers.
        RuntimeError: ``size`` has a negative dimension.
        NotImplementedError: ``dtype`` is not floating.
    """
    sample = torch.randn(*size, generator=generator, dtype=resolve_dtype(dtype), device="cpu")
    return _place(sample, device, requires_grad)


def randint(
    low: int = 0,
    high: int | Sequence[int] | None = None,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
    device: str | torch.device | None = None,
) -> Tensor:
    """Integers of [low, high) with equal chances; also ``randint(high, size)`` with low = 0.

    Raises:
        TypeError: ``low``, ``high`` or ``size`` is missing or not made of integers.
        RuntimeError: low ≥ high, or the range does not fit in ``dtype`` (int64 by default).
    """
    if size is None and isinstance(high, list | tuple):
        size, high = high, None
    if high is None:
        low, high = 0, low
    sample = torch.randint(
        low, high, size, generator=generator, dtype=resolve_dtype(dtype), device="cpu"
    )
    return _place(sample, device, requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = "int64",
    requires_grad: bool = False,
    device: str | torch.device | None = None,
) -> Tensor:
    """The integers 0 … n − 1 in random order, of shape (n,).

    Raises:
        TypeError: ``n`` is not an integer.
        RuntimeError: ``n`` is negative, or too large for ``dtype``.
    """
    sample = torch.randperm(n, generator=generator, dtype=resolve_dtype(dtype), device="cpu")
    return _place(sample, device, requires_grad)


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Ones and zeros in the shape and dtype of ``input``, whose elements are the chances of a 1.

    With ``p``, every chance is ``p`` and the values of ``input`` do not matter.

    Raises:
        TypeError: ``input`` is not a Tensor, or ``p`` not a number.
        NotImplementedError: ``input`` is not floating (and ``p`` not given).
        RuntimeError: a chance is not within [0, 1].
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"bernoulli: input must be a Tensor, got {type(input).__name__}")
    if p is None:
        return torch.bernoulli(input.cpu(), generator=generator).to(input.device)
    # torch.bernoulli(input, p) would hang a node without a gradient behind the result
    return torch.bernoulli(input.detach().cpu(), p, generator=generator).to(input.device)


def _place(sample: Tensor, device: str | torch.device | None, requires_grad: bool) -> Tensor:
    return sample.to(device or torch.get_default_device()).requires_grad_(requires_grad)
