"""Mutants of layers and losses that change nothing a test can see: function, reason, changes."""

from __future__ import annotations

NETWORK: dict[str, dict[str, list[tuple[str, str]]]] = {
    "activations.exponential.xǁELUGateǁforward": {
        "the engine casts the gradient": [
            ("scale], x.dtype)", "scale], None)"),
            ("scale], x.dtype)", "scale], )"),
        ],
    },
    "activations.gelu.x_normal_cdf_pdf": {
        "float32 results from needlessly exact terms": [
            ("a) if dtype == np.float64 else", "a) if (dtype == np.float64) or True else"),
        ],
        "Φ(0) = ½ seen from either side": [
            ("(x > 0", "(x >= 0"),
        ],
    },
    "activations.gelu.xǁGELUGateǁforward": {
        "the same blocks, some of them again": [
            (".size, _BLOCK)", ".size, )"),
            ("block = slice(start, start + _BLOCK)", "block = None"),
            ("= slice(start,", "= slice(None,"),
            ("(start, start + _BLOCK)", "(start, None)"),
            ("slice(start, start +", "slice(start +"),
        ],
    },
    "activations.gelu.xǁTanhGELUGateǁforward": {
        "beyond 30 nothing changes, whether up to 30 or to 31": [
            ("x, -30.", "x, -31."),
            ("0), 30.", "0), 31."),
        ],
    },
    "activations.softmax.x__along": {
        "one element: the same along its dimension and over everything": [
            (", dim=0)", ", dim=None)"),
        ],
    },
    "activations.softmax.x_shifted": {
        "the other branch computes the same, slower": [
            ("ndim == 2 and", "ndim == 3 and"),
            ("axis in (1,", "axis in (2,"),
            ("(1, -1", "(1, +1"),
            ("1, -1)", "1, -2)"),
        ],
    },
    "layers.batch_norm.xǁBatchNorm1dǁ__init__": {
        "reset_parameters sets it to 0 right away": [
            (".array(0)", ".array(1)"),
        ],
    },
    "layers.batch_norm.xǁBatchNorm1dǁforward": {
        "replaced where batches are counted, and read nowhere else": [
            (".0 if self.momentum is None else", ".0 if (self.momentum is None) and False else"),
            ("momentum = 0.", "momentum = 1."),
        ],
    },
    "layers.linear.x__collapsed": {
        "the words of a message": [
            (
                'raise ValueError("linear takes x (*, in) and W (out, in)")',
                "raise ValueError(None)",
            ),
        ],
    },
    "layers.linear.x_column_sum": {
        "where blocks end, and a factor of ones in a wider dtype": [
            ("G) > BLOCK", "G) >= BLOCK"),
            ("(BLOCK, G.dtype)", "(BLOCK, None)"),
            ("G), G.dtype)", "G), None)"),
        ],
    },
    "layers.linear.xǁLinearGateǁbackward": {
        "what was broadcast is summed by the engine otherwise": [
            ("G) if b.ndim <= 1 else", "G) if (b.ndim <= 1) and False else"),
            ("G) if b.ndim <= 1 else", "G) if (b.ndim <= 1) or True else"),
            (".ndim <= 1", ".ndim < 1"),
            ("ndim <= 1 else", "ndim <= 2 else"),
        ],
    },
    "layers.linear.xǁLinearGateǁforward": {
        "the words of a message": [
            ('raise _misfit("dtypes",', "raise _misfit(None,"),
            ('dtypes", x.dtype,', 'dtypes", None,'),
            ('_misfit("dtypes"', '_misfit("XXdtypesXX"'),
            ('_misfit("dtypes"', '_misfit("DTYPES"'),
            ('raise _misfit("shapes",', "raise _misfit(None,"),
            (".shape, b if b is None else b.shape)", ".shape, None)"),
            ('_misfit("shapes"', '_misfit("XXshapesXX"'),
            ('_misfit("shapes"', '_misfit("SHAPES"'),
            (", b if b is None else", ", b if (b is None) or True else"),
        ],
        "the other way, over collapsed dimensions, gives the same": [
            ("T) if x.ndim == 2 == W.ndim else", "T) if (x.ndim == 2 == W.ndim) and False else"),
            ("ndim == 2 =", "ndim == 3 ="),
        ],
    },
    "layers.module.xǁModuleǁ__init_subclass__": {
        "the call goes another way, to the same end": [
            ('if "forward"', 'if "XXforwardXX"'),
            ('if "forward"', 'if "FORWARD"'),
            ('"forward" in', '"forward" not in'),
        ],
    },
    "layers.module.xǁModuleǁ_register": {
        "the words of a message": [
            (
                'raise TypeError(f"the name of a {noun} is a string, got {type(name).__name__}")',
                "raise TypeError(None)",
            ),
            ("{type(name)", "{type(None)"),
            (
                "raise KeyError(f\"the name of a {noun} can't be empty or contain '.', got {name!r}\")",
                "raise KeyError(None)",
            ),
            ('raise KeyError(f"attribute {name!r} already exists")', "raise KeyError(None)"),
        ],
    },
    "layers.normalization.x_normalize": {
        "ones of either dtype: the arithmetic is in float64": [
            ("(shape, input.dtype)", "(shape, None)"),
            ("(shape, input.dtype)", "(shape, )"),
        ],
    },
    "layers.normalization.xǁNormalizeǁbackward": {
        "what nobody asks for is not looked at": [
            (".needs, False,", ".needs, True,"),
            (", False, False)", ", False, True)"),
            ("= dbeta = None", '= dbeta = ""'),
        ],
    },
    "layers.parameter.xǁParameterǁ__init__": {
        "the words of a message": [
            (
                'raise TypeError(f"a Parameter is made from a Tensor, got {type(data).__name__}")',
                "raise TypeError(None)",
            ),
            ("{type(data)", "{type(None)"),
        ],
    },
    "layers.state.x_load_state": {
        "the words of a message": [
            ("{type(state)", "{type(None)"),
        ],
    },
    "layers.state.x_named_state": {
        "None is as empty as a text": [
            ('._walk("")', "._walk(None)"),
        ],
    },
    "mlp.x__named": {
        "the words of a message": [
            ("of {', '", "of {'XX, XX'"),
        ],
    },
    "mlp.xǁMLPǁsummary": {
        "a width too many, which nobody uses": [
            ("in range(2)", "in range(3)"),
        ],
    },
}
