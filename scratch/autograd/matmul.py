"""The matrix product: where nearly all the arithmetic of a network happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scratch.autograd.dtypes import BOOL
from scratch.autograd.gate import Gate

if TYPE_CHECKING:
    from scratch.autograd.arithmetic import Pair
    from scratch.autograd.gate import Array


class MatMul(Gate):
    """Y = A B, (…, n, k) × (…, k, m) → (…, n, m);   ∂L/∂A = U Bᵀ, ∂L/∂B = Aᵀ U.

    A 1-D ``a`` is a row and a 1-D ``b`` a column, and the dimension added is taken off again.
    """

    def forward(self, a: Array, b: Array) -> Array:
        if not a.ndim or not b.ndim:
            raise RuntimeError(
                "matmul: both arguments need at least one dimension, "
                f"got shapes {a.shape} and {b.shape}"
            )
        if a.dtype != b.dtype:
            raise RuntimeError(
                f"matmul: expected both arguments to have the same dtype, "
                f"got {a.dtype} and {b.dtype}"
            )
        if a.dtype is BOOL:
            raise NotImplementedError(
                'matmul: not defined for bool tensors; convert them first, for instance with .to("int64")'
            )
        if a.shape[-1] != b.shape[-2 if b.ndim > 1 else -1]:
            raise RuntimeError(
                f"matmul: the last dimension of {a.shape} must equal the "
                f"{'second to last' if b.ndim > 1 else 'only'} one of {b.shape}"
            )
        self.a, self.b = a, b
        return np.matmul(a, b)

    def backward(self, upstream: Array) -> Pair:
        a, b = self.a, self.b
        rows = a[np.newaxis] if a.ndim == 1 else a
        columns = b[:, np.newaxis] if b.ndim == 1 else b
        if b.ndim == 1:
            upstream = upstream[..., np.newaxis]
        if a.ndim == 1:
            upstream = upstream[..., np.newaxis, :]
        da = db = None
        if self.needs[0]:
            da = np.matmul(upstream, columns.swapaxes(-1, -2))
            da = da[..., 0, :] if a.ndim == 1 else da
        if self.needs[1]:
            db = np.matmul(rows.swapaxes(-1, -2), upstream)
            db = db[..., 0] if b.ndim == 1 else db
        return da, db
