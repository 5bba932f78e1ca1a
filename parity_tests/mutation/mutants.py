"""Mutants made by mutmut: every operator, constant and argument of scratch changed, one at a time.

    python -m parity_tests.mutation --mutmut [--only activations]

mutmut (pip install mutmut) works in a copy of the tree, part by part, with the tests that look at
that part. What survives is printed with its change, unless `survivors` justifies it.

mutmut passes over functions with decorators. In the copy they are written as plain functions that
are wrapped afterwards, except the cached ones: what was cached before a mutant lives on under it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from parity_tests.mutation.processes import run_command
from parity_tests.mutation.runner import TESTS, files_for
from parity_tests.mutation.survivors import KINDS, MUTATIONS, NAMING
from parity_tests.mutation.tree import ROOT, copy_tree
from parity_tests.mutation.words import having, refuse

#: The exit codes of a pytest that failed. Every other one is a mutant that lived: a run into the time
#: limit or a crash of the interpreter is no test that says what is wrong.
_KILLED = (1, 3)
_FATES = {0: "survived", 5: "no tests", 33: "no tests", -24: "timeout", 24: "timeout"}
_FATES |= {36: "timeout", -9: "timeout", -11: "crash"}
_WRAPPERS = ("quietly", "np.errstate", "no_grad", "property")
_STRING = re.compile(r"""f?("[^"]*"|'[^']*')""")

_CONFIG = """
[tool.mutmut]
source_paths = ["scratch"]
only_mutate = {files}
also_copy = {others}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:unraisableexception", "-q", "--tb=no"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
use_setproctitle = false
"""

#: Prints what each mutant named on stdin changed, after a line with a zero; one process for all.
_SHOW = """
import sys
from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant
for name in sys.stdin.read().split():
    print(chr(0), get_diff_for_mutant(name, path=find_mutant(name).path), sep=chr(10))
"""


class UnfinishedError(RuntimeError):
    """mutmut did not do what it was asked for, and said this."""


class Mutant(NamedTuple):
    """A mutant that no test killed, what became of it, and what it changed."""

    name: str
    fate: str
    removed: str
    added: str

    def __str__(self) -> str:
        return f"{self.name}: {self.removed} → {self.added} ({self.fate})"

    @property
    def justification(self) -> str:
        """Why it may live; empty if nobody has said."""
        if self.fate == "timeout":
            return "the suite does not end: that is seen, though no test says where"
        if self.fate != "survived":
            return ""
        return self._words() or self._kind() or self._mutation()

    def _words(self) -> str:
        if _says(self.removed) != _says(self.added) and _fields(self.removed) == _fields(
            self.added
        ):
            without = [_STRING.sub("None", line) for line in (self.removed, self.added)]
            if without[0] == without[1] or without[0].strip(" ,") == "None":
                return "words: only the text of a message differs"
        if _unnamed(self.removed) == _unnamed(self.added):
            return "words: the name under which a message speaks of an argument"
        return ""

    def _kind(self) -> str:
        found = (r for p, new, r in KINDS if self.added in _replaced(self.removed, p, new))
        return next(found, "")

    def _mutation(self) -> str:
        function = self.name.rpartition("__mutmut_")[0].removeprefix("scratch.")
        for reason, changes in MUTATIONS.get(function, {}).items():
            for old, new in changes:
                literally = new.replace("\\", r"\\")
                if self.added in _replaced(self.removed, re.escape(old), literally):
                    return reason
        return ""


def _replaced(line: str, pattern: str, replacement: str) -> set[str]:
    """The line with one match of the pattern replaced, for each match."""
    found = re.finditer(pattern, line)
    return {line[: m.start()] + m.expand(replacement) + line[m.end() :] for m in found}


def _fields(line: str) -> list[str]:
    """What is computed within a line's f-strings."""
    return re.findall(r"\{[^{}]*\}", line)


def _says(line: str) -> list[str]:
    """The sentences of a line: strings with a space in them, which are no option's value."""
    return [text for text in _STRING.findall(line) if " " in text]


def _unnamed(line: str) -> str:
    """The line without the strings (and None) that it gives to functions that only name things."""
    call = rf"\b(?:{NAMING})\((?:[^()]|\([^()]*\))*\)"
    return re.sub(call, lambda m: re.sub(r'"[^"]*"|\b(None|name)\b', '""', m.group()), line)


