"""Overfitting, and five things to do about it.

Fifteen noisy points of a sine and a network of 1,761 parameters: the training loss falls
below the noise, the validation loss falls and rises again. Early stopping keeps the weights of the
lowest validation loss; weight decay (an L2 penalty), fewer parameters, dropout and more data keep
the network from following the noise. Validation samples choose, so that test samples, which chose
nothing, must judge.

Morgan and Bourlard (1990); Prechelt (1998), "Early stopping, but when?"; Srivastava et al. (2014).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.studies.lab import Lab, Study, fit
from experiments.tensors import parameter_arrays, to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NOISE, FEW = 0.4, 15
EVERY, PATIENCE = 10, 300
LARGE = (1, 40, 40, 1)
REMEDIES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "weight decay": {"decay": 2e-3},
    "fewer parameters": {"sizes": (1, 3, 1)},
    "dropout": {"dropout": 0.2},
    "more data": {},
}


class Samples(NamedTuple):
    """Inputs and targets, (N, 1) each."""

    x: Array
    y: Array


class Trained(NamedTuple):
    """Losses every `EVERY` steps, and the network's curve at the best validation loss and last."""

    train: Array
    validation: Array
    best_step: int
    test_best: float
    test_last: float
    curve_best: Array
    curve_last: Array


def run(lab: Lab) -> Callable[[], Figure]:
    """Train with and without each remedy; judge on samples that chose nothing."""
    rng = lab.rng()
    few, many, validation, test = (_draw_samples(rng, count) for count in (FEW, 150, 200, 500))
    trained = {}
    for name, options in REMEDIES.items():
        train = many if name == "more data" else few
        trained[name] = _train(lab, train, validation, test, **options)
    plain = trained["nothing"]
    lab.measure("training loss in the end", plain.train[-1])
    lab.measure("test loss in the end", plain.test_last)
    lab.number("early stopping: step", plain.best_step)
    lab.number("early stopping: test loss", plain.test_best)
    for name in list(REMEDIES)[1:]:
        lab.measure(f"{name}: test loss in the end", trained[name].test_last)
    lab.claim("the training loss ends far below the noise", plain.train[-1] < 0.5 * NOISE**2)
    lab.claim("the test loss ends well above it", plain.test_last > 1.2 * NOISE**2)
    rise = plain.validation[-1] / plain.validation.min()
    lab.measure("validation loss, last ÷ least", rise)
    least = plain.validation.min()
    lab.claim(
        "the validation loss falls, and rises again",
        plain.validation[0] > 1.02 * least and rise > 1.02,
    )
    lab.claim("early stopping ends with a better test loss", plain.test_best < plain.test_last)
    lab.claim("more data does too", trained["more data"].test_last < plain.test_last)
    # It need not test better every time: with other points, plain training may have been lucky.
    decayed = trained["weight decay"].train[-1] / plain.train[-1]
    lab.claim("weight decay keeps the training loss above that of plain training", decayed > 1)
    return partial(_draw, few, trained)


def _draw_samples(rng: np.random.Generator, count: int) -> Samples:
    x = rng.uniform(-1, 1, (count, 1))
    return Samples(x, np.sin(3 * x) + rng.normal(0, NOISE, (count, 1)))


def _train(
    lab: Lab, train: Samples, validation: Samples, test: Samples,
    sizes: tuple[int, ...] = LARGE, decay: float = 0.0, dropout: float = 0.0,
) -> Trained:  # fmt: skip # data, then options
    impl = lab.impl
    impl.manual_seed(lab.seed)
    network = lab.network(sizes, activation="tanh", dropout=dropout)
    _sharpen(lab, network, 6.0 if sizes == LARGE else 1.0)
    weights = [p for p in network.parameters() if p.ndim == 2]
    losses: list[tuple[float, float]] = []
    best: dict[str, Any] = {"loss": np.inf, "step": 0, "state": {}}

    def watch(step: int) -> None:
        if step % EVERY:
            return
        network.eval()
        losses.append((_error(lab, network, train), _error(lab, network, validation)))
        network.train()
        # Early stopping looks no further once `PATIENCE` steps have brought nothing better.
        if losses[-1][1] < best["loss"] and step - best["step"] <= PATIENCE:
            state = {name: values.copy() for name, values in parameter_arrays(network).items()}
            best.update(loss=losses[-1][1], step=step, state=state)

    def loss() -> Any:
        error = impl.mse_loss(network(lab.tensor(train.x)), lab.tensor(train.y))
        return error + impl.l2_penalty(weights, decay) if decay else error

    # The large ε tames Adam where gradients have become tiny, and would make it jump.
    fit(lab, network, loss, lab.scaled(1200, 600), watch=watch, lr=0.01, eps=1e-3)
    network.eval()
    along = np.linspace(-1, 1, 200)[:, None]
    last = _error(lab, network, test), lab.values(network, along)[:, 0]
    network.load_state_dict({name: lab.tensor(values) for name, values in best["state"].items()})
    first = _error(lab, network, test), lab.values(network, along)[:, 0]
    training, validating = np.array(losses).T
    return Trained(training, validating, best["step"], first[0], last[0], first[1], last[1])


def _sharpen(lab: Lab, network: Any, factor: float) -> None:
    """Multiply the first layer's start by `factor`: the network can bend often, and so overfit."""
    state = parameter_arrays(network)
    for name in ("linear1.weight", "linear1.bias"):
        state[name] = state[name] * factor
    network.load_state_dict({name: lab.tensor(values) for name, values in state.items()})


def _error(lab: Lab, network: Any, samples: Samples) -> float:
    with lab.impl.no_grad():
        loss = lab.impl.mse_loss(network(lab.tensor(samples.x)), lab.tensor(samples.y))
    return float(to_array(loss))


def _draw(train: Samples, trained: dict[str, Trained]) -> Figure:
    from experiments.figures import bars, learning_curves, page, regression_curve

    figure, axes = page(2, 2, width=4.9, height=3.4)
    plain, along = trained["nothing"], np.linspace(-1, 1, 200)
    truth = along, np.sin(3 * along)
    regression_curve(
        train.x, train.y,
        {"sin 3x": truth, "trained to the end": (along, plain.curve_last),
         "early stopping": (along, plain.curve_best)},
        title=f"{FEW} points, 1,761 parameters", axes=axes[0],
    )  # fmt: skip # data, then labels
    steps = EVERY * np.arange(1, len(plain.train) + 1)
    learning_curves(
        {"training": plain.train, "validation": plain.validation}, steps=steps, log=True,
        marks={f"early stopping: step {plain.best_step}": plain.best_step, },
        title="The validation loss turns", x="step", y="mean squared error", axes=axes[1],
    )  # fmt: skip # data, then labels
    names = ("weight decay", "fewer parameters", "dropout")
    regression_curve(
        train.x,
        train.y,
        {"sin 3x": truth, **{name: (along, trained[name].curve_last) for name in names}},
        title="Three remedies, trained to the end",
        axes=axes[2],
    )
    heights = {"nothing": plain.test_last, "early stop": plain.test_best}
    heights |= {
        name.replace("parameters", "param."): trained[name].test_last for name in list(REMEDIES)[1:]
    }
    bars(
        heights,
        limit=NOISE**2,
        title="Test loss (limit: the noise)",
        y="mean squared error",
        axes=axes[3],
    )
    return figure


STUDY = Study("overfitting", "Overfitting, early stopping and four other remedies", run)
