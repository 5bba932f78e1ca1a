"""train.py's `main`: flags in, exit code out, every foreseeable fault in one paragraph."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.errors import DivergedError, UsageError
from experiments.options import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.report import Report

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run train.py with `arguments` (default: the command line's); the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # "×" on a terminal that has no such sign
    try:
        given = parse(arguments)
        if "list_tasks" in given:
            print(_list_tasks())
            return 0
        return _train(given)
    except (UsageError, DivergedError) as fault:
        print(f"train.py: error: {fault}", file=sys.stderr)
        return fault.exit_code
    except MemoryError as fault:
        print(
            f"train.py: error: not enough memory ({fault or 'the allocation failed'}). "
            "Try fewer units in --hidden or a smaller --batch-size.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\ntrain.py: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as in `train.py | head`; what is left to print has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename else ""
        print(f"train.py: error: {where}{fault.strerror or fault}", file=sys.stderr)
        return 1


def _train(given: dict[str, Any]) -> int:
    from experiments.plan import make_plan
    from experiments.report import render
    from experiments.session import Session, label_slug, run
    from experiments.stopping import StopRequest

    plan = make_plan(given)
    stop = StopRequest()
    session = Session(plan.task, plan.config, stop, "quiet" in given, resume=plan.resume)
    reports = run(session)
    for label, config in plan.variants.items():
        if stop.requested:
            break
        reports += run(replace(session, config=config, label=label_slug(label)))
    if not reports[-1].rows:  # it was stopped before it had a result
        _say_stopped(reports[-1])
        return stop.exit_code
    print(render(reports, plan.config.logdir))
    return stop.exit_code if stop.requested else 0


def _say_stopped(report: Report) -> None:
    directories = [str(path) for path in report.directories]
    resumable = f" Go on with: python train.py --resume {directories[0]}" if directories else ""
    print(f"train.py: stopped. The log and a checkpoint are saved.{resumable}", file=sys.stderr)


def _list_tasks() -> str:
    from experiments.tasks import TASKS

    width = max(map(len, TASKS))
    return "\n".join(f"{task.name:{width}}  {task.description}" for task in TASKS.values())
