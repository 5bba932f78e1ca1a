"""Infinite upstream gradients: what an operation does not select gets 0 of them, not NaN.

y = max x, say, does not depend on an element below the maximum: the chain rule has no term for it,
and the sum of no terms is 0 whatever the upstream is. A mask of 0 and 1 times the upstream is not
that: 0 · ∞ is NaN (the "double where" of those who differentiate through a mask). Where the local
gradient is a number that happens to be 0, on the other hand, as of |x| at 0 or of dropout's x · m,
the product 0 · ∞ is what the chain rule says, and what torch gives.
"""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import EXACT, Case, cases, dyadic, labels, values

X = (dyadic(4, 8),)
PAIR = (dyadic(4, 8), dyadic(4, 8))
KINKS = values([-2.0, -1.0, -0.5, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 2.0, 3.0, 3.0])
FROM_KINKS = (KINKS, values(np.linspace(-3, 3, 12).round() / 2 + 0.0))
TIES = values([[3.0, 1.0, 3.0, -1.0], [-1.0, 3.0, 0.0, 2.0]])


def signs(*shape):
    """±1 as floats."""
    return lambda rng: rng.choice([-1.0, 1.0], shape)


def condition(*shape):
    """True and False, both of them."""

    def draw(rng):
        chosen = rng.integers(0, 2, shape).astype(bool)
        chosen.flat[:4] = [True, True, False, False]  # and so with and without an infinite upstream
        return chosen

    return draw


def dropped(impl, x, **options):
    impl.manual_seed(5)
    return impl.dropout(x, **options)


def picked(impl, x):
    return x[impl.tensor([0, 2, 2])]


def sliced(impl, x):
    return x[1:, ::2]


def infinite(name, inputs, options=None, **more):
    """A case whose upstream is infinite at every other element."""
    settings = {"tier": EXACT, "variants": "", "upstream": "infinite", "id": "", **more}
    settings["id"] = "-".join(filter(None, ["infinite", settings["id"], *map(str, options or ())]))
    if options:
        settings["id"] += "=" + "-".join(map(str, options.values()))
    return Case(name, inputs, options or {}, **settings)


SELECTING = [
    infinite("where", (condition(4, 8), *PAIR)),
    infinite("where", (condition(4, 8), dyadic(8), dyadic(4, 1)), id="broadcast"),
    *(
        infinite(name, inputs, id=id)
        for name in ("maximum", "minimum")
        for id, inputs in (("", PAIR), ("ties", (TIES, values(1.0))), ("kinks", FROM_KINKS))
    ),
    *(
        infinite(f"Tensor.{name}", inputs, options)
        for name in ("max", "min")
        for inputs, options in ((X, {}), ((TIES,), {}), (X, {"dim": 1}), (X, {"dim": 0, "keepdim": True}))
    ),
    *(
        infinite("Tensor.clip", (KINKS,), options)
        for options in ({"min": -1.0, "max": 2.0}, {"min": 0.0}, {"max": 1.0})
    ),
    infinite("Tensor.__getitem__", X, call=picked, id="picked"),
    infinite("Tensor.__getitem__", X, call=sliced, id="sliced"),
    *(infinite(name, inputs) for name in ("relu", "hardtanh", "step", "sign")
      for inputs in (X, (KINKS,))),
    *(
        infinite("hinge_embedding_loss", (dyadic(4, 8), signs(4, 8)), {"reduction": r}, wrt=(0,))
        for r in ("none", "mean", "sum")
    ),
    *(
        infinite("perceptron_loss", (dyadic(4, 8), signs(4, 8)), {"reduction": r}, wrt=(0,))
        for r in ("none", "mean", "sum")
    ),
    *(
        infinite("nll_loss", (dyadic(8, 4), labels(4, 8)), {"reduction": r, "ignore_index": 1})
        for r in ("none", "mean", "sum")
    ),
]  # fmt: skip # a table
MULTIPLYING = [
    infinite("Tensor.abs", (KINKS,)),
    infinite("leaky_relu", (KINKS,), {"negative_slope": 0.0}),
    infinite("dropout", X, {"p": 0.5}, call=dropped),
    infinite("dropout", X, {"p": 1.0}, call=dropped),
    infinite("l1_loss", FROM_KINKS, {"reduction": "none"}, wrt=(0,)),
]


@cases(SELECTING + MULTIPLYING)
def test_gradient(case, check):
    check(case)
