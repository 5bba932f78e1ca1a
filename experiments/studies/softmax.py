"""Softmax: against independent sigmoids, and against |x| / Σ|x|.

    softmax(z)_i = e^{z_i} / Σ_j e^{z_j}        ∂softmax_i/∂z_j = p_i (1[i = j] − p_j)

Its outputs share one unit of probability: raising a logit lowers every other output, which is right
for one class of many; independent sigmoids, each with its own unit, are right for labels that may
hold together.

|x| / Σ|x| sums to 1 as well but is blind to signs, so that (1, 1, 1) and (1, −1, 1) are one to it;
it is blind to scale, has no value at 0, and reaches 0, where the logarithm of a likelihood is −∞.
Softmax is not one-to-one either, as is sometimes said: it is blind to a shift, softmax(z + c) =
softmax(z), and to nothing else.

Bridle (1990), "Probabilistic interpretation of feedforward classification network outputs".
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

OTHERS = (0.0, 1.0)
CLASSES = ("class 1", "class 2", "class 3")


def against_sigmoids(lab: Lab) -> Callable[[], Figure]:
    """Raise the first of three logits: what happens to the outputs, and the Jacobians."""
    raised = np.linspace(-6, 6, 121)
    logits = np.column_stack([raised, *(np.full_like(raised, other) for other in OTHERS)])
    heads: dict[str, Callable[[Any], Any]] = {
        "softmax": partial(lab.impl.softmax, dim=-1),
        "sigmoids": lab.impl.sigmoid,
    }
    outputs = {name: lab.values(head, logits) for name, head in heads.items()}
    point = lab.tensor([0.5, *OTHERS])
    jacobians = {name: to_array(lab.impl.jacobian(head, point)) for name, head in heads.items()}
    off_diagonal = ~np.eye(3, dtype=bool)
    fall = np.diff(outputs["softmax"][:, 1:], axis=0)
    lab.claim("raising a logit lowers every other softmax output", (fall < 0).all())
    lab.claim(
        "every entry of its Jacobian beside the diagonal is negative",
        (jacobians["softmax"][off_diagonal] < 0).all(),
    )
    still = np.ptp(outputs["sigmoids"][:, 1:], axis=0)
    lab.claim("and leaves the other sigmoids exactly as they are", (still == 0).all())
    lab.claim("whose Jacobian is exactly 0 there", (jacobians["sigmoids"][off_diagonal] == 0).all())

    sums = {name: values.sum(axis=1) for name, values in outputs.items()}
    lab.measure("largest distance of a softmax's sum to 1", np.abs(sums["softmax"] - 1).max())
    lab.number("least sum of the sigmoids", sums["sigmoids"].min())
    lab.number("largest sum of the sigmoids", sums["sigmoids"].max())
    lab.claim("softmax sums to 1, to rounding", np.abs(sums["softmax"] - 1).max() < 1e-15)
    lab.number("least of two others' softmax at logit 6", outputs["softmax"][-1, 1:].min())

    pair = np.column_stack([raised, np.full_like(raised, OTHERS[1])])
    two = lab.values(heads["softmax"], pair)[:, 0]
    one = lab.values(heads["sigmoids"], pair[:, 0] - pair[:, 1])
    lab.measure("softmax of two against σ(z1 − z2)", np.abs(two - one).max())
    lab.claim("of two classes, softmax is σ of the difference", np.abs(two - one).max() < 1e-15)
    return partial(_draw_sigmoids, raised, outputs, jacobians)


def _draw_sigmoids(raised: NDArray[Any], outputs: Any, jacobians: Any) -> Figure:
    from experiments.figures import learning_curves, matrix, page

    figure, axes = page(2, 2, width=4.4)
    titles = {
        "softmax": "Softmax: one unit, shared by three",
        "sigmoids": "Sigmoids: the others do not notice",
    }
    for (name, values), panel in zip(outputs.items(), axes[:2], strict=True):
        curves = dict(zip(CLASSES, values.T, strict=True))
        curves["sum"] = values.sum(axis=1)
        learning_curves(
            curves, steps=raised, title=titles[name], x="first logit (the others: 0 and 1)",
            y="output", axes=panel,
        )  # fmt: skip # data, then labels
    inputs = [f"$z_{i}$" for i in (1, 2, 3)]
    for (name, values), panel in zip(jacobians.items(), axes[2:], strict=True):
        matrix(
            values, CLASSES, inputs, title=f"Jacobian of the {name} at (0.5, 0, 1)",
            x="by the logit", y="output", form=".3f", axes=panel,
        )  # fmt: skip # data, then labels
    return figure


def against_absolute(lab: Lab) -> Callable[[], Figure]:
    """Two ways to make a distribution out of scores."""
    both: dict[str, Callable[[Any], Any]] = {
        "softmax": partial(lab.impl.softmax, dim=-1),
        "|x| / Σ|x|": _absolute,
    }
    same, flipped = (1.0, 1.0, 1.0), (1.0, -1.0, 1.0)
    apart = {
        name: np.abs(lab.values(f, [same])[0] - lab.values(f, [flipped])[0]).max()
        for name, f in both.items()
    }
    for name, distance in apart.items():
        lab.number(f"{name}: distance of (1, 1, 1) and (1, -1, 1)", distance)
    lab.claim("|x| / Σ|x| cannot tell (1, 1, 1) from (1, −1, 1)", apart["|x| / Σ|x|"] == 0.0)
    lab.claim("softmax can", apart["softmax"] > 0.1)

    scores = lab.rng().integers(-32, 33, (200, 3)) / 8 + 1 / 64
    signs = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
    flips = np.stack([lab.values(_absolute, scores * sign) for sign in signs])
    lab.number("inputs of 3 scores that share an output by their signs", len(signs))
    lab.claim("it has the same output for all 2³ choices of signs", (flips == flips[0]).all())
    doubled = lab.values(_absolute, 2 * scores)
    lab.claim("and for scores twice as large", (doubled == flips[0]).all())
    shifted = lab.values(both["softmax"], scores + 2.0)
    lab.claim(
        "softmax is blind to a shift only (so it is not one-to-one)",
        (shifted == lab.values(both["softmax"], scores)).all(),
    )
    recovered = lab.values(both["softmax"], scores)
    differences = np.log(recovered[:, 1:] / recovered[:, :1]) - (scores[:, 1:] - scores[:, :1])
    lab.measure("differences of scores, recovered by logarithms", np.abs(differences).max())
    lab.claim("its outputs tell all differences of the scores", np.abs(differences).max() < 1e-12)
    with np.errstate(invalid="ignore", divide="ignore"):
        nothing = lab.values(_absolute, [[0.0, 0.0, 0.0]])
        certain = lab.values(_absolute, [[0.0, 1.0, 2.0]])
    lab.claim("|x| / Σ|x| is undefined at 0", np.isnan(nothing).all())
    lab.claim("and can be exactly 0, an infinite loss", certain[0, 0] == 0.0)

    axis = np.linspace(-4, 4, 160)  # an even number, which leaves out 0
    plane = np.stack(np.meshgrid(axis, axis), axis=-1)
    planes = {name: lab.values(f, plane)[..., 0] for name, f in both.items()}
    z = np.linspace(-4, 4, 401)
    line = np.column_stack([z, np.ones_like(z), np.ones_like(z)])
    curves = {name: lab.values(f, line)[:, 0] for name, f in both.items()}
    slopes = {name: lab.slopes(partial(_first, f), line)[:, 0] for name, f in both.items()}
    return partial(_draw_absolute, (axis, planes), (z, curves, slopes))


def _absolute(x: Any) -> Any:
    return x.abs() / x.abs().sum(-1, keepdim=True)


def _first(f: Callable[[Any], Any], x: Any) -> Any:
    return f(x)[:, 0]


def _draw_absolute(by_plane: Any, by_line: Any) -> Figure:
    from experiments.figures import learning_curves, page, value_map

    figure, axes = page(2, 2, width=4.4)
    axis, planes = by_plane
    titles = {
        "softmax": "Softmax of two scores",
        "|x| / Σ|x|": "|x| / Σ|x|: four times the same",
    }
    for (name, values), panel in zip(planes.items(), axes[:2], strict=True):
        value_map(
            axis, axis, values - 0.5, title=titles[name], colours="output 1, minus ½", axes=panel
        )
    z, curves, slopes = by_line
    learning_curves(
        curves, steps=z, title="First output for scores (x, 1, 1)", x="x", y="output 1",
        axes=axes[2],
    )  # fmt: skip # data, then labels
    learning_curves(
        slopes, steps=z, title="Its slope: |x| jumps and changes sign", x="x",
        y="∂ output 1 / ∂x", axes=axes[3],
    )  # fmt: skip # data, then labels
    return figure


STUDIES = (
    Study("softmax-sigmoids", "Softmax against independent sigmoids", against_sigmoids),
    Study("softmax-absolute", "Why softmax, and not |x| / Σ|x|", against_absolute),
)
