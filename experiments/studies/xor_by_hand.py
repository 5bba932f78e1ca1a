"""XOR by a 2-2-1 network whose weights are set by hand, behind three activations.

    h₁ = φ(k (x₁ + x₂ − 1.5))    h₂ = φ(k (x₁ + x₂ − 0.5))    y = −h₁ + h₂ − 0.5,   class 1 where y ≥ 0

With the unit step, h₁ is AND, h₂ is OR, and y is right at all four corners. With a plain sigmoid
(k = 1), as these weights are often shown, it is not: at (0, 1) y = tanh(k/4) − 0.5 = −0.255, and no
corner is of class 1. Two repairs: steeper sigmoids, right if and only if k > 4 artanh(½) = 2 ln 3;
or another output bias, since the sigmoids do separate the corners, only not at 0.5.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.datasets.generated import CORNERS, TRUTH_TABLES
from experiments.figures.style import BLACK, styled
from experiments.studies.lab import Lab, Study

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

HIDDEN = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([-1.5, -0.5])
OUTPUT = np.array([[-1.0, 1.0]]), np.array([-0.5])
XOR = np.array(TRUTH_TABLES["xor"])
STEEP = 8.0


def run(lab: Lab) -> Callable[[], Figure]:
    """The outputs at the corners, by activation and by steepness."""
    networks = {
        "unit step": _network(lab, "step"),
        "plain sigmoid": _network(lab, "sigmoid"),
        f"sigmoid, k = {STEEP:g}": _network(lab, "sigmoid", STEEP),
    }
    outputs = {name: lab.values(net, CORNERS)[:, 0] for name, net in networks.items()}
    for name, values in outputs.items():
        for corner, value in zip(("(0,0)", "(0,1)"), values[:2], strict=True):
            lab.number(f"{name}: y at {corner}", value)
    step, plain, steep = outputs.values()
    lab.claim("with the unit step, XOR: (0, 1, 1, 0)", ((step >= 0) == XOR).all())
    lab.claim("with plain sigmoids every output is negative, so none is 1", (plain < 0).all())
    lab.claim("with steep sigmoids, XOR again", ((steep >= 0) == XOR).all())

    at_corner = partial(_at_corner, lab)
    least = lab.number("least steepness that works", _root(at_corner, 1.0, STEEP))
    lab.claim("which is 2 ln 3", abs(least - 2 * math.log(3)) < 1e-12)
    gap = plain[XOR == 1].min() - plain[XOR == 0].max()
    lab.number("plain sigmoids: gap between the classes", gap)
    lab.claim("plain sigmoids do separate the corners, only not at 0.5", gap > 0)
    middle = (plain[XOR == 1].min() + plain[XOR == 0].max()) / 2
    repaired = lab.values(_network(lab, "sigmoid", bias=-0.5 - middle), CORNERS)[:, 0]
    lab.number("output bias that repairs them", -0.5 - middle)
    lab.claim("with that output bias they compute XOR", ((repaired >= 0) == XOR).all())

    steepness = np.linspace(0.25, 8, 120)
    curves = np.array([lab.values(_network(lab, "sigmoid", k), CORNERS)[:, 0] for k in steepness])
    return partial(_draw, lab, networks, outputs, (steepness, curves, least))


def _network(lab: Lab, activation: str, steepness: float = 1.0, bias: float = -0.5) -> Any:
    network = lab.network((2, 2, 1), activation=activation)
    network.load_state_dict(
        {
            "linear1.weight": lab.tensor(steepness * HIDDEN[0]),
            "linear1.bias": lab.tensor(steepness * HIDDEN[1]),
            "linear2.weight": lab.tensor(OUTPUT[0]),
            "linear2.bias": lab.tensor([bias]),
        }
    )
    return network


def _at_corner(lab: Lab, steepness: float) -> float:
    """y at (0, 1)."""
    return float(lab.values(_network(lab, "sigmoid", steepness), CORNERS)[1, 0])


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """Where f, negative at `low` and positive at `high`, is 0: by bisection, to the last bits."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return (low + high) / 2


@styled
def _draw(lab: Lab, networks: Any, outputs: Any, by_steepness: Any) -> Figure:
    from experiments.figures import decision_boundary, learning_curves, page, truth_table

    figure, axes = page(3, 2, width=4.4, height=3.6)
    steep = list(networks)[2]
    for name, panel in zip(networks, axes[:3], strict=True):
        hidden = lab.values(partial(_hidden, networks[name]), CORNERS)
        truth_table(
            hidden, XOR, outputs[name] + 0.5, line=(OUTPUT[1][0], *OUTPUT[0][0]),
            title=f"Hidden space: {name}", axes=panel,
        )  # fmt: skip # data, then labels
        panel.set_xlabel("$h_1$ (output shown: $-h_1 + h_2$, wanted ≥ 0.5)")
        panel.set_ylabel("$h_2$")
        panel.set(xlim=(-0.15, 1.5), ylim=(-0.15, 1.15))
    for name, panel in zip(("unit step", steep), axes[3:5], strict=True):
        decision_boundary(
            partial(_shifted, lab, networks[name]), CORNERS, XOR,
            title=f"Decision regions: {name}", axes=panel,
        )  # fmt: skip # data, then labels
    steepness, curves, least = by_steepness
    corners = {
        "(0,1), (1,0): wanted above 0": curves[:, 1],
        "(0,0), (1,1): wanted below 0": curves[:, 0],
    }
    learning_curves(
        corners, steps=steepness, marks={"k = 2 ln 3": least}, title="Outputs by steepness",
        x="steepness k", y="output y", axes=axes[5],
    )  # fmt: skip # data, then labels
    axes[5].axhline(0.0, color=BLACK, linewidth=0.8)
    axes[5].legend(loc="center right", frameon=True, framealpha=1)
    return figure


def _hidden(network: Any, x: Any) -> Any:
    return network.activation1(network.linear1(x))


def _shifted(lab: Lab, network: Any, plane: NDArray[Any]) -> NDArray[np.float64]:
    """y + ½, so that class 1 begins where the picture's boundary is."""
    return lab.values(network, plane)[:, 0] + 0.5


STUDY = Study("xor-by-hand", "XOR with weights set by hand: step, plain and steep sigmoid", run)
