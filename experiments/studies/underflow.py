"""Likelihoods multiply and vanish; their logarithms add and do not.

    L = Π p_i^{y_i} (1 − p_i)^{1 − y_i} → 0        −log L = −Σ [y_i log p_i + (1 − y_i) log(1 − p_i)]

Each factor is below 1, so the product leaves float32 after some 150 to 250 halvings (2^-149 is its
smallest number) and float64 after a thousand (2^-1074). A product of 0 for every θ has no maximum
to find. The logarithm is strictly increasing, so that log L has its maximum at the same θ.

It is not enough to take the logarithm late: log σ(z) is −∞ where σ(z) has already rounded to 0.
BCE by logits never forms σ(z): max(z, 0) − zy + log(1 + e^-|z|).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import styled
from experiments.studies.lab import Lab, Study, first_below
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

TRUE_SLOPE = 1.0
TINY = 5e-324  # the smallest float64 above 0


def run(lab: Lab) -> Callable[[], Figure]:
    """Products against sums over samples, over the parameter, and at far logits."""
    rng = lab.rng()
    x = rng.normal(0, 1.5, 3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(-TRUE_SLOPE * x))).astype(np.float64)

    products = {dtype: _product(lab, x, y, dtype) for dtype in ("float32", "float64")}
    for dtype, values in products.items():
        samples = first_below(values, TINY) + 1
        lab.number(f"samples until the product is 0 in {dtype}", samples)
        lab.claim(f"in {dtype} the product of all {len(x)} likelihoods is 0", values[-1] == 0.0)
        lab.claim(f"and it is so after {samples} of them", samples < len(x))
    sums = {"float32": _sum(lab, x, y, "float32"), "float64": _sum(lab, x, y, "float64")}
    lab.number("-log likelihood of all samples, float64", sums["float64"][-1])
    lab.claim("the sum of logarithms stays finite", np.isfinite(sums["float32"]).all())

    slopes = np.linspace(0, 2, 81)
    over_slopes = _over_slopes(lab, slopes, x, y)
    best = slopes[over_slopes["log likelihood"].argmax()]
    lab.number("slope with the largest log likelihood", best)
    lab.claim("the product is 0 for every slope", (over_slopes["likelihood"] == 0).all())
    lab.claim("the logarithm finds the slope", abs(best - TRUE_SLOPE) < 0.25)

    logits = np.linspace(-200, 20, 441).astype(np.float32)
    far = _far_logits(lab, logits)
    extreme = lab.impl.tensor(np.array([-1e4, 1e4], np.float32))
    wrong = lab.impl.tensor(np.array([1.0, 0.0], np.float32))
    at_extreme = to_array(
        lab.impl.binary_cross_entropy_with_logits(extreme, wrong, reduction="none")
    )
    lab.number("BCE by logits at a logit of -10000, y = 1", at_extreme[0])
    lab.claim("BCE by logits is exactly 10000 at logits ±10000", (at_extreme == 1e4).all())
    lab.claim("log σ(z) taken late is infinite", np.isinf(far["late: −log(σ(z))"]).any())
    lab.claim("BCE on probabilities stops at 100", far["on probabilities: clamped"].max() == 100)
    return partial(_draw, products, sums, (slopes, over_slopes), (logits, far))


def _product(lab: Lab, x: NDArray[Any], y: NDArray[Any], dtype: str) -> NDArray[np.float64]:
    """The likelihood of the first 1, 2, … samples, multiplied one by one."""
    impl = lab.impl
    p = impl.sigmoid(impl.tensor((TRUE_SLOPE * x).astype(dtype)))
    factors = impl.where(impl.tensor(y) > 0.5, p, 1 - p)
    product = impl.tensor(np.ones((), dtype))
    values = []
    for i in range(len(x)):
        product = product * factors[i]
        values.append(product.item())
    return np.array(values)


def _sum(lab: Lab, x: NDArray[Any], y: NDArray[Any], dtype: str) -> NDArray[np.float64]:
    """−log likelihood of the first 1, 2, … samples: the terms of BCE, added one by one."""
    tensors = [lab.impl.tensor(values.astype(dtype)) for values in (TRUE_SLOPE * x, y)]
    terms = to_array(lab.impl.binary_cross_entropy_with_logits(*tensors, reduction="none"))
    return np.cumsum(terms).astype(np.float64)


def _over_slopes(
    lab: Lab, slopes: NDArray[Any], x: NDArray[Any], y: NDArray[Any]
) -> dict[str, NDArray[np.float64]]:
    """The likelihood of all samples for each slope θ, as exp(Σ log) = Π and as Σ log."""
    logits = lab.tensor(np.outer(slopes, x))
    targets = lab.tensor(np.broadcast_to(y, (len(slopes), len(x))))
    losses = lab.impl.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    log_likelihood = -to_array(losses.sum(1))
    factors = to_array((-losses).exp())
    with np.errstate(under="ignore"):  # which is what is to be shown
        likelihood = factors.prod(axis=1)
    return {"likelihood": likelihood, "log likelihood": log_likelihood}


def _far_logits(lab: Lab, logits: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """BCE of y = 1 in float32, three ways."""
    impl = lab.impl
    z, ones = impl.tensor(logits), impl.tensor(np.ones_like(logits))
    p = impl.sigmoid(z)
    ways = {
        "late: −log(σ(z))": -p.log(),
        "on probabilities: clamped": impl.binary_cross_entropy(p, ones, reduction="none"),
        "by logits": impl.binary_cross_entropy_with_logits(z, ones, reduction="none"),
    }
    return {name: to_array(values).astype(np.float64) for name, values in ways.items()}


@styled
def _draw(products: Any, sums: Any, by_slope: Any, by_logit: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(2, 2, width=4.6)
    shown = {name: np.where(values > 0, values, np.nan) for name, values in products.items()}
    ends = {
        f"{name} is 0 from {place} on": place
        for name, values in products.items()
        if (place := first_below(values, TINY) + 1)
    }
    learning_curves(
        shown, log=True, marks=ends, title="Product of likelihoods", x="samples",
        y="likelihood", axes=axes[0],
    )  # fmt: skip # data, then labels
    learning_curves(
        sums, title="Sum of their negative logarithms", x="samples", y="−log likelihood (nats)",
        axes=axes[1],
    )  # fmt: skip # data, then labels
    slopes, over = by_slope
    best = slopes[over["log likelihood"].argmax()]
    learning_curves(
        {"log likelihood": over["log likelihood"]}, steps=slopes, marks={f"best: {best:.3g}": best},
        title="All samples: a maximum to find", x="slope θ of p = σ(θx)", y="log likelihood (nats)",
        axes=axes[2],
    )  # fmt: skip # data, then labels
    logits, far = by_logit
    finite = {name: np.where(np.isfinite(v), v, np.nan) for name, v in far.items()}
    learning_curves(
        finite, steps=logits, title="BCE of y = 1 in float32, at far logits", x="logit z",
        y="loss (nats)", axes=axes[3],
    )  # fmt: skip # data, then labels
    end = logits[np.isfinite(far["late: −log(σ(z))"])][0]
    axes[3].annotate(
        f"infinite below {end:.0f}", (end, -float(end)), (8, 20), textcoords="offset points"
    )
    return figure


STUDY = Study("underflow", "A product of likelihoods underflows; its logarithm does not", run)
