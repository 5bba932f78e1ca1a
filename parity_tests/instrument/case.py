"""Cases: what is compared, written as data; and the register of what the suite covers."""

from __future__ import annotations

import inspect
import itertools
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument.inputs import VARIANTS
from parity_tests.instrument.sides import default_call
from parity_tests.instrument.tiers import COMPARATIVE, EXACT_VALUE, Tier

Tiers = Tier | Mapping[str, Tier]


@dataclass
class Registry:
    """Which names have a parity case, and which a bad-input case: name → where."""

    cases: dict[str, set[str]] = field(default_factory=dict)
    bad: dict[str, set[str]] = field(default_factory=dict)

    def add(self, table: dict[str, set[str]], names: Sequence[str], where: str) -> None:
        """Note that `where` covers these names."""
        for name in names:
            table.setdefault(name, set()).add(where)


REGISTRY = Registry()


@dataclass(frozen=True, eq=False)
class Case:
    """One comparison of an operation on both sides. See the package's docstring for the fields."""

    name: str
    inputs: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    tier: Tiers = COMPARATIVE
    grad_tier: Tiers | None = None
    oracle: Callable[..., Any] | None = None
    why: str = ""
    wrt: tuple[int, ...] | None = None
    call: Callable[..., Any] | None = None
    dtypes: tuple[str, ...] = ("float32", "float64")
    elementwise: bool = False
    kinks: tuple[float, ...] = ()
    specials: bool | tuple[float, ...] | None = None
    variants: str | None = None
    upstream: str | None = None
    id: str = ""
    holds: Callable[..., bool] | None = None

    def __post_init__(self) -> None:
        exact = all(self.tier_for(d).exact for d in self.dtypes)
        if "float64" in self.dtypes and self.oracle is None and not exact and not self.why:
            raise ValueError(
                f"case {self.name}: without an `oracle`, float64 falls back to torch; "
                "say in `why` for what reason"
            )
        unknown = set((self.variants or "").split()) - set(VARIANTS)
        if unknown:
            raise ValueError(f"case {self.name}: unknown variants {unknown}, know {VARIANTS}")

    def __str__(self) -> str:
        if self.id:
            return f"{self.name}-{self.id}"
        shown = [f"{k}={_brief(v)}" for k, v in self.options.items()]
        return "-".join([self.name, *shown])

    def tier_for(self, dtype: str, gradient: bool = False) -> Tier:
        """The tier of values or of gradients in this dtype."""
        tier = self.tier[dtype] if isinstance(self.tier, Mapping) else self.tier
        if not gradient:
            return tier
        if self.grad_tier is None:
            return EXACT_VALUE if tier.exact else COMPARATIVE
        return self.grad_tier[dtype] if isinstance(self.grad_tier, Mapping) else self.grad_tier

    def apply(self, impl: Any, tensors: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """The operation on tensors of one side."""
        return (self.call or default_call(self.name))(impl, *tensors, **options)

    def require(self, arrays: Sequence[np.ndarray]) -> None:
        """Refuse inputs without what the case is about: it could not fail for the right reason."""
        if self.holds is not None and not self.holds(*arrays, **self.options):
            raise AssertionError(
                f"case {self}: under this seed its inputs do not have what `holds` wants of them; "
                "let their spec see to it"
            )

    def upstream_kind(self, dtype: str) -> str:
        """Normal upstream gradients, or dyadic ones where gradients must be exact."""
        if self.upstream in ("normal", "dyadic"):
            return self.upstream
        return "dyadic" if self.tier_for(dtype, True).exact else "normal"

    def stream(self, seed: int) -> np.random.Generator:
        """This case's own random numbers: independent of the order in which tests run."""
        return np.random.default_rng([zlib.crc32(str(self).encode()), seed])


@dataclass(frozen=True, eq=False)
class Bad:
    """Input that must be refused: `call(impl)` raises `exception` on both sides.

    says: a part of the candidate's message: what was expected, in words of the case's author.
    """

    name: str
    call: Callable[[Any], Any]
    exception: type[BaseException]
    says: str = ""
    id: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, [self.name, self.id or self.exception.__name__]))


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{list(value.shape)}"
    return getattr(value, "__name__", None) or str(value)


def _caller() -> str:
    frame = inspect.stack()[2].frame
    return str(frame.f_globals.get("__name__", "?"))


def cases(table: Sequence[Case]) -> pytest.MarkDecorator:
    """Run a test once per case of the table (and dtype), and register the names it covers."""
    REGISTRY.add(REGISTRY.cases, [case.name for case in table], _caller())
    return pytest.mark.parity_cases(tuple(table))


def bad_cases(table: Sequence[Bad]) -> pytest.MarkDecorator:
    """Run a test once per bad input of the table, and register the names it covers."""
    REGISTRY.add(REGISTRY.bad, [bad.name for bad in table], _caller())
    return pytest.mark.parametrize("bad", tuple(table), ids=str)


def covers(*names: str) -> None:
    """Declare that the calling module tests these names by hand."""
    REGISTRY.add(REGISTRY.cases, names, _caller())


def covers_bad(*names: str) -> None:
    """Declare that the calling module tests bad input to these names by hand."""
    REGISTRY.add(REGISTRY.bad, names, _caller())


def options_grid(**lists: Sequence[Any]) -> list[dict[str, Any]]:
    """Every combination of the listed options.

    >>> options_grid(reduction=["mean", "sum"], beta=[1.0])
    [{'reduction': 'mean', 'beta': 1.0}, {'reduction': 'sum', 'beta': 1.0}]
    """
    return [dict(zip(lists, row, strict=True)) for row in itertools.product(*lists.values())]
