"""Parameter groups: what may be optimized, with which options, and how that is saved.

A group is a dict with the key ``"params"`` and one key per option. ``state_dict`` numbers the
parameters 0, 1, … across the groups, so that it holds no tensors of the model and fits another
optimizer over a model of the same structure, on either side.

Source: the structure and the messages are those of ``torch.optim.Optimizer``.
"""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from scratch.autograd import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    Group = dict[str, Any]


def new_group(group: Any, defaults: Group, others: Sequence[Group]) -> Group:
    """Check a parameter group and fill in its defaults.

    Raises:
        TypeError: it is not a dict, its parameters are a set, or one of them is not a Tensor.
        ValueError: some parameters have names and some not, one is not a leaf, or one is already
            in ``others``.
    """
    if not isinstance(group, dict):
        raise TypeError(f"param_group must be a dict, but got {type(group)}")
    listed = group["params"]
    if isinstance(listed, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    entries = [listed] if isinstance(listed, Tensor) else list(listed)
    names = [e[0] for e in entries if isinstance(e, tuple)]
    params = [e[1] if isinstance(e, tuple) else e for e in entries]
    if names and len(names) != len(params):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    _check_params(params)
    _check_apart(params, bool(names), others)
    group["params"] = params
    if names:
        group["param_names"] = names
    for option, default in defaults.items():
        group.setdefault(option, default)
    return group


def _check_params(params: list[Any]) -> None:
    for p in params:
        if not isinstance(p, Tensor):
            raise TypeError(
                "optimizer can only optimize Tensors, but one of the params is "
                f"{type(p).__module__}.{type(p).__qualname__}"
            )
        if not p.is_leaf:
            raise ValueError("can't optimize a non-leaf Tensor")
    if len({id(p) for p in params}) != len(params):
        warnings.warn(
            "optimizer contains a parameter group with duplicate parameters; "
            "in future, this will cause an error",
            stacklevel=6,
        )


def _check_apart(params: list[Tensor], named: bool, others: Sequence[Group]) -> None:
    for other in others:
        if named != ("param_names" in other):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer"
            )
    taken = {id(p) for other in others for p in other["params"]}
    if not taken.isdisjoint(id(p) for p in params):
        raise ValueError("some parameters appear in more than one parameter group")


def numbered(groups: Sequence[Group]) -> dict[Tensor, int]:
    """Parameter → its number, counting through the groups."""
    numbers: dict[Tensor, int] = {}
    first = 0
    for group in groups:  # a parameter listed twice keeps its last number, as in PyTorch
        counted = enumerate(group["params"], first)
        numbers.update({p: i for i, p in counted if p not in numbers})
        first += len(group["params"])
    return numbers


def packed(groups: Sequence[Group]) -> list[Group]:
    """The groups with numbers in place of parameters, last in each dict, as PyTorch saves them."""
    number = numbered(groups)
    return [
        {k: v for k, v in group.items() if k != "params"}
        | {"params": [number[p] for p in group["params"]]}
        for group in groups
    ]


def unpacked(
    saved: Sequence[Group], groups: Sequence[Group], defaults: Group
) -> tuple[list[Group], dict[Any, Tensor]]:
    """Saved groups with the parameters of ``groups``, and which parameter each saved number is.

    Raises:
        ValueError: the number of groups, or of parameters in one, is not the same.
    """
    if len(saved) != len(groups):
        raise ValueError(
            "loaded state dict has a different number of parameter groups: "
            f"{len(saved)}, the optimizer has {len(groups)}"
        )
    restored: list[Group] = []
    param_of: dict[Any, Tensor] = {}
    for i, (old, new) in enumerate(zip(groups, saved, strict=True)):
        if len(old["params"]) != len(new["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                f"optimizer's group: group {i} has {len(new['params'])} parameters, the "
                f"optimizer's has {len(old['params'])}"
            )
        param_of.update(zip(new["params"], old["params"], strict=True))
        group = {**defaults, **deepcopy(dict(new)), "params": old["params"]}
        if "param_names" in old:
            group.setdefault("param_names", old["param_names"])
        restored.append(group)
    return restored, param_of
