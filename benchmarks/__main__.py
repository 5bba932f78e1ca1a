"""``python -m benchmarks``: measure, print tables, write JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import commands, growth, report, steps
from benchmarks.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STUDIES = ("steps", "commands", "growth", "endurance")


def main() -> int:
    """Run the studies that the command line asks for; 1 if a promise is not kept."""
    options = _options()
    result: dict[str, Any] = {"environment": report.environment(options.threads, options.rounds)}
    for key, value in result["environment"].items():
        print(f"{key:24}{value}")
    print()
    result["tables"] = []
    for table in _tables(options, _progress()):
        result["tables"].append(table)
        print("\n".join(report.lines(table)), flush=True)
        options.json.write_text(json.dumps(result, indent=1))
    print(f"written to {options.json}")
    promises = [p for table in result["tables"] for p in table.get("promises", ())]
    return 0 if all(promise["kept"] for promise in promises) else 1


def _tables(options: argparse.Namespace, say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    if "steps" in options.studies:
        for setting in options.settings:
            yield from steps.study(
                [setting],
                options.contestants,
                options.rounds,
                options.threads,
                options.seconds,
                say,
            )
    if "commands" in options.studies:
        yield from commands.study(options.rounds, options.threads, options.mnist, say)
    if "growth" in options.studies:
        yield from growth.study(min(3, options.rounds), options.threads, options.seconds, say)
    if "endurance" in options.studies:
        yield growth.endurance(min(3, options.rounds), options.threads, options.epochs, say)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Speed and memory, side by side.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("studies", nargs="*", metavar="STUDY", help=f"of {', '.join(STUDIES)} (default: all)")
    add("--settings", type=_list(SETTINGS), default=list(SETTINGS), metavar="A,B",
        help=f"networks of the study of steps: {', '.join(SETTINGS)}")  # fmt: skip # an option and its help
    add("--contestants", type=_list(steps.CONTESTANTS, ";"), default=list(steps.CONTESTANTS),
        metavar="A;B", help=f"of the study of steps: {'; '.join(steps.CONTESTANTS)}")  # fmt: skip # an option and its help
    add("--rounds", type=int, default=5, metavar="N", help="fresh processes each (default: 5)")
    add("--seconds", type=float, default=1.0, metavar="X",
        help="how long a step is timed in each process (default: 1)")  # fmt: skip # an option and its help
    add("--threads", type=int, default=1, metavar="N", help="for everybody (default: 1)")
    add("--mnist", metavar="DIR", help="folder of MNIST's files: adds a training run on it")
    add("--epochs", type=int, default=100, metavar="N", help="of the long run (default: 100)")
    add("--json", type=Path, default=Path("benchmarks.json"), metavar="FILE",
        help="where the figures go (default: benchmarks.json)")  # fmt: skip # an option and its help
    options = parser.parse_args()
    options.studies = options.studies or list(STUDIES)
    if unknown := set(options.studies) - set(STUDIES):
        parser.error(f"unknown study {', '.join(unknown)}; there are {', '.join(STUDIES)}")
    return options


def _list(known: Any, separator: str = ",") -> Callable[[str], list[str]]:
    def split(text: str) -> list[str]:
        names = [name.strip() for name in text.split(separator)]
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
        return names

    return split


def _progress() -> Callable[[str], None]:
    """Show on a terminal what is running."""
    shown = sys.stderr.isatty()
    return lambda text: print(f"\r\x1b[2K{text}", end="", file=sys.stderr) if shown else None


if __name__ == "__main__":
    sys.exit(main())