def run_mutmut(only: str, jobs: int) -> int:
    """Mutate the parts whose name has `only`; returns 0 if nine of ten mutants are killed."""
    if find_spec("mutmut") is None:
        refuse("--mutmut needs mutmut: pip install mutmut")
    parts = (
        [only]
        if only in TESTS
        else having(only, {p: p for p in TESTS}, "path of a part of scratch", TESTS)
    )
    killed = total = 0
    unexplained: list[Mutant] = []
    for part in parts:
        died, lived = _part(part, jobs)
        killed, total = killed + died, total + died + len(lived)
        justified = [m for m in lived if m.justification]
        print(f"{part}: {died} of {died + len(lived)} killed, {len(justified)} justified")
        for mutant in lived:
            if not mutant.justification:
                unexplained.append(mutant)
                print(f"  {mutant.name} ({mutant.fate})")
                print(f"    - {mutant.removed}\n    + {mutant.added}", flush=True)
    print(
        f"\n{killed} of {total} mutants killed ({killed / max(total, 1):.1%}), {len(unexplained)} unexplained"
    )
    return int(killed < 0.9 * total or bool(unexplained))


def undecorated(source: str) -> str:
    """The same module with `@wrapper` above a function as `f = wrapper(f)` below it."""
    lines = source.splitlines()
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    for f in sorted(functions, key=lambda f: f.lineno, reverse=True):
        if len(f.decorator_list) != 1 or f.end_lineno is None:
            continue
        wrapper, first = ast.unparse(f.decorator_list[0]), f.decorator_list[0].lineno
        if wrapper.split("(")[0] in _WRAPPERS:
            lines.insert(f.end_lineno, f"{' ' * f.col_offset}{f.name} = {wrapper}({f.name})")
            del lines[first - 1 : f.lineno - 1]
    return "\n".join(lines) + "\n"


def _part(part: str, jobs: int) -> tuple[int, list[Mutant]]:
    """How many mutants of one part were killed, and those that lived."""
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        _prepare(place, part)
        codes = _exit_codes(place, part, jobs)
        lived = {name: code for name, code in codes.items() if code not in _KILLED}
        changes = _changes(place, list(lived))
    mutants = [
        Mutant(name, _FATES.get(code, f"exit {code}"), *change)
        for (name, code), change in zip(lived.items(), changes, strict=True)
    ]
    return len(codes) - len(mutants), mutants


def _prepare(place: Path, part: str) -> None:
    """Copy the tree, and tell mutmut which files it may change and which tests are theirs."""
    copy_tree(place)
    own = [f for pattern in (f"{part}.py", f"{part}/*.py") for f in ROOT.glob(pattern)]
    nested = [f"{other}.py" for other in TESTS if other.startswith(part + "/")]
    files = sorted(f.relative_to(ROOT).as_posix() for f in own)
    files = [f for f in files if f not in nested]
    tests = files_for(f"{part}.py")
    for file in files:
        source = (place / file).read_text("utf-8")
        (place / file).write_text(undecorated(source), "utf-8")
    others = sorted(f.name for f in place.iterdir() if f.name != "scratch" and f.name[0] != ".")
    with (place / "pyproject.toml").open("a", encoding="utf-8") as project:
        lists = {"files": files, "tests": tests, "others": others}
        project.write(_CONFIG.format(**{k: json.dumps(v) for k, v in lists.items()}))


def _exit_codes(place: Path, part: str, jobs: int) -> dict[str, int]:
    """The exit code of the tests for every mutant; UnfinishedError unless each has one."""
    run = [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs)]
    _, out, err = run_command(run, place)
    codes: dict[str, int] = {}
    for meta in (place / "mutants").rglob("*.meta"):
        codes |= json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    if not codes or None in codes.values():
        raise UnfinishedError(f"mutmut did not finish {part}:\n{out[-2000:]}{err}")
    return codes


def _changes(place: Path, names: list[str]) -> list[tuple[str, str]]:
    """What each mutant removed and added."""
    show = [sys.executable, "-c", _SHOW]
    code, out, err = run_command(show, place, " ".join(names))
    if code:
        raise UnfinishedError(f"mutmut does not show what it changed:\n{err}")
    changes = []
    for text in out.split("\0")[1:]:
        lines = text.splitlines()
        removed = " ".join(x[1:].strip() for x in lines if x[:1] == "-" and x[:3] != "---")
        added = " ".join(x[1:].strip() for x in lines if x[:1] == "+" and x[:3] != "+++")
        changes.append((removed, added))
    return changes
