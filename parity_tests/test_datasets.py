"""Data sets: what is read is what was written, and every bad table is named with its fault."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from experiments.datasets import bundled, generated, height_weight
from experiments.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


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
        "\ufeffid;Weight ;HEIGHT\r\n"
        + "".join(f'"a, b";{w};{h}\r\n' for h, w in (r.split(",") for r in GOOD_ROWS.split()))
        + "x;;1.7\r\n\r\ny;60;na\r\n",
    ],
    ids=["plain", "semicolons, BOM, other columns, CRLF"],
)
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
    "number of Python, not of a CSV": ("height,weight\n1.7,6_0\n", "line 2: weight '6_0' is not a"),
    "digits of another script": ("height,weight\n1.7,٦٠\n", "line 2: weight '٦٠' is not a number"),
    "decimal comma": ("height;weight\n1,7;60\n", "line 2: height '1,7' is not a number"),
    "NaN": ("height,weight\n1.7,nan\n", "line 2: weight 'nan' is not finite"),
    "infinite": ("height,weight\n1.7,inf\n", "line 2: weight 'inf' is not finite"),
    "negative height": ("height,weight\n-1.7,60\n", "line 2: height '-1.7' is not positive"),
    "zero": ("height,weight\n1.7,0\n", "line 2: weight '0' is not positive"),
    "centimetres": ("height,weight\n1.7,60\n\n173,60\n", "line 4.*centimetres"),
    "feet": ("height,weight\n5.8,60\n", "line 2.*feet; heights must be in metres"),
    "inches": ("height,weight\n68,60\n", "line 2.*inches or centimetres; heights"),
    "millimetres": ("height,weight\n1730,60\n", "line 2.*millimetres; heights"),
    "grams": ("height,weight\n1.7,60000\n", "line 2.*must be in kilograms"),
    "empty": ("", "is empty"),
    "blank": ("\n\n", "is empty"),
    "header only": ("height,weight\n", "no row follows line 1"),
    "all missing": ("height,weight\n,60\nNA,\n", "all 2 rows have missing values"),
    "short row": ("height,weight\n1.7\n", "line 2: 1 cell, but the header has 2"),
    "long row": ("height,weight\n1.7,60,3\n", "line 2: 3 cells"),
    "open quote": ('height,weight\n"1.7,60\n', "not a CSV file"),
    "not text": (b"height,weight\n\xff\xfe\x00\n", "line 2: not a text file in UTF-8"),
    "UTF-16": ("height,weight\n1.7,60\n".encode("utf-16"), "line 1: not a text file in UTF-8"),
    "CP949": (
        "height,weight,name\r\n1.7,60,Kim\r\n1.7,60,김\r\n".encode("cp949"),
        "line 3: not a text file.*save it again as CSV in UTF-8",
    ),
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
