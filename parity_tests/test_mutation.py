"""The list of hand-seeded faults still fits the code; finding them takes minutes, and is a command:
`python -m parity_tests.mutation`.
"""

from __future__ import annotations

import pytest

from parity_tests.mutation import FAULTS, Fault
from parity_tests.mutation.mutants import Mutant, undecorated
from parity_tests.mutation.named import case_names, covered, operation_of
from parity_tests.mutation.runner import TESTS, Outcome, files_for
from parity_tests.mutation.tree import ROOT


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_fault_can_be_seeded(fault):
    source = (ROOT / fault.file).read_text(encoding="utf-8")
    assert fault.applied_to(source) != source
    assert files_for(fault.file)
    assert fault.ops


def test_faults_are_many_and_differ():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


def test_every_file_is_in_a_part():
    """Files that only import (and say what they offer) have nothing to mutate."""
    files = [p.relative_to(ROOT).as_posix() for p in (ROOT / "scratch").rglob("*.py")]
    outside = [f for f in files if not any(f.startswith((f"{p}.py", f"{p}/")) for p in TESTS)]
    assert outside == ["scratch/__init__.py"]


@pytest.mark.parametrize(
    ("before", "after", "fate", "may_live"),
    [
        ('"no such thing here"', '"XXno such thing hereXX"', "survived", True),
        ('"no such thing here"', "None", "survived", True),
        ('f(x, reduction="mean")', 'f(x, reduction="XXmeanXX")', "survived", False),
        ('f(x, reduction="mean")', "f(x, reduction=None)", "survived", False),
        ('as_floats(x, "name")', "as_floats(x, None)", "survived", True),
        ('as_floats(x, "name")', 'as_floats(None, "name")', "survived", False),
        ('f("no such thing", x)', 'f("no such thing", None)', "survived", False),
        ('"no such thing here"', '"XXno such thing hereXX"', "no tests", False),
    ],
)
def test_only_words_may_change(before, after, fate, may_live):
    assert bool(Mutant("scratch.x_f__mutmut_1", fate, before, after).justification) == may_live


@pytest.mark.parametrize(
    ("name", "before", "after", "may_live"),
    [
        ("x_f", "zip(a, b, strict=True)", "zip(a, b, strict=False)", True),
        ("x_f", "zip(a, b, strict=True)", "zip(a, None, strict=True)", False),
        ("x_f", "x.reshape(len(y), -1)", "x.reshape(len(y), -2)", True),
        ("x_f", "x.reshape(len(y), -1)", "x.reshape(len(y), +1)", False),
        ("x_f", "warn(text, stacklevel=2)", "warn(text, stacklevel=3)", True),
        ("x_f", "warn(text, stacklevel=2)", "warn(None, stacklevel=2)", False),
        ("x_f", 'raise ValueError("not so")', "raise ValueError(None)", True),
        ("x_f", 'raise ValueError(f"not {so}")', "raise ValueError(None)", False),
        ("x_f", 'raise ValueError(f"not {so}")', 'raise ValueError(f"NOT {so}")', True),
        ("x_f", 'raise ValueError(f"not {so + 1}")', 'raise ValueError(f"not {so - 1}")', False),
        ("x_doubt", "return 4 * (len(w) + 1)", "return 5 * (len(w) + 1)", True),
        ("x_doubt", "return 4 * (len(w) + 1)", "return 0 * (len(w) + 1)", False),
        ("x_f", "return 4 * (len(w) + 1)", "return 5 * (len(w) + 1)", False),
    ],
)
def test_only_what_is_written_may_live(name, before, after, may_live):
    mutant = Mutant(f"scratch.perceptron.decision.{name}__mutmut_1", "survived", before, after)
    assert bool(mutant.justification) == may_live


def test_what_hangs_is_excused_and_what_crashes_is_not():
    change = ("zip(a, strict=True)", "zip(a, strict=False)")
    fates = ("timeout", "survived", "no tests", "crash", "exit 2")
    may_live = [
        bool(Mutant("scratch.x_f__mutmut_1", fate, *change).justification) for fate in fates
    ]
    assert may_live == [True, True, False, False, False]


def test_wrappers_become_assignments():
    source = "class A:\n    @property\n    def b(self):\n        return 1\n\n    @cache\n    def c(): ...\n"
    plain = undecorated(source)
    assert "@property" not in plain
    assert "@cache" in plain
    names: dict[str, type] = {}
    exec(plain.replace("@cache", "@staticmethod"), names)
    assert names["A"]().b == 1


@pytest.mark.parametrize("part", TESTS)
def test_every_part_has_tests(part):
    assert files_for(part + ".py")


def outcome(ops: str, operation: str = "", test: str = "", covers: tuple[str, ...] = ()) -> Outcome:
    fault = Fault("a fault", "scratch/mlp.py", "old", "new", ops)
    return Outcome(fault, True, test, operation, "", 1.0, covers)


@pytest.mark.parametrize(
    ("ops", "operation", "test", "covers", "right"),
    [
        ("SGD", "SGD", "parity_tests/test_optimizers.py::test_step", (), True),
        ("Tensor", "Tensor.__add__", "t.py::test", (), True),
        ("Optimizer", "Optimizer.zero_grad", "t.py::test", (), True),
        ("Optimizer.step", "Optimizer.zero_grad", "t.py::test", (), False),
        ("Tensor.abs", "Tensor", "t.py::test", (), False),
        ("Tensor.abs", "Tensor.absolute", "t.py::test", (), False),
        ("optimizer", "", "parity_tests/test_optimizers.py::test_step[Adam]", (), False),
        (
            "loss",
            "mse_loss",
            "parity_tests/test_losses.py::test_value[mse_loss-float32]",
            (),
            False,
        ),
        ("softmax", "", "parity_tests/test_activations_softmax.py::test_rows", (), False),
        ("Adam", "AdamW", "t.py::test", (), False),
        ("elu", "", "t.py::test[relu-float32]", (), False),
        ("relu", "", "t.py::test[relu-float32]", (), True),
        # the title counts before the test's id
        ("relu", "elu", "t.py::test[relu-float32]", (), False),
        ("DataLoader", "", "t.py::test_sizes", ("DataLoader",), True),
        ("DataLoader", "", "t.py::test_sizes", ("random_split",), False),
    ],
)
def test_fault_is_found_only_where_it_is(ops, operation, test, covers, right):
    assert outcome(ops, operation, test, covers).right == right


def test_what_a_failure_names():
    title = "E   parity_tests.instrument.judge.ParityError: Tensor.max · gradient of input 0"
    assert operation_of(f"def test():\n>   assert_parity(...)\n{title}") == "Tensor.max"
    assert operation_of("E   AssertionError: softmax") == ""
    assert case_names("a/test_tanh.py::test_x[Adam-lr=0.1-float32]") == {
        "Adam",
        "lr=0.1",
        "float32",
    }
    assert case_names("a/test_tanh.py::test_x") == set()
    source = 'def test_a(impl):\n    f(impl.DataLoader)\n\n\ndef test_b():\n    f("rand randn")\n'
    known = ("DataLoader", "rand", "Tensor")
    assert covered("t.py::test_a[1]", source, known) == ["DataLoader"]
    assert covered("t.py::test_b", source, known) == ["rand"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_fault_is_in_operations_that_exist(fault):
    """A word that is no operation's name would never be found, or in file names only."""
    import scratch

    for op in fault.ops.split():
        name, _, method = op.partition(".")
        assert hasattr(scratch, name), op
        assert not method or hasattr(getattr(scratch, name), method), op
