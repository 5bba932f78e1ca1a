"""How far from 1 the sum of a distribution may be: 10⁻⁶, and an ε for each of its probabilities."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import EXACT, Bad, Case, bad_cases, cases, values

ROW = [0.25, 0.25, 0.25, 0.25]
NEAR = [0.25, 0.25, 0.25, 0.25 + 1.3e-6]  # allowed in float32: 1e-6 + 4 · 1.2e-7
FAR = [[0.25, 0.25, 0.25, 0.25 + 2.5e-6], ROW, ROW]


@cases(
    [
        Case("entropy", inputs=(values(rows),), tier={"float32": EXACT}, id=name,
             dtypes=("float32",), variants="", wrt=(), call=lambda impl, p: impl.entropy(p) > 1)
        for name, rows in [("a row", NEAR), ("rows", [NEAR, ROW])]
    ]
)  # fmt: skip # a table
def test_rounded_sums_are_accepted(case, check):
    check(case)


def far(impl):
    return impl.tensor(np.array(FAR, np.float32))


BAD = [
    Bad("entropy", lambda i: i.entropy(far(i)), ValueError, "p must sum to 1 along dim -1"),
    Bad(
        "categorical_nll", lambda i: i.categorical_nll(far(i), [0, 1, 2]), ValueError, "probs must"
    ),
    Bad("entropy", lambda i: i.entropy(i.tensor(NEAR, dtype="float64")), ValueError, "sum to 1"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
