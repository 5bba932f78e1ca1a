"""Mutants that no test can or need kill, each kind with the reason.

Mutants that change only the sentences of a message are recognised without an entry here. What is
true of one place only is in the files `equivalent_…`, change by change.
"""

from __future__ import annotations

from parity_tests.mutation.equivalent_engine import ENGINE
from parity_tests.mutation.equivalent_models import MODELS
from parity_tests.mutation.equivalent_network import NETWORK
from parity_tests.mutation.equivalent_random import RANDOM
from parity_tests.mutation.equivalent_training import TRAINING

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

_BOOKKEEPING = "a guard of the code's own bookkeeping: the lengths are equal"
_CUT = "lengths that differ are meant to be cut"
_LINE = "which line a warning names"
_COPY = "a copy that nobody needs"
_FLOAT64 = "None is float64 to NumPy"

#: (pattern, what it becomes, reason): one match of the pattern changed, and nothing else.
KINDS: list[tuple[str, str, str]] = [
    (r"strict=True", "strict=None", _BOOKKEEPING),
    (r"strict=True", "strict=False", _BOOKKEEPING),
    (r", strict=True", ", ", _BOOKKEEPING),
    (r"strict=False", "strict=None", _CUT),
    (r", strict=False", ", ", _CUT),
    *((f"stacklevel={n}", f"stacklevel={n + 1}", _LINE) for n in range(1, 8)),
    (r"stacklevel=\d", "stacklevel=None", _LINE),
    (r"stacklevel=\d, ?\)", ")", _LINE),
    (r"(, )stacklevel=\d\)", r"\1)", _LINE),
    (r"copy=False", "copy=None", _COPY),
    (r"copy=False", "copy=True", _COPY),
    (r", copy=False", ", ", _COPY),
    (r"if (needed|self\.needs\[\d\]) else None", r"if (\1) or True else None",
     "a gradient that nobody asks for: lost work only"),
    (r"(reshape\((?:[^()]|\([^()]*\))*)-1", r"\1-2",
     "NumPy takes any negative size for the unknown one"),
    (r"astype\(np\.float64(?=[,)])", "astype(None", _FLOAT64),
    (r"dtype=np\.float64", "dtype=None", _FLOAT64),
    (r"np\.dtype\(np\.float64\)", "np.dtype(None)", _FLOAT64),
    (r'order="C"', 'order="c"', "NumPy takes either case"),
    (r'float\("inf"\)', 'float("INF")', "Python takes either case"),
    (r'float\("nan"\)', 'float("NAN")', "Python takes either case"),
    (r"((?:getattr|\.get)\([^()]*), False\)", r"\1, None)", "None is as false as False"),
    (r"(\.get\([^()]*), False\)", r"\1, )", "None is as false as False"),
    (r'kind (not in|in) "(\w+)"', r'kind \1 "XX\2XX"', "no dtype has the kind X"),
]  # fmt: skip # a table

#: function → reason → changes, each a (before, after) of which one occurrence is the whole mutation.
MUTATIONS = ENGINE | RANDOM | TRAINING | NETWORK | MODELS
