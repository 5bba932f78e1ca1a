"""Options that cannot work are refused before the first test, and say what was expected."""

from __future__ import annotations

import argparse
import sys

import pytest

from parity_tests.command import ROOT, python
from parity_tests.options import a_seed, count, module_named, writable


@pytest.mark.parametrize(
    ("kind", "text", "least"),
    [(count, "0", 1), (count, "-2", 1), (count, "many", 1), (a_seed, "-1", 0), (a_seed, "0.5", 0)],
)
def test_numbers(kind, text, least):
    with pytest.raises(argparse.ArgumentTypeError, match=f"integer ≥ {least}, not '{text}'"):
        kind(text)
    assert kind(str(least)) == least


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobodys_module", "there is no 'nobodys_module'.*PYTHONPATH"),
        ("scratch.nothing", "there is no 'scratch.nothing'"),
        ("./scratch.py", "as in `import my_package.module`"),
        (".scratch", "as in `import my_package.module`"),
        ("needs_more", "needs 'nobodys_module', which is missing"),
        ("broken", "importing it raises ZeroDivisionError"),
        ("a_script", r"importing it raises SystemExit\(3\)"),
        ("json", "names of the contract"),
    ],
)
def test_candidates_that_are_none(name, said, tmp_path, monkeypatch):
    (tmp_path / "needs_more.py").write_text("import nobodys_module\n", encoding="utf-8")
    (tmp_path / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    (tmp_path / "a_script.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(pytest.UsageError, match=f"expected the dotted name of a module.*{said}"):
        module_named(name)


@pytest.mark.parametrize("name", ["", " "])
def test_names_that_are_empty(name):
    with pytest.raises(pytest.UsageError, match=r"^--candidate is empty: expected the dotted name"):
        module_named(name)
    with pytest.raises(pytest.UsageError, match=r"^--parity-report is empty: expected a directory"):
        writable(name)


def test_a_candidate_with_one_name_of_the_contract(tmp_path, monkeypatch):
    (tmp_path / "one_name.py").write_text("relu = abs\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert module_named("one_name").relu is abs
    del sys.modules["one_name"]


def test_directories_for_the_report(tmp_path):
    writable(tmp_path / "new" / "report")
    assert list((tmp_path / "new" / "report").iterdir()) == []
    file = tmp_path / "file"
    file.write_text("kept", encoding="utf-8")
    for path in (file, file / "below"):
        with pytest.raises(pytest.UsageError, match=r"--parity-report .*expected a directory"):
            writable(path)
    assert file.read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("option", ["--seeds=0", "--candidate=nobodys_module"])
def test_the_command_line_stops_there(option):
    """Exit status 4 is pytest's for usage; no test has run, no traceback is shown."""
    one = str(ROOT / "parity_tests" / "test_engine.py")
    done = python("-m", "pytest", "-p", "no:cacheprovider", one, option)
    said = done.stdout + done.stderr
    assert done.returncode == 4, said
    assert option.partition("=")[0] in said
    assert "expected" in said
    assert "Traceback" not in said
    assert "passed" not in said
