"""Flat memory: parameters, gradients and optimizer state side by side, stepped block by block.

An update rule is element-wise, so it does not care where one parameter ends and the next begins. A
:class:`Slab` lays small parameters of one dtype next to each other in one buffer and makes each
``p.data`` a view of it; a parameter that fills a block keeps its own memory and is a slab by
itself. The state (moments, accumulators) has the same layout. A step runs the rule over blocks that
fit the cache with everything they need, so that main memory is read once per step and not once per
arithmetic operation, and a small network is a single block.

Parameters without a gradient are left out of a step and lag behind. What is stepped together is a
:class:`Run`: consecutive parameters of a slab that have come equally far.

Source: blocking for the cache, Lam, Rothberg & Wolf (1991), "The cache performance and
optimizations of blocked algorithms".
"""

from __future__ import annotations

from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch._memory import aligned_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scratch.autograd import Tensor

    Array = np.ndarray[Any, np.dtype[Any]]
    Counters = tuple[float, ...]

BLOCK_BYTES = 128 * 1024
"""One block of one array: a rule touches about six at once, which a level-2 cache holds."""


class LayoutChangedError(Exception):
    """A parameter no longer has the dtype or the shape that its slab was made for."""


class Run:
    """Consecutive parameters of a slab that are stepped together.

    Attributes:
        members: their indices in the slab.
        counters: their scalar state, such as (t,), equal for all of them.
        blocks: per block (parameters, gradient, spare, (state…, work, work)); where the slab does
            not gather gradients, the second entry is the slice of the gradient to take.
    """

    __slots__ = ("_records", "blocks", "counters", "members")

    def __init__(self, slab: Slab, members: list[int], slots: Sequence[str]) -> None:
        counters = slab.counters[members[0]]
        assert counters is not None, "a run is made of parameters that have been started"
        self.members = members
        self.counters = counters
        self._records = [r[members[0] : members[-1] + 1] for r in slab.records.values()]
        self.blocks = list(slab.blocks(members[0], members[-1] + 1, slots))

    def advance_to(self, counters: Counters) -> None:
        """Note the counters after a step, here and where ``Optimizer.state`` shows them."""
        self.counters = counters
        for record, value in zip(self._records, counters):  # noqa: B905 - not all are shown
            record.fill(value)


