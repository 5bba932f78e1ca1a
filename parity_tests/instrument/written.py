"""Values and calls as Python text that makes the same bits: what messages ask the reader to paste."""

from __future__ import annotations

import ast
import base64
import builtins
import inspect
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.instrument.bits import shortest

_SHOWN = 48
_INLINE = 2000  # characters of a packed array; a longer one goes into a file


def number(value: Any) -> str:
    """A scalar in its shortest form that reads back to the same bits."""
    text = shortest(value)
    sign, word = text[: text.startswith("-")], text.lstrip("-")
    return f"{sign}np.{word}" if word in ("inf", "nan") else text


def literal(array: np.ndarray) -> str:
    """An array as code that makes the same bits."""
    kind = f"dtype={str(array.dtype)!r}"
    if array.size <= _SHOWN:
        flat = f"np.array({_nested(array)}, {kind})"
        return flat if array.size else f"np.zeros({array.shape}, {kind})"
    data = np.ascontiguousarray(array).tobytes()
    if len(set(np.frombuffer(data, f"V{array.itemsize}").tolist())) == 1:
        return f"np.full({array.shape}, {number(array.flat[0])}, {kind})"
    packed = base64.b64encode(zlib.compress(data, 9)).decode()
    if len(packed) <= _INLINE:
        unpacked = f"zlib.decompress(base64.b64decode('{packed}'))"
        return f"np.frombuffer({unpacked}, {str(array.dtype)!r}).reshape({array.shape})"
    return f"np.load({str(_kept(array, data))!r})"


def imports(code: str) -> list[str]:
    """The modules that a text of `literal` needs."""
    return ["import base64, zlib"] if "base64." in code else []


def _kept(array: np.ndarray, data: bytes) -> Path:
    """A file with the array, named by its contents."""
    folder = Path(tempfile.gettempdir()) / "parity_inputs"
    folder.mkdir(exist_ok=True)
    path = folder / f"{zlib.crc32(data + str((array.dtype, array.shape)).encode()):08x}.npy"
    if not path.exists():
        np.save(path, np.ascontiguousarray(array))
    return path


def _nested(array: np.ndarray) -> str:
    """The elements as nested lists, each number in its shortest form."""
    if array.ndim:
        return "[" + ", ".join(_nested(row) for row in array) + "]"
    return number(array)


def element(expression: str, index: tuple[int, ...] | None) -> str:
    """Code for one element of an array; for its dtype and shape where no index is the matter."""
    if index is None:
        return f"(lambda a: (str(a.dtype), a.shape))({expression})"
    return f"{expression}[{', '.join(map(str, index)) or '()'}]"


def laid_out(text: str, array: np.ndarray, layout: str) -> str:
    """Code that lays the array of a text out in memory as `inputs.LAYOUTS` does."""
    flip = ", ".join(["::-1"] * array.ndim)
    if not array.ndim:
        return text
    if layout == "broadcast":
        return f"np.broadcast_to({text}[:1], {array.shape})"
    if layout == "reversed":
        return f"{text}[{flip}].copy()[{flip}]"
    if layout == "transposed" and array.ndim > 1:
        return f"np.asfortranarray({text})"
    return f"np.repeat({text}, 2, axis=-1)[..., ::2]"


def written(value: Any, dtype: str | None = None, make: str = "impl.tensor({})") -> str:
    """An option as code; arrays become tensors (by `make`), floats among them of this dtype."""
    if isinstance(value, np.ndarray):
        text, own = literal(value), f"dtype={str(value.dtype)!r}"
        if dtype and value.dtype.kind == "f":
            small = value.size <= _SHOWN
            text = text.replace(own, f"dtype={dtype!r}") if small else f"{text}.astype({dtype!r})"
        return make.format(text)
    if isinstance(value, Mapping):
        pairs = (f"{k!r}: {written(v, dtype, make)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(v, dtype, make) for v in value) + "]"
    if type(value) is tuple:
        return "(" + "".join(written(v, dtype, make) + ", " for v in value).rstrip() + ")"
    if isinstance(value, float) and not np.isfinite(value):
        return f"float({str(float(value))!r})"
    if isinstance(value, type) and value.__module__ == "numpy":
        return f"np.{value.__name__}"
    return repr(value)


