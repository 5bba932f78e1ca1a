"""The parts of the instrument: constants, bits, layouts, covering arrays, report, environment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    EXACT_VALUE,
    Case,
    ParityError,
    assert_parity,
    check,
    covering_array,
    environment,
    labels,
    normal,
    values,
)
from parity_tests.instrument.bits import hexadecimal, ulp
from parity_tests.instrument.inputs import LAYOUTS, special_values
from parity_tests.instrument.recipe import Recipe
from parity_tests.instrument.report import RECORDER, Recorder, write
from parity_tests.instrument.tolerances import Constant


@pytest.fixture(autouse=True)
def _not_in_the_report():
    with RECORDER.set_aside():
        yield


def test_every_constant_has_a_reason():
    from parity_tests.instrument import tolerances

    constants = [c for c in vars(tolerances).values() if isinstance(c, Constant)]
    for c in [*constants, *tolerances.ULP.values()]:
        assert c.value > 0
        assert len(c.reason) > 30


def test_assert_parity_of_structures():
    expected = {"a": [np.ones(2), (1, 2.0)], "b": None}
    assert_parity({"a": [torch.ones(2).double(), (1, 2.0)], "b": None}, expected, op="x")
    for wrong in ({"a": 1}, {"a": [np.ones(2), (1, 2.5)], "b": None}, {**expected, "b": 0}):
        with pytest.raises(ParityError):
            assert_parity(wrong, expected, op="x")
    with pytest.raises(ParityError, match="exact"):
        assert_parity(-0.0, 0.0, EXACT, op="x")
    assert_parity(-0.0, 0.0, EXACT_VALUE, op="x")
    assert_parity(np.float32(1) + np.finfo("f4").eps, np.float32(1), COMPARATIVE, op="x")


def test_a_case_whose_inputs_lack_what_it_is_about_is_refused(reference):
    def ignored(x, y, ignore_index):
        return bool((y == ignore_index).any())

    options = {"ignore_index": 2}
    drawn = (normal(3, 4), labels(2, 3)), (normal(3, 4), values([0, 2, 2]))
    lacks, has = (
        Case("nll_loss", d, options, why="torch beside itself", holds=ignored) for d in drawn
    )
    check(has, reference, reference)
    with pytest.raises(AssertionError, match=r"nll_loss-ignore_index=2: .* `holds`"):
        check(lacks, reference, reference)


def test_bits():
    for dtype in ("float32", "float64"):
        values = np.array([1.0, 1.5, 2.0, 1e-3, 1e30], dtype)
        assert (ulp(values, dtype) == np.spacing(values)).all()
        smallest = np.finfo(dtype).smallest_subnormal
        assert (ulp(np.array([0.0, smallest]), dtype) == smallest).all()
    assert hexadecimal(np.float32(-2.0)) == "0xc0000000"
    assert np.isnan(special_values("float32")).any()


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "broadcast"])
def test_layouts_hold_the_same_values(layout, rng):
    for shape in ((3, 4), (5,), (2, 3, 4), ()):
        array = rng.standard_normal(shape)
        changed = LAYOUTS[layout](array)
        assert (changed == array).all()
        assert changed.shape == shape
        assert array.ndim == 0 or changed.strides != array.strides


def test_covering_array_covers_every_pair():
    lists: dict[str, Any] = {"a": [0, 1, 2], "b": [False, True], "c": ["x", "y"], "d": [0.1, 0.2]}
    rows = covering_array(**lists)
    assert len(rows) < 12
    for (n1, v1), (n2, v2) in [(p, q) for p in lists.items() for q in lists.items() if p < q]:
        assert {(r[n1], r[n2]) for r in rows} == {(x, y) for x in v1 for y in v2}


def test_report_is_self_contained(tmp_path):
    recorder = Recorder()
    data = recorder.as_json({"torch": torch.__version__}, ["gelu"])
    paths = write(tmp_path, {**data, "candidate": "mine"})
    html = paths[1].read_text(encoding="utf-8")
    assert "mine" in html
    assert not any(word in html for word in ("http://", "https://", "src=", "@import"))


def test_canary_sees_tf32():
    """It passes on IEEE products, and fails when the operands are rounded to TF32's 11 bits."""
    assert environment.tf32_canary("cpu")
    bits = environment.canary_matrix("cpu").view(torch.int32)
    assert not torch.equal((bits & ~0x1FFF).view(torch.float32), environment.canary_matrix("cpu"))


@pytest.mark.parametrize("groups", range(1, 6))
def test_parameters_are_divided_among_groups(groups):
    """As NumPy splits them, fewer parameters than groups among them."""
    recipe = Recipe("SGD", [{}] * groups)
    for count in range(12):
        parts = np.array_split(np.arange(count), groups)
        expected = [k for k, part in enumerate(parts) for _ in part]
        assert [recipe.group_of(i, count) for i in range(count)] == expected
