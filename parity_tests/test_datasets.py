"""Data sets: what is read is what was written, and every bad file is named with its fault."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import shutil
import struct
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from experiments.datasets import bundled, generated, height_weight, mnist
from experiments.datasets.download import cache_folder, fetch_all
from experiments.datasets.idx import read_idx
from experiments.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


# --- bundled ---------------------------------------------------------------------------------


def test_digits_are_scikit_learns():
    sklearn = pytest.importorskip("sklearn.datasets")
    theirs, ours = sklearn.load_digits(), bundled.digits()
    assert np.array_equal(ours.x, theirs.data)
    assert np.array_equal(ours.y, theirs.target)


def test_diabetes_is_scikit_learns():
    sklearn = pytest.importorskip("sklearn.datasets")
    theirs, ours = sklearn.load_diabetes(scaled=False), bundled.diabetes()
    assert np.array_equal(ours.x, theirs.data)
    assert np.array_equal(ours.y[:, 0], theirs.target)
    assert list(ours.feature_names) == theirs.feature_names


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setattr(bundled.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install scikit-learn"):
        bundled.digits()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "has no digits.csv.gz"),
        (b"not gzip", "damaged"),
        (gzip.compress(b"1,2,3\n"), "holds 3 numbers"),
        (gzip.compress(b"1,two,3\n"), "damaged"),
        (gzip.compress(b"1,2\n" * 1000)[:-12], "damaged"),
    ],
)
def test_damaged_bundle(monkeypatch, tmp_path, content, says):
    if content is not None:
        (tmp_path / "digits.csv.gz").write_bytes(content)
    monkeypatch.setattr(bundled, "_folder", lambda: tmp_path)
    with pytest.raises(UsageError, match=says):
        bundled.digits()


# --- IDX and MNIST ---------------------------------------------------------------------------

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx_is_read_whatever_its_name(tmp_path, pack):
    path = tmp_path / "images"
    path.write_bytes(pack(idx_bytes(IMAGES)))
    assert np.array_equal(read_idx(path, 3), IMAGES)


BAD_IDX = {
    "missing": (None, "does not exist"),
    "empty": (b"", "starts with nothing"),
    "foreign": (b"\x89PNG\r\n\x1a\n" + bytes(40), "starts with 89 50 4e 47"),
    "labels for images": (idx_bytes(np.zeros(9, np.uint8)), "starts with 00 00 08 01"),
    "floats": (b"\0\0\x0d\x03" + bytes(40), "starts with 00 00 0d 03"),
    "header cut": (idx_bytes(IMAGES)[:9], "ends inside its header"),
    "data cut": (idx_bytes(IMAGES)[:-1], "holds 23"),
    "data too long": (idx_bytes(IMAGES) + b"x", "longer than its header says"),
    "boastful header": (b"\0\0\x08\x03" + b"\xff" * 12, "truncated"),
    "gzip cut": (gzip.compress(idx_bytes(IMAGES))[:-9], "truncated"),
    "gzip broken": (gzip.compress(idx_bytes(IMAGES))[:-8] + bytes(8), "damaged"),
    "gzip nonsense": (b"\x1f\x8b\x08\x00" + b"\xff" * 30, "damaged"),
}


@pytest.mark.parametrize(("content", "says"), BAD_IDX.values(), ids=list(BAD_IDX))
def test_bad_idx(tmp_path, content, says):
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        read_idx(path, 3)


def test_a_folder_in_place_of_an_idx_file(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        read_idx(tmp_path, 3)


@pytest.fixture
def small_mnist(tmp_path) -> Path:
    rng = np.random.default_rng(0)
    for prefix, count in (("train", 240), ("t10k", 120)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(idx_bytes(images))
        packed = gzip.compress(idx_bytes(labels))
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(packed)
    return tmp_path


def test_mnist_from_a_folder(small_mnist):
    source = mnist.mnist(str(small_mnist))
    assert source.x.shape == (240, 784)
    assert source.test is not None
    assert source.test[0].shape == (120, 784)
    assert source.y[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_mnist_in_torchvisions_folders(small_mnist):
    raw = small_mnist / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in list(small_mnist.glob("*ubyte*")):
        shutil.move(path, raw / path.name.replace("-idx", ".idx"))
    assert len(mnist.mnist(str(small_mnist / "root")).x) == 240


def _mixed_up(folder: Path) -> None:
    shutil.copy(folder / "t10k-labels-idx1-ubyte.gz", folder / "train-labels-idx1-ubyte.gz")


def _labels(values: np.ndarray) -> Callable[[Path], object]:
    return lambda folder: (folder / "train-labels-idx1-ubyte.gz").write_bytes(idx_bytes(values))


def _images(shape: tuple[int, ...]) -> Callable[[Path], object]:
    data = idx_bytes(np.zeros(shape, np.uint8))
    return lambda folder: (folder / "train-images-idx3-ubyte").write_bytes(data)


BAD_MNIST = {
    "missing file": (lambda f: (f / "t10k-images-idx3-ubyte").unlink(), "has no t10k-images"),
    "other count": (_mixed_up, "240 images and .* 120 labels"),
    "label 10": (_labels(np.full(240, 10, np.uint8)), "label 10 at position 0"),
    "other size": (_images((240, 8, 8)), "8×8 pixels"),
    "too few": (lambda f: (_images((3, 28, 28))(f), _labels(np.zeros(3, np.uint8))(f)), "3 images"),
}


@pytest.mark.parametrize(("spoil", "says"), BAD_MNIST.values(), ids=list(BAD_MNIST))
def test_bad_mnist(small_mnist, spoil, says):
    spoil(small_mnist)
    with pytest.raises(UsageError, match=says):
        mnist.mnist(str(small_mnist))


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_data_dir_that_is_no_folder(tmp_path, name):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="--data-dir"):
        mnist.mnist(str(tmp_path / name))


# --- downloads -------------------------------------------------------------------------------


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch) -> Iterator[tuple[Path, str]]:
    """A served folder, its address, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "served"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


