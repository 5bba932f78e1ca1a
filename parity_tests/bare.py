"""Comparisons that go round the tiers: which lines of a source carry a tolerance of their own.

Seen are calls that take a tolerance (under any alias); a distance, a norm or a difference, or the size of
one (its largest element, its sum of squares; under a name, too), held against a constant or against what
is called a tolerance; a ratio held against a number near one; constants too small to be anything but a
tolerance (also as a default, a parameter of a test, or one of several); rounded numbers and numbers as
text compared for equality; an array held against itself; and bounds and scales that are a number. (A bound
is refused besides, when it is used, if it does not shrink with the unit roundoff, and a gradient's scale if
it does not with the upstream.)

Not seen are a distance that another function measures, or one with a name that is held against a name;
relative ones (|a − b| > |b| / 1000, a < 1.1 · b); a difference that is not written as one (a + minus_b) or
that goes by way of a container or an attribute; tolerances that come from another file, out of a function,
an attribute or a text, and are not called so; truncation by other means than round (int(1000 * a),
a // 0.001); a bound by another root of u than its share; and the tiers' own constants, changed, or a tier
of one's own. Whoever wants to get by will: this is for those who do not know better.
"""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING

from parity_tests.bare_distances import Distances
from parity_tests.bare_distances import name_of as _name

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
_ROUNDING = {"round", "around", "round_", "rint", "trunc", "floor"}
_TEXTS = {"str", "repr", "format", "array2string", "array_repr", "array_str", "format_float"}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq)
_EQUALITIES = {"array_equal", "array_equiv", "assert_array_equal", "assert_equal"}
_PARITY = {"assert_parity", "same"}
#: What the unit roundoff is called, where it is no name for anything else.
_ROUNDOFFS = {"u": 2.0**-53, "eps": 2.0**-52}
#: In a format: %.3f, or the .3f behind a colon.
_PRECISION = re.compile(r"%[-+ #0-9.]*[eEfFgG]|[eEfFgG%]$")


class _Known(dict[str, float]):
    """Names that are given a number, NAME[] where it is one of several.

    And those that may be one, by default or in one of a test's runs; and names of distances.
    """

    def __init__(self, *given: dict[str, float]) -> None:
        super().__init__({k: v for one in given for k, v in one.items()})
        self.perhaps: dict[str, float] = {}
        self.distances = Distances()


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


def _is_bare(node: ast.AST, constants: _Known) -> bool:
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


def _compares(node: ast.Compare, constants: _Known) -> bool:
    sides = [node.left, *node.comparators]
    values = [_value(side, constants) for side in sides]
    if any(isinstance(op, _ORDER) for op in node.ops):
        coin = any(isinstance(s, ast.Call) and _name(s.func) == "random" for s in sides)
        small = any(v is not None and 0 < abs(v) <= SMALL for v in _all_values(node, constants))
        held = any(v is not None and v != 0 for v in values)
        likely = _Known(_ROUNDOFFS, constants.perhaps, constants)
        maybe = any(_value(side, likely) or _is_called_a_tolerance(side) for side in sides)
        apart = constants.distances
        far = any(
            (apart.is_distance(s) and (held or maybe))
            or (apart.is_named(s) and held)
            or apart.is_ratio_near_one(s, values)
            for s in sides
        )
        if not coin and (small or far):
            return True
    if any(isinstance(op, _EQUAL) for op in node.ops):
        return any(_is_rounded(side) or _is_text(side) for side in sides)
    return False


def _calls(node: ast.Call, constants: _Known) -> bool:
    name = _name(node.func)
    if name == "getattr":
        return any(isinstance(a, ast.Constant) and a.value in NAMES for a in node.args)
    if name in _PARITY | _EQUALITIES and any(_is_rounded(a) for a in node.args):
        return True
    if name == "assert_parity" and node.args[1:]:
        return ast.dump(node.args[0]) == ast.dump(node.args[1])
    functions = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "scale")]
    if name in ("Bound", "Comparative"):
        return any(_is_a_number(f, constants) for f in functions if isinstance(f, ast.Lambda))
    return False


