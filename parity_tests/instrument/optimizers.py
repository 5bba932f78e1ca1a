"""Optimizers under injected gradients: parameters and full state, at every step.

No feedback runs from parameters to gradients, so two correct implementations stay within a few
roundings per step whatever the learning rate. Two runs per gradient scale: free, where the errors
of the steps add up, and teacher-forced, where every step starts from torch's state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument import effort
from parity_tests.instrument import tolerances as table
from parity_tests.instrument.injected import Run, sequence
from parity_tests.instrument.lacking import keeps_state, not_offered, offered, offers
from parity_tests.instrument.recipe import Path, Recipe
from parity_tests.instrument.sides import takes_gradients, to_numpy
from parity_tests.instrument.steps import Entry, Stage, compared, judge_all, largest_of
from parity_tests.instrument.taken import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity_tests.instrument.tiers import Tier

SCALES = (1.0, 1e-7)
_SHAPES = ((3, 4), (5,), ())


def check_optimizer(
    candidate: Any,
    reference: Any,
    name: str,
    options: Mapping[str, Any],
    dtype: str,
    tier: Tier | None = None,
    device: str = "cpu",
    seed: int = 0,
    steps: int = 50,
    shapes: tuple[tuple[int, ...], ...] = _SHAPES,
    groups: Sequence[Mapping[str, Any]] | None = None,
    turns: int = 0,
) -> None:
    """Hold an optimizer against torch's; raises ParityError at the first step that differs.

    tier: EXACT where hyperparameters are powers of two (gradients are then dyadic, the scales 1
    and 2⁻²³); default: a few ulp per step. groups: instead of `options`, those of each of several
    groups of parameters, which take turns with them after every so many steps. Options that somebody
    else's optimizer does not have are not passed where they are torch's default.
    """
    __tracebackhide__ = True
    offered(candidate, name)
    rows = [told(candidate, reference, name, row) for row in groups or [options]]
    recipe = Recipe(name, rows, turns)
    for scale in SCALES if tier is None else (1.0, 2.0**-23):
        rng = np.random.default_rng([seed, len(str(options))])
        start, gradients = sequence(rng, shapes, dtype, steps, scale, tier is not None)
        theirs = Run(reference, recipe, start, device)
        _takes_groups(candidate, recipe, start)
        ours = Run(candidate, recipe, start)
        path = Path(
            recipe,
            candidate.__name__,
            start,
            gradients,
            wrapped=offers(candidate, "Parameter"),
            given=takes_gradients(candidate, ours.parameters[0]),
        )
        entries = _stepwise(candidate, theirs, ours, path, f"gradients × {scale:g}", seed)
        judge_all(name, device, entries, tier)


def _stepwise(
    candidate: Any, theirs: Run, ours: Run, path: Path, title: str, seed: int
) -> list[Entry]:
    """Every comparison of a path: of two free runs, and of single steps from torch's state."""
    recipe, title = path.recipe, f"{path.recipe}, {title}"
    entries: list[Entry] = []
    before, saved = theirs.snapshot(), theirs.state_dict()
    largest = largest_of(recipe, path.start)
    for t, gradient in enumerate(path.gradients, start=1):
        theirs.step(gradient)
        ours.step(gradient)
        now = [to_numpy(p) for p in theirs.parameters]  # at every step, looked at or not
        largest = tuple(map(max, largest, largest_of(recipe, now)))
        look, look_next = effort.looks(t, seed), effort.looks(t + 1, seed)
        if look or look_next:
            after = theirs.snapshot()
        if look:
            limit = table.STEP_ULP.value + table.RUN_ULP_PER_STEP.value * (t - 1)
            free = Stage(f"{title}, step {t}", path, t, limit, largest)
            entries += compared(free, ours, gradient, after, before)
        if look and keeps_state(candidate, ours.optimizer, "load_state_dict"):
            forced = Run(candidate, recipe, before.parameters, saved=saved, first=t)
            forced.step(gradient)
            at = f"{title}, one step from torch's state {t - 1}"
            onward = replace(path, start=before.parameters, first=t, saved=saved)
            here = largest_of(recipe, before.parameters, after.parameters)
            stage = Stage(at, onward, t, table.STEP_ULP.value, here)
            entries += compared(stage, forced, gradient, after, before)
        if look_next:
            before, saved = after, theirs.state_dict()
    return entries


def _takes_groups(candidate: Any, recipe: Recipe, start: list[np.ndarray]) -> None:
    """Skip the running test where it needs groups of which the optimizer knows nothing."""
    if len(recipe.groups) > 1:
        alone = Run(candidate, replace(recipe, groups=recipe.groups[:1]), start)
        if not keeps_state(candidate, alone.optimizer, "param_groups"):
            not_offered(candidate, f"{recipe.name} with param_groups")
