"""Whole runs: both implementations, from the same seed, take the same steps to the same end.

Nothing is copied from one side to the other: data split, weights, order and dropout masks come from
the seed alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from experiments import checkpoints
from experiments.config import Config
from experiments.lockstep import Differences, relative_difference
from experiments.plan import make_plan
from experiments.splits import split
from experiments.tasks import TASKS
from experiments.tensors import parameter_arrays, to_array
from experiments.trainer import Trainer
from parity_tests.instrument import (
    EXACT,
    assert_parity,
    check_trajectory,
    move_weights,
    offered,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

NEEDED = ("MLP", "Adam", "SGD", "DataLoader", "TensorDataset", "random_split", "manual_seed")

# Enough variety that every part of a step is in some run: losses, heads, options, schedules.
RUNS: dict[str, dict[str, Any]] = {
    "digits, dropout": {"task": "digits"},
    "digits, batch norm, L1 and L2, clipped": {
        "task": "digits",
        "batch_norm": True,
        "l1": 1e-4,
        "l2": 1e-4,
        "clip_norm": 1.0,
    },
    "digits, AdamW, one cycle": {
        "task": "digits",
        "optimizer": "AdamW",
        "weight_decay": 0.1,
        "schedule": "one-cycle",
    },
    "coffee, SGD with momentum, cosine": {"task": "coffee"},
    "rings behind a feature map": {"task": "rings"},
    "weight classes, Nesterov": {"task": "weight-class", "optimizer": "LookaheadNesterov"},
    "3-4-4-1, clipped values": {"task": "network-3441", "clip_value": 0.01},
    "sine, one sample at a time": {"task": "sine"},
    "diabetes, full batch": {"task": "diabetes"},
    "xor": {"task": "xor"},
}
STEPS = {"float64": 320, "float32": 40}


def make_trainer(impl: ModuleType, settings: dict[str, Any]) -> Trainer:
    plan = make_plan(settings)
    splits = split(impl, plan.config, plan.task.make_data(plan.config), plan.task.kind)
    return Trainer(impl, plan.config, plan.task, splits)


def layers(trainer: Trainer) -> dict[str, Any]:
    """Weight and bias of each layer in one array."""
    parts: dict[str, list[Any]] = {}
    for name, values in parameter_arrays(trainer.model).items():
        parts.setdefault(name.rpartition(".")[0], []).append(values.reshape(-1))
    return {layer: np.concatenate(arrays) for layer, arrays in parts.items()}


def batches_of(trainer: Trainer) -> Iterator[tuple[Any, Any]]:
    while True:
        yield from trainer.batches()
        trainer.end_epoch()


@pytest.mark.parametrize("name", RUNS)
def test_the_same_run(candidate, reference, dtype, name):
    for needed in NEEDED:
        offered(candidate, needed)

    def run(impl: ModuleType, nudge: bool) -> Iterator[dict[str, Any]]:
        trainer = make_trainer(impl, {**RUNS[name], "dtype": dtype})
        if nudge:
            move_weights(trainer.model.parameters())
        for (x, y), _ in zip(batches_of(trainer), range(STEPS[dtype]), strict=False):
            trainer.step(x, y)
            # Not the gradients, which vanish at an optimum; and whole layers, because a single bias
            # may pass through 0. In both cases what is left is rounding, with nothing to scale it.
            yield {"loss": to_array(trainer.losses[-1]), **layers(trainer)}

    check_trajectory(run, candidate, reference, dtype, op=f"run: {name}")


@pytest.mark.parametrize("task", [name for name, task in TASKS.items() if name != "mnist"])
def test_the_same_data(candidate, reference, task):
    offered(candidate, "random_split")

    def data(impl: ModuleType) -> dict[str, Any]:
        config = make_plan({"task": task, "seed": 3}).config
        parts = split(impl, config, TASKS[task].make_data(config), TASKS[task].kind)
        named = {"train": parts.train, "validation": parts.validation, "test": parts.test}
        return {name: (to_array(p.x), to_array(p.y)) for name, p in named.items()}

    ours, theirs = data(candidate), data(reference)
    for part in theirs:
        for mine, expected, what in zip(ours[part], theirs[part], ("x", "y"), strict=True):
            assert_parity(mine, expected, EXACT, op="random_split", direction=f"{part} {what}")


def test_no_sample_is_in_two_parts():
    import scratch

    config = Config()
    source = TASKS["digits"].make_data(config)
    parts = split(scratch, config, source, "classes")
    rows = np.concatenate([parts.train.raw, parts.validation.raw, parts.test.raw])
    assert len(parts.train) + len(parts.validation) + len(parts.test) == len(source.x)
    assert np.array_equal(np.sort(rows, axis=0), np.sort(source.x, axis=0))


@pytest.mark.parametrize("task", ["and", "or", "xor-perceptron", "regions"])
@pytest.mark.parametrize("rule", ["batch", "stochastic", "pocket"])
def test_perceptrons_agree_in_every_bit(candidate, reference, task, rule):
    from experiments.datasets.generated import regions, truth_table

    offered(candidate, "Perceptron")
    source = regions(0) if task == "regions" else truth_table(task.split("-")[0])
    y = np.where(source.y > 0, 1, -1)

    def learn(impl: ModuleType) -> Any:
        model = impl.Perceptron(2)
        generator = impl.Generator().manual_seed(0)
        return model.fit(source.x, y, max_epochs=20, method=rule, generator=generator)

    ours, theirs = learn(candidate), learn(reference)
    for what in ("weights", "converged", "epochs", "mistakes", "updates"):
        mine, expected = getattr(ours, what), getattr(theirs, what)
        assert_parity(mine, expected, EXACT, op="Perceptron", direction=what)


# --- resuming --------------------------------------------------------------------------------

RESUMED = {
    "digits": {"task": "digits", "epochs": 4, "schedule": "one-cycle", "patience": 9},
    "batch norm": {"task": "digits", "epochs": 4, "batch_norm": True, "schedule": "plateau"},
    "float64 SGD": {"task": "coffee", "epochs": 4, "dtype": "float64"},
}


def train(trainer: Trainer, steps: int | None = None) -> None:
    """To the end, or until `steps` steps are done, perhaps in the middle of an epoch."""
    while not trainer.finished:
        for x, y in trainer.batches():
            trainer.step(x, y)
            if trainer.steps == steps:
                break
        if len(trainer.losses) == len(trainer.loader):
            trainer.end_epoch()
        if trainer.steps == steps:
            return


@pytest.mark.parametrize("side", ["scratch", "torch_ref"])
@pytest.mark.parametrize("stop", [1, 27, 40], ids=["first step", "mid epoch", "end of epoch"])
@pytest.mark.parametrize("name", RESUMED)
def test_a_resumed_run_is_the_uninterrupted_run(candidate, reference, tmp_path, name, stop, side):
    impl = candidate if side == "scratch" else reference
    whole = make_trainer(impl, RESUMED[name])
    train(whole)
    first = make_trainer(impl, RESUMED[name])
    train(first, steps=stop)
    path = tmp_path / "checkpoint.npz"
    checkpoints.save(path, {"trainer": first.state()})
    impl.manual_seed(99)
    second = make_trainer(impl, RESUMED[name])
    second.load_state(checkpoints.load(path)["trainer"])
    train(second)
    assert second.history == whole.history
    assert second.steps == whole.steps
    for mine, expected in zip(
        (second.state()["rng"], *parameter_arrays(second.model).values()),
        (whole.state()["rng"], *parameter_arrays(whole.model).values()),
        strict=True,
    ):
        assert_parity(mine, expected, EXACT, op="resume", direction=name)


def test_one_implementation_takes_up_the_others_run(candidate, reference, tmp_path):
    begun = make_trainer(reference, RESUMED["digits"])
    train(begun, steps=27)
    path = tmp_path / "checkpoint.npz"
    checkpoints.save(path, {"trainer": begun.state()})
    taken_up = make_trainer(candidate, RESUMED["digits"])
    taken_up.load_state(checkpoints.load(path)["trainer"])
    for name, values in parameter_arrays(taken_up.model).items():
        expected = parameter_arrays(begun.model)[name]
        assert_parity(values, expected, EXACT, op="resume", direction=name)
    train(taken_up)
    assert taken_up.steps == 80


# --- lockstep --------------------------------------------------------------------------------


def test_lockstep_sees_no_difference_where_there_is_none():
    import scratch

    pair = [make_trainer(scratch, {"task": "digits", "epochs": 1}) for _ in range(2)]
    differences = Differences()
    for trainer in pair:
        trainer.generator.manual_seed(1)
        x, y = next(trainer.batches())
        trainer.generator.manual_seed(1)
        trainer.step(x, y)
    differences.compare(pair[0], pair[1])
    assert differences.first is None
    assert set(differences.recent.values()) == {0.0}


def test_lockstep_names_the_first_difference():
    import scratch

    pair = [make_trainer(scratch, {"task": "coffee"}) for _ in range(2)]
    pair[1].model.linear2.weight.data[0, 1] *= 2
    differences = Differences()
    for trainer in pair:
        trainer.generator.manual_seed(1)
        x, y = next(trainer.batches())
        trainer.step(x, y)
    differences.compare(pair[0], pair[1])
    assert differences.first == (1, "loss", "")
    assert differences.largest["parameters"][2] == "linear2.weight"


def test_a_relative_difference_is_relative_to_the_largest_element():
    a = np.array([4.0, 0.0], np.float32)
    assert relative_difference(a, np.array([4.0, 1.0], np.float32)) == 0.25
    assert relative_difference(a, a) == 0.0
    assert relative_difference(np.zeros(2), np.zeros(2)) == 0.0
