"""Mutants of the engine, of data and of random numbers that change nothing a test can see: function, reason, changes."""

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
    "data.x__draw_seed": {
        "a generator is seeded with the low 32 bits": [
            ("2**63 -", "2**64 -"),
        ],
    },
    "data.x__gather": {
        "an index and take pick the same rows": [
            ("rows] if t.requires_grad else", "rows] if (t.requires_grad) or True else"),
        ],
    },
    "data.x__rows_behind": {
        "the other way, sample by sample, gives the same": [
            ("while type(dataset)", "while type(None)"),
            (", dtype=np.int64)", ", dtype=None)"),
            (".indices, dtype=np.int64)", ".indices, )"),
            ("dataset = dataset.dataset", "dataset = None"),
            (
                "rows) if type(dataset) is TensorDataset else",
                "rows) if (type(dataset) is TensorDataset) and False else",
            ),
            ("if type(dataset)", "if type(None)"),
        ],
    },
    "data.xǁDataLoaderǁ_batches": {
        "the other way, sample by sample, gives the same": [
            ("= _rows_behind(self.dataset)", "= _rows_behind(None)"),
        ],
    },
    "random.box_muller.x__cos_sin_cephes": {
        "the octants are small integers in any dtype": [
            (".astype(np.float32)", ".astype(None)"),
        ],
        "j is even": [
            ("(j & 2)", "(j & 3)"),
            ("(j + 2)", "(j + 3)"),
            ("2) & 4 !", "2) & 5 !"),
            ("(j & 4 !", "(j & 5 !"),
        ],
    },
    "random.box_muller.x__each": {
        "a count that NumPy does not need": [
            (".dtype, x.size)", ".dtype, )"),
        ],
    },
    "random.box_muller.x__log": {
        "at √½ both halves give the same number": [
            ("= m < _SQRT_HALF", "= m <= _SQRT_HALF"),
        ],
    },
    "random.box_muller.x_box_muller": {
        "the same blocks, some of them again": [
            ("_BLOCK // 8)", "_BLOCK // 9)"),
            ("part = slice(start, start + _BLOCK // 8)", "part = None"),
            ("= slice(start,", "= slice(None,"),
            ("(start, start + _BLOCK // 8)", "(start, None)"),
            ("slice(start, start +", "slice(start +"),
        ],
    },
    "random.distributions.x__many_normals": {
        "one block, with its dimension or without": [
            (".reshape(1, 2", ".reshape(2"),
        ],
    },
    "random.distributions.x__single_normals": {
        "Python floats are float64": [
            ("(samples, dtype=np.float64)", "(samples, )"),
        ],
    },
    "random.distributions.x_fill_bernoulli": {
        "one draw of 2⁵³": [
            ("*53 - 1)", "*53 - 2)"),
            (", bits < math", ", bits <= math"),
        ],
    },
    "random.distributions.x_fill_normal": {
        "cast where it is put": [
            (".astype(dtype)", ".astype(None)"),
        ],
    },
    "random.distributions.x_permutation": {
        "a permutation of that size takes gigabytes": [
            ("if n >= _HUGE", "if n > _HUGE"),
        ],
        "a remainder in a wider dtype": [
            (", dtype=np.uint32)", ", dtype=None)"),
            ("-1, dtype=np.uint32)", "-1, )"),
        ],
    },
    "random.fused.x__add_to_odd": {
        "the sum is not 0 where something is cut off": [
            ("(error > 0", "(error >= 0"),
            ("(s > 0", "(s >= 0"),
        ],
        "two steps in the wider precision are still less than a half in the result's": [
            ("(outward, 1,", "(outward, 2,"),
            ("1, -1)", "1, -2)"),
        ],
    },
    "random.fused.x__fma32": {
        "None is float64 to NumPy": [
            (".astype(np.float32)", ".astype(None)"),
        ],
    },
    "random.fused.x__fma64": {
        "2⁹⁷⁰ itself can be split": [
            ("b) < _LARGE", "b) <= _LARGE"),
        ],
    },
    "random.fused.x__split": {
        "halves that are cut elsewhere are exact, too": [
            ("**27 + 1", "**27 - 1"),
            ("0**27 +", "0**28 +"),
            ("*27 + 1)", "*27 + 2)"),
        ],
    },
    "random.fused.x_fma": {
        "the same blocks, some of them again": [
            ("part = slice(start, start + _BLOCK)", "part = None"),
            ("= slice(start,", "= slice(None,"),
            ("(start, start + _BLOCK)", "(start, None)"),
            ("slice(start, start +", "slice(start +"),
        ],
    },
    "random.generator.x__words": {
        "None is as false as False": [
            ("(legacy=False)", "(legacy=None)"),
        ],
    },
    "random.generator.xǁGeneratorǁdraw32": {
        "from 0 on is the default": [
            (".randint(0, 2", ".randint(2"),
        ],
        "the same words in a wider dtype": [
            ("=n, dtype=np.uint32)", "=n, )"),
        ],
    },
    "random.generator.xǁGeneratorǁdraw64": {
        "from 0 on is the default": [
            (".randint(0, 2", ".randint(2"),
        ],
    },
    "random.generator.xǁGeneratorǁget_state": {
        "None is as false as False": [
            ("(legacy=False)", "(legacy=None)"),
        ],
    },
    "random.generator.xǁGeneratorǁseed": {
        "random bits, in another order or one more or less of them": [
            ('8), "little")', "8), )"),
            (".urandom(8)", ".urandom(9)"),
            ("*53 - 1)", "*53 - 2)"),
        ],
    },
    "random.generator.xǁGeneratorǁset_state": {
        "NumPy casts the words to what it keeps": [
            (".astype(np.uint32)", ".astype(None)"),
        ],
    },
    "random.sampling.x__representable": {
        "which line a warning names": [
            ('.warn(f"{dtype} is exact for integers up to 2^{digits} only",', ".warn(None,"),
        ],
    },
    "random.sampling.x_randint": {
        "the default for integers": [
            (", dtype=np.int64)", ", dtype=None)"),
            ("(shape, dtype=np.int64)", "(shape, )"),
        ],
    },
}
