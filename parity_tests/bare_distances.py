"""How far two numbers lie apart, in the ways that code has to say it: by a distance, the size of a
difference, or a ratio near one.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

_DISTANCES = {"abs", "absolute", "fabs", "norm", "hypot", "dist", "vector_norm", "ptp"}
#: What makes a number of many, or another of one, and leaves it the size that it was.
_MEASURES = {
    *("max", "min", "amax", "amin", "nanmax", "nanmin", "maximum", "minimum", "sum", "nansum"),
    *("fsum", "mean", "nanmean", "average", "median", "std", "var", "prod", "dot", "vdot", "inner"),
    *("square", "sqrt", "float", "item", "ravel", "flatten", "reshape", "squeeze", "asarray"),
    *("array", "numpy", "tolist", "float32", "float64", "astype", "sorted", "list", "power", "pow"),
}
_MODULES = {"np", "numpy", "torch", "math", "builtins", "linalg", "statistics"}
#: A ratio that is held against a number between these, but not one itself, should be near one.
_NEAR_ONE = (0.5, 2.0)


@dataclass
class Distances:
    """The names of distances, of differences (which may be negative) and of ratios, in one source."""

    names: set[str] = field(default_factory=set)
    differences: set[str] = field(default_factory=set)
    ratios: set[str] = field(default_factory=set)

    def note(self, name: str, value: ast.expr) -> None:
        """Remember what a name is given."""
        if any(isinstance(p, ast.Call) and name_of(p.func) in _DISTANCES for p in ast.walk(value)):
            self.names.add(name)
        cores = _cores(value)
        if any(_is_difference(core) for core in cores):
            sized = not _is_difference(value)
            (self.names if sized else self.differences).add(name)
        if any(_is_ratio(core) for core in cores):
            self.ratios.add(name)

    def is_distance(self, node: ast.AST) -> bool:
        """abs(…), norm(…), a difference; the size of one of these, or so many times it."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and name_of(part.func) in _DISTANCES:
                return True
        cores = _cores(node)
        named = {core.id for core in cores if isinstance(core, ast.Name) and core is not node}
        return any(map(_is_difference, cores)) or bool(named & (self.names | self.differences))

    def is_named(self, node: ast.AST) -> bool:
        """A name that is given a distance."""
        return name_of(node) in self.names

    def is_ratio_near_one(self, node: ast.AST, values: list[float | None]) -> bool:
        """a / b, or its largest and least elements, against 1.1 or 0.9."""
        near = any(v is not None and _NEAR_ONE[0] < v < _NEAR_ONE[1] and v != 1 for v in values)
        cores = _cores(node)
        named = {core.id for core in cores if isinstance(core, ast.Name)}
        return near and (any(map(_is_ratio, cores)) or bool(named & self.ratios))


def name_of(node: ast.AST) -> str:
    """The last name of a name or an attribute."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _is_difference(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return name_of(node.func) in ("subtract", "sub", "diff")
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _is_ratio(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return name_of(node.func) in ("divide", "true_divide")
    divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
    return divides and not any(isinstance(s, ast.Constant) for s in (node.left, node.right))  # type: ignore[attr-defined] # a BinOp


def _cores(node: ast.AST) -> list[ast.AST]:
    """What an expression is a measure of: x of x.max(), of np.sum(x ** 2), of 3 * float(x[0])."""
    inner: list[ast.AST] = []
    if isinstance(node, ast.Call) and name_of(node.func) in _MEASURES:
        owner = getattr(node.func, "value", None)
        of_a_module = owner is None or name_of(owner) in _MODULES
        inner = [*node.args] if of_a_module else [owner]  # type: ignore[list-item] # not None
    elif isinstance(node, ast.GeneratorExp | ast.ListComp):
        inner = [node.elt]
    elif isinstance(node, ast.Subscript | ast.Starred):
        inner = [node.value]
    elif isinstance(node, ast.UnaryOp):
        inner = [node.operand]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        inner = [node.left]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult):
        inner = [node.left, node.right]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _is_ratio(node):
        inner = [node.left]
    if not inner:
        return [node]
    return [core for part in inner for core in _cores(part)]