class Slab:
    """Parameters of one dtype in one flat buffer, and their optimizer state likewise.

    Attributes:
        params: the parameters, in order.
        flat: the buffer that their ``data`` are views of.
        state: the flat state arrays, by name.
        records: the scalar state as ``Optimizer.state`` shows it, by name: one entry a parameter.
        counters: the scalar state as the rules use it, per parameter; None before its first step.
        present: which gradients were there when last gathered; None means all of them.
        runs, planned_for: what is stepped together, and the (present, slots) that it holds for.
    """

    def __init__(self, params: list[Tensor], scalars: Mapping[str, np.dtype[Any]]) -> None:
        self.params = params
        self.packed = len(params) > 1
        self.dtype = params[0].data.dtype
        self.shapes = [p.data.shape for p in params]
        self.bounds = [0, *accumulate(p.data.size for p in params)]
        data = params[0].data
        in_place = not self.packed and data.flags.c_contiguous and data.flags.writeable
        self.flat = data.reshape(-1) if in_place else aligned_empty((self.bounds[-1],), self.dtype)
        self.gradient = aligned_empty((self.bounds[-1] if self.packed else 0,), self.dtype)
        views = [data] if in_place else self.split(self.flat)
        slots = self.split(self.gradient) if self.packed else [self.gradient]
        self.homes = list(zip(params, views, slots, strict=True))
        if not in_place:
            for p, view, _ in self.homes:
                self.adopt(p, view)
        self.state: dict[str, Array] = {}
        self.records = {name: np.zeros(len(params), dtype) for name, dtype in scalars.items()}
        self.counters: list[Counters | None] = [None] * len(params)
        self.runs: list[Run] = []
        self.present: tuple[bool, ...] | None = None
        self.planned_for: tuple[object, object] | None = None
        self._coefficients = np.empty(0, self.dtype)
        self._cells: list[Array] = []
        self._work: tuple[Array, ...] = ()

    def split(self, flat: Array) -> list[Array]:
        """Views of ``flat``, one per parameter, in the parameter's shape."""
        ends = pairwise(self.bounds)
        return [flat[a:b].reshape(shape) for (a, b), shape in zip(ends, self.shapes, strict=True)]

    def adopt(self, p: Tensor, view: Array) -> None:
        """Take in a parameter whose ``data`` is another array: its values move to ``view``."""
        if p.data.dtype != view.dtype or p.data.shape != view.shape:
            raise LayoutChangedError
        view[...] = p.data
        p.data = view

    def gather(self) -> None:
        """Bring the gradients together and note which are present."""
        complete, packed = True, self.packed
        for p, view, slot in self.homes:
            if p.data is not view:
                self.adopt(p, view)
            if p.grad is None:
                complete = False
                continue
            g = p.grad.data
            if g.shape != view.shape:
                raise RuntimeError(f"gradient of shape {g.shape} for a parameter of {view.shape}")
            if packed:
                slot[...] = g
        self.present = None if complete else tuple([p.grad is not None for p in self.params])

    def plan(self, present: Sequence[int], slots: Sequence[str]) -> list[Run]:
        """Divide the parameters whose gradients are present, all of them started, into runs."""
        # i - position is constant as long as indices are consecutive
        alike = groupby(enumerate(present), lambda e: (e[1] - e[0], self.counters[e[1]]))
        self.runs = [Run(self, [i for _, i in members], slots) for _, members in alike]
        return self.runs

    def settle(self) -> None:
        """Write the counters of the runs back to their parameters and forget the runs."""
        for run in self.runs:
            for i in run.members:
                self.counters[i] = run.counters
        self.runs = []
        self.planned_for = None

    def blocks(
        self, first: int, last: int, slots: Sequence[str]
    ) -> Iterable[tuple[Array, Any, Array, tuple[Array, ...]]]:
        """Cut parameters first…last−1 into the blocks that :class:`Run` describes."""
        lo, hi = self.bounds[first], self.bounds[last]
        length = max(1, BLOCK_BYTES // self.dtype.itemsize)
        if not self._work:
            size = min(length, self.bounds[-1])
            self._work = tuple(aligned_empty((size,), self.dtype) for _ in range(3))
        for a in range(lo, hi, length):
            span = slice(a, min(a + length, hi))
            work, spare = [w[: span.stop - a] for w in self._work[:2]], self._work[2]
            state = [self.array(name)[span] for name in slots]
            gradient = self.gradient[span] if self.packed else span
            yield self.flat[span], gradient, spare[: span.stop - a], (*state, *work)

    def array(self, name: str) -> Array:
        """The flat state array called ``name``, made of zeros when first asked for."""
        if name not in self.state:
            self.state[name] = aligned_empty((self.bounds[-1],), self.dtype)
            self.state[name].fill(0)
        return self.state[name]

    def shown(self, i: int, name: str) -> Array:
        """State ``name`` of parameter i as a view: 0-d for a counter, else of its shape."""
        if name in self.records:
            return self.records[name][i : i + 1].reshape(())
        return self.array(name)[self.bounds[i] : self.bounds[i + 1]].reshape(self.shapes[i])

    def cells(self, coefficients: Sequence[float]) -> list[Array]:
        """Coefficients as 0-d arrays of the slab's dtype: float32 stays float32, and it is fast."""
        if len(self._cells) != len(coefficients):
            self._coefficients = np.empty(len(coefficients), self.dtype)
            self._cells = [self._coefficients[i, ...] for i in range(len(coefficients))]
        self._coefficients[...] = coefficients
        return self._cells


def pack(params: Sequence[Tensor], scalars: Mapping[str, np.dtype[Any]]) -> list[Slab]:
    """Lay out parameters: small ones of one dtype together, large ones by themselves.

    A parameter that is listed twice is a slab listed twice, and so is stepped twice. ``scalars``
    are the names and dtypes of the per-parameter counters that the state shows.
    """
    if len({id(p) for p in params}) != len(params):
        slab_of = {id(p): Slab([p], scalars) for p in params}
        return [slab_of[id(p)] for p in params]
    together: dict[object, list[Tensor]] = {}
    filled: dict[object, int] = {}
    for p in params:
        dtype, size = p.data.dtype, p.data.nbytes
        if size >= BLOCK_BYTES:
            together[id(p)] = [p]
            continue
        filled[dtype] = filled.get(dtype, 0) + size
        together.setdefault((dtype, filled[dtype] // BLOCK_BYTES), []).append(p)
    return [Slab(members, scalars) for members in together.values()]