def _is_a_number(function: ast.Lambda, constants: _Known) -> bool:
    """Whether a bound or a scale is a number, or so many times what it should be."""
    body = function.body
    parts = body.elts if isinstance(body, ast.Tuple) else [body]
    numbers = [n.value for n in ast.walk(body) if isinstance(n, ast.Constant)]
    many = any(isinstance(n, int | float) and n > ROUNDINGS for n in numbers)
    return many or any(_value(part, constants) is not None for part in parts)


def _constants(tree: ast.AST) -> _Known:
    """Names that are given a number somewhere, at the module's level or inside."""
    known = _Known()
    for name, value, sure in _given(tree):
        several = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", None)
        numbers = [_value(one, known) for one in (value,) if several is None] + [
            _value(one, known) for one in several or () if one is not None
        ]
        if numbers and None not in numbers:
            least = min((n for n in numbers if n), key=abs, default=0.0)
            table = known if sure else known.perhaps
            table[name if several is None else f"{name}[]"] = least
        known.distances.note(name, value)
    return known


def _given(tree: ast.AST) -> Iterator[tuple[str, ast.expr, bool]]:
    """Names and what they are given: assigned; or, which is not sure, by default or by pytest."""
    for node in ast.walk(tree):
        pairs: list[tuple[ast.AST, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.arguments):
            placed, named = [*node.posonlyargs, *node.args], node.kwonlyargs
            defaults = node.defaults
            pairs += zip(placed[len(placed) - len(defaults) :], defaults, strict=True)
            pairs += [(a, d) for a, d in zip(named, node.kw_defaults, strict=True) if d is not None]
        elif isinstance(node, ast.Call) and _name(node.func) == "parametrize" and node.args[1:]:
            name, rows = node.args[:2]
            if isinstance(name, ast.Constant) and isinstance(rows, ast.List | ast.Tuple):
                yield from ((str(name.value), row, False) for row in rows.elts)
        for target, value in pairs:
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs += zip(target.elts, value.elts, strict=False)
            elif isinstance(target, ast.Name | ast.arg):
                plain = isinstance(target, ast.Name)
                yield getattr(target, "id" if plain else "arg"), value, plain


def _all_values(node: ast.AST, constants: _Known) -> Iterator[float | None]:
    """The constants of a comparison: its sides, and the factors and terms in them."""
    for part in ast.walk(node):
        if isinstance(part, ast.BinOp | ast.Constant | ast.Name | ast.Attribute):
            value = _value(part, constants)
            yield value if not isinstance(value, int) else None


def _value(node: ast.AST, constants: _Known) -> float | None:
    """The number that an expression of constants is; None for anything else."""
    if isinstance(node, ast.Constant):
        plain = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return node.value if plain else None  # type: ignore[return-value] # a number
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.Subscript):
        return constants.get(f"{_name(node.value)}[]")
    if isinstance(node, ast.Attribute) and node.attr in ("eps", "epsneg", "resolution"):
        return 2.0**-52
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, constants)
        return None if inner is None else -inner
    if isinstance(node, ast.Call) and _name(node.func) == "item":
        return _value(getattr(node.func, "value", node.func), constants)
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


def _is_called_a_tolerance(node: ast.AST) -> bool:
    """Wherever it comes from: TOL, cfg.atol, 2 * tolerances[dtype]."""
    named = (part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute))
    return any("tol" in _name(part).lower() for part in named)


def _is_rounded(node: ast.AST) -> bool:
    """Rounded to so many digits, or to so few bits."""
    parts = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return any(
        _name(part.func) in _ROUNDING
        or (_name(part.func) == "astype" and "float16" in map(_word, part.args))
        for part in parts
    )


def _word(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else _name(node)


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
