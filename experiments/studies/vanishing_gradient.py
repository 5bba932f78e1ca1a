"""What becomes of the gradient in a deep network: by activation, by initialisation, by depth.

    ∂L/∂h_{k-1} = Wᵀ (φ'(z_k) ∂L/∂h_k)        size per layer ≈ √E[φ'²] · √(n Var w)

Each layer multiplies by the slope of its activation *and* by its weights. The sigmoid's slope is at
most ¼, so that with usual weights ten layers leave next to nothing (the vanishing gradient); the
weights can make up for it (at the price of saturation) or make it worse. Xavier's and He's
initialisations choose Var w so that the product is near 1 for tanh and for ReLU. Zeros never learn
at all: every unit of a layer would stay the same as its neighbours.

Hochreiter (1991); Glorot and Bengio (2010); He et al. (2015); Ioffe and Szegedy (2015).
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import GREY, styled
from experiments.studies.lab import Lab, Study, fit
from experiments.tensors import gradient_arrays, to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WIDTH, DEPTH, CLASSES = 32, 10, 10
SAMPLES = 300
SUITED = {
    "sigmoid": "xavier_normal",
    "tanh": "xavier_normal",
    "relu": "kaiming_normal",
    "elu": "kaiming_normal",
}


def run(lab: Lab) -> Callable[[], Figure]:
    """Gradient sizes layer by layer, and what they mean for the training of three networks."""
    impl = lab.impl
    normal = {std: partial(impl.normal_, mean=0.0, std=std) for std in (0.01, 1.0)}
    inits = {
        "std 0.01": normal[0.01],
        "default": None,
        "Xavier": "xavier_normal",
        "He": "kaiming_normal",
        "std 1": normal[1.0],
    }
    suited = {name: _sizes(lab, name, init) for name, init in SUITED.items()}
    sigmoid = {name: _sizes(lab, "sigmoid", init) for name, init in inits.items()}
    relu = {name: _sizes(lab, "relu", init) for name, init in inits.items()}
    ratio = {
        name: lab.number(f"{name}, suited init: first ÷ last hidden gradient", v[0] / v[-1])
        for name, v in suited.items()
    }
    lab.claim(
        "sigmoid: less than 1e-4 of the gradient is left after ten layers", ratio["sigmoid"] < 1e-4
    )
    lab.claim(
        "tanh, ReLU and ELU with their init: more than a tenth",
        min(ratio[name] for name in ("tanh", "relu", "elu")) > 0.1,
    )
    _check_factor(lab, sigmoid)
    lab.claim("too small weights starve ReLU too", relu["std 0.01"][0] < 1e-8 * relu["He"][0])
    lab.claim("too large ones make its gradient explode", relu["std 1"][0] > 1e3 * relu["He"][0])
    lab.claim(
        "large weights keep the sigmoid's gradient alive: its slope alone does not decide",
        sigmoid["std 1"][0] > 100 * sigmoid["Xavier"][0],
    )
    lab.claim("zeros: no hidden weight gets any gradient", not any(_sizes(lab, "tanh", "zeros")))
    depths = lab.scaled((1, 2, 4, 6, 8, 12, 16, 20), (1, 4, 12))
    by_depth = {
        name: np.array([_sizes(lab, name, init, depth)[0] for depth in depths])
        for name, init in SUITED.items()
    }
    curves = _train(lab)
    for name, losses in curves.items():
        lab.measure(f"training loss of {name}", losses[-1])
    stuck, normalised, free = (losses[-1] for losses in curves.values())
    lab.claim(
        "ten sigmoid layers do not learn: the loss stays at ln 10", abs(stuck - math.log(10)) < 0.02
    )
    lab.claim("batch normalisation frees them, as tanh does", max(normalised, free) < stuck / 2)
    z = np.linspace(-5, 5, 201)
    slopes = {name: lab.slopes(getattr(impl, name), z) for name in SUITED}
    lab.claim("the sigmoid's slope is at most ¼", slopes["sigmoid"].max() <= 0.25)
    return partial(_draw, (suited, sigmoid, relu), (depths, by_depth), (z, slopes), curves)


def _network(lab: Lab, activation: str, init: Any, depth: int, batch_norm: bool = False) -> Any:
    lab.impl.manual_seed(lab.seed)
    sizes = [WIDTH] * (depth + 1) + [CLASSES]
    return lab.network(sizes, activation=activation, init=init, batch_norm=batch_norm)


def _samples(lab: Lab) -> tuple[Any, Any]:
    rng = lab.rng()
    return lab.tensor(rng.normal(size=(256, WIDTH))), lab.labels(rng.integers(0, CLASSES, 256))


def _sizes(lab: Lab, activation: str, init: Any, depth: int = DEPTH) -> Array:
    """The norm of the gradient by the weights of each hidden layer, first to last."""
    network = _network(lab, activation, init, depth)
    x, y = _samples(lab)
    lab.impl.cross_entropy(network(x), y).backward()
    gradients = gradient_arrays(network)
    return np.array([np.linalg.norm(gradients[f"linear{k}.weight"]) for k in range(1, depth + 1)])


def _check_factor(lab: Lab, sigmoid: dict[str, Array]) -> None:
    """For the sigmoid, from layer to layer, the gradient shrinks by √E[σ'²] √(n Var w)."""
    network = _network(lab, "sigmoid", "xavier_normal", DEPTH)
    x, _ = _samples(lab)
    with lab.impl.no_grad():
        z = network.linear2(network.activation1(network.linear1(x)))
    slope = math.sqrt((lab.slopes(lab.impl.sigmoid, to_array(z)) ** 2).mean())
    for name, spread in (("default", math.sqrt(1 / 3)), ("Xavier", 1.0)):
        sizes = sigmoid[name]
        factor = lab.number(
            f"sigmoid, {name} init: factor per layer", (sizes[0] / sizes[-1]) ** (1 / (DEPTH - 1))
        )
        lab.number(f"sigmoid, {name} init: σ' √(n Var w)", slope * spread)
        lab.claim(
            f"sigmoid, {name} init: the factor is slope times weights, to a quarter",
            abs(factor / (slope * spread) - 1) < 0.25,
        )


def _train(lab: Lab) -> dict[str, Array]:
    """Ten layers on the digits by plain SGD: sigmoid, sigmoid with batch normalisation, tanh."""
    from experiments.datasets.bundled import digits

    source = digits()
    images = source.x[:SAMPLES] / 16.0
    mean = images.mean(axis=0)
    x = lab.tensor((images - mean) @ _projection(lab, images.shape[1]))
    y = lab.labels(source.y[:SAMPLES])
    kinds = {
        "sigmoid": ("sigmoid", False),
        "sigmoid, batch norm": ("sigmoid", True),
        "tanh": ("tanh", False),
    }
    curves = {}
    for name, (activation, batch_norm) in kinds.items():
        network = _network(lab, activation, SUITED[activation], DEPTH, batch_norm)
        loss = partial(_cross_entropy, lab, network, x, y)
        curves[name] = fit(lab, network, loss, lab.scaled(150, 80), "SGD", lr=0.1)
    return curves


def _projection(lab: Lab, features: int) -> Array:
    """Random directions that bring the digits' 64 pixels to the networks' width, at unit spread."""
    return lab.rng().normal(size=(features, WIDTH)) / 2.0


def _cross_entropy(lab: Lab, network: Any, x: Any, y: Any) -> Any:
    return lab.impl.cross_entropy(network(x), y)


@styled
def _draw(by_layer: Any, by_depth: Any, by_input: Any, curves: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(3, 2, width=4.3, height=3.3)
    titles = ("By activation, with a suited init", "Sigmoid, by init", "ReLU, by init")
    for title, sizes, panel in zip(titles, by_layer, axes, strict=False):
        learning_curves(
            sizes, log=True, title=title, x="hidden layer (1: the first)",
            y="norm of its weights' gradient", axes=panel,
        )  # fmt: skip # data, then labels
    depths, first = by_depth
    learning_curves(
        first, steps=depths, log=True, title="The first layer's gradient by depth",
        x="hidden layers", y="norm of its weights' gradient", axes=axes[3],
    )  # fmt: skip # data, then labels
    z, slopes = by_input
    learning_curves(slopes, steps=z, title="Slopes", x="z", y="φ'(z)", axes=axes[4])
    learning_curves(
        curves, title="Ten layers learn digits by plain SGD", x="step", y="cross-entropy (nats)",
        axes=axes[5],
    )  # fmt: skip # data, then labels
    axes[5].axhline(math.log(CLASSES), color=GREY, linestyle=":")
    axes[5].annotate(
        "ln 10: guessing", (1, math.log(CLASSES)), (-4, -12), ha="right",
        xycoords=("axes fraction", "data"), textcoords="offset points",
    )  # fmt: skip # data, then labels
    return figure


STUDY = Study(
    "vanishing-gradient", "Vanishing and exploding gradients by activation, init, depth", run
)