def defined(function: Any) -> str | None:
    """Code that makes a lambda or function as ``call``, with what it refers to.

    None where its text, or something that it refers to, is not to be had.
    """
    node = _node(function)
    if node is None:
        return None
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    if isinstance(node, ast.FunctionDef):
        node.decorator_list, node.returns = [], None
    defaults: dict[str, Any] = dict(function.__kwdefaults__ or {})
    arguments = inspect.signature(function).parameters.values()
    defaults |= {p.name: p.default for p in arguments if p.default is not p.empty}
    before = [_assigned(name, value) for name, value in sorted(_referred(function, node).items())]
    if not all(_plain(v) for v in defaults.values()) or None in before:
        return None
    given = node.args
    given.defaults = [_expression(defaults[a.arg]) for a in _defaulted(given)]
    given.kw_defaults = [
        _expression(defaults[a.arg]) if a.arg in defaults else None for a in given.kwonlyargs
    ]
    if isinstance(node, ast.Lambda):
        return "\n".join([*filter(None, before), f"call = {ast.unparse(node)}"])
    return "\n".join([*filter(None, before), ast.unparse(node), f"call = {node.name}"])


def _referred(function: Any, node: ast.AST) -> dict[str, Any]:
    """What a function's text names and does not define: from around it, and from its module."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    values = {name: cell.cell_contents for name, cell in cells}
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    known = {*function.__code__.co_varnames, *vars(builtins), "np", "impl", *values}
    there = function.__globals__
    return values | {name: there[name] for name in used - known if name in there}


def _assigned(name: str, value: Any) -> str | None:
    """Code after which `name` is this value."""
    if inspect.ismodule(value):
        return f"import {value.__name__} as {name}"
    if inspect.isfunction(value):
        text = defined(value)
        return None if text is None else f"{text}\n{name} = call"
    return f"{name} = {_text(value)}" if _plain(value) else None


def _defaulted(arguments: ast.arguments) -> list[ast.arg]:
    """The positional arguments that have defaults."""
    every = [*arguments.posonlyargs, *arguments.args]
    return every[len(every) - len(arguments.defaults) :]


def _node(function: Any) -> Any:
    """The lambda or def that a function was made of; None where its text is not to be had."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    try:
        lines, _ = inspect.findsource(code)
        tree = ast.parse("".join(lines))
    except (OSError, SyntaxError):
        return None
    kinds = (ast.Lambda, ast.FunctionDef)
    here = [
        n
        for n in ast.walk(tree)
        if isinstance(n, kinds)
        and n.lineno == code.co_firstlineno
        and getattr(n, "name", "<lambda>") == code.co_name
        and [a.arg for a in (*n.args.posonlyargs, *n.args.args)]
        == list(code.co_varnames[: code.co_argcount])
    ]
    if len(here) > 1:
        starts = {p[2] for p in code.co_positions() if p[2] is not None}
        here = [n for n in here if isinstance(n, ast.Lambda) and n.body.col_offset in starts]
    return here[0] if len(here) == 1 else None


def _plain(value: Any) -> bool:
    """Whether a value can be written as text."""
    if isinstance(value, (list, tuple)):
        return all(_plain(v) for v in value)
    if isinstance(value, dict):
        return all(_plain(v) for v in (*value, *value.values()))
    if isinstance(value, slice):
        return True
    return value is None or isinstance(value, (bool, int, float, str, np.ndarray)) or value is ...


def _text(value: Any) -> str:
    """As `written`, with arrays as arrays."""
    if isinstance(value, np.ndarray):
        return literal(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(_text(v) + ", " for v in value).rstrip() + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_text(v)}" for k, v in value.items()) + "}"
    return "..." if value is ... else written(value)


def _expression(value: Any) -> ast.expr:
    return ast.parse(_text(value), mode="eval").body
