"""The command line with somebody's own code: which tests fail, and what they say.

Each module is written into a directory of its own and run from there, as its author would.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import pytest

from parity_tests.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ADAPTER = '''"""Functions of arrays with their derivatives written out; that of y in x / y has the sign of x's."""
import numpy as np

LEAKS_WARNINGS = True

class Box:
    """An array that remembers how to pull a gradient back to its operands."""
    def __init__(self, data, pulls=()):
        self.data, self.pulls = data, pulls
    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype)
    def __mul__(self, other):
        x, y = self.data, other.data
        return Box(x * y, [(self, lambda g: g * y), (other, lambda g: g * x)])
    def __truediv__(self, other):
        x, y = self.data, other.data
        return Box(x / y, [(self, lambda g: g / y), (other, lambda g: g * (x / y) / y)])

def lift(array):
    return Box(array)

def vjp(function, wrt, *arrays):
    value = function(*arrays)
    def pullback(upstream):
        pulls = [[pull for box, pull in value.pulls if box is arrays[i]] for i in wrt]
        return [sum(pull(upstream) for pull in of_one) for of_one in pulls]
    return value.data, pullback

class Tensor:
    __mul__ = __truediv__ = None
'''

TORCH_LIKE = '''"""Tensors in torch's manner: softmax has the diagonal of its gradient only, MSE lacks the 2."""
import numpy as np

class Tensor:
    def __init__(self, data, requires_grad=False, pulls=()):
        self.data, self.pulls, self.grad = np.asarray(data), pulls, None
        self.requires_grad = requires_grad or any(leaf.requires_grad for leaf, _ in pulls)
    def detach(self):
        return Tensor(self.data)
    def numpy(self):
        return self.data
    def backward(self, upstream, retain_graph=False):
        for leaf, pull in self.pulls:
            if leaf.requires_grad:
                g = pull(upstream.data)
                leaf.grad = Tensor(g if leaf.grad is None else leaf.grad.data + g)

tensor = Tensor

def relu(input):
    x = input.data
    return Tensor(np.where(x < 0, np.zeros_like(x), x), pulls=[(input, lambda g: np.where(x <= 0, 0 * abs(g), g))])

def softmax(input, dim):
    e = np.exp(input.data - input.data.max(dim, keepdims=True))
    p = e / e.sum(dim, keepdims=True)
    return Tensor(p, pulls=[(input, lambda g: g * p * (1 - p))])

def mse_loss(input, target, reduction):
    d = input.data - target.data
    n = d.dtype.type(d.size)
    return Tensor((d * d).mean(), pulls=[(input, lambda g: g * d / n), (target, lambda g: -g * d / n)])
