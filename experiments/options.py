"""The command line of train.py: its flags, in groups, and what their values must look like.

Only flags that were given end up in the result, so that a task's own defaults can stand behind.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from experiments.config import DTYPES, FEATURE_MAPS, LOGS, RULES, Config, flag
from experiments.errors import UsageError, suggestion
from experiments.registry import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, SCHEDULES, canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DESCRIPTION = """\
Train a neural network on real data, with gradients written out in NumPy (scratch), by PyTorch
(torch), or by both in lockstep, and log to TensorBoard. Without flags: handwritten digits, scratch.
"""
EPILOG = """\
exit codes: 0 done, 1 the training diverged, 2 wrong usage or unusable data, 130 stopped by Ctrl-C
(the run's checkpoint is saved; go on with --resume).
"""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one paragraph, raised as UsageError."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{'' if message[-1] in '.?' else '.'} See train.py --help.")


def parse(arguments: Sequence[str] | None) -> dict[str, Any]:
    """The flags that were given. Raises UsageError; exits with 0 after --help and --version."""
    parser = make_parser()
    given, rest = parser.parse_known_args(arguments)
    if rest:
        flags = [flag(field.name) for field in fields(Config)]
        name = rest[0].split("=")[0]
        hint = suggestion(name, [*flags, "--list-tasks", "--resume", "--quiet", "--help"])
        parser.error(f"unknown argument {rest[0]!r}.{hint}")
    return vars(given)


def make_parser() -> Parser:
    """The parser with every flag."""
    parser = Parser(
        prog="train.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    for group in (_add_run, _add_network, _add_training, _add_regularization, _add_output):
        group(parser)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the run").add_argument
    add("--task", metavar="NAME", help="what to learn (default: digits); see --list-tasks")
    add("--list-tasks", action="store_true", help="list the tasks and exit")
    add("--impl", metavar="NAME", help="scratch, torch, or both in lockstep (default: scratch)")
    add("--device", metavar="NAME", help="where torch computes, such as cuda (default: cpu)")
    add("--dtype", metavar="NAME", help=f"{' or '.join(DTYPES)} (default: float32)")
    add("--seed", type=_whole, metavar="N", help="of weights, split, order, dropout (default: 0)")
    add("--data-dir", metavar="DIR", help="folder of MNIST's files, for --task mnist")
    add(
        "--csv",
        metavar="FILE",
        help="columns height (m) and weight (kg), for diet and weight-class",
    )


def _add_network(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the network (defaults are the task's)").add_argument
    add("--hidden", type=_widths, metavar="N,N", help="units of the hidden layers, or none")
    add("--activation", type=_named(ACTIVATIONS), metavar="NAME", help=", ".join(ACTIVATIONS))
    add("--init", type=_named(INITIALIZERS), metavar="NAME", help=", ".join(INITIALIZERS))
    add("--batch-norm", action="store_true", help="normalise each hidden layer over the batch")
    add("--features", type=_named(FEATURE_MAPS), metavar="MAP",
        help=f"feature map in front of the network: {', '.join(FEATURE_MAPS)}")  # fmt: skip # an option and its help


def _add_training(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the training (defaults are the task's)").add_argument
    add("--epochs", type=_whole, metavar="N", help="passes over the training samples")
    add("--batch-size", type=_whole, metavar="N", help="samples per optimizer step")
    add("--optimizer", type=_named(OPTIMIZERS), metavar="NAME", help=", ".join(OPTIMIZERS))
    add("--lr", type=_number, metavar="X", help="learning rate")
    add("--momentum", type=_number, metavar="X", help="of the optimizers that have one")
    add("--rule", type=_named(RULES), metavar="NAME",
        help=f"of the perceptron tasks: {', '.join(RULES)} (default: stochastic)")  # fmt: skip # an option and its help
    add("--schedule", type=_named(SCHEDULES), metavar="NAME", help=_schedule_help())
    add("--patience", type=_whole, metavar="N",
        help="stop early when the validation loss has not fallen for N epochs, and keep the best "
        "epoch's weights")  # fmt: skip # an option and its help
    add("--clip-norm", type=_number, metavar="X", help="limit the norm of all gradients together")
    add("--clip-value", type=_number, metavar="X", help="limit each gradient's absolute value")


def _add_regularization(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("regularisation (defaults are the task's)").add_argument
    add("--l1", type=_number, metavar="X", help="add X Σ|w| over the weights to the loss")
    add("--l2", type=_number, metavar="X", help="add X Σw² over the weights to the loss")
    add("--weight-decay", type=_number, metavar="X", help="the optimizer's own weight decay")
    add("--dropout", type=_number, metavar="P", help="drop hidden units with probability P")


def _add_output(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("output").add_argument
    add("--logdir", metavar="DIR", help="where runs are logged (default: runs)")
    add("--log", type=_named(LOGS), metavar="WHAT",
        help="all, scalars (no histograms, no pictures) or none (default: all)")  # fmt: skip # an option and its help
    add("--resume", metavar="PATH",
        help="go on with a run: its directory or its checkpoint.npz; other flags than --epochs "
        "(more of them) are taken from it")  # fmt: skip # an option and its help
    add("--quiet", action="store_true", help="no progress line, even on a terminal")


class _Version(argparse.Action):
    """--version, looked up only when it is asked for."""

    def __call__(self, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("neural-network-parity")
        except PackageNotFoundError:
            found = "0.1.0 (not installed)"
        print(f"train.py {found}, Python {sys.version.split()[0]}")
        raise SystemExit(0)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}") from None


def _widths(text: str) -> tuple[int, ...]:
    if text.strip().lower() in ("", "none"):
        return ()
    try:
        return tuple(int(width) for width in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected whole numbers with commas between, such as 128,64, or none, got {text!r}"
        ) from None


def _named(table: Sequence[str] | dict[str, Any]) -> Callable[[str], str]:
    """Take any spelling of a name in `table`; Config says what is wrong with others."""
    return lambda text: canonical(text, table)


def _schedule_help() -> str:
    described = [
        f"{name} ({schedule.description})" if schedule else name
        for name, schedule in SCHEDULES.items()
    ]
    return "learning rate over the run: " + ", ".join(described)
