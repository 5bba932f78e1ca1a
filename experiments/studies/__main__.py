"""The command line of the studies: `python -m experiments.studies --help`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from experiments.errors import UsageError, suggestion, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.studies.lab import Study

PROGRAM = "experiments.studies"
IMPLEMENTATIONS = ("scratch", "torch")
FAILED_CLAIM, INTERRUPTED = 1, 130


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one paragraph, raised as UsageError."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{'' if message[-1] in '.?' else '.'} See --help.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies that were named; the exit code."""
    try:
        return _run(_parse(arguments))
    except UsageError as fault:
        print(f"{PROGRAM}: error: {fault}", file=sys.stderr)
        return fault.exit_code
    except KeyboardInterrupt:
        print(f"\n{PROGRAM}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as in `… | head`; what is left to print has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(given: argparse.Namespace) -> int:
    from experiments.studies.table import STUDIES

    if given.list:
        width = max(map(len, STUDIES))
        print("\n".join(f"{study.name:{width}}  {study.title}" for study in STUDIES.values()))
        return 0
    from experiments.session import load_implementation
    from experiments.studies.runner import Order, perform

    studies = _chosen(given.names)
    impl = load_implementation(given.impl, "cpu")
    for flag, folder in (("--logdir", given.logdir), ("--out", given.out)):
        _make_folder(flag, folder)
    order = Order(given.impl, impl, given.seed, given.logdir, given.out)
    failed = {study.name: claims for study in studies if (claims := perform(study, order))}
    for name, claims in failed.items():
        for claim in claims:
            print(f"{PROGRAM}: {name}: this claim failed: {claim}", file=sys.stderr)
    if not failed:
        print(f"To look at the pages: tensorboard --logdir {given.logdir}")
    return FAILED_CLAIM if failed else 0


def _chosen(names: Sequence[str]) -> list[Study]:
    """The studies of these names, each once, in the table's order."""
    from experiments.studies.table import STUDIES

    if not names:
        raise UsageError(f"name a study, or all: {', '.join(STUDIES)}. See --list.")
    for name in names:
        if name != "all" and name not in STUDIES:
            raise unknown("study", name, [*STUDIES, "all"])
    return [study for study in STUDIES.values() if study.name in names or "all" in names]


def _make_folder(flag: str, folder: Path | None) -> None:
    """Find out before the work, not after it, that its results would have nowhere to go."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(f"{flag} {folder}: cannot make it ({fault.strerror or fault}).") from None


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog=f"python -m {PROGRAM}",
        description="Run studies: one page of figures, a few numbers, and claims that they prove.",
        epilog="exit codes: 0 every claim holds, 1 a claim failed, 2 wrong usage, 130 interrupted.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="studies to run, or all; see --list")
    add("--list", action="store_true", help="list the studies and exit")
    add("--impl", default="scratch", type=_implementation, metavar="NAME",
        help="scratch or torch (default: scratch)")  # fmt: skip # an option and its help
    add("--seed", default=0, type=_seed, metavar="N", help="of data and weights (default: 0)")
    add("--logdir", default=Path("runs"), type=Path, metavar="DIR",
        help="TensorBoard logs go to DIR/studies/NAME (default: runs)")  # fmt: skip # an option and its help
    add("--out", type=Path, metavar="DIR", help="PNGs go there (default: beside each log)")
    given, rest = parser.parse_known_args(arguments)
    if rest:
        flags = [string for action in parser._actions for string in action.option_strings]
        parser.error(f"unknown argument {rest[0]!r}.{suggestion(rest[0].split('=')[0], flags)}")
    return given


def _implementation(name: str) -> str:
    if name not in IMPLEMENTATIONS:
        raise argparse.ArgumentTypeError(f"expected scratch or torch, got {name!r}")
    return name


def _seed(text: str) -> int:
    if not text.isdecimal() or not int(text) < 2**32:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 0 to 2^32 - 1, got {text!r}"
        )
    return int(text)


if __name__ == "__main__":
    # The tensors are small: a second thread would wait more than it computes. NumPy and PyTorch
    # read this when they are loaded, which is why this module loads neither before.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
