"""Four activations whose names are easily mixed up: softmax and softplus, ELU and SELU.

    softplus(x) = log(1 + e^x)             smooth ReLU; its derivative is the sigmoid
    softmax(x)_i = e^{x_i} / Σ_j e^{x_j}   a distribution over classes; nothing like a ReLU
    ELU_α(x)  = x if x > 0, else α(e^x − 1)         derivative continuous at 0 only for α = 1
    SELU(x)   = λ ELU_α(x), α = 1.6732632…, λ = 1.0507009…    one function, not a family

ELU with another α than 1 is still ELU. SELU's two constants are chosen so that mean 0 and
variance 1 are a fixed point: with weights of variance 1/n they survive any number of layers.

Dugas et al. (2001), softplus; Clevert et al. (2016), ELU; Klambauer et al. (2017), SELU.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.lab import Lab, Study
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ALPHA, LAMBDA = 1.6732632423543772, 1.0507009873554805
WIDTH, LAYERS = 256, 30


def run(lab: Lab) -> Callable[[], Figure]:
    """Values, derivatives, and what thirty random layers do to mean and variance."""
    impl = lab.impl
    x = np.linspace(-6, 6, 241)
    apart = np.abs(lab.slopes(impl.softplus, x) - lab.values(impl.sigmoid, x)).max()
    lab.measure("softplus' against the sigmoid", apart)
    lab.claim("the derivative of softplus is the sigmoid", apart < 1e-15)
    gap = lab.values(impl.softplus, x) - lab.values(impl.relu, x)
    lab.number("largest distance of softplus and ReLU", gap.max())
    lab.claim(
        "softplus lies above ReLU, by log 2 at most (at 0)",
        gap.min() > 0 and abs(gap.max() - np.log(2)) < 1e-15,
    )
    one = lab.values(partial(impl.softmax, dim=-1), x[:, None])
    lab.claim("softmax of a single number is 1, whatever the number", (one == 1).all())

    sides = np.array([-(2.0**-60), 2.0**-60])
    for alpha in (1.0, ALPHA):
        jump = np.abs(np.diff(lab.slopes(partial(impl.elu, alpha=alpha), sides))[0])
        lab.number(f"ELU, α = {alpha:.4g}: jump of the derivative at 0", jump)
        lab.claim(f"which is |1 − α| = {abs(1 - alpha):.4g}", abs(jump - abs(1 - alpha)) < 1e-8)
    scaled = LAMBDA * lab.values(partial(impl.elu, alpha=ALPHA), x)
    difference = np.abs(lab.values(impl.selu, x) - scaled).max()
    lab.claim("SELU is λ ELU with α = 1.6733, λ = 1.0507", difference < 1e-14)
    lab.claim(
        "ELU with that α alone is not SELU",
        np.abs(lab.values(impl.selu, x) - scaled / LAMBDA).max() > 0.3,
    )

    spreads = {name: _through_layers(lab, getattr(impl, name)) for name in ("selu", "elu", "relu")}
    for name, values in spreads.items():
        lab.number(f"spread after {LAYERS} layers of {name}", values[-1])
    lab.claim(
        "through thirty layers SELU keeps the spread near 1",
        0.7 < spreads["selu"].min() <= spreads["selu"].max() < 1.3,
    )
    lab.claim(
        "ELU and ReLU, with the same weights, lose it",
        max(spreads["elu"][-1], spreads["relu"][-1]) < 0.4,
    )
    curves = {"softplus": lab.values(impl.softplus, x), "ReLU": lab.values(impl.relu, x)}
    units = {
        "ELU, α = 1": partial(impl.elu, alpha=1.0),
        f"ELU, α = {ALPHA:.4g}": partial(impl.elu, alpha=ALPHA),
        "SELU": impl.selu,
    }
    outputs = {name: lab.values(unit, x) for name, unit in units.items()}
    slopes = {name: lab.slopes(unit, x) for name, unit in units.items()}
    smooth = {"softplus'": lab.slopes(impl.softplus, x), "sigmoid": lab.values(impl.sigmoid, x)}
    return partial(_draw, x, curves, smooth, outputs, slopes, spreads)


def _through_layers(lab: Lab, activation: Callable[[Any], Any]) -> Array:
    """The standard deviation after each random layer with weights of variance 1/n."""
    rng = lab.rng()
    h = lab.tensor(rng.normal(size=(lab.scaled(512, 128), WIDTH)))
    spreads = []
    with lab.impl.no_grad():
        for _ in range(LAYERS):
            h = activation(h @ lab.tensor(rng.normal(0, WIDTH**-0.5, (WIDTH, WIDTH))))
            spreads.append(to_array(h).std())
    return np.array(spreads)


def _draw(x: Array, curves: Any, smooth: Any, values: Any, slopes: Any, spreads: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(3, 2, width=4.2, height=3.2)
    panels = (
        (curves, "Softplus: a smooth ReLU", "output"),
        (smooth, "Its derivative is the sigmoid", "derivative"),
        ({name: v - curves["ReLU"] for name, v in curves.items() if name != "ReLU"},
         "Softplus − ReLU: log 2 at most", "difference"),
        (values, "ELU by α, and SELU", "output"),
        (slopes, "Derivatives: a jump unless α = 1", "derivative"),
    )  # fmt: skip # a table
    for (lines, title, y), panel in zip(panels, axes, strict=False):
        learning_curves(lines, steps=x, title=title, x="x", y=y, axes=panel)
    learning_curves(
        spreads, title="Spread through random layers", x="layer", y="standard deviation",
        axes=axes[5],
    )  # fmt: skip # data, then labels
    return figure


STUDY = Study("softplus-selu", "Softplus is not softmax, and ELU is not SELU", run)
