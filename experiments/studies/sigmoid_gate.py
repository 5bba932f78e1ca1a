"""The sigmoid as one gate, and as the chain of four gates that computes it.

    σ(x) = 1 / (1 + e^-x):      x → ×(−1) → exp → +1 → 1/x        four gates, four local gradients
                                x → σ                             one gate, ∂σ/∂x = σ (1 − σ)

Both give the same gradient; the one gate does it in one go and is faster. It is also safer: far
below 0 the chain's exp overflows, and its gradient becomes 0 · ∞ = NaN, where that of σ is 0.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import BLACK, BLUE, VERMILION, label, styled
from experiments.studies.lab import Lab, Study, fastest
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

CHAIN: dict[str, Callable[[Any], Any]] = {
    "×(−1)": lambda x: x * -1,
    "exp": lambda x: x.exp(),
    "+1": lambda x: x + 1,
    "1/x": lambda x: x.reciprocal(),
}
SIZES = (10, 1_000, 30_000)


def run(lab: Lab) -> Callable[[], Figure]:
    """Values, gradients, gates and seconds of both."""
    ways = {"chain of four": _chained, "one gate": lab.impl.sigmoid}
    near = np.linspace(-20, 20, 401)
    slopes = {name: lab.slopes(way, near) for name, way in ways.items()}
    apart = np.abs(slopes["chain of four"] - slopes["one gate"])
    lab.measure("largest difference of the gradients", apart.max())
    lab.number("largest gradient", slopes["one gate"].max())
    # Values of at most ¼ that a handful of roundings reached: units of 2^-53.
    lab.claim("the gradients are the same to rounding", apart.max() <= 8 * 2.0**-53)

    gates = {
        name: _count_gates(way(lab.tensor(1.0, requires_grad=True))) for name, way in ways.items()
    }
    for name, count in gates.items():
        lab.number(f"gates in the graph: {name}", count)
    lab.claim("four gates against one", list(gates.values()) == [4, 1])

    far = np.linspace(-120, 120, 241).astype(np.float32)
    gradients = {name: _slopes32(lab, way, far) for name, way in ways.items()}
    lost = np.isnan(gradients["chain of four"])
    lab.number("chain's gradient is NaN in float32 for x up to", far[lost].max())
    lab.claim("far below 0 the chain's gradient is NaN", lost[0])
    lab.claim(
        "that of the one gate is a number everywhere", np.isfinite(gradients["one gate"]).all()
    )

    seconds = {name: [_seconds(lab, way, size) for size in SIZES] for name, way in ways.items()}
    ratios = [slow / fast for slow, fast in zip(*seconds.values(), strict=True)]
    for size, ratio in zip(SIZES, ratios, strict=True):
        lab.measure(f"chain ÷ one gate, seconds for {size:,} numbers", ratio)
    lab.claim_of_times("one gate is faster at every size", min(ratios) > 1)
    return partial(_draw, _trace(lab, 1.0), (near, apart), (far, gradients), seconds)


def _chained(x: Any) -> Any:
    for gate in CHAIN.values():
        x = gate(x)
    return x


def _count_gates(output: Any) -> int:
    """The gates between the leaves and `output`, found by walking its graph."""
    seen, pending = set(), [output.grad_fn]
    while pending:
        gate = pending.pop()
        if gate is None or gate in seen or type(gate).__name__ == "AccumulateGrad":
            continue  # the last is how PyTorch's graph writes a leaf
        seen.add(gate)
        behind = getattr(gate, "next_functions", None)
        if behind is None:
            pending += [tensor.grad_fn for tensor in gate.inputs]
        else:
            pending += [node for node, _ in behind]
    return len(seen)


def _slopes32(lab: Lab, way: Callable[[Any], Any], x: NDArray[np.float32]) -> NDArray[Any]:
    point = lab.impl.tensor(x, requires_grad=True)
    way(point).sum().backward()
    return to_array(point.grad)


def _seconds(lab: Lab, way: Callable[[Any], Any], size: int) -> float:
    """Of forward and backward together."""
    x = lab.tensor(np.linspace(-4, 4, size), requires_grad=True)

    def both() -> None:
        x.grad = None
        way(x).sum().backward()

    return fastest(both, lab.scaled(200, 60))


def _trace(lab: Lab, at: float) -> list[tuple[str, float, float]]:
    """Each value of the chain, and the gradient of the output by it."""
    points = [lab.tensor(at, requires_grad=True)]
    for gate in CHAIN.values():
        points.append(gate(points[-1]))
    gradients = lab.impl.grad(points[-1], points)
    values = [(point.item(), slope.item()) for point, slope in zip(points, gradients, strict=True)]
    names = ["x", *CHAIN]
    return [(name, *pair) for name, pair in zip(names, values, strict=True)]


@styled
def _draw(trace: Any, difference: Any, by_far: Any, seconds: Any) -> Figure:
    from experiments.figures import learning_curves, page

    figure, axes = page(2, 2, width=4.8)
    _draw_chain(axes[0], trace)
    near, apart = difference
    learning_curves(
        {"|chain − one gate|": apart}, steps=near, title="The gradients differ by roundings",
        x="x", y="difference of ∂σ/∂x", axes=axes[1],
    )  # fmt: skip # data, then labels
    far, gradients = by_far
    learning_curves(
        gradients, steps=far, title="Float32: the chain is NaN far below 0", x="x", y="∂σ/∂x",
        axes=axes[2],
    )  # fmt: skip # data, then labels
    lost = far[np.isnan(gradients["chain of four"])].max()
    axes[2].axvspan(far[0], lost, color=VERMILION, alpha=0.15, linewidth=0)
    axes[2].text(far[0] + 3, 0.06, "chain: NaN", color=VERMILION)
    microseconds = {name: 1e6 * np.array(values) for name, values in seconds.items()}
    learning_curves(
        microseconds, steps=SIZES, log=True, title="Time of forward and backward",
        x="numbers at once", y="processor time (µs)", axes=axes[3],
    )  # fmt: skip # data, then labels
    axes[3].set_xscale("log")
    return figure


def _draw_chain(axes: Axes, trace: list[tuple[str, float, float]]) -> None:
    """The chain as boxes: values above the arrows going right, gradients below going left."""
    for place, (name, value, gradient) in enumerate(trace):
        box = {"facecolor": "white", "edgecolor": BLACK, "boxstyle": "round,pad=0.5"}
        axes.text(place, 0.5, name, ha="center", va="center", bbox=box)
        axes.text(place, 0.74, f"{value:.4f}", ha="center", color=BLUE)
        axes.text(place, 0.22, f"{gradient:.4f}", ha="center", color=VERMILION)
        if place:
            axes.annotate(
                "", (place - 0.32, 0.5), (place - 0.68, 0.5), arrowprops={"arrowstyle": "->"}
            )
    axes.text(0, 0.88, "values going forward", color=BLUE)
    axes.text(0, 0.08, "∂σ/∂value going backward: upstream × local", color=VERMILION)
    axes.set(xlim=(-0.5, len(trace) - 0.5), ylim=(0, 1), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    label(axes, "σ(1) gate by gate")


STUDY = Study("sigmoid-gate", "The sigmoid as one gate, and as a chain of four", run)
