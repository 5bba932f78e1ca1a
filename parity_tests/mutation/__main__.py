"""The command line: put faults into scratch, and say which of them the suite finds."""

from __future__ import annotations

import argparse
import os
import sys

import mpmath  # noqa: F401 - imported once, before the forks
import torch  # noqa: F401 - likewise

from parity_tests.mutation import FAULTS
from parity_tests.mutation.runner import Outcome, run_all


def main() -> int:
    """Run what was asked for; 0 if everything that must be found was."""
    options = _arguments()
    if options.mutmut:
        from parity_tests.mutation.mutants import run_mutmut

        return run_mutmut(options.only, options.jobs)
    if options.seeds:
        from parity_tests.mutation.alarms import run_seeds

        return run_seeds(options.seeds, options.only, options.jobs)
    words = options.only.lower()
    chosen = [f for f in FAULTS if words in f"{f.name} {f.ops} {f.file}".lower()]
    outcomes = []
    for outcome in run_all(chosen, options.jobs):
        outcomes.append(outcome)
        print(_line(outcome, len(outcomes), len(chosen)), flush=True)
    return _summary(outcomes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m parity_tests.mutation", description=__doc__, allow_abbrev=False
    )
    add = parser.add_argument
    add("--only", default="", metavar="WORD", help="faults whose name, operation or file has it")
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at a time")
    add("--mutmut", action="store_true", help="mutants made by mutmut instead")
    add("--seeds", type=int, default=0, metavar="N", help="false alarms over N seeds instead")
    return parser.parse_args()


def _line(outcome: Outcome, done: int, total: int) -> str:
    mark = "found" if outcome.found else "SURVIVED"
    if outcome.found and not outcome.right:
        mark = "found elsewhere"
    where = outcome.test.removeprefix("parity_tests/")
    return f"{done:>4}/{total} {mark:<16} {outcome.fault.name:<52} {where}  {outcome.seconds:.0f} s"


def _summary(outcomes: list[Outcome]) -> int:
    found = [o for o in outcomes if o.found]
    right = [o for o in found if o.right]
    survivors = [o for o in outcomes if not o.found]
    print(f"\n{len(found)} of {len(outcomes)} faults found, {len(right)} at the right operation")
    for o in survivors:
        print(f"  survived: {o.fault.name} ({o.fault.file}): {o.fault.justified or o.message}")
    for o in found:
        if not o.right:
            print(f"  found elsewhere: {o.fault.name}: {o.operation or o.test}, not {o.fault.ops}")
    return int(any(not o.fault.justified for o in survivors))


if __name__ == "__main__":
    sys.exit(main())
