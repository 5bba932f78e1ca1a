"""The TensorBoard writer: what is read back from the event files is what was logged."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2, metadata
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from experiments.dashboard import (
    Layer,
    RunLogger,
    chain,
    markdown_table,
    overlay_layout,
)
from experiments.dashboard.encoders import BLOCK, LARGEST, bin_counts

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = {"task": "digits", "hidden": [64, 32], "lr": np.float32(0.5), "seed": 3, "init": None}


def events(directory: Path) -> list[Any]:
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    (file,) = directory.glob("events.*")
    return [Event.FromString(record) for record in RawEventFileLoader(str(file)).Load()]


def values(directory: Path) -> dict[str, list[tuple[int, Any]]]:
    """Tag → (step, value message) in the order of writing."""
    found: dict[str, list[tuple[int, Any]]] = {}
    for event in events(directory):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value))
    return found


def scalars(directory: Path, tag: str) -> list[tuple[int, float]]:
    return [(step, value.simple_value) for step, value in values(directory)[tag]]


def buckets(value: Any) -> np.ndarray:
    shape = [dim.size for dim in value.tensor.tensor_shape.dim]
    return np.frombuffer(value.tensor.tensor_content, np.float32).reshape(shape)


# --- what is written -------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.5, 3, np.float32(0.1), np.array(2.5), np.array([1.5])])
def test_a_scalar_is_the_float32_of_what_was_logged(tmp_path: Path, value: Any):
    with RunLogger(tmp_path) as logger:
        logger.scalar("loss/train", value, step=np.int64(7))
    assert scalars(tmp_path, "loss/train") == [(7, float(np.float32(value).reshape(())))]


def test_nan_and_infinities_are_kept(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        for step, value in enumerate((float("nan"), float("inf"), -float("inf"))):
            logger.scalar("loss/train", value, step)
    (_, nan), (_, plus), (_, minus) = scalars(tmp_path, "loss/train")
    assert np.isnan(nan)
    assert (plus, minus) == (float("inf"), -float("inf"))


def test_scalars_of_a_step_share_one_event(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        logger.scalars({"loss/train": 1.0, "loss/val": 2.0}, step=1)
    (event,) = [event for event in events(tmp_path) if event.summary.value]
    assert [value.tag for value in event.summary.value] == ["loss/train", "loss/val"]


DATA = np.random.default_rng(0).normal(size=(3, 5000)).astype(np.float32)
HISTOGRAMS = {
    "normal": DATA,
    "strided": DATA[:, ::2],
    "several blocks": np.linspace(-1, 1, 2 * BLOCK + 17),
    "integers": np.arange(-5, 6),
    "booleans": np.array([True, False, True]),
    "subnormal": np.array([0.0, 5e-324, 1e-323]),
    "the whole range": np.array([-LARGEST, 0.0, LARGEST]),
    "not all finite": np.array([np.nan, -1.0, np.inf, 2.0, -np.inf]),
}


@pytest.mark.parametrize("data", HISTOGRAMS.values(), ids=HISTOGRAMS)
def test_bins_hold_every_finite_value_between_min_and_max(data: np.ndarray):
    rows, finite = bin_counts(data), data[np.isfinite(data)]
    assert rows.shape == (30, 3)
    assert rows[:, 2].sum() == finite.size
    assert rows[0, 0] == finite.min()
    assert rows[-1, 1] == finite.max()
    assert np.array_equal(rows[1:, 0], rows[:-1, 1])


def test_bins_are_numpys_where_no_value_lies_on_an_edge():
    data = np.arange(1000) / 8 + 1 / 16
    data[[0, -1]] = 0.0, 120.0
    assert np.array_equal(bin_counts(data)[:, 2], np.histogram(data, bins=30)[0])


def test_values_beyond_float32_count_as_its_largest():
    rows = bin_counts([-1e300, 0.0, 1e300])
    assert (rows[0, 0], rows[-1, 1]) == (-LARGEST, LARGEST)
    assert rows[:, 2].sum() == 3


@pytest.mark.parametrize("data", [[], [np.nan], [np.inf, np.nan]])
def test_a_histogram_of_nothing_is_empty(data: list[float]):
    assert not bin_counts(data).any()


def test_equal_values_are_in_the_last_bucket(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        logger.histogram("weights/0.bias", np.full((4, 2), 0.5), step=2)
    ((step, value),) = values(tmp_path)["weights/0.bias"]
    rows = buckets(value)
    assert step == 2
    assert value.metadata.plugin_data.plugin_name == "histograms"
    assert (rows[:, :2] == 0.5).all()
    assert rows[:, 2].tolist() == [0.0] * 29 + [8.0]


PIXELS = np.random.default_rng(1).integers(0, 256, (5, 7, 4), dtype=np.uint8)
PICTURES = {
    "grey": (PIXELS[:, :, 0], "L"),
    "one channel": (PIXELS[:, :, :1], "L"),
    "RGB": (PIXELS[:, :, :3], "RGB"),
    "RGBA": (PIXELS, "RGBA"),
    "transposed": (PIXELS[:, :, :3].transpose(1, 0, 2), "RGB"),
    "floats": (PIXELS[:, :, :3] / 255, "RGB"),
}


@pytest.mark.parametrize(("pixels", "mode"), PICTURES.values(), ids=PICTURES)
def test_an_image_is_a_png_of_the_same_pixels(tmp_path: Path, pixels: np.ndarray, mode: str):
    with RunLogger(tmp_path) as logger:
        logger.image("figures/x", pixels, step=1)
    ((_, value),) = values(tmp_path)["figures/x"]
    width, height, encoded = value.tensor.string_val
    picture = Image.open(io.BytesIO(encoded))
    assert value.metadata.plugin_data.plugin_name == "images"
    assert (int(width), int(height)) == picture.size == (pixels.shape[1], pixels.shape[0])
    assert picture.mode == mode
    wanted = pixels if pixels.dtype == np.uint8 else np.rint(pixels * 255).astype(np.uint8)
    assert np.array_equal(np.asarray(picture), wanted.reshape(np.asarray(picture).shape))


def test_text_is_kept_word_for_word(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        logger.text("text/config", "**σ(z)**\n\n| a |")
    ((_, value),) = values(tmp_path)["text/config"]
    assert value.metadata.plugin_data.plugin_name == "text"
    assert value.tensor.string_val[0].decode() == "**σ(z)**\n\n| a |"


def test_a_table_escapes_what_would_break_it():
    assert markdown_table({"a": "x|y\nz"}).splitlines()[-1] == "| a | x\\|y z |"


def hparams_message(directory: Path, tag: str, kind: str) -> Any:
    ((_, value),) = values(directory)[tag]
    assert value.metadata.plugin_data.plugin_name == "hparams"
    return metadata._parse_plugin_data_as(value.metadata.plugin_data.content, kind)


def test_hparams_are_in_the_run_itself(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        logger.hparams(CONFIG | {"nesterov": True}, metrics=["r2/test"])
    columns = hparams_message(tmp_path, metadata.EXPERIMENT_TAG, "experiment")
    line = hparams_message(tmp_path, metadata.SESSION_START_INFO_TAG, "session_start_info")
    kinds = {column.name: api_pb2.DataType.Name(column.type) for column in columns.hparam_infos}
    assert kinds == {
        "task": "DATA_TYPE_STRING",
        "hidden": "DATA_TYPE_STRING",
        "lr": "DATA_TYPE_FLOAT64",
        "seed": "DATA_TYPE_FLOAT64",
        "init": "DATA_TYPE_STRING",
        "nesterov": "DATA_TYPE_BOOL",
    }
    tags = [column.name.tag for column in columns.metric_infos]
    assert {"loss/val", "acc/test", "mse/test", "r2/test"} <= set(tags)
    assert line.hparams["hidden"].string_value == "64, 32"
    assert line.hparams["lr"].number_value == 0.5
    assert line.hparams["init"].string_value == "none"
    assert line.hparams["nesterov"].bool_value
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, "STATUS_SUCCESS"),
        (ValueError, "STATUS_FAILURE"),
        (KeyboardInterrupt, "STATUS_FAILURE"),
    ],
)
def test_however_a_run_ends_the_log_is_whole_and_says_so(tmp_path: Path, error: Any, status: str):
    def train() -> None:
        with RunLogger(tmp_path, flush_secs=1000) as logger:
            logger.hparams(CONFIG)
            for step in range(200):
                logger.scalar("loss/train", step, step)
            if error is not None:
                raise error

    if error is None:
        train()
    else:
        with pytest.raises(error):
            train()
    end = hparams_message(tmp_path, metadata.SESSION_END_INFO_TAG, "session_end_info")
    assert api_pb2.Status.Name(end.status) == status
    assert scalars(tmp_path, "loss/train") == [(step, float(step)) for step in range(200)]


def test_flush_puts_everything_on_disk(tmp_path: Path):
    with RunLogger(tmp_path, flush_secs=1000) as logger:
        logger.scalar("loss/train", 1.0, 0)
        logger.flush()
        assert scalars(tmp_path, "loss/train") == [(0, 1.0)]


# --- pages -----------------------------------------------------------------------------------


def test_layout_lays_each_tag_of_all_runs_over_each_other(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        logger.layout(overlay_layout(["loss/train", "loss/val", "opt/lr"]))
    ((_, value),) = values(tmp_path)["custom_scalars__config__"]
    layout = layout_pb2.Layout.FromString(value.tensor.string_val[0])
    charts = {chart.title: list(chart.multiline.tag) for chart in layout.category[0].chart}
    assert value.metadata.plugin_data.plugin_name == "custom_scalars"
    assert [category.title for category in layout.category] == ["Loss", "Optimizer"]
    assert charts["loss/train"] == ["^loss/train$"]
    assert re.match(charts["loss/train"][0], "loss/train")
    assert len(charts["train and val"]) == 2


def test_graph_of_a_model(tmp_path: Path):
    layers = [Layer("0", "Linear", (-1, 3), {"weight": (3, 2), "bias": (3,)})]
    with RunLogger(tmp_path) as logger:
        logger.graph(chain(layers, (-1, 2)))
    (data,) = [event.graph_def for event in events(tmp_path) if event.graph_def]
    nodes = {node.name: node for node in GraphDef.FromString(data).node}
    output = nodes["0_Linear/output"]
    assert list(output.input) == ["input", "0_Linear/weight", "0_Linear/bias"]
    assert [d.size for d in output.attr["_output_shapes"].list.shape[0].dim] == [-1, 3]


def test_embedding_files_are_those_the_projector_reads(tmp_path: Path):
    from google.protobuf import text_format

    points = np.array([[0.25, 1.0], [2.0, -3.0], [4.0, 5.0]])
    images = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    with RunLogger(tmp_path) as logger:
        logger.embedding("hidden", points, {"digit": [7, 8, 9], "said": ["a\tb", "c", "d"]}, images)
        logger.embedding("inputs", points, {"digit": [7, 8, 9]})
    text = (tmp_path / "projector_config.pbtxt").read_text()
    hidden, inputs = text_format.Parse(text, ProjectorConfig()).embeddings
    assert np.array_equal(np.loadtxt(tmp_path / hidden.tensor_path), points)
    assert (tmp_path / hidden.metadata_path).read_text() == "digit\tsaid\n7\ta b\n8\tc\n9\td\n"
    assert (tmp_path / inputs.metadata_path).read_text() == "7\n8\n9\n"
    assert list(hidden.sprite.single_image_dim) == [2, 2]
    sheet = np.asarray(Image.open(tmp_path / hidden.sprite.image_path))
    assert sheet.tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 0, 0], [10, 11, 0, 0]]
