"""Comparisons that go round the tiers: which lines of a source carry a tolerance of their own.

Seen are calls that take a tolerance (under any alias), a distance or a norm held against a constant,
constants too small to be anything but a tolerance, rounded numbers and numbers as text compared for
equality, and bounds that are a number. (A bound is refused besides, when it is used, if it does not
shrink with the unit roundoff.) Whoever wants to get by will: this is for those who do not know better.
"""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {
    *("approx", "allclose", "isclose", "assert_allclose", "assert_almost_equal", "assert_close"),
    *("assert_array_almost_equal", "assert_array_almost_equal_nulp", "assert_array_max_ulp"),
    *("assert_approx_equal", "assertAlmostEqual", "assertNotAlmostEqual", "assert_array_less"),
}
KEYWORDS = {"rtol", "atol", "rel", "abs", "rel_tol", "abs_tol", "places", "decimal", "maxulp"}
#: A constant up to this in a comparison is a tolerance, whatever stands on the other side.
SMALL = 0.05
#: More roundings than this are counted by a formula, not by a number.
ROUNDINGS = 1000
_DISTANCES = {"abs", "absolute", "fabs", "norm", "hypot", "dist", "vector_norm", "ptp"}
_ROUNDING = {"round", "around", "round_", "rint", "trunc", "floor"}
_TEXTS = {"str", "repr", "format", "array2string", "array_repr", "array_str", "format_float"}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq)
#: In a format: %.3f, or the .3f behind a colon.
_PRECISION = re.compile(r"%[-+ #0-9.]*[eEfFgG]|[eEfFgG%]$")


def found_in(source: str) -> list[ast.AST]:
    """What compares with a tolerance of its own, in the order of the source."""
    tree = ast.parse(source)
    constants = _constants(tree)
    bad = [node for node in ast.walk(tree) if _is_bare(node, constants)]
    return sorted(bad, key=lambda node: (_line(node), getattr(node, "col_offset", 0)))


def texts(source: str) -> list[str]:
    """The same as code, which does not change when lines move."""
    return [ast.unparse(node) for node in found_in(source)]


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _is_bare(node: ast.AST, constants: dict[str, float]) -> bool:
    if isinstance(node, ast.Name | ast.Attribute):
        return _name(node) in NAMES
    if isinstance(node, ast.alias):
        return node.name.rpartition(".")[2] in NAMES
    if isinstance(node, ast.keyword):
        return node.arg in KEYWORDS
    if isinstance(node, ast.Compare):
        return _compares(node, constants)
    if isinstance(node, ast.Call):
        return _calls(node, constants)
    return False


def _compares(node: ast.Compare, constants: dict[str, float]) -> bool:
    sides = [node.left, *node.comparators]
    values = [_value(side, constants) for side in sides]
    if any(isinstance(op, _ORDER) for op in node.ops):
        coin = any(isinstance(s, ast.Call) and _name(s.func) == "random" for s in sides)
        small = any(v is not None and 0 < abs(v) <= SMALL for v in _all_values(node, constants))
        held = any(v is not None and v != 0 for v in values)
        if not coin and (small or (held and any(_is_distance(s) for s in sides))):
            return True
    if any(isinstance(op, _EQUAL) for op in node.ops):
        return any(_is_rounded(side) or _is_text(side) for side in sides)
    return False


def _calls(node: ast.Call, constants: dict[str, float]) -> bool:
    name = _name(node.func)
    if name == "getattr":
        return any(isinstance(a, ast.Constant) and a.value in NAMES for a in node.args)
    if name in ("assert_parity", "same"):
        return any(_is_rounded(a) for a in node.args)
    if name == "Bound" and node.args and isinstance(node.args[0], ast.Lambda):
        body = node.args[0].body
        numbers = [n.value for n in ast.walk(body) if isinstance(n, ast.Constant)]
        many = any(isinstance(n, int | float) and n > ROUNDINGS for n in numbers)
        return many or _value(body, constants) is not None
    return False


def _constants(tree: ast.AST) -> dict[str, float]:
    """Names that are given a number somewhere, at the module's level or inside."""
    known: dict[str, float] = {}
    for node in ast.walk(tree):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            pairs = [(node.target, node.value)]
        for target, value in pairs:
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs += zip(target.elts, value.elts, strict=False)
            elif isinstance(target, ast.Name) and (number := _value(value, known)) is not None:
                known[target.id] = number
    return known


def _all_values(node: ast.AST, constants: dict[str, float]) -> Iterator[float | None]:
    """The constants of a comparison: its sides, and the factors and terms in them."""
    for part in ast.walk(node):
        if isinstance(part, ast.BinOp | ast.Constant | ast.Name | ast.Attribute):
            value = _value(part, constants)
            yield value if not isinstance(value, int) else None


def _value(node: ast.AST, constants: dict[str, float]) -> float | None:
    """The number that an expression of constants is; None for anything else."""
    if isinstance(node, ast.Constant):
        plain = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return node.value if plain else None  # type: ignore[return-value] # a number
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.Attribute) and node.attr in ("eps", "epsneg", "resolution"):
        return 2.0**-52
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, constants)
        return None if inner is None else -inner
    if isinstance(node, ast.Call) and _name(node.func) in ("sqrt", "float", "exp", "float32"):
        inner = _value(node.args[0], constants) if node.args else None
        root = _name(node.func) == "sqrt" and inner is not None and inner >= 0
        return math.sqrt(inner) if root and inner is not None else inner
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, constants), _value(node.right, constants)
        return None if left is None or right is None else _computed(node.op, left, right)
    return None


def _computed(op: ast.operator, a: float, b: float) -> float | None:
    try:
        if isinstance(op, ast.Pow):
            return float(a) ** b
        if isinstance(op, ast.Div):
            return a / b
    except (ZeroDivisionError, OverflowError):
        return None
    if isinstance(op, ast.Mult):
        return a * b
    if isinstance(op, ast.Add):
        return a + b
    return a - b if isinstance(op, ast.Sub) else None


def _is_distance(node: ast.AST) -> bool:
    """abs(…), norm(…), a difference, or one of these times something."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and _name(part.func) in _DISTANCES:
            return True
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _is_rounded(node: ast.AST) -> bool:
    parts = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return any(_name(part.func) in _ROUNDING for part in parts)


def _is_text(node: ast.AST) -> bool:
    """A number as text: formatted with digits, or as Python prints it."""
    for part in ast.walk(node):
        if isinstance(part, ast.FormattedValue) and part.format_spec is not None:
            spec = [c.value for c in ast.walk(part.format_spec) if isinstance(c, ast.Constant)]
            if _PRECISION.search("".join(map(str, spec))):
                return True
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod):
            if isinstance(part.left, ast.Constant) and _PRECISION.search(str(part.left.value)):
                return True
        elif isinstance(part, ast.Call) and _name(part.func) in _TEXTS and part.args:
            return not _is_no_number(part.args[0])
    return False


def _is_no_number(node: ast.AST) -> bool:
    """A dtype or a path: its text has no digits to lose."""
    return any(_name(part) in ("dtype", "relative_to", "tmp_path") for part in ast.walk(node))


def _name(node: ast.AST) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))
