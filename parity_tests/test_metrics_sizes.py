"""Metrics of real sizes: 20,011 samples, or a thousand classes."""

from __future__ import annotations

from parity_tests.instrument import EXACT, Case, cases, labels, normal

NAMES = ("accuracy", "confusion_matrix", "precision_recall_f1")
MANY = 1_031
CASES = [
    *(Case(name, inputs=(labels(5, 20_011), labels(5, 20_011)), tier=EXACT, id="many samples",
           variants="")
      for name in NAMES),
    *(Case(name, inputs=(normal(503, MANY), labels(MANY, 503)), tier=EXACT, variants="",
           dtypes=("float32",), id="many classes")
      for name in NAMES),
]  # fmt: skip # a table


@cases(CASES)
def test_same_numbers(case, check):
    check(case)