'''


class Outcome(NamedTuple):
    """What a run of the suite said: names of tests, all of its output, and pytest's exit status."""

    failed: list[str]
    passed: list[str]
    said: str
    status: int


def suite(directory: Path, candidate: str, *arguments: str) -> Outcome:
    """Run the installed suite from a directory outside the project."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "parity_tests.options",
        "-p",
        "no:cacheprovider",
    ]
    command += [
        "-vv",
        "-rN",
        "--dtype",
        "float32",
        "--candidate",
        candidate,
        "--pyargs",
        *arguments,
    ]
    paths = os.pathsep.join([str(ROOT), str(directory)])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=directory, env=environment)
    assert done.returncode in (0, 1, 5), done.stdout + done.stderr
    ends: dict[str, list[str]] = {"FAILED": [], "PASSED": []}
    for name, end in re.findall(r"^\S*::(\S+) .*\b(PASSED|FAILED)\b", done.stdout, re.MULTILINE):
        ends[end].append(name)
    return Outcome(ends["FAILED"], ends["PASSED"], done.stdout, done.returncode)


def test_a_wrong_quotient_in_an_adapter(tmp_path):
    """Its products hold, its quotients do not; the message names operation and direction."""
    (tmp_path / "boxes.py").write_text(ADAPTER, encoding="utf-8")
    chosen = "test_elementwise and (mul or truediv) and same or Tensor.__add__-same"
    done = suite(tmp_path, "boxes", "parity_tests.test_gates", "-k", chosen)
    assert done.failed == ["test_elementwise[Tensor.__truediv__-same-float32]"], done.said
    assert done.passed == ["test_elementwise[Tensor.__mul__-same-float32]"], done.said
    assert "ParityError: Tensor.__truediv__ · gradient of input 1" in done.said
    assert "not offered by boxes: Tensor.__add__" in done.said
    assert "nothing was compared" not in done.said


def test_wrong_gradients_of_tensors_in_torch_s_manner(tmp_path):
    """ReLU holds, softmax and the loss do not, what is missing is listed."""
    (tmp_path / "own.py").write_text(TORCH_LIKE, encoding="utf-8")
    files = ("test_activations", "test_activations_softmax", "test_losses_regression")
    chosen = "[relu-float32 or [gelu or [softmax-dim or [mse_loss and mean-float32]"
    done = suite(tmp_path, "own", *(f"parity_tests.{name}" for name in files), "-k", chosen)
    assert done.passed == ["test_value_and_gradient[relu-float32]"], done.said
    assert "ParityError: softmax · gradient of input 0" in done.said
    assert "ParityError: mse_loss · gradient of input 0" in done.said
    assert done.failed == [
        "test_along_a_dimension[softmax-dim=1-float32]",
        "test_along_a_dimension[softmax-dim=0-float32]",
        "test_along_a_dimension[softmax-dim=-2-float32]",
        "test_value_and_gradient[mse_loss-reduction=mean-float32]",
    ], done.said
    listed = next(line for line in done.said.splitlines() if line.startswith("not offered by own:"))
    assert {"GELU,", "ReLU,", "gelu"} <= set(listed.split())


def test_where_all_is_skipped_nothing_was_compared(tmp_path):
    """Also where torch's side of a test that looks at both has passed; and not where one failed."""
    (tmp_path / "own.py").write_text(TORCH_LIKE, encoding="utf-8")
    says = "nothing was compared: every test that needs own was skipped"
    done = suite(tmp_path, "own", "parity_tests.test_conventions_points", "-k", "elu_celu")
    assert done.failed == [], done.said
    assert done.passed, done.said
    assert says in done.said
    assert done.status == pytest.ExitCode.NO_TESTS_COLLECTED
    done = suite(
        tmp_path,
        "own",
        "parity_tests.test_losses_regression",
        "-k",
        "[mse_loss and mean-float32]",
    )
    assert done.failed, done.said
    assert not done.passed, done.said
    assert says not in done.said
    assert done.status == pytest.ExitCode.TESTS_FAILED


ONLY_REFUSES = """
import scratch

def accuracy(input, target):
    return scratch.accuracy(input, target) / 2
"""


def test_refusals_are_not_numbers(tmp_path):
    """Without a way to make a tensor all numbers are skipped: bad input alone is no success."""
    (tmp_path / "own.py").write_text(ONLY_REFUSES, encoding="utf-8")
    done = suite(tmp_path, "own", "parity_tests.test_metrics", "-k", "accuracy")
    assert done.failed == [], done.said
    assert all(name.startswith("test_bad_input") for name in done.passed), done.said
    assert done.passed, done.said
    assert "no number was compared: own was seen to refuse bad input" in done.said
    assert "own has neither `tensor` nor `vjp`" in done.said
    assert done.status == pytest.ExitCode.NO_TESTS_COLLECTED


def test_what_a_tensor_is_by_default_is_not_its_fault(tmp_path):
    """Without text, number, length, items or bits of its own: nothing fails, all of it is listed."""
    (tmp_path / "own.py").write_text(TORCH_LIKE, encoding="utf-8")
    files = ("test_autograd_conversions", "test_autograd_edges", "test_gates_views")
    chosen = "printed or made_of or share or format or chains or dtypes or compared or Tensor.__"
    done = suite(tmp_path, "own", *(f"parity_tests.{name}" for name in files), "-k", chosen)
    assert done.failed == [], done.said
    listed = next(line for line in done.said.splitlines() if line.startswith("not offered by own:"))
    of_objects = "repr format bool array int float index len iter getitem and or invert eq"
    for name in of_objects.split():
        assert f"Tensor.__{name}__" in listed


@pytest.mark.skipif(
    find_spec("autograd") is None, reason="needs HIPS autograd: pip install autograd"
)
def test_hips_autograd_loses_small_denominators(tmp_path):
    """∂(x/y)/∂y = −x/y² is NaN at x = 0 where y² underflows, as the README says."""
    arguments = "parity_tests.test_gates", "-k", "test_elementwise and (mul or truediv) and same"
    done = suite(tmp_path, "parity_tests.adapters.hips_autograd", *arguments)
    assert done.failed == ["test_elementwise[Tensor.__truediv__-same-float32]"], done.said
    assert done.passed == ["test_elementwise[Tensor.__mul__-same-float32]"], done.said
    assert "ParityError: Tensor.__truediv__ · gradient of input 1" in done.said
    assert "candidate  nan" in done.said
