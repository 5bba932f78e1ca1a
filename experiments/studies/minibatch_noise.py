"""How noisy the gradient of a mini-batch is, and what it is an estimate of.

    g = (1/N) Σ_n ∇L_n        g_B = (1/B) Σ_{n ∈ batch} ∇L_n

E[g_B] = g: the *mean* over a random batch is an unbiased estimate of the mean over all samples.
(The sum over a batch, as it is sometimes written, is not: its expectation is B/N of the full sum.)
The noise E|g_B − g|² is σ²/B for samples drawn with replacement, so it falls as 1/√B; in an epoch
they are drawn without, which leaves σ²/B · (N − B)/(N − 1): the same for small batches, 0 for B = N.

Robbins and Monro (1951); the factor for finite samples: Cochran, "Sampling Techniques" (1977).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import BLACK, MARKERS, PALETTE, label, styled
from experiments.studies.lab import Lab, Study
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

N = 1024
SIZES = tuple(2**k for k in range(11))
AT = (0.5, -1.0)
SHOWN = (1, 16, 256)


def run(lab: Lab) -> Callable[[], Figure]:
    """Gradients of random batches of every size at one point, and descents with three of them."""
    rng = lab.rng()
    # Uniform numbers, whose gradients have no long tails: fewer draws measure the noise as well.
    x = rng.uniform(-1.7, 1.7, (N, 2)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    y = x @ np.array([2.0, 1.0]) + rng.uniform(-1.7, 1.7, N)
    loss = partial(_loss, lab, x, y)
    full = _gradient(loss, lab, np.arange(N))

    order = rng.permutation(N)
    epoch = np.mean([_gradient(loss, lab, rows) for rows in order.reshape(-1, 32)], axis=0)
    apart = lab.measure("mean over an epoch's batches, distance to g", np.linalg.norm(epoch - full))
    lab.claim("over one epoch the batches' mean is g itself, to rounding", apart < 1e-14)

    draws = lab.scaled(400, 150)
    replaced = {b: _sample(loss, lab, rng, b, draws, replace=True) for b in SIZES}
    epochwise = {b: _sample(loss, lab, rng, b, draws, replace=False) for b in SIZES}
    noise = {
        "with replacement": _noise(replaced, full),
        "without (an epoch)": _noise(epochwise, full),
    }
    spread = _gradients_one_by_one(loss, lab) - full
    sigma = lab.number("σ, the noise of one sample", np.sqrt((spread**2).sum(axis=1).mean()))
    sizes = np.array(SIZES)
    expected = {
        "σ/√B": sigma / np.sqrt(sizes),
        "σ/√B · √((N−B)/(N−1))": sigma / np.sqrt(sizes) * np.sqrt((N - sizes) / (N - 1)),
    }
    _check(lab, noise, expected, replaced, full, draws)

    sums = {b: b * values.mean(axis=0) for b, values in replaced.items()}
    share = lab.number(
        "sum over a batch of 256 ÷ full sum (first weight)", sums[256][0] / (N * full[0])
    )
    lab.claim(
        "the sum over a batch estimates B/N of the full sum, here ¼", abs(share - 0.25) < 0.05
    )
    descents = {f"B = {b}": _descend(loss, lab, b, 60) for b in (N, 64, 4)}
    return partial(_draw, (x, y), full, replaced, (sizes, noise, expected), descents)


def _check(
    lab: Lab, noise: dict[str, Array], expected: dict[str, Array],
    replaced: dict[int, Array], full: Array, draws: int,
) -> None:  # fmt: skip # data, then options
    """Unbiased, −½ as the exponent, and both formulas, as closely as so many draws can tell."""
    sizes = np.array(SIZES)
    exponent = np.polyfit(np.log(sizes), np.log(noise["with replacement"]), 1)[0]
    lab.number("exponent of B in the noise", exponent)
    lab.claim("the noise falls as 1/√B: its exponent is −½", abs(exponent + 0.5) < 0.05)
    # The mean of `draws` gradients has a standard error of noise / √draws.
    bias = [
        np.linalg.norm(values.mean(axis=0) - full) / (level / np.sqrt(draws))
        for values, level in zip(replaced.values(), noise["with replacement"], strict=True)
    ]
    lab.number("largest |mean of g_B − g| in standard errors", max(bias))
    lab.claim("g_B is unbiased: within 5 standard errors at every B", max(bias) < 5)
    for (drawn, values), (formula, predicted) in zip(noise.items(), expected.items(), strict=True):
        ratios = values[:-1] / predicted[:-1]
        lab.claim(f"{drawn}: the noise is {formula}", (np.abs(ratios - 1) < 0.25).all())
    lab.claim(
        "without replacement a batch of all samples has no noise",
        noise["without (an epoch)"][-1] < 1e-14,
    )


def _loss(lab: Lab, x: Array, y: Array, w: Any, rows: NDArray[Any]) -> Any:
    """Mean squared error of a linear model on these rows."""
    return lab.impl.mse_loss(lab.tensor(x[rows]) @ w, lab.tensor(y[rows]))


def _gradient(loss: Any, lab: Lab, rows: NDArray[Any], at: Any = AT) -> Array:
    w = lab.tensor(at, requires_grad=True)
    loss(w, rows).backward()
    return to_array(w.grad)


def _gradients_one_by_one(loss: Any, lab: Lab) -> Array:
    return np.array([_gradient(loss, lab, np.array([row])) for row in range(N)])


def _sample(
    loss: Any, lab: Lab, rng: np.random.Generator, size: int, draws: int, replace: bool
) -> Array:
    rows = (
        rng.integers(0, N, (draws, size))
        if replace
        else np.array([rng.permutation(N)[:size] for _ in range(draws)])
    )
    return np.array([_gradient(loss, lab, batch) for batch in rows])


def _noise(samples: dict[int, Array], full: Array) -> Array:
    """√E|g_B − g|² for each batch size."""
    return np.array([np.sqrt(((g - full) ** 2).sum(axis=1).mean()) for g in samples.values()])


def _descend(loss: Any, lab: Lab, size: int, steps: int) -> Array:
    """Gradient descent with batches of one size, from one start."""
    rng = lab.rng()
    w = np.array([-1.5, 2.6])
    path = [w]
    for _ in range(steps):
        w = w - 0.15 * _gradient(loss, lab, rng.permutation(N)[:size], w)
        path.append(w)
    return np.array(path)


@styled
def _draw(data: Any, full: Array, samples: Any, by_size: Any, descents: Any) -> Figure:
    from experiments.figures import learning_curves, loss_surface, page

    figure, axes = page(3, 1, width=4.5, height=3.9)
    for place, size in enumerate(SHOWN):
        axes[0].scatter(
            samples[size][:, 0], samples[size][:, 1], s=14, color=PALETTE[place], marker=MARKERS[place], alpha=0.6,
            edgecolors="none", label=f"B = {size}",
        )  # fmt: skip # data, then labels
    axes[0].plot(*full, "*", color="white", markeredgecolor=BLACK, markersize=14, label="all: g")
    label(axes[0], "Gradients of random batches", "∂L/∂$w_1$", "∂L/∂$w_2$", legend=True)
    sizes, noise, expected = by_size
    visible = {n: np.where(v > 1e-12, v, np.nan) for n, v in {**noise, **expected}.items()}
    learning_curves(
        visible, steps=sizes, log=True, title="Noise of g_B by batch size", x="batch size B",
        y="√E|g_B − g|²", axes=axes[1],
    )  # fmt: skip # data, then labels
    axes[1].set_xscale("log", base=2)
    axes[1].legend(loc="lower left")
    x, y = data
    loss_surface(
        lambda w1, w2: ((w1[..., None] * x[:, 0] + w2[..., None] * x[:, 1] - y) ** 2).mean(axis=-1),
        (-2, 3.2), (-1.5, 3), descents, title="60 steps with three batch sizes", resolution=60,
        axes=axes[2],
    )  # fmt: skip # data, then labels
    return figure


STUDY = Study("minibatch-noise", "The gradient of a mini-batch: unbiased, with noise σ/√B", run)
