"""train.py refuses what it cannot do: one paragraph, exit code 2, no traceback."""

from __future__ import annotations

import pytest

from experiments.config import Config
from experiments.errors import UsageError
from experiments.options import parse
from experiments.tasks import TASKS

pytestmark = pytest.mark.usefixtures("elsewhere")


BAD = {
    "--epochs abc": "expected a whole number, got 'abc'",
    "--epochs 0": "--epochs must be at least 1",
    "--epochs 1.5": "expected a whole number",
    "--epochs": "expected one argument",
    "--batch-size 0": "--batch-size must be at least 1",
    "--patience 0": "--patience must be at least 1",
    "--lr 0": "--lr must be above 0",
    "--lr nan": "--lr must be above 0",
    "--lr inf": "--lr must be above 0",
    "--lr fast": "expected a number, got 'fast'",
    "--dropout 1": "--dropout must be at least 0 and below 1",
    "--momentum -0.1": "--momentum must be at least 0",
    "--momentum 0.5": "Adam has no momentum",
    "--optimizer rprop --weight-decay 1": "use --l2 instead",
    "--clip-norm 0": "--clip-norm must be above 0",
    "--clip-norm 1 --clip-value 1": "exclude each other",
    "--l1 -1": "--l1 must be from 0",
    "--hidden 0": "at least 1 unit",
    "--hidden 3,x": "got '3,x'",
    "--hidden 999999999": "parameters; at most",
    "--seed -1": "--seed must be from 0",
    "--seed 4294967296": "--seed must be from 0",
    "--batch-norm --batch-size 1": "at least 2 samples",
    "--batch-norm --hidden none": "there is none",
    "--dropout 0.5 --hidden none": "there is none",
    "--task digit": "Did you mean digits",
    "--task nothing": "Known: digits, mnist",
    "--impl jax": "Known: scratch, torch, both",
    "--dtype float16": "Known: float32, float64",
    "--activation sigmoyd": "Did you mean sigmoid",
    "--optimizer adm": "Did you mean Adam",
    "--init xavier": "Did you mean xavier",
    "--schedule cosin": "Did you mean cosine",
    "--features poly": "Known: none, polynomial",
    "--log some": "Known: all, scalars, none",
    "--epoch 3": "unknown argument '--epoch'. Did you mean --epochs",
    "--batch 3": "unknown argument '--batch'. Did you mean --batch",
    "digits": "unknown argument 'digits'",
    "--impl scratch --device cuda": "needs --impl torch",
    "--impl both --device cuda": "needs --impl torch",
    "--impl torch --device quantum": "--device quantum cannot be used",
    "--impl torch --device meta": "--device meta cannot be used",
    "--csv people.csv": "tasks that do: diet, weight-class",
    "--data-dir .": "tasks that do: mnist",
    "--task diet --csv none.csv": "cannot read none.csv: No such file",
    "--task mnist --data-dir none": "none does not exist",
    "--task mnist --data-dir .": "has no train-images-idx3-ubyte",
    "--task and --dropout 0.5": "--dropout has no meaning for the task and",
    "--rule pocket": "--rule is for the tasks of perceptrons",
    "--resume none": "there is no checkpoint at none",
    "--logdir file": "--logdir file: cannot make a run's directory",
}


@pytest.mark.parametrize("flags", BAD)
def test_bad_usage_is_one_paragraph_and_exit_code_2(train, elsewhere, flags):
    (elsewhere / "file").write_text("in the way")
    code, out, err = train(*flags.split())
    assert (code, out) == (2, "")
    assert err.startswith("train.py: error: ")
    assert err.count("\n") == 1
    assert BAD[flags] in err


def test_cuda_that_is_not_there(train):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("CUDA is there")
    code, _, err = train("--impl", "torch", "--device", "cuda")
    assert code == 2
    assert "--device cuda cannot be used" in err


@pytest.mark.parametrize("impl", ["scratch", "torch"])
def test_a_diverged_run_names_the_step(train, impl):
    flags = ("--lr", "1e30", "--optimizer", "sgd", "--log", "none")
    code, out, err = train("--impl", impl, *flags)
    assert (code, out) == (1, "")
    assert "the loss became nan at step 2 (epoch 1, batch 2 of 20)" in err


def test_help_version_and_the_list_of_tasks(train):
    assert train("--help")[0] == 0
    assert train("--version")[1].startswith("train.py ")
    code, out, _ = train("--list-tasks")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(TASKS)


EVERY_FLAG = """
    --task t --impl i --device d --dtype f --seed 1 --data-dir d --csv c --hidden 1 --activation a
    --init i --batch-norm --features f --epochs 1 --batch-size 1 --optimizer o --lr 1 --momentum 0
    --rule r --schedule s --patience 1 --clip-norm 1 --clip-value 1 --l1 1 --l2 1 --weight-decay 1
    --dropout 0 --logdir l --log a
"""


def test_flags_and_fields_are_the_same():
    given = parse(EVERY_FLAG.split())
    assert set(given) == set(Config().to_dict())
    with pytest.raises(UsageError):
        Config.from_dict({"strange": 1})
