"""MNIST: IDX files and downloads, whole, damaged, foreign, missing or mixed up."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import shutil
import struct
import threading
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from experiments.datasets import mnist
from experiments.datasets.download import cache_folder, fetch_all
from experiments.datasets.idx import read_idx
from experiments.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


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
