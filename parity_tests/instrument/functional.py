"""Libraries without tensors of their own: a `vjp` that is called as the contract says, or told so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VJP = "vjp(function, wrt, *arrays) -> (value, pullback)"
Gradients = list[np.ndarray | None]


def pulled(
    impl: Any, function: Callable[..., Any], wrt: tuple[int, ...], tensors: Sequence[Any]
) -> tuple[Any, Callable[..., Gradients]]:
    """The value of a function, and its pullback to the inputs in wrt, by the candidate's vjp."""
    given = _called(VJP, impl.vjp, function, wrt, *tensors)
    pair = isinstance(given, (tuple, list)) and len(given) == 2
    if not (pair and callable(given[1])):
        kinds = [type(v).__name__ for v in given] if pair else f"a {type(given).__name__}"
        raise ValueError(f"vjp must be {VJP}, but returned {kinds}")
    value, pull = given

    def pullback(upstreams: Sequence[np.ndarray], keep: bool = False) -> Gradients:  # it always can
        grads = _called("pullback(upstream)", pull, upstreams[0])
        if not isinstance(grads, (tuple, list)) or len(grads) != len(wrt):
            several = isinstance(grads, (tuple, list))
            got = len(grads) if several else f"type {type(grads).__name__}"
            raise ValueError(
                f"pullback returned {got}; expected a tuple or list of {len(wrt)}: a gradient "
                f"per index in wrt = {wrt}"
            )
        return [None if g is None else np.asarray(g) for g in grads]

    return value, pullback


def _called(signature: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What the candidate's vjp or pullback gives; where it cannot be called so, it is no such thing.

    That is not a TypeError, which would be taken for something that need not be offered.
    """
    name = signature.partition("(")[0]
    try:
        return function(*arguments)
    except TypeError as error:
        trace = error.__traceback__
        if trace is not None and trace.tb_next is not None and f"{name}() " not in str(error):
            raise  # from within: a mistake of its own, or what the function asks of its arrays
        refused = str(error)
    raise ValueError(f"{name} must be callable as {signature}: {refused}")
