"""The examples in the docstrings of both sides and of the experiments print what they show."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import experiments
import scratch
import torch_ref


def modules_with_examples() -> list[str]:
    """Names of the modules whose text has a prompt."""
    names = []
    for package in (scratch, torch_ref, experiments):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            if ">>> " in path.read_text(encoding="utf-8"):
                parts = path.relative_to(root.parent).with_suffix("").parts
                names.append(".".join(parts).removesuffix(".__init__"))
    return names


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_hold(name):
    module = import_module(name)
    examples = [e for e in doctest.DocTestFinder().find(module) if e.examples]
    assert examples, f"{name} has a prompt that doctest does not find"
    said: list[str] = []
    runner = doctest.DocTestRunner()
    for example in examples:
        runner.run(example, out=said.append)
    assert not runner.summarize(verbose=False).failed, "".join(said)
