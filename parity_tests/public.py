"""What a module or class offers, and whether it says so: what `test_completeness` asks."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scratch.autograd.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType


def submodules(module: ModuleType) -> Iterator[ModuleType]:
    """The module and those inside it, without internal ones."""
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if not found.name.startswith("_"):
            yield from submodules(import_module(f"{module.__name__}.{found.name}"))


def defined(module: ModuleType) -> list[str]:
    """Functions and classes that a module defines under a public name; gates are none."""
    names = []
    for name, thing in vars(module).items():
        own = getattr(thing, "__module__", "") == module.__name__
        gate = inspect.isclass(thing) and issubclass(thing, Gate)
        if own and callable(thing) and not name.startswith("_") and not gate:
            names.append(name)
    return names


def unlisted(module: ModuleType, internal: dict[str, tuple[str, str]]) -> list[str]:
    """What looks public, but is neither in the module's `__all__` nor a known internal."""
    offered, found = set(module.__all__), []
    for part in submodules(module):
        place = part.__name__.partition(".")[2]
        known = offered | set(internal.get(place, ("", ""))[1].split())
        found += [f"{place}.{name}" for name in defined(part) if name not in known]
    return found


def methods(thing: type) -> Iterator[tuple[str, Any]]:
    """Public methods, inherited ones too, that were not made elsewhere."""
    package = thing.__module__.partition(".")[0]
    for name, method in inspect.getmembers(thing, callable):
        if name[0] != "_" and getattr(method, "__module__", "").partition(".")[0] == package:
            yield name, method


def tensor_overloads() -> dict[str, list[inspect.Signature]]:
    """What torch.Tensor's methods take: they are made in C++, and described in a stub file."""
    stub = Path(torch.__file__).with_name("_C") / "__init__.pyi"
    found: dict[str, list[inspect.Signature]] = {}
    for tensor in ast.parse(stub.read_text("utf-8")).body:
        if not (isinstance(tensor, ast.ClassDef) and tensor.name == "TensorBase"):
            continue
        for node in tensor.body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(_signature(node.args))
    return found


def _signature(args: ast.arguments) -> inspect.Signature:
    """A signature of names, kinds and plain defaults."""
    for a in [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]:
        if a is not None:
            a.annotation = None
    names: dict[str, Any] = {}
    exec(f"def f({ast.unparse(args)}): ...", vars(torch) | {"torch": torch}, names)
    return inspect.signature(names["f"])


def not_in_an_overload(
    mine: inspect.Signature, overloads: Iterable[inspect.Signature]
) -> list[str]:
    """Parameters that no overload of torch's has, of that kind and with that default.

    scratch writes overloads as one function: a parameter that only one of torch's has is optional.
    """
    wrong, overloads = [], list(overloads)
    for p in mine.parameters.values():
        if p.kind == p.VAR_POSITIONAL and any(_takes_many(o) for o in overloads):
            continue
        same = [o.parameters[p.name] for o in overloads if p.name in o.parameters]
        same = [q for q in same if q.kind == p.kind]
        optional = p.default is None and any(p.name not in o.parameters for o in overloads)
        if not same or not (optional or any(q.default == p.default for q in same)):
            wrong.append(str(p.replace(annotation=p.empty)))
    return wrong


def _takes_many(signature: inspect.Signature) -> bool:
    return any(p.kind == p.VAR_POSITIONAL for p in signature.parameters.values())


def declared(module: ModuleType) -> set[str]:
    """The names that a test module says it `covers`."""
    names: set[str] = set()
    for line in ast.parse(inspect.getsource(module)).body:
        if _only_declares(line) and isinstance(getattr(line, "value", None), ast.Call):
            given = ast.Tuple(line.value.args, ast.Load())  # type: ignore[attr-defined] # a call
            code = compile(ast.fix_missing_locations(ast.Expression(given)), "<covers>", "eval")
            names |= set(eval(code, vars(module)))
    return names


def spoken(source: str) -> set[str]:
    """Names in a module's code outside of `covers(…)`, imports and docstrings."""
    said: set[str] = set()
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _only_declares(line)]  # type: ignore[attr-defined] # has one
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            said.add(node.id)
        elif isinstance(node, ast.Attribute):
            said.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said |= set(node.value.split())
    return said


def _only_declares(line: ast.AST) -> bool:
    if isinstance(line, ast.Import | ast.ImportFrom):
        return True
    value = line.value if isinstance(line, ast.Expr) else None
    if isinstance(value, ast.Call):
        return getattr(value.func, "id", "") in ("covers", "covers_bad")
    return isinstance(value, ast.Constant)
