"""The instrument: says how closely two implementations agree, and why that is the right amount.

A parity test is a table of cases and one body.

    from parity_tests.instrument import COMPARATIVE, EXACT, Bad, Case, Ulp, bad_cases, cases
    from parity_tests.instrument import dyadic, labels, normal, options_grid

    CASES = [
        # name: a name of the contract (or "Tensor.sum", "Tensor.__add__")
        Case("relu", inputs=(dyadic(5, 7),), tier=EXACT, elementwise=True, kinks=(0.0,)),
        Case("tanh", inputs=(normal(5, 7),), tier=Ulp("tanh"), grad_tier=COMPARATIVE,
             elementwise=True, oracle=lambda m, x: m.tanh(x)),
        # a class: options go to the constructor, tensors to the call
        *(Case("MSELoss", inputs=(normal(6, 3), normal(6, 3)), options=options, tier=COMPARATIVE,
               oracle=lambda m, x, y, reduction: m.reduce((x - y) ** 2, reduction))
          for options in options_grid(reduction=["none", "mean", "sum"])),
        # integer inputs stay integers; arrays among the options become tensors on both sides
        Case("nll_loss", inputs=(normal(6, 4), labels(4, 6)),
             options={"weight": np.array([1.0, 2.0, 0.5, 0.25])},
             tier=COMPARATIVE, why="no mpmath form: an index and a sum, torch is the yardstick"),
        # anything that is not name(*tensors, **options)
        Case("cat", inputs=(dyadic(2, 3), dyadic(4, 3)), tier=EXACT,
             call=lambda impl, x, y: impl.cat([x, y], dim=0)),
    ]

    @cases(CASES)
    def test_value_and_gradient(case, check):
        check(case)

    BAD = [Bad("relu", lambda impl: impl.relu("three"), TypeError),
           Bad("mse_loss", lambda impl: impl.mse_loss(impl.tensor([1.0]), impl.tensor([1.0]),
                                                      reduction="median"), ValueError,
               says="median")]

    @bad_cases(BAD)
    def test_bad_input(bad, check_bad):
        check_bad(bad)

Case(name, inputs, options={}, tier=..., ...)
    inputs       a tuple of specs (`normal(5, 7)`, `dyadic`, `uniform`, `probabilities`, `simplex`,
                 `labels`, `integers`, `spread`, `values`, or any function of a NumPy Generator), or
                 one function (rng, dtype) -> arrays. Floats are cast to the dtype under test.
    tier         EXACT | EXACT_VALUE | Ulp("row of tolerances.ULP") | Bound(f) | COMPARATIVE |
                 Comparative(scale=f); or {"float32": tier, "float64": tier}. See `tiers`. f for a
                 gradient gets the upstream first and returns one array per input in wrt; in the
                 output's shape it is summed to that of a broadcast input.
    grad_tier    the same for gradients; default: EXACT_VALUE (exact but for the sign of a zero) if `tier`
                 is exact, else COMPARATIVE.
    oracle       (m, *inputs, **options) -> value in 60 digits or more: inputs are object arrays of mpf
                 (integer inputs stay as they are), `m` has exp log log1p expm1 sqrt tanh erf sin
                 cos sigmoid where maximum minimum absolute sum mean max reduce (see
                 `high_precision`); NumPy arithmetic, indexing, broadcasting and @ work. It is the
                 truth in float64 (values, and gradients by central differences); in float32 that is
                 torch_ref in float64. Without one, give `why`.
    wrt          indices of the inputs to differentiate; default: every float input.
    call         (impl, *tensors, **options) -> result; the result may be a tensor, a tuple, a number.
    dtypes       default ("float32", "float64").
    elementwise  value i depends on element i only: adds specials, 0-d, a longer array.
    kinks        places where the derivative jumps; tested with the specials.
    specials     None: as `elementwise` says; False: the function is not defined there; a tuple of
                 numbers: these instead.
    variants     which of VARIANTS to run besides the plain one: "transposed strided reversed
                 broadcast empty scalar twice". Default: all that apply (scalar: elementwise only).
                 What torch raises for a variant, the candidate must raise.
    upstream     "normal" | "dyadic"; default: dyadic where grad_tier is exact, so that no sum of
                 them is rounded. "infinite": as by default, and infinite at every other element.
    holds        (*inputs, **options) -> bool: whether inputs drawn for the plain variant have in them
                 what the case is named after (an ignored label, say); refused where they do not.

`check` compares value, gradients with a random non-uniform upstream (of all inputs together, and of
each alone), dtype and shape of both, that inputs are unchanged and that no NumPy warning leaks,
over layouts and specials; it skips with "not offered" what a candidate lacks, and records every
comparison for the report.

check_arrays(case, arrays, candidate, reference) holds a case on arrays of your own.

By hand, for what is no function of tensors:
    covers("Perceptron", "mistake_bound")       at module level: these names are tested here by hand
    covers_bad("Perceptron")                    and their bad input too
    assert_parity(actual, expected, EXACT, op="Perceptron", direction="weights", oracle=None)
        actual, expected: tensors, arrays, numbers, (nested) lists, dicts of these.
    fixtures: candidate, reference, dtype, device, rng, seed, exhaustive, check, check_bad.
    offered(candidate, "Perceptron")            skips the test where a candidate lacks the name.
    to_tensor(impl, array, requires_grad=False, device="cpu"), to_numpy(tensor)

Optimizers and runs (see `optimizers` and `trajectories`):
    for options in covering_array(lr=[0.1, 1e-3], momentum=[0, 0.9], nesterov=[False, True]): ...
    check_optimizer(candidate, reference, "SGD", options, dtype, tier=None, device="cpu", seed=0)
        injected gradients, 50 steps, scales 1 and 1e-7, a parameter that now and then has no
        gradient, parameters and full state at every step; and teacher-forced steps.
    check_trajectory(run, candidate, reference, dtype, op="MLP")
        run(impl, nudge) -> yields {tensor name: array} per step; where `nudge` is True it first
        calls move_weights(model.parameters()).
"""