CONTENT = b"forty-two" * 1000
SUMS = {"file.gz": hashlib.sha256(CONTENT).hexdigest()}


def test_download_falls_back_to_the_next_mirror_and_keeps_the_file(mirror):
    folder, address = mirror
    (folder / "good").mkdir()
    (folder / "good" / "file.gz").write_bytes(CONTENT)
    (folder / "file.gz").write_bytes(CONTENT[:-1])
    mirrors = (address + "missing/", address, address + "good/")
    where = fetch_all("set", SUMS, mirrors, "advice")
    assert (where / "file.gz").read_bytes() == CONTENT
    assert [path.name for path in where.iterdir()] == ["file.gz"]
    shutil.rmtree(folder)
    assert fetch_all("set", SUMS, mirrors, "advice") == where


def test_a_damaged_cache_is_fetched_again(mirror):
    folder, address = mirror
    (folder / "file.gz").write_bytes(CONTENT)
    target = cache_folder() / "set" / "file.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"half")
    fetch_all("set", SUMS, (address,), "advice")
    assert target.read_bytes() == CONTENT


def test_no_mirror_gives_it(mirror):
    folder, address = mirror
    (folder / "file.gz").write_bytes(b"another file")
    with pytest.raises(UsageError, match=r"SHA-256 is .*; .*404.*\. advice"):
        fetch_all("set", SUMS, (address, address + "missing/"), "advice")
    assert list((cache_folder() / "set").iterdir()) == []


def test_offline_mnist_says_what_to_do(mirror, monkeypatch):
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(UsageError, match=r"could not download.*--data-dir.*--task digits"):
        mnist.mnist(None)


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot keep downloads"):
        fetch_all("set", SUMS, (), "advice")


# --- height and weight -----------------------------------------------------------------------

GOOD_ROWS = "".join(
    f"{height},{weight}\n"
    for height, weight in [("1.60", "45"), ("1.70", "65"), ("1.80", "95")]
    for _ in range(5)
)


def write(path: Path, text: str | bytes) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        "height,weight\n" + GOOD_ROWS + "NA,60\n1.7,\n",
        '\ufeffid;Weight ;HEIGHT\r\n' + "".join(
            f'"a, b";{w};{h}\r\n' for h, w in (r.split(",") for r in GOOD_ROWS.split())
        ) + "x;;1.7\r\n\r\ny;60;na\r\n",
    ],
    ids=["plain", "semicolons, BOM, other columns, CRLF"],
)  # fmt: skip
def test_csv_is_read_and_dropped_rows_are_counted(tmp_path, text):
    path = write(tmp_path / "people.csv", text)
    source = height_weight.weight_class(path, seed=0)
    assert source.x[0].tolist() == [1.6, 45.0]
    assert source.y.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert "15 of 17 rows; 2 dropped" in source.notes[0]


