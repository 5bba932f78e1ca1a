"""The studies: every claim holds on both sides, the numbers agree, the pages can be read."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from experiments.studies import __main__ as command
from experiments.studies.lab import Lab, Study
from experiments.studies.table import STUDIES
from parity_tests.instrument import check_trajectory, offered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from matplotlib.figure import Figure

# What the studies use of the contract beyond tensors: a candidate that lacks any is skipped.
NEEDED = (
    "MLP", "Perceptron", "SGD", "Adam", "RootEpsilonAdam", "LookaheadNesterov", "DataLoader",
    "binary_cross_entropy_with_logits", "cross_entropy", "gradient_descent", "jacobian",
    "l1_penalty", "normal_equation", "Lasso", "region_codes", "kaiming_normal_",
)  # fmt: skip # a table

Run = tuple[Lab, "Callable[[], Figure]"]


@pytest.fixture(scope="module")
def perform() -> Callable[[Study, ModuleType], Run]:
    """Run a study in its fast mode, once for each implementation."""
    done: dict[tuple[str, str], Run] = {}

    def run(study: Study, impl: ModuleType) -> Run:
        key = study.name, impl.__name__
        if key not in done:
            lab = Lab(impl, seed=0, fast=True)
            done[key] = lab, study.run(lab)
        return done[key]

    return run


every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


@every_study
def test_claims_hold_and_numbers_agree(
    study: Study, candidate: ModuleType, reference: ModuleType, perform: Any
):
    offered(candidate, *NEEDED)
    labs = [perform(study, impl)[0] for impl in (candidate, reference)]
    assert [lab.failed for lab in labs] == [[], []]
    assert len(labs[0].claims) >= 4
    assert list(labs[0].measured) == list(labs[1].measured)

    def numbers(impl: ModuleType, _nudge: bool) -> Iterator[dict[str, float]]:
        yield perform(study, impl)[0].numbers

    check_trajectory(numbers, candidate, reference, "float64", op=f"study {study.name}")


@every_study
def test_the_page_has_titles_and_axes_and_becomes_a_png(
    study: Study, candidate: ModuleType, perform: Any
):
    from experiments.figures import figure_png

    offered(candidate, *NEEDED)
    figure = perform(study, candidate)[1]()
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    assert len(panels) >= 3
    for panel in panels:
        title = panel.get_title(loc="left")
        assert 0 < len(title) <= 46
        # A panel whose axis carries no ticks is a drawing, and needs no names for them.
        assert panel.get_ylabel() or not len(panel.get_yticks()), title
    data, width, height = figure_png(figure, dpi=40)
    assert data[:4] == b"\x89PNG"
    assert min(width, height) > 100


def test_nothing_imports_an_implementation_before_one_is_chosen():
    program = (
        "import sys, experiments.studies.table, experiments.studies.__main__;"
        "print(sorted({'torch', 'scratch', 'torch_ref', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# --- the command line ------------------------------------------------------------------------


def test_the_list_names_every_study(capsys: pytest.CaptureFixture[str]):
    assert command.main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed and study.title in printed for name, study in STUDIES.items())


@pytest.mark.parametrize("impl", ["scratch", "torch"])
def test_a_study_is_printed_logged_and_saved(
    impl: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folders = ["--logdir", str(tmp_path / "runs"), "--out", str(tmp_path / "pages")]
    name = "softmax-sigmoids"
    assert command.main([name, name, "--impl", impl, "--seed", "3", *folders]) == 0
    printed = capsys.readouterr().out
    assert printed.count(STUDIES[name].title) == 1
    assert "[ok] raising a logit lowers every other softmax output" in printed
    assert (tmp_path / "pages" / f"{name}.png").stat().st_size > 10_000
    tags = logged_tags(tmp_path / "runs" / "studies" / name / f"{impl}-s3")
    assert {f"figures/{name}", "text/claims", "numbers/least sum of the sigmoids"} <= tags


def logged_tags(directory: Path) -> set[str]:
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    (file,) = directory.glob("events.out.*")
    events = list(EventFileLoader(str(file)).Load())
    return {value.tag for event in events for value in event.summary.value}


def test_without_out_the_page_lies_beside_its_log(tmp_path: Path):
    assert command.main(["softmax-absolute", "--logdir", str(tmp_path)]) == 0
    assert (tmp_path / "studies/softmax-absolute/scratch-s0/softmax-absolute.png").exists()


def test_a_failed_claim_is_said_and_makes_the_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def run(lab: Lab) -> Callable[[], Figure]:
        from experiments.figures import bars

        lab.claim("one is one", lab.number("one", 1.0) == 1)
        lab.claim("one is two", lab.numbers["one"] == 2)
        return lambda: bars({"one": 1.0}, title="one", y="one")

    monkeypatch.setitem(STUDIES, "wrong", Study("wrong", "A wrong study", run))
    assert command.main(["wrong", "--logdir", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "[FAILED] one is two" in said.out
    assert said.err == "experiments.studies: wrong: this claim failed: one is two\n"
    assert (tmp_path / "studies/wrong/scratch-s0/wrong.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a study, or all"),
        (["underfow"], "Did you mean underflow?"),
        (["all", "--sed", "1"], "Did you mean --seed"),
        (["all", "--se", "1"], "unknown argument '--se'"),
        (["all", "--seed", "-1"], "whole number"),
        (["all", "--seed", str(2**32)], "whole number"),
        (["all", "--impl", "numpy"], "scratch or torch"),
        (["underflow", "--logdir", "{file}/runs"], "--logdir"),
        (["underflow", "--out", "{file}/pages", "--logdir", "{folder}"], "--out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_said_with_exit_code_2(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "file"
    file.write_text("in the way")
    given = [argument.format(file=file, folder=tmp_path / "runs") for argument in arguments]
    assert command.main(given) == 2
    said = capsys.readouterr().err
    assert said.startswith("experiments.studies: error: ")
    assert words in said
    assert "Traceback" not in said
