"""States that another optimizer saved, or of which a part is missing: torch decides what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parity_tests.driven import Side, agree, draw

if TYPE_CHECKING:
    import numpy as np

#: Optimizers with the same kinds of state; what their groups say differs.
RELATED: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "decay decoupled, from Adam": ("Adam", {"weight_decay": 0.25}, "AdamW", {}),
    "decay decoupled, from Adam that says so": (
        *("Adam", {"weight_decay": 0.25, "decoupled_weight_decay": True}, "AdamW", {}),
    ),
    "decay of AdamW in Adam": ("AdamW", {"weight_decay": 0.25}, "Adam", {"weight_decay": 0.5}),
    "NAdam": ("NAdam", {"decoupled_weight_decay": True, "weight_decay": 0.25}, "NAdam", {}),
    "NAdam, coupled": ("NAdam", {"weight_decay": 0.25}, "NAdam", {"decoupled_weight_decay": True}),
    "RAdam": ("RAdam", {"decoupled_weight_decay": True, "weight_decay": 0.25}, "RAdam", {}),
    "RAdam, coupled": ("RAdam", {"weight_decay": 0.25}, "RAdam", {"decoupled_weight_decay": True}),
    "all options": (
        *("Adam", {"betas": (0.5, 0.75), "eps": 0.125, "amsgrad": True, "maximize": True}),
        *("AdamW", {"lr": 0.5}),
    ),
    "momentum": (
        *("SGD", {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1, "maximize": True}),
        *("SGD", {"lr": 0.5}),
    ),
}


def made(impl: Any, name: str, options: dict[str, Any], start: list[np.ndarray]) -> Side:
    """Parameters of a side under an optimizer with these options."""
    side = Side(impl, name, start)
    side.optimizer = getattr(impl, name)(side.parameters, **options)
    return side


@pytest.mark.parametrize("case", RELATED)
def test_a_related_optimizer_goes_on(candidate, reference, rng, case):
    """Options come with the state, but for what the class itself says, such as AdamW's decay."""
    saver, options, loader, own = RELATED[case]
    start, rows = draw(rng, "float32"), [draw(rng, "float32") for _ in range(6)]
    sides = []
    for impl in (candidate, reference):
        old = made(impl, saver, options, start)
        for row in rows[:3]:
            old.step(row)
        new = made(impl, loader, own, old.values())
        new.load(old.saved())
        sides.append(new)
    agree(sides[0], sides[1], f"{case}: loaded")
    for t, row in enumerate(rows[3:], start=1):
        for side in sides:
            side.step(row)
        agree(sides[0], sides[1], f"{case}: step {t} after loading")


@pytest.mark.parametrize("dampening", [0.0, 0.5])
@pytest.mark.parametrize("state", ["None", "missing", "empty", "of one parameter"])
def test_a_momentum_buffer_that_was_not_saved_starts_anew(
    candidate, reference, rng, dampening, state
):
    """The buffer's first value is the whole gradient, undampened, as before any step."""
    start, rows = draw(rng, "float32"), [draw(rng, "float32") for _ in range(6)]
    options = {"lr": 0.25, "momentum": 0.5, "dampening": dampening}
    sides = []
    for impl in (candidate, reference):
        old = made(impl, "SGD", options, start)
        for row in rows[:3]:
            old.step(row)
        saved = old.saved()
        for i in [0] if state == "of one parameter" else list(saved["state"]):
            saved["state"][i] = {"momentum_buffer": None}
            if state in ("missing", "empty"):
                saved["state"][i] = {}
        if state == "empty":
            saved["state"] = {}
        new = made(impl, "SGD", options, old.values())
        # loaded as it is: None is no array to be lifted
        arrays = {
            i: {k: None if v is None else new.native(v) for k, v in s.items()}
            for i, s in saved["state"].items()
        }
        new.optimizer.load_state_dict({**saved, "state": arrays})
        sides.append(new)
    for t, row in enumerate(rows[3:], start=1):
        for side in sides:
            side.step(row)
        agree(sides[0], sides[1], f"step {t} after loading")
