"""Softmax over a thousand classes, which other tests have a few of."""

from __future__ import annotations

from parity_tests.instrument import COMPARATIVE, Case, Comparative, cases, normal
from parity_tests.test_activations_softmax import CLASSES, logits_scale, terms

CASES = [
    Case(
        name,
        inputs=(normal(3, 1_031, scale=2.0),),
        options={"dim": 1},
        tier=Comparative(scale=logits_scale) if "og" in name else COMPARATIVE,
        grad_tier=terms(name),
        why="60 digits of so many would take a minute: torch is the yardstick",
        variants="",
        id="many classes",
    )
    for name in CLASSES
]


@cases(CASES)
def test_along_many_classes(case, check):
    check(case)
