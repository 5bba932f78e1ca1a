"""What a call must leave alone: its inputs, its options, what it saved, other people's memory.

A gradient that comes out right once says nothing about a backward pass that overwrites what the
forward pass saved, or about an output that is an input under another name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.bits import same_bits
from parity_tests.instrument.lacking import note
from parity_tests.instrument.sides import to_numpy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity_tests.instrument.held import Held
    from parity_tests.instrument.sides import Forward

    Gradients = Sequence[np.ndarray | None]


def shared(arrays: Gradients, others: Sequence[np.ndarray]) -> int | None:
    """The first of the arrays that shares memory with another one or with one of `others`.

    Where nobody can write to that memory (JAX's arrays cannot be changed) there is no harm in it.
    """
    present = [(i, a) for i, a in enumerate(arrays) if a is not None and a.size and _writable(a)]
    for i, a in present:
        rest = [b for j, b in present if j != i] + [b for b in others if b.size]
        if any(np.may_share_memory(a, b) for b in rest):
            return i
    return None


def _writable(array: Any) -> bool:
    """Whether the array, or one that it is a view of, can be written to."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return True
        array = array.base
    return False


def changed(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> int | None:
    """The first array that is no longer what it was, to the bit."""
    pairs = enumerate(zip(before, after, strict=True))
    return next((i for i, (old, new) in pairs if not same_bits(old, new).all()), None)


def changed_option(given: Mapping[str, Any], lifted: Mapping[str, Any]) -> str | None:
    """The first option whose tensor no longer has the values it was made of."""
    for name, value in given.items():
        if isinstance(value, np.ndarray):
            now = to_numpy(lifted[name])
            if not same_bits(value.astype(now.dtype), now).all():
                return name
    return None


def again(result: Forward, upstreams: Sequence[np.ndarray], first: Gradients) -> int | None:
    """Pull the same upstream back once more; the first gradient that comes out another.

    The graph was kept, so nothing that backward needs may have been used up or overwritten. (Where
    it cannot be kept there is nothing to see: `Forward.once`.)
    """
    result.forget()
    second = result.pullback(upstreams, False)
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        if (a is None) != (b is None):
            return i
        if a is not None and b is not None and not same_bits(a, b).all():
            return i
    return None


def leaves_alone(held: Held, before: list[np.ndarray], grads: Gradients) -> None:
    """Inputs are as before, and no gradient is another array under another name."""
    __tracebackhide__ = True
    backward = any(g is not None for g in grads)
    if (i := changed(before, held.arrays)) is not None:
        shown = held.program().input(i)
        held.refuse(f"input {held.trial.name(i)} was changed by the call", shown, backward)
    if (i := shared(grads, held.arrays)) is not None:
        held.refuse(
            f"the gradient of input {held.trial.argument(i)} shares memory with another "
            "gradient or an input",
            backward=True,
        )


def no_alias(held: Held, result: Forward) -> None:
    """No output is an input under another name, unless torch's is."""
    __tracebackhide__ = True
    if own := set(result.aliases or ()) - set(held.trial.aliases):
        held.refuse(
            f"output {min(own)} shares memory with an input, unlike torch's: who writes to one "
            "changes the other",
            "y",
        )


def can_run_again(held: Held, result: Forward, grads: Gradients) -> None:
    """No option changed, and the same gradient a second time."""
    __tracebackhide__ = True
    trial = held.trial
    if (name := changed_option(trial.case.options, trial.lifted)) is not None:
        held.refuse(f"the option {name} was changed by the call")
    if not any(result.tracked) or not trial.upstreams:
        return
    if result.once:
        note("backward(upstream, retain_graph=True)")
        return
    i = again(result, trial.upstreams, grads)
    if i is not None:
        held.refuse(
            f"the gradient of input {trial.argument(i)} is another one when backward runs a "
            "second time (retain_graph=True): the first overwrote what it needs",
            held.program().gradient(i),
            backward=True,
            again=True,
        )
