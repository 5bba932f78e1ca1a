"""Mutants that no test can or need kill, each kind with the reason: (pattern, reason).

The pattern is searched in "name: the line before → the line after (what became of the mutant)".
Mutants that change only the sentences of a message are recognised without an entry here.
"""

from __future__ import annotations

#: Functions whose string arguments are the names under which a message speaks of something. What
#: else they do is mutated where they stand.
NAMING = "|".join(
    [
        *("as_distribution", "as_floats", "as_probabilities", "as_samples", "check_fits"),
        *("check_tensors", "constant", "in_common_dtype", "per_group", "require_decay"),
        *("require_finite", "require_floating", "require_nonnegative", "require_same_shape"),
        *("_along", "_as_weights", "_integer", "_labels", "_positive_integer", "_require_classes"),
        *("_require_floating", "_require_positive", "_require_tensors", "_samples", "_shape"),
    ]
)

JUSTIFIED: list[tuple[str, str]] = [
    (r"\(timeout\)$", "the suite does not end: that is seen, though no test says where"),
    (r"zip\(.*strict=True", "a guard of the code's own bookkeeping: the lengths are equal"),
    (r"raise \w+\(|warnings\.warn\(", "the words of a message"),
    (r"stacklevel=", "which line a warning names"),
    (
        r"needs\[\d\]\) or True|\(needed\) or True",
        "a gradient that nobody asks for: lost work only",
    ),
    (r"reshape\(.*-1.* → .*reshape\(.*-2", "NumPy takes any negative size for the unknown one"),
    (r"astype\(np\.float64.* → .*astype\(None", "None is float64 to NumPy"),
    (r"checks\.x_jacobian__.*unit = np\.zeros", "the engine casts the upstream gradient anyway"),
    (r"checks\.x_gradcheck__.*default_rng", "any random non-uniform upstream gradient will do"),
    (r"checks\.x_gradcheck__.*isinstance\(x, Tensor\)", "only the other side copies its input"),
    (r"checks\.x_gradcheck__.*zeros_like", "zeros of any shape: they are compared by broadcasting"),
    (r"checks\.x_gradcheck__.*wrong = ", "equality of an error and its bound, to the last bit"),
    (r"reshape\(1\), dim=0", "one element: the same along its dimension and over everything"),
    (r"x_normal_cdf_pdf__.*np\.float64\) or True", "float32 results from needlessly exact terms"),
    (r"x_normal_cdf_pdf__.*x > 0", "Φ(0) = ½ seen from either side"),
    (r'order="C".* → .*order="c"', "NumPy takes either case"),
    (r"GELUGateǁforward__.*(, _BLOCK\):|block = slice)", "the same blocks, some of them again"),
    (r"TanhGELUGateǁforward__.*30\.0", "beyond 30 nothing changes, whether up to 30 or to 31"),
    (r"ELUGateǁforward__.*x\.dtype\) → ", "the engine casts the gradient"),
    (r'mode: str = "fan_in".*"FAN_IN"', "modes may be written in either case"),
    (r"x_orthogonal___.*fill_normal.*, 0, 2, ", "a multiple of a matrix has the same Q"),
    (r"x_orthogonal___.*/ np\.sign", "to divide by ±1 is to multiply by it"),
    (r'array\("q"\)', "indices are not negative: signed and unsigned hold the same"),
    (
        r"x_corrections__.*(slice\(at, None\)|block = m)",
        "how far to look ahead: a matter of speed",
    ),
    (r"first_mistake__.*margins \*= self\.y", "to divide by ±1 is to multiply by it"),
    (r"first_mistake__.*doubt", "a margin of exactly the bound, which has slack"),
    (r"x_mistake_bound__.*y_signs >= 0", "labels are ±1"),
    (r"x_corrections__.*lr / float", "to divide by ±1 is to multiply by it"),
    (r"x__result__.*\(mistakes\[-1\]\) or True", "the count is 0 where no mistake was made"),
    (r"x_doubt__|x_largest_norm__", "the bound has slack, and a larger one only costs time"),
    (r"x_is_positive__.*doubt", "a score of exactly the bound, which has slack"),
    (r"mistakes__.*self\.y\[rows\] >= 0", "labels are ±1"),
    (r"Perceptronǁfit__.*w \+= .*(w = |astype\(None)", "a sum with zeros, in their dtype"),
    (r"x__rows_behind__|_rows_behind\(None\)", "the other way, sample by sample, gives the same"),
    (r"data\.x__gather__.*requires_grad\) or True", "an index and take pick the same rows"),
    (r"x__draw_seed__.*2\*\*64", "a generator is seeded with the low 32 bits"),
    (r"CosineAnnealingLRǁget_lr__.*- T\) % .* → .*\+ T\) %", "T and −T are the same modulo 2T"),
    (r"OneCycleLRǁget_lr__.*t <= end", "both phases have the same rate where they meet"),
    (r"SequentialLRǁstep__.*i >= 0", "before the first milestone the epoch is no milestone"),
    (
        r"_check_(order|called_within_step)__.*`(lr_scheduler\.step|get_last_lr)\(\)`",
        "the end of a message",
    ),
    (r"getattr\(.*, False\).* → .*, None\)", "None is as false as False"),
    (
        r"x__note_steps__.*(hasattr|_wrapped_by_lr_sched = )",
        "a mark made twice, or with another value",
    ),
    (r"CyclicLRǁget_lr__.*x <= self\.step_ratio", "both sides of a triangle meet at its top"),
    (r"copy=False", "a copy that nobody needs"),
    (r'float\("inf"\).* → .*"INF"', "Python takes either case"),
    (r"Lassoǁ_optimum__.*(settled|np\.array_equal|gap <= enough)", "when the gap is looked at"),
    (r"x_duality_gap__.*initial=", "a gap that is seen as larger only takes more passes"),
    (
        r"x_finished__.*(better|/ np\.sign)",
        "to within rounding: the tolerance is checked in any case",
    ),
    (r"x_centred__.*y \+ y_mean", "a constant has no component along the centred columns"),
    (r"x_minimise__.*(noise = |done = |> f - )", "near the optimum, where rounding decides"),
    (r"x_normal_equation__.*condition \* eps", "a threshold for an order of magnitude"),
    (r"full_matrices=None", "None is as false as False"),
    (r"x_condition_number__.*2\.0", "the empty matrix: any number that is not large"),
    (r"x_column_lengths__", "any power of the length will do that keeps the product in range"),
    (r"Polynomialǁbackward__.*slopes\.insert", "the slope of the constant, which nobody reads"),
    (r"x_standardize__.*mean is None and std is None", "both are given or neither"),
    (r'kind (not )?in "\w+".* → .*"XX\w+XX"', "no dtype has the kind X"),
    (
        r'x_named_state__.*_walk\(""\)|_named_tensors\("_buffers", prefix',
        "None is as empty as a text",
    ),
    (r"LinearGateǁforward__.*x\.ndim", "the other way, over collapsed dimensions, gives the same"),
    (r"LinearGateǁbackward__.*b\.ndim", "what was broadcast is summed by the engine otherwise"),
    (r"x_column_sum__", "where blocks end, and a factor of ones in a wider dtype"),
    (r"Normalizeǁbackward__.*(False\)|dbeta = None)", "what nobody asks for is not looked at"),
    (r"ǁ__init_subclass____", "the call goes another way, to the same end"),
    (r"x_as_distribution__.*>= slack", "a sum that is off by exactly the slack"),
    (r"Entropyǁforward__.*type\(2\)", "0 times any logarithm"),
    (r"Logitǁforward__.*low, high", "a product with 1 is a quotient by 1"),
    (r"take_along_axis\(.*, -1\)", "the default of newer NumPy"),
    (r"CategoricalNLLǁbackward__.*np\.zeros", "the engine casts the gradient"),
    (r"MLPǁsummary__.*range\(3\)", "a width too many, which nobody uses"),
    (r"(L1|RMSE)Gateǁforward__.*super\(\)\.forward", "these losses have no width"),
    (r"RMSEGateǁslope__.*root = ", "where the root is 0, so is what it divides"),
    (r"PerceptronGateǁforward__.*y >= 0", "labels are ±1"),
    (r"x_shifted__.*ndim == 2", "the other branch computes the same, slower"),
    (r"r2_score__.*actual\[0\]", "whether all rows are equal can be asked of any of them"),
    (
        r"x_precision_recall_f1__.*(keepdims=True|np\.ones\(1\))",
        "one value and weights of one size",
    ),
    (
        r"x_sum_of_squares__.*BLOCK",
        "the same sum in another order, which is exact on dyadic numbers",
    ),
]
