"""Put faults into scratch, one at a time, and say which of them the suite finds, and where."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from parity_tests.mutation import FAULTS
from parity_tests.mutation.processes import stop_cleanly
from parity_tests.mutation.words import having

if TYPE_CHECKING:
    from parity_tests.mutation.runner import Outcome

#: So many of the faults that are found have to be found at the operation that they are in.
RIGHT = 0.95
_STATUS = """exit status: 0 if every fault is found or justified, 95 % of those found at their
operation (--mutmut: 90 % killed, the rest justified; --seeds: no test failed); 1 if not, or if a run
broke; 2 wrong usage; 130 Ctrl-C."""


def main() -> int:
    """Run what was asked for; 0 if everything that must be found was."""
    options = _arguments()
    stop_cleanly()
    if options.mutmut:
        from parity_tests.mutation.mutants import UnfinishedError, run_mutmut

        try:
            return run_mutmut(options.only, options.jobs)
        except UnfinishedError as error:
            print(error, file=sys.stderr)
            return 1
    if options.seeds:
        from parity_tests.mutation.alarms import run_seeds

        return run_seeds(options.seeds, options.only, options.jobs)
    return _run_faults(options.only, options.jobs)


def _run_faults(only: str, jobs: int) -> int:
    texts = {f"{f.name} {f.ops} {f.file}": f for f in FAULTS}
    words = sorted({op for f in FAULTS for op in f.ops.split()} | {f.file for f in FAULTS})
    chosen = having(only, texts, "name, operation or file of a fault", words)

    import mpmath  # noqa: F401 - imported once, before the forks
    import torch  # noqa: F401 - likewise

    from parity_tests.mutation.runner import run_all

    outcomes = []
    with closing(run_all(chosen, jobs)) as ended:
        for outcome in ended:
            outcomes.append(outcome)
            print(_line(outcome, len(outcomes), len(chosen)), flush=True)
    return summary(outcomes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m parity_tests.mutation",
        description=__doc__,
        epilog=_STATUS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--only", default="", metavar="WORD", help="faults whose name, operation or file has it; "
        "with --mutmut parts whose path has it, with --seeds test files whose name has it")  # fmt: skip # an option and its help
    jobs = os.cpu_count() or 1
    add("--jobs", type=_count, default=jobs, metavar="N", help="how many at a time")
    add = parser.add_mutually_exclusive_group().add_argument
    add("--mutmut", action="store_true", help="mutants made by mutmut instead")
    add("--seeds", type=_count, metavar="N", help="false alarms over N seeds instead")
    return parser.parse_args()


def _count(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")


def _line(outcome: Outcome, done: int, total: int) -> str:
    mark = "found" if outcome.found else "SURVIVED"
    if outcome.broken:
        mark = "BROKEN"
    elif outcome.found and not outcome.right:
        mark = "found elsewhere"
    where = outcome.test.removeprefix("parity_tests/")
    return f"{done:>4}/{total} {mark:<16} {outcome.fault.name:<52} {where}  {outcome.seconds:.0f} s"


def summary(outcomes: list[Outcome]) -> int:
    """Print the score and all that is not as it should be; the exit status.

    A fault found elsewhere is no failure by itself: less than RIGHT at their operations is one. And
    a run that broke proves nothing, also of a fault that may survive.
    """
    found = [o for o in outcomes if o.found]
    right = [o for o in found if o.right]
    broken = [o for o in outcomes if o.broken]
    survivors = [o for o in outcomes if not o.found and not o.broken]
    print(f"\n{len(found)} of {len(outcomes)} faults found, {len(right)} at the right operation")
    for o in broken:
        print(f"  broken, nothing concluded: {o.fault.name} ({o.fault.file}): {o.broken}")
    for o in survivors:
        why = o.fault.justified or o.message or "no test failed"
        print(f"  survived: {o.fault.name} ({o.fault.file}): {why}")
    for o in found:
        if not o.right:
            print(f"  found elsewhere: {o.fault.name}: {o.operation or o.test}, not {o.fault.ops}")
    few = len(right) < RIGHT * len(found)
    if few:
        print(f"  less than {RIGHT:.0%} of those found are found at their operation")
    return int(few or bool(broken) or any(not o.fault.justified for o in survivors))


if __name__ == "__main__":
    sys.exit(main())
