"""A gate: one operation of the computational graph, on plain arrays.

Every operation is a node that computes y = f(x₁, …, xₙ) going forward and, going backward,
receives the upstream gradient ∂L/∂y and returns upstream × local gradient, ∂L/∂y · ∂y/∂xᵢ, for
each input. A gate knows nothing of the graph it stands in: un-broadcasting, accumulation at
branches, dtypes and aliasing are the engine's business (:mod:`scratch.autograd.engine`).

Source: Rumelhart, Hinton & Williams (1986), "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scratch.autograd.engine import Tensor

Array = np.ndarray[Any, np.dtype[Any]]


class Gate:
    """One operation: ``forward`` on arrays, ``backward`` to upstream × local gradient.

    A subclass writes the two methods next to each other and keeps on ``self`` whatever ``backward``
    needs. ``forward`` receives one array per input tensor and the options given to
    :func:`~scratch.autograd.engine.apply`; ``backward`` returns one gradient per input tensor (a
    tuple, or the bare array when there is one input), ``None`` where nobody needs it.

    Rules that make the engine's bookkeeping valid:

    - ``forward`` returns an array of its own or a view, in the dtype of its inputs;
    - ``backward`` may return ``upstream`` itself or a view of it, but never writes to it, and never
      returns an array that it saved without having computed a new one from it;
    - a gradient may still have the broadcast shape of the output.
    """

    inputs: tuple[Tensor, ...] | None = None
    """The tensors that went in; None once the graph behind this gate has been freed."""

    needs: Sequence[bool]
    """Per input: does anybody need its gradient? Set before ``forward``."""

    order: int
    """When the gate was applied, counted down: a later gate never feeds an earlier one."""

    silent = False
    """Whether ``forward`` can raise no floating-point flag, so that the engine need not mask them."""

    def forward(self, *arrays: Any, **options: Any) -> Array:
        """Compute the output from the input arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, upstream: Array) -> Any:
        """Return ∂L/∂input for each input, given ``upstream`` = ∂L/∂output."""
        raise NotImplementedError(
            f"the gradient of {type(self).__name__} is not defined: it has no backward"
        )