BAD_CSV = {
    "missing column": ("height,mass\n1.7,60\n", "line 1: no column 'weight'"),
    "near miss": ("heigth,weight\n1.7,60\n", "line 1.*Did you mean heigth"),
    "twice": ("height,weight,height\n1,2,3\n", "line 1: 2 columns are called 'height'"),
    "text in a number": ("height,weight\n1.7,60\n1.7,heavy\n", "line 3: weight 'heavy' is not a"),
    "decimal comma": ("height;weight\n1,7;60\n", "line 2: height '1,7' is not a number"),
    "NaN": ("height,weight\n1.7,nan\n", "line 2: weight 'nan' is not finite"),
    "infinite": ("height,weight\n1.7,inf\n", "line 2: weight 'inf' is not finite"),
    "negative height": ("height,weight\n-1.7,60\n", "line 2: height '-1.7' is not positive"),
    "zero": ("height,weight\n1.7,0\n", "line 2: weight '0' is not positive"),
    "centimetres": ("height,weight\n1.7,60\n\n173,60\n", "line 4.*centimetres"),
    "empty": ("", "is empty"),
    "blank": ("\n\n", "is empty"),
    "header only": ("height,weight\n", "no row follows line 1"),
    "all missing": ("height,weight\n,60\nNA,\n", "all 2 rows have missing values"),
    "short row": ("height,weight\n1.7\n", "line 2: 1 cells, but the header has 2"),
    "long row": ("height,weight\n1.7,60,3\n", "line 2: 3 cells"),
    "open quote": ('height,weight\n"1.7,60\n', "not a CSV file"),
    "not text": (b"height,weight\n\xff\xfe\x00\n", "not a text file in UTF-8"),
    "one class only": ("height,weight\n" + "1.7,60\n" * 40, "fewer than 5 are 'underweight'"),
}


@pytest.mark.parametrize(("text", "says"), BAD_CSV.values(), ids=list(BAD_CSV))
def test_bad_csv(tmp_path, text, says):
    path = write(tmp_path / "people.csv", text)
    with pytest.raises(UsageError, match=says):
        height_weight.weight_class(path, seed=0)


def test_missing_csv(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        height_weight.diet(str(tmp_path / "none.csv"), seed=0)


def test_generated_people_have_the_published_means_and_spreads():
    people = height_weight.generate(200_000, seed=0)
    log_bmi = np.log(people[:, 1] / people[:, 0] ** 2)
    found = [people[:, 0].mean(), people[:, 0].std(), log_bmi.mean(), log_bmi.std()]
    assert [round(float(value), 3) for value in found] == [1.691, 0.105, 3.143, 0.194]


# --- generated -------------------------------------------------------------------------------


def test_seven_regions_and_the_three_that_count():
    source = generated.regions(seed=0)
    codes = generated.line_scores(source.x) > 0
    seen = {tuple(code) for code in codes.astype(int).tolist()}
    assert len(seen) == 7
    inside = {tuple(code) for code in codes[source.y == 1].astype(int).tolist()}
    assert inside == set(generated.POSITIVE_CODES)


@pytest.mark.parametrize(
    ("t", "d", "good"), [(200, 13, 1), (170, 13, 0), (250, 13, 0), (200, 11.9, 0), (180, 15, 0)]
)
def test_coffee_is_good_inside_the_triangle(monkeypatch, t, d, good):
    class Fixed:
        def uniform(self, low: float, high: float, count: int) -> np.ndarray:
            return np.full(count, t if low == 150 else d, float)

    monkeypatch.setattr(generated.np.random, "default_rng", lambda seed: Fixed())
    assert generated.coffee(seed=0, count=1).y.tolist() == [good]


def test_generated_data_depend_on_the_seed_only():
    for make in (generated.regions, generated.rings, generated.coffee, generated.three_inputs):
        assert np.array_equal(make(3).x, make(3).x)
        assert not np.array_equal(make(3).x, make(4).x)


def test_sine_is_the_sources():
    source = generated.sine()
    assert len(source.x) == 63
    assert np.array_equal(source.y, np.sin(np.arange(0, np.pi * 2, 0.1))[:, None])


def test_reading_data_imports_neither_torch_nor_scikit_learn():
    import subprocess

    code = (
        "import sys; from experiments.datasets import bundled, mnist; bundled.digits();"
        "bad = {'torch', 'sklearn', 'scratch'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