from __future__ import annotations

from parity_tests.instrument.bad import check_bad
from parity_tests.instrument.case import (
    REGISTRY,
    Bad,
    Case,
    bad_cases,
    cases,
    covers,
    covers_bad,
    options_grid,
)
from parity_tests.instrument.check import check, check_arrays
from parity_tests.instrument.covering import covering_array
from parity_tests.instrument.inputs import (
    dyadic,
    integers,
    labels,
    normal,
    probabilities,
    simplex,
    spread,
    uniform,
    values,
)
from parity_tests.instrument.judge import ParityError, assert_parity
from parity_tests.instrument.lacking import offered
from parity_tests.instrument.optimizers import check_optimizer
from parity_tests.instrument.sides import to_numpy, to_tensor
from parity_tests.instrument.tiers import (
    COMPARATIVE,
    COMPARATIVE_TENSOR,
    EXACT,
    EXACT_VALUE,
    Bound,
    Comparative,
    Tier,
    Ulp,
    dot_bound,
)
from parity_tests.instrument.trajectories import check_trajectory, move_weights

__all__ = [
    "COMPARATIVE",
    "COMPARATIVE_TENSOR",
    "EXACT",
    "EXACT_VALUE",
    "REGISTRY",
    "Bad",
    "Bound",
    "Case",
    "Comparative",
    "ParityError",
    "Tier",
    "Ulp",
    "assert_parity",
    "bad_cases",
    "cases",
    "check",
    "check_arrays",
    "check_bad",
    "check_optimizer",
    "check_trajectory",
    "covering_array",
    "covers",
    "covers_bad",
    "dot_bound",
    "dyadic",
    "integers",
    "labels",
    "move_weights",
    "normal",
    "offered",
    "options_grid",
    "probabilities",
    "simplex",
    "spread",
    "to_numpy",
    "to_tensor",
    "uniform",
    "values",
]
