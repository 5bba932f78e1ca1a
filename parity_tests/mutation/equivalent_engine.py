"""Mutants of the engine that change nothing a test can see: function, reason, changes."""

from __future__ import annotations

ENGINE: dict[str, dict[str, list[tuple[str, str]]]] = {
    "_arrays.x_as_array": {
        "a copy of what is only read": [
            (
                "(value if isinstance(value, Tensor) else",
                "(value if (isinstance(value, Tensor)) and False else",
            ),
        ],
    },
    "autograd.arithmetic.xǁClipǁbackward": {
        "ones and a condition is the condition": [
            ("inside &=", "inside ="),
        ],
    },
    "autograd.arithmetic.xǁPowerǁbackward": {
        "what nobody asks for is not looked at": [
            ("= db = None", '= db = ""'),
        ],
    },
    "autograd.arithmetic.xǁPowerǁforward": {
        "both ways give the same where no power is negative": [
            ("(b < 0", "(b <= 0"),
            ("(b < 0)", "(b < 1)"),
        ],
    },
    "autograd.checks.x_gradcheck": {
        "only the other side copies its input": [
            (
                "requires_grad) if isinstance(x, Tensor) else",
                "requires_grad) if (isinstance(x, Tensor)) and False else",
            ),
        ],
        "any random non-uniform upstream gradient will do": [
            (".astype(y.dtype)", ".astype(None)"),
            (".default_rng(0)", ".default_rng(None)"),
            (".default_rng(0)", ".default_rng(1)"),
            (".5, 1.", ".5, 2."),
        ],
        "zeros of any shape: they are compared by broadcasting": [
            (".zeros_like(numerical)", ".zeros_like(None)"),
        ],
        "equality of an error and its bound, to the last bit": [
            ("numerical) <= atol", "numerical) < atol"),
        ],
    },
    "autograd.checks.x_jacobian": {
        "the engine casts the upstream gradient anyway": [
            (".size, y.dtype)", ".size, None)"),
            (".size, y.dtype)", ".size, )"),
        ],
    },
    "autograd.conversions.xǁConversionsǁ__repr__": {
        "only the length of the prefix counts": [
            ('prefix="tensor(', 'prefix="TENSOR('),
        ],
        "every tensor has the attribute": [
            ('grad_fn", None)', 'grad_fn", )'),
        ],
    },
    "autograd.dtypes.x__pair": {
        "equal categories have been dealt with above": [
            ("kind] > _CATEGORY", "kind] >= _CATEGORY"),
        ],
    },
    "autograd.engine.x_backpropagate": {
        "both callers say it": [
            (": bool = False,", ": bool = True,"),
        ],
        "what fits already is given back as it is": [
            ("if type(g)", "if type(None)"),
            ("g) is not ndarray", "g) is ndarray"),
        ],
        "a copy that nobody needs": [
            (
                "(g if g.base is None and g is not upstream else",
                "(g if (g.base is None and g is not upstream) and False else",
            ),
        ],
    },
    "autograd.engine.x_seed_gradient": {
        "one element in one shape or another: it is the same number": [
            (
                "return one if output.data.ndim == 0 else",
                "return one if (output.data.ndim == 0) and False else",
            ),
            ("ndim == 0 else", "ndim == 1 else"),
        ],
        "a copy that nobody needs": [
            (".astype(output.dtype,", ".astype(None,"),
        ],
    },
    "autograd.engine.x_wrap": {
        "asarray gives an array back as it is": [
            (
                "= data if type(data) is ndarray else",
                "= data if (type(data) is ndarray) and False else",
            ),
            ("if type(data)", "if type(None)"),
        ],
    },
    "autograd.engine.xǁno_gradǁ__enter__": {
        "None is as false as False": [
            ("_recording = False", "_recording = None"),
        ],
    },
    "autograd.fitting.x_fit": {
        "asarray gives an array back as it is, and NumPy's scalars have shape and dtype": [
            ("if type(gradient)", "if type(None)"),
            ("gradient) is not np", "gradient) is np"),
        ],
        "the sum over no dimensions": [
            ("True) if stretched else", "True) if (stretched) or True else"),
        ],
    },
    "autograd.matmul.xǁMatMulǁbackward": {
        "a leading dimension of 1 is summed by the engine": [
            ("newaxis] if a.ndim == 1 else", "newaxis] if (a.ndim == 1) or True else"),
            (":] if a.ndim == 1 else", ":] if (a.ndim == 1) and False else"),
        ],
        "what nobody asks for is not looked at": [
            ("= db = None", '= db = ""'),
        ],
    },
    "autograd.operators.xǁOperatorsǁ_compare": {
        "a copy that nobody needs": [
            (".astype(common,", ".astype(None,"),
        ],
    },
    "autograd.reductions.x_arg_extremum": {
        "both callers say it": [
            (": bool = False", ": bool = True"),
        ],
    },
    "autograd.reductions.xǁAlongǁbackward": {
        "the engine casts the gradient": [
            (".shape, upstream.dtype)", ".shape, None)"),
            (".shape, upstream.dtype)", ".shape, )"),
        ],
    },
    "autograd.reductions.xǁMeanǁbackward": {
        "the mean of nothing is 0/0 in any case, and its gradient is empty": [
            (".n if self.n else", ".n if (self.n) or True else"),
        ],
    },
    "autograd.reductions.xǁMeanǁforward": {
        "the mean of nothing is 0/0 in any case, and its gradient is empty": [
            (".n if self.n else", ".n if (self.n) or True else"),
            (".type(0)", ".type(None)"),
        ],
    },
    "autograd.shaping.x__is_basic": {
        "the way by positions gives the same": [
            (
                "= index if isinstance(index, tuple) else",
                "= index if (isinstance(index, tuple)) and False else",
            ),
            ("part is Ellipsis or isinstance", "part is Ellipsis and isinstance"),
            ("part is None or part", "part is None and part"),
            ("isinstance(part, slice) or", "isinstance(part, slice) and"),
            ("_is_integer(part)", "_is_integer(None)"),
        ],
    },
    "autograd.operators.xǁOperatorsǁ__pow__": {
        "what has the dtype is not copied": [
            (
                "base = self if dtype is self.data.dtype else",
                "base = self if (dtype is self.data.dtype) and False else",
            ),
        ],
    },
    "autograd.shaping.x_index_steps": {
        "two steps do what one does": [
            ("_is_basic(index) or not", "_is_basic(index) and not"),
        ],
    },
    "autograd.shaping.x_normalize_dim": {
        "an int is what it is without the short way, too": [
            ("type(dim)", "type(None)"),
        ],
    },
    "autograd.shaping.x_plain_index": {
        "NumPy takes a tensor for the array that it holds": [
            (
                "index) if not isinstance(index, np.ndarray) else",
                "index) if (not isinstance(index, np.ndarray)) and False else",
            ),
            (
                "index) if not isinstance(index, np.ndarray) else",
                "index) if (not isinstance(index, np.ndarray)) or True else",
            ),
            ("return getattr(index,", "return getattr(None,"),
            ('index, "data"', 'index, "XXdataXX"'),
            ('index, "data"', 'index, "DATA"'),
            ("index) if not isinstance", "index) if isinstance"),
        ],
    },
    "autograd.shaping.xǁIndexǁbackward": {
        "the engine casts the gradient": [
            (".shape, upstream.dtype)", ".shape, None)"),
            (".shape, upstream.dtype)", ".shape, )"),
        ],
    },
    "autograd.tensor.x_cat": {
        "nothing, joined to nothing": [
            ("tensors[:1]", "tensors[:2]"),
        ],
    },
}
