"""Saving and loading: the state of a module as a flat dictionary of paths and values.

The state is every parameter and every persistent buffer, module by module, parents first:
``{"0.weight": …, "0.bias": …, "1.running_mean": …}``. Both sides use the same keys and the same
layouts (a weight is (out, in)), so a state saved by one loads into the other.

Source: the interface is that of ``torch.nn.Module.state_dict`` (Paszke et al., 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scratch.autograd import Tensor

if TYPE_CHECKING:
    from scratch.layers.module import Module


class IncompatibleKeys(NamedTuple):
    """What a load with ``strict=False`` found too little and too much."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


def named_state(module: Module, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The live tensors of the state with their keys; a shared one appears under each of its paths.

    ``prefix`` is put before every key as it is, with its dot.
    """
    for path, part in module._walk(""):
        lead = f"{prefix}{path}." if path else prefix
        for name, parameter in part._parameters.items():
            if parameter is not None:
                yield lead + name, parameter
        for name, buffer in part._buffers.items():
            if buffer is not None and name not in part._transient:
                yield lead + name, buffer


def load_state(module: Module, state: Mapping[str, Any], strict: bool) -> IncompatibleKeys:
    """Check everything, then copy everything."""
    if not isinstance(state, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state)}.")
    held = dict(named_state(module))
    missing = [key for key in held if key not in state]
    unexpected = [key for key in state if key not in held]
    errors = []
    if strict and missing:
        errors.append(f"Missing key(s) in state_dict: {_quoted(missing)}. ")
    if strict and unexpected:
        errors.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
    values = {key: _as_array(state[key]) for key in held if key in state}
    errors += [_fault(key, value, held[key]) for key, value in values.items()]
    errors = [error for error in errors if error]
    if errors:
        raise RuntimeError(
            f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(errors)
        )
    for key, value in values.items():
        held[key].data[...] = value
    return IncompatibleKeys(missing, unexpected)


def _as_array(value: object) -> object:
    return value.data if isinstance(value, Tensor) else value


def _fault(key: str, value: object, held: Tensor) -> str:
    """Return what is wrong with loading ``value`` into ``held``, or an empty string."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else str(type(value))
        return (
            f'While copying the parameter named "{key}", expected a Tensor or an array of numbers '
            f"from checkpoint but received {kind}"
        )
    if value.shape != held.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {held.shape}."
        )
    return ""


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)
