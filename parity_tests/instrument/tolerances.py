"""The constants of the tiers, each with its reason.

What else is held against a number is a `Bound`: a formula in u that counts the roundings of one
operation, and stands with that count beside the operation's cases. `parity_tests.bare` finds
comparisons that name neither.

An *ulp* is the spacing of the floating-point numbers around the true value; the unit roundoff u is
half of the spacing at 1. To add a constant, add a row here with the reason why that much is right.
"""

from __future__ import annotations

from typing import NamedTuple


class Constant(NamedTuple):
    """A number and the reason why it is that number."""

    value: float
    reason: str


UNIT_ROUNDOFF = {"float16": 2.0**-11, "float32": 2.0**-24, "float64": 2.0**-53}

#: Largest distance, in ulp, to the correctly rounded value: the rows that `Ulp(name)` names.
ULP: dict[str, Constant] = {
    "rounded": Constant(
        0.5 + 2.0**-10,
        "one IEEE operation is correctly rounded: half an ulp; 2^-10 for a rounded oracle",
    ),
    "two roundings": Constant(
        1.5, "two IEEE operations in a row, the second no worse conditioned than 1: 0.5 + 1.0"
    ),
    "libm": Constant(
        4.0,
        "one call of exp, log, log1p, expm1, tanh, sin or cos: NumPy documents 2.52 (exp) and "
        "3.83 (log) ulp for its float32 vector code, libm and torch stay under 1",
    ),
    "tanh": Constant(
        2.0, "NumPy's and torch's tanh both stay under 2 ulp in both dtypes (torch measured 0.51)"
    ),
    "sqrt": Constant(
        1.0 + 2.0**-10, "NumPy rounds sqrt correctly; torch's CPU sqrt is 1 ulp off in 17 %"
    ),
    "sigmoid": Constant(
        4.0,
        "1/(1+e^-x): exp (<= 2.5 ulp, damped by e/(1+e) <= 1), an add and a division (0.5 each); "
        "torch measured 1.97",
    ),
    "normal tail": Constant(
        6.0,
        "x Phi(x) far below 0: e^(-x^2/2) (1 ulp, and its mending 0.5), a polynomial (2), two "
        "divisions and two products (0.5 each)",
    ),
    "pow": Constant(
        2.0, "NumPy and torch compute pow through libm-grade code, under 1 ulp; 2 leaves room"
    ),
    "schedule": Constant(
        4.0,
        "a learning rate is a handful of float64 operations on Python floats on both sides, in "
        "the same order where it is recursive: 4 ulp is one or two different roundings",
    ),
}

COMPARATIVE_FACTOR = Constant(
    4.0,
    "an equally good algorithm may sum or fuse in another order: its error is of the same size, "
    "not the same; a factor 4 separates luck from a worse method",
)
COMPARATIVE_ULP = Constant(
    2.0, "torch may by luck be exact at an element: two roundings are always forgiven"
)
COMPARATIVE_CAP = Constant(
    16.0,
    "torch's largest error elsewhere in the tensor excuses an element only up to 16 ulp: beyond "
    "that it comes from cancellation at that one element and excuses nothing but itself",
)
STATISTICAL_LAMBDA = Constant(
    8.0,
    "rounding errors behave as independent: |error| <= lambda sqrt(n) u (|A||B|) fails with "
    "probability 2 exp(-lambda^2/2) = 3e-14 per element (Higham and Mary, 2019)",
)
NO_ORACLE_FACTOR = Constant(
    2.0, "without an oracle the yardstick is torch, which may err by as much as the candidate"
)
NO_ORACLE_ULP = Constant(
    8.0,
    "without an oracle torch's own error is unknown: 4 x an assumed error of 1.5 ulp, plus 2, in "
    "ulp of the tensor's largest value",
)
ORACLE_SANITY = Constant(
    1e-6,
    "torch in float64 and a true formula agree to rounding; further apart than this, relative to "
    "the largest value, the case's formula is not the operation's",
)
VACUOUS = Constant(
    1e-4, "a bound that no observation comes near by a factor 1e4 says nothing (reported)"
)
SHRINKS = Constant(
    0.75,
    "at half the unit roundoff a bound of rounding errors is a half of itself, or 0.71 with √u",
)
KINK = Constant(
    1e-12,
    "forward and backward differences at h <= 1e-20 agree to about 1e-20 where f is smooth; a "
    "relative gap above this is a jump of the derivative, whose value is a convention: torch's",
)
KINK_CURVATURE = Constant(
    1e6,
    "where f' = 0 the two differences part by f'' h without a kink; the formulas curve by less than "
    "1e4, and a kink's jump is a slope, 1e-6 or more: 1e6 h <= 1e-14 is far from both",
)
STANDARD_DEVIATIONS = Constant(
    6.0,
    "a mean of M independent terms of standard deviation at most 1 strays by more than 6/sqrt(M) "
    "with probability 2e-9 (normal), in one of 900 elements 2e-6: no seed should meet it",
)
DIFFERENCE_STEP = Constant(
    1e-20,
    "central difference in 60 digits, × min(1, |x|): truncation f''' h^2 = 1e-40, cancellation "
    "1e-60/h = 1e-40 of what is added up in f: both absolute, so good for what is not small",
)
CAREFUL_STEP = Constant(
    1e-175,
    "for a derivative that is small: truncation f''' h^2 = 1e-350 is less than 5e-324, the "
    "smallest float64, by 26 digits; cancellation is made so by SMALLEST_DIGITS",
)
TRUSTED_DIGITS = Constant(
    27,
    "16 digits that float64 has; 3 for an oracle good to 1e-3 ulp; 8 because the largest number in "
    "a formula, which its errors refer to, may be 1e8 times its value, its inputs and 1 (x^3 "
    "inside of GELU at 1e4)",
)
SMALLEST_DIGITS = Constant(
    353, "5e-324, the smallest float64, to 21 digits; 8 more as in TRUSTED_DIGITS"
)
TRAJECTORY_RELATIVE = Constant(
    1e-10,
    "float64 run: 300 steps x a few hundred roundings x 2^-53 is about 1e-11 where nothing "
    "amplifies; a wrong formula shows at 1e-3",
)
TRAJECTORY_SELF = Constant(
    8.0,
    "float32 run: ReLU networks are chaotic; two implementations may part 8 x as far as one does "
    "from itself when every weight moves by one ulp (two correct ones part 2.5 x as far at most)",
)
STEP_ULP = Constant(
    8.0,
    "one optimizer step from the same state is at most about a dozen operations on each element, "
    "fused differently (addcmul, lerp, add(alpha)): 8 ulp of the largest operand",
)
RUN_ULP_PER_STEP = Constant(
    4.0,
    "injected gradients: no feedback, so the errors of the steps add up, a few ulp of the largest "
    "value per step",
)
