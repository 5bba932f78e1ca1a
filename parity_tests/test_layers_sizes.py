"""Layers of real sizes: a thousand features and rows, and more dimensions than three."""

from __future__ import annotations

from typing import Any

from parity_tests.instrument import Case, cases, normal
from parity_tests.test_layers_normalization import BATCH_NORM, NORM, moments

MANY = 1_031  # features: a prime, so that no block size divides it


def affine(impl, x, weight, bias, normalized_shape):
    return impl.layer_norm(x, normalized_shape, weight, bias)


PLAIN: dict[str, Any] = {
    "why": "60 digits of so many would take a minute: torch is the yardstick",
    "variants": "",
}
NORMALIZED: dict[str, Any] = {k: v for k, v in BATCH_NORM.items() if k != "oracle"} | PLAIN
CASES = [
    *(Case("layer_norm", inputs=(normal(*lead, *shape), normal(*shape), normal(*shape)), **NORM,
           options={"normalized_shape": shape}, call=affine, **PLAIN)
      for lead, shape in [((3,), (MANY,)), ((257,), (61,)), ((2,), (3, 4, 5)), ((2, 2), (2, 3, 2, 2))]),
    *(Case("batch_norm", inputs=(normal(*shape), *moments(shape[1]), normal(shape[1]),
                                 normal(shape[1])),
           wrt=(0, 3, 4), options={"training": training}, id=f"{shape}-training={training}",
           **NORMALIZED)
      # of many features few rows: where torch is the yardstick, 8 ulp are a handful of roundings
      for shape in [(MANY, 3), (7, 257), (3, 2, 4, 5), (2, 3, 2, 3, 2)]
      for training in (True, False)),
]  # fmt: skip # a table


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)
