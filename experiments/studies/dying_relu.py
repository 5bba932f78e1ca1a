"""Dying ReLU: units whose gradient is 0 for every sample, and so for ever.

    relu(z) = max(z, 0)        φ'(z) = 1[z > 0]

A ReLU that is 0 for one sample is not dead: passing nothing on now and then is what makes ReLU
networks sparse. It is dead when z ≤ 0 for every sample: then no gradient reaches its weights, and
nothing will change that. A bias that is far too negative does it, as does one step that was far
too long, and a narrow deep network may be born that way. A slope below 0 (leaky ReLU, ELU) keeps
the gradient alive.

Maas, Hannun and Ng (2013); Clevert et al. (2016); Lu et al. (2019), "Dying ReLU and initialization".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.studies.lab import Lab, Study, fit
from experiments.tensors import parameter_arrays, to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

UNITS = 48
KINDS = {"ReLU": "relu", "leaky ReLU": "leaky_relu", "ELU": "elu"}
RATES = {"rate 0.1": 0.1, "rate 1": 1.0}
DEPTHS = tuple(range(1, 26))
WIDTHS = (2, 4, 8)


def run(lab: Lab) -> Callable[[], Figure]:
    """Units that are dead from the start, that are killed by a long step, that are born dead."""
    x = np.linspace(-1, 1, 64)[:, None]
    y = np.sin(3 * x)
    buried = {
        name: _train(lab, kind, x, y, "Adam", 0.02, bias=-3.0) for name, kind in KINDS.items()
    }
    for name, (losses, _, moved) in buried.items():
        lab.number(f"biases at -3, {name}: loss in the end", losses[-1])
        lab.number(f"biases at -3, {name}: way of the first layer's weights", moved)
    best_constant = float(y.var())
    lab.claim("dead ReLUs never move: their gradient is exactly 0", buried["ReLU"][2] == 0.0)
    lab.claim(
        "the network can only learn a constant", buried["ReLU"][0][-1] > 0.999 * best_constant
    )
    for name in ("leaky ReLU", "ELU"):
        lab.claim(f"{name} gets out of the same place", buried[name][0][-1] < 0.7 * best_constant)

    killed = {name: _train(lab, "relu", x, y, "SGD", rate) for name, rate in RATES.items()}
    for name, (_, dead, _) in killed.items():
        lab.number(f"share of dead ReLUs, {name}", dead[-1])
    calm, wild = (dead for _, dead, _ in killed.values())
    lab.claim("a step that is too long kills more than half of the units", wild[-1] > 0.5)
    lab.claim("and they stay dead", (np.diff(wild[len(wild) // 2 :]) >= 0).all())
    lab.claim("short ones kill less than a tenth", calm[-1] - calm[0] < 0.1)

    networks = lab.scaled(400, 200)
    born = {f"width {width}": _born_dead(lab, width, networks) for width in WIDTHS}
    for name, shares in born.items():
        lab.number(f"networks born dead, {name}, 25 layers", shares[-1])
    last = [shares[-1] for shares in born.values()]
    lab.claim("narrow and deep: most networks of width 2 are born dead", last[0] > 0.6)
    lab.claim("wider ones less and less", last[0] > last[1] > last[2])
    lab.claim(
        "and deeper ones more and more",
        all((np.diff(shares) >= 0).all() for shares in born.values()),
    )
    z = np.linspace(-4, 2, 121)
    slopes = {name: lab.slopes(getattr(lab.impl, kind), z) for name, kind in KINDS.items()}
    return partial(_draw, (z, slopes), buried, killed, born)


def _train(
    lab: Lab, activation: str, x: Array, y: Array, optimizer: str, rate: float,
    bias: float | None = None,
) -> tuple[Array, Array, float]:  # fmt: skip # data, then options
    """Losses, shares of units dead for all samples, and how far the first layer's weights went."""
    lab.impl.manual_seed(lab.seed)
    network = lab.network((1, UNITS, 1), activation=activation)
    if bias is not None:
        state = {**parameter_arrays(network), "linear1.bias": np.full(UNITS, bias)}
        network.load_state_dict({name: lab.tensor(values) for name, values in state.items()})
    before = to_array(network.linear1.weight).copy()
    inputs, targets = lab.tensor(x), lab.tensor(y)
    dead: list[float] = []

    def count(_step: int) -> None:
        with lab.impl.no_grad():
            silent = to_array(network.linear1(inputs)).max(axis=0) <= 0
        dead.append(float(silent.mean()))

    count(0)
    loss = partial(_error, lab, network, inputs, targets)
    losses = fit(lab, network, loss, lab.scaled(400, 300), optimizer, count, lr=rate)
    moved = float(np.abs(to_array(network.linear1.weight) - before).max())
    return losses, np.array(dead), moved


def _error(lab: Lab, network: Any, x: Any, y: Any) -> Any:
    return lab.impl.mse_loss(network(x), y)


def _born_dead(lab: Lab, width: int, networks: int) -> Array:
    """The share of random networks (He, no biases) that are 0 for every input, after each layer."""
    rng = lab.rng()
    h = lab.tensor(rng.normal(size=(networks, 32, width)))
    shares = []
    with lab.impl.no_grad():
        for _ in DEPTHS:
            weights = rng.normal(0, np.sqrt(2 / width), (networks, width, width))
            h = lab.impl.relu(h @ lab.tensor(weights))
            shares.append((to_array(h).max(axis=(1, 2)) <= 0).mean())
    return np.array(shares)


def _draw(by_input: Any, buried: Any, killed: Any, born: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(2, 2, width=4.6)
    z, slopes = by_input
    learning_curves(
        slopes, steps=z, title="Slopes: below 0, only ReLU's is 0", x="z", y="φ'(z)", axes=axes[0]
    )
    learning_curves(
        {name: losses for name, (losses, _, _) in buried.items()},
        title="All hidden biases start at −3", x="step", y="mean squared error", axes=axes[1],
    )  # fmt: skip # data, then labels
    learning_curves(
        {name: dead for name, (_, dead, _) in killed.items()},
        steps=np.arange(len(killed["rate 1"][1])), title="ReLUs that are 0 for every sample",
        x="step", y="share of units", axes=axes[2],
    )  # fmt: skip # data, then labels
    learning_curves(
        born, title="Networks that are born dead", x="layers", y="share of networks", axes=axes[3]
    )
    return figure


STUDY = Study("dying-relu", "Dying ReLU: biases, long steps, narrow deep networks", run)
