"""A stack of linear layers is one linear layer.

    W₃(W₂(W₁x + b₁) + b₂) + b₃ = (W₃W₂W₁) x + (W₃W₂b₁ + W₃b₂ + b₃)

However deep and wide, without an activation between them the layers draw one straight line: what
it cannot separate, the stack cannot. The activation is what makes depth worth anything.
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

SIZES = (2, 16, 16, 1)
NETWORKS: dict[str, dict[str, Any]] = {
    "one linear layer": {"sizes": (2, 1), "activation": None},
    "three linear layers": {"sizes": SIZES, "activation": None},
    "three layers with tanh": {"sizes": SIZES, "activation": "tanh"},
}


def run(lab: Lab) -> Callable[[], Figure]:
    """Collapse a stack on paper, then train it on two rings beside one layer and a tanh network."""
    from experiments.datasets.generated import rings

    _collapse(lab)
    data = rings(lab.seed, 300)
    curves, scores, models = {}, {}, {}
    for name, options in NETWORKS.items():
        lab.impl.manual_seed(lab.seed)
        model = lab.network(**options)
        x, y = lab.tensor(data.x), lab.tensor(data.y[:, None])
        loss = partial(_bce, lab, model, x, y)
        curves[name] = fit(lab, model, loss, lab.scaled(600, 250), lr=0.02)
        logits = lab.values(model, data.x)[:, 0]
        lab.number(f"loss of {name}", curves[name][-1])
        scores[name] = lab.number(f"accuracy of {name}", ((logits > 0) == data.y).mean())
        models[name] = model
    least, stack, bent = (values[-1] for values in curves.values())
    lab.claim("three linear layers end at the loss of one", abs(stack / least - 1) < 1e-3)
    lab.claim("and can do no better than a line", scores["three linear layers"] < 0.8)
    lab.claim(
        "the same layers with tanh between them separate the rings",
        scores["three layers with tanh"] > 0.98,
    )
    lab.claim("at less than a third of the loss", bent < least / 3)
    return partial(_draw, lab, data, models, scores, curves)


def _bce(lab: Lab, model: Any, x: Any, y: Any) -> Any:
    return lab.impl.binary_cross_entropy_with_logits(model(x), y)


def _collapse(lab: Lab) -> None:
    """On multiples of 1/8 every product and sum is exact: stack and single layer agree bit for bit."""
    rng = lab.rng()
    stack = lab.network(SIZES, activation=None)
    eighths = {
        name: rng.integers(-8, 9, values.shape) / 8
        for name, values in parameter_arrays(stack).items()
    }
    stack.load_state_dict({name: lab.tensor(values) for name, values in eighths.items()})
    weight, bias = np.eye(2), np.zeros(2)
    for layer in ("linear1", "linear2", "linear3"):
        w, b = eighths[f"{layer}.weight"], eighths[f"{layer}.bias"]
        weight, bias = w @ weight, w @ bias + b
    single = lab.network((2, 1), activation=None)
    single.load_state_dict({"linear1.weight": lab.tensor(weight), "linear1.bias": lab.tensor(bias)})
    x = rng.integers(-32, 33, (1000, 2)) / 8
    of_stack, of_single = lab.values(stack, x), lab.values(single, x)
    lab.number("parameters of the stack", sum(values.size for values in eighths.values()))
    lab.number("parameters of the layer that equals it", weight.size + bias.size)
    lab.number("largest difference of their outputs", np.abs(of_stack - of_single).max())
    lab.claim("the stack equals one layer, bit for bit", (of_stack == of_single).all())
    point = lab.tensor([0.3, -0.7])
    jacobian = to_array(lab.impl.jacobian(stack, point))
    lab.claim("its Jacobian is that layer's weight, at any point", (jacobian == weight).all())


def _draw(lab: Lab, data: Any, models: Any, scores: Any, curves: Any) -> Figure:
    from experiments.figures import decision_boundary, learning_curves, page

    figure, axes = page(2, 2, width=4.6, height=3.6)
    for (name, model), panel in zip(models.items(), axes, strict=False):
        decision_boundary(
            partial(_probability, lab, model), data.x, data.y, class_names=data.class_names,
            title=f"{name}: {scores[name]:.0%} right".capitalize(), axes=panel,
        )  # fmt: skip # data, then labels
    learning_curves(
        curves, log=True, title="Training loss: the stack follows one layer", x="step",
        y="BCE (nats)", axes=axes[3],
    )  # fmt: skip # data, then labels
    return figure


def _probability(lab: Lab, model: Any, plane: NDArray[Any]) -> NDArray[np.float64]:
    return lab.values(lambda x: lab.impl.sigmoid(model(x)), plane)[:, 0]


STUDY = Study("linear-stack", "A stack of linear layers is one linear layer", run)
