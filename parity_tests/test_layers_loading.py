"""A state of which a part is missing, or that has more: what is there is loaded, if that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, offered, to_tensor

PARTS = {
    "a key is missing": ["0.weight", "1.bias", "1.weight"],
    "the first key is missing": ["0.bias", "1.weight", "1.bias"],
    "the last key is missing": ["0.weight", "0.bias", "1.weight"],
    "all but one are missing": ["1.weight"],
    "a key is unexpected": ["more", "0.weight", "0.bias", "1.weight", "1.bias"],
    "a key is missing, another unexpected": ["0.bias", "1.bias", "more", "0.weight"],
    "all are missing": [],
}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_there_is_loaded(candidate, reference, rng, part):
    """With strict=False the keys that are on both sides are copied, the rest stays as it was."""
    offered(candidate, "Module", "Sequential", "Linear", "LayerNorm")
    shapes = {key: (3, 2) if key == "0.weight" else (3,) for key in PARTS[part]}
    values = {key: rng.standard_normal(shape).astype("float32") for key, shape in shapes.items()}
    found = []
    for impl in (candidate, reference):
        model = impl.Sequential(impl.Linear(2, 3), impl.LayerNorm(3))
        halves = {key: np.full(tuple(p.shape), 0.5) for key, p in model.state_dict().items()}
        model.load_state_dict({key: to_tensor(impl, a) for key, a in halves.items()})
        tensors = {key: to_tensor(impl, a) for key, a in values.items()}
        missing, unexpected = model.load_state_dict(tensors, strict=False)
        kept = model.state_dict()
        found.append({**kept, "missing": sorted(missing), "unexpected": sorted(unexpected)})
    assert_parity(found[0], found[1], EXACT, op="Module.load_state_dict", direction=part)
