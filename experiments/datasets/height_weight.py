"""Height and weight: the user's own CSV, or people drawn from a survey's means and spreads.

Labels are the WHO's limits of the body-mass index, weight / height² in kg/m²:
under 18.5 underweight, from 25 overweight (WHO Technical Report Series 894, 2000).

The generated people follow the US Centers for Disease Control and Prevention's Youth Risk
Behavior Survey of 2013, whose 12,579 respondents with both answers have a height of
1.691 ± 0.105 m and a body-mass index whose logarithm is 3.143 ± 0.194, with a correlation of
0.02 between the two; so height is drawn as a normal, the index as an independent log-normal.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from experiments.datasets.csv_files import Column, read_columns
from experiments.datasets.source import Source
from experiments.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNDERWEIGHT_BELOW = 18.5
OVERWEIGHT_FROM = 25.0
HEIGHT_MEAN, HEIGHT_SPREAD = 1.691, 0.105
LOG_BMI_MEAN, LOG_BMI_SPREAD = 3.143, 0.194

COLUMNS = (
    Column(
        "height",
        unit="m",
        most=3.0,
        if_more=tuple(
            (most, f"it looks like {unit}; heights must be in metres, such as 1.73")
            for most, unit in (
                (8.0, "feet"),
                (90.0, "inches or centimetres"),
                (300.0, "centimetres"),
                (math.inf, "millimetres"),
            )
        ),
    ),
    Column(
        "weight",
        unit="kg",
        most=700.0,
        if_more=((math.inf, "weights must be in kilograms, such as 68.5"),),
    ),
)


def diet(csv: str | None, seed: int) -> Source:
    """Two classes: 1 needs a diet (body-mass index of 25 or more), 0 does not."""
    x, notes = _people(csv, seed)
    labels = (_bmi(x) >= OVERWEIGHT_FROM).astype(np.int64)
    return _source(x, labels, ("no diet", "diet"), notes, csv)


def weight_class(csv: str | None, seed: int) -> Source:
    """Three classes: 0 underweight, 1 normal, 2 overweight."""
    x, notes = _people(csv, seed)
    labels = np.digitize(_bmi(x), (UNDERWEIGHT_BELOW, OVERWEIGHT_FROM)).astype(np.int64)
    return _source(x, labels, ("underweight", "normal", "overweight"), notes, csv)


def generate(count: int, seed: int) -> NDArray[np.float64]:
    """`count` people as rows (height in m, weight in kg)."""
    rng = np.random.default_rng(seed)
    height = rng.normal(HEIGHT_MEAN, HEIGHT_SPREAD, count)
    bmi = np.exp(rng.normal(LOG_BMI_MEAN, LOG_BMI_SPREAD, count))
    return np.column_stack((height, bmi * height**2))


def _people(csv: str | None, seed: int) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    if csv is None:
        return generate(4000, seed), ()
    table = read_columns(csv, COLUMNS)
    kept, total = len(table.values), len(table.values) + table.dropped
    note = f"{csv}: {kept:,} of {total:,} rows; {table.dropped:,} dropped for missing values"
    return table.values, (note,)


def _bmi(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x[:, 1] / x[:, 0] ** 2)


def _source(
    x: NDArray[np.float64],
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    notes: tuple[str, ...],
    csv: str | None,
) -> Source:
    counts = np.bincount(labels, minlength=len(names))
    rare = [name for name, count in zip(names, counts, strict=True) if count < 5]
    if rare:
        raise UsageError(
            f"{csv or 'the generated people'}: {len(labels):,} usable rows, of which fewer than "
            f"5 are {' or '.join(repr(name) for name in rare)}; that is too few to learn from."
        )
    share = ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))
    return Source(
        x=x,
        y=labels,
        feature_names=("height (m)", "weight (kg)"),
        class_names=names,
        scale="standardize",
        notes=(*notes, f"classes: {share}"),
    )
