"""Batch normalisation: what it makes irrelevant, and what it costs.

    z' = γ (z − mean_batch) / √(var_batch + ε) + β

The scale of the weights before it does not matter: c·W gives the same z' (but for ε), and a
gradient of 1/c. So a network learns from starts that are far too small or far too large. The
price: in training a sample's output depends on the others of its batch; in evaluation running
averages take their place.

Ioffe and Szegedy (2015); the scale: van Laarhoven (2017), "L2 regularization versus batch and
weight normalization".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import styled
from experiments.studies.lab import Lab, Study, fit
from experiments.tensors import gradient_arrays, to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SIZES = (64, 32, 32, 32, 10)
SCALES = (0.05, 1.0, 10.0)


def run(lab: Lab) -> Callable[[], Figure]:
    """Scale the weights: what changes, with and without; then train from bad starts."""
    from experiments.datasets.bundled import digits

    source = digits()
    rows = lab.rng().permutation(len(source.x))[:256]
    x, y = lab.tensor(source.x[rows] / 16.0), lab.labels(source.y[rows])
    shift, shrink = _scaled_by(lab, x, y, 1024.0)
    lab.number("weights × 1024: change of the outputs", shift)
    lab.number("weights × 1024: gradient shrinks by", shrink)
    lab.claim("the scale of the weights does not matter to the outputs", shift < 0.01)
    lab.claim("and the gradient shrinks by that scale", abs(shrink / 1024 - 1) < 0.05)

    curves = {}
    for batch_norm in (False, True):
        for scale in SCALES:
            name = f"{'batch norm' if batch_norm else 'plain'}, weights × {scale:g}"
            network = _network(lab, scale, batch_norm)
            loss = partial(_loss, lab, network, x, y)
            curves[name] = fit(lab, network, loss, lab.scaled(150, 100), "SGD", lr=0.1)
            lab.measure(f"training loss: {name}", curves[name][-1])
    ends = np.array([losses[-1] for losses in curves.values()]).reshape(2, len(SCALES))
    lab.claim(
        "without it, small and large starts learn badly", ends[0, [0, 2]].min() > 2 * ends[0, 1]
    )
    lab.claim("with it, every start gets well below guessing", ends[1].max() < 0.7 * np.log(10))

    network = _network(lab, 1.0, batch_norm=True)
    alone, together = _first_output(lab, network, x[:8]), _first_output(lab, network, x)
    lab.claim(
        "in training an output depends on the rest of its batch",
        np.abs(alone - together).max() > 1e-3,
    )
    network.eval()
    alone, together = _first_output(lab, network, x[:8]), _first_output(lab, network, x)
    lab.claim("in evaluation it does not", np.abs(alone - together).max() < 1e-12)
    inputs = {
        name: _pre_activations(lab, _network(lab, 1.0, flag), x)
        for name, flag in (("plain", False), ("batch norm", True))
    }
    return partial(_draw, curves, inputs)


def _network(lab: Lab, scale: float, batch_norm: bool) -> Any:
    """A network with He's start, its hidden weights multiplied by `scale`."""
    lab.impl.manual_seed(lab.seed)
    network = lab.network(SIZES, activation="relu", batch_norm=batch_norm, init="kaiming_normal")
    state = {
        name: to_array(values) * (scale if name in HIDDEN_WEIGHTS else 1)
        for name, values in network.state_dict().items()
    }
    network.load_state_dict({name: lab.impl.tensor(values) for name, values in state.items()})
    return network


HIDDEN_WEIGHTS = {f"linear{k}.weight" for k in range(1, len(SIZES) - 1)}


def _loss(lab: Lab, network: Any, x: Any, y: Any) -> Any:
    return lab.impl.cross_entropy(network(x), y)


def _scaled_by(lab: Lab, x: Any, y: Any, scale: float) -> tuple[float, float]:
    """Relative change of the outputs, and ratio of the first layer's gradients."""
    outputs, gradients = [], []
    for factor in (1.0, scale):
        network = _network(lab, factor, batch_norm=True)
        logits = network(x)
        lab.impl.cross_entropy(logits, y).backward()
        outputs.append(to_array(logits))
        gradients.append(np.linalg.norm(gradient_arrays(network)["linear1.weight"]))
    change = np.abs(outputs[1] - outputs[0]).max() / np.abs(outputs[0]).max()
    return float(change), float(gradients[0] / gradients[1])


def _first_output(lab: Lab, network: Any, x: Any) -> Array:
    with lab.impl.no_grad():
        return to_array(network(x))[0].copy()


def _pre_activations(lab: Lab, network: Any, x: Any) -> Array:
    """What enters the last hidden activation: (N, units)."""
    with lab.impl.no_grad():
        for name, layer in network.named_children():
            if name == "activation3":
                break
            x = layer(x)
    return to_array(x)


@styled
def _draw(curves: Any, inputs: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(3, 1, width=4.4, height=3.4)
    for kind, title, panel in (
        ("plain", "Without: the start decides", axes[0]),
        ("batch norm", "With batch normalisation", axes[1]),
    ):
        chosen = {name.split(", ")[1]: v for name, v in curves.items() if name.startswith(kind)}
        learning_curves(
            chosen, log=True, title=title, x="step", y="cross-entropy (nats)", axes=panel
        )
    for name, values in inputs.items():
        axes[2].hist(
            values.ravel(), bins=60, density=True, histtype="step", linewidth=1.6, label=name
        )
    learning_curves({}, title="What enters the third activation", x="z", y="density", axes=axes[2])
    return figure


STUDY = Study("batch-norm", "Batch normalisation makes the scale of the weights irrelevant", run)
