"""A run from its plan to its report: implementation, data, directories, loop, test, table."""

from __future__ import annotations

import itertools
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from experiments.checkpoints import FILE_NAME
from experiments.errors import UsageError
from experiments.lockstep import train_both
from experiments.loop import train
from experiments.progress import Progress, make_progress
from experiments.recorder import Recorder
from experiments.results import begin_report, difference_rows, result_rows
from experiments.splits import Splits, split
from experiments.tensors import to_array
from experiments.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from experiments.config import Config
    from experiments.plan import Resume
    from experiments.report import Report
    from experiments.stopping import StopRequest
    from experiments.tasks.base import Task

MODULES = {"scratch": "scratch", "torch": "torch_ref"}


@dataclass
class Session:
    """What a task needs to run: its configuration, and whether and how the user wants to see it.

    `label` tells a variant apart from the main run, in its title and in its directory's name.
    """

    task: Task
    config: Config
    stop: StopRequest
    quiet: bool = False
    label: str = ""
    resume: Resume | None = None

    def implementations(self) -> dict[str, ModuleType]:
        """The modules that the configuration asks for, by name."""
        names = ("scratch", "torch") if self.config.impl == "both" else (self.config.impl,)
        if len(names) > 1:  # threads that wait actively for one side's next step slow the other's
            os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when PyTorch is loaded
        return {name: load_implementation(name, self.config.device) for name in names}

    def directory(self, name: str) -> Path:
        """A new directory for the run called `name`, or the resumed run's own."""
        if self.resume is not None and self.resume.impl == name:
            return self.resume.path.parent
        try:
            from experiments.dashboard import new_run_directory

            full = f"{name}-{self.label}" if self.label else name
            return new_run_directory(self.config.logdir, self.config.task, full, self.config.seed)
        except OSError as fault:
            raise UsageError(
                f"--logdir {self.config.logdir}: cannot make a run's directory there "
                f"({fault.strerror or fault})."
            ) from None

    @contextmanager
    def progress(self, steps_per_epoch: int) -> Iterator[Progress | None]:
        """The progress line while the training goes on, if the user can see one."""
        progress = make_progress(self.config.epochs, steps_per_epoch, self.quiet)
        try:
            yield progress
        finally:
            if progress is not None:
                progress.clear()


def run(session: Session) -> list[Report]:
    """Run the session's task and report on it."""
    if session.task.run is not None:
        return session.task.run(session)
    return [_run_both(session) if session.config.impl == "both" else _run_one(session)]


def load_implementation(name: str, device: str) -> ModuleType:
    """The module of an implementation. Raises UsageError if it, or the device, is not there."""
    try:
        impl = import_module(MODULES[name])
    except ModuleNotFoundError as fault:
        if (fault.name or "").split(".")[0] != "torch":
            raise
        raise UsageError(
            f"--impl {name} needs PyTorch, which is not installed: pip install torch, or use "
            "--impl scratch, which needs only NumPy."
        ) from None
    except (ImportError, OSError) as fault:  # installed, but a library of its own is missing
        raise UsageError(
            f"--impl {name} needs PyTorch, which is installed but cannot be loaded: {fault}. "
            "Install it again, or use --impl scratch, which needs only NumPy."
        ) from None
    if device != "cpu":
        try:
            to_array(impl.tensor([0.0], device=device))
        except (RuntimeError, AssertionError, ValueError, NotImplementedError) as fault:
            reason = str(fault).split("\n", 1)[0].rstrip(".")
            raise UsageError(
                f"--device {device} cannot be used: {reason}. Use --device cpu."
            ) from None
    return impl


def _run_one(session: Session) -> Report:
    config = session.config
    ((name, impl),) = session.implementations().items()
    trainer = _make_trainer(session, name, impl)
    if session.resume is not None:
        _restore(trainer, session.resume)
    directory = session.directory(name)
    with (
        session.stop,
        Recorder(directory, config.log) as recorder,
        session.progress(len(trainer.loader)) as progress,
    ):
        timing = train(trainer, recorder, session.stop, progress, directory / FILE_NAME)
        report = begin_report(config, trainer, session.label)
        report.directories.append(directory)
        if session.stop.requested and not trainer.finished:
            recorder.close(success=False)
            return report
        test = trainer.evaluate(trainer.test)
        recorder.end(trainer, test)
    report.rows += result_rows([trainer], [test], [timing])
    return report


def _run_both(session: Session) -> Report:
    config = session.config
    trainers, directories = [], []
    for name, impl in session.implementations().items():
        trainers.append(_make_trainer(session, name, impl))
    first, second = trainers
    directories = [session.directory(name) for name in (*MODULES, "difference")]
    with ExitStack() as stack:
        stack.enter_context(session.stop)
        recorders = [stack.enter_context(Recorder(path, config.log)) for path in directories]
        progress = stack.enter_context(session.progress(len(first.loader)))
        differences, timings = train_both(
            (first, second),
            (recorders[0], recorders[1]),
            recorders[2],
            session.stop,
            progress,
            (directories[0] / FILE_NAME, directories[1] / FILE_NAME),
        )
        report = begin_report(config, first, session.label)
        report.columns = (*MODULES, "difference")
        report.directories += directories
        if session.stop.requested and not first.finished:
            for recorder in recorders:
                recorder.close(success=False)
            return report
        tests = [trainer.evaluate(trainer.test) for trainer in trainers]
        for trainer, recorder, test in zip(trainers, recorders, tests, strict=False):
            recorder.end(trainer, test)
    report.rows += result_rows(trainers, tests, list(timings))
    report.rows += difference_rows(differences)
    return report


def _make_trainer(session: Session, name: str, impl: ModuleType) -> Trainer:
    source = session.task.make_data(session.config)
    splits: Splits = split(impl, session.config, source, session.task.kind)
    return Trainer(impl, replace(session.config, impl=name), session.task, splits)


def _restore(trainer: Trainer, resume: Resume) -> None:
    if resume.fingerprint != trainer.splits.fingerprint:
        raise UsageError(
            f"the checkpoint {resume.path} was made with other data than these; "
            "name the same files, or start a new run without --resume."
        )
    try:
        trainer.load_state(resume.trainer)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError) as fault:
        raise UsageError(
            f"the checkpoint {resume.path} does not fit its own configuration ({fault}); "
            "it is damaged, or from another version."
        ) from None


def label_slug(label: str) -> str:
    """A variant's label as part of a directory's name: 'better settings' → 'better-settings'."""
    words = "".join(c if c.isalnum() else " " for c in label.lower()).split()
    return "-".join(itertools.islice(words, 4))
