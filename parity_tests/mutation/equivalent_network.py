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
    "layers.state.x_named_state": {
        "None is as empty as a text": [
            ('._walk("")', "._walk(None)"),
        ],
    },
    "losses._classes.x_from_rows": {
        "moving the classes of a matrix to where they are": [
            ("shape) > 2", "shape) >= 2"),
        ],
        "the engine takes the row of one sample for a vector": [
            (".reshape(shape)", ".reshape(None)"),
        ],
    },
    "losses._classes.x_read_labels": {
        "a look that is not needed; a label of weight 0": [
            ("0 <", "1 <"),
            ("0 <= ignore_index", "0 < ignore_index"),
            ("= ignore_index < classes", "= ignore_index <= classes"),
            ("(ignored, 0,", "(ignored, 1,"),
        ],
        "no sample: nothing either way": [
            ("classes) if classes else", "classes) if (classes) or True else"),
            (".zeros_like(labels)", ".zeros_like(None)"),
            ("labels] if labels.size else", "labels] if (labels.size) or True else"),
        ],
    },
    "losses._classes.x_row_sum": {
        "one of two sums of the same terms": [
            (")) if C <= 128 else", ")) if (C <= 128) and False else"),
            (")) if C <= 128 else", ")) if (C <= 128) or True else"),
            ("if C <= 128", "if C < 128"),
            ("C <= 128 else", "C <= 129 else"),
        ],
    },
    "losses._classes.x_to_rows": {
        "moving the classes of a matrix to where they are": [
            (".ndim > 2", ".ndim >= 2"),
        ],
    },
    "losses._common.x_share": {
        "of no losses, any number": [
            ("(size or 1)", "(size or 2)"),
        ],
    },
    "losses._distribution.x_distribution_loss": {
        "a smoothing of 0; a quotient that is whole": [
            ("if eps > 0", "if eps >= 0"),
            (".size // classes", ".size / classes"),
        ],
        "the dtype is looked at for labels only": [
            (".data, input.data,", ".data, None,"),
        ],
    },
    "losses._distribution.x_smoothed_loss": {
        "an ignored row has weight 0 whatever it aims at": [
            ("ignored] = 0", "ignored] = 1"),
        ],
    },
    "losses._distribution.xǁSoftCrossEntropyGateǁbackward": {
        "a row of weight 0; nobody looks": [
            (".ignored, 0,", ".ignored, 1,"),
            ("= to_q = None", '= to_q = ""'),
        ],
    },
    "losses.binary.x_binary_cross_entropy": {
        "the name in a message": [
            ('data, "weight"', 'data, "XXweightXX"'),
            ('data, "weight"', 'data, "WEIGHT"'),
        ],
    },
    "losses.binary.x_binary_cross_entropy_with_logits": {
        "the name in a message": [
            (
                'name = "binary_cross_entropy_with_logits"',
                'name = "XXbinary_cross_entropy_with_logitsXX"',
            ),
            (
                'name = "binary_cross_entropy_with_logits"',
                'name = "BINARY_CROSS_ENTROPY_WITH_LOGITS"',
            ),
            ("= None if weight is None else", "= None if (weight is None) and False else"),
            ('data, "weight"', 'data, "XXweightXX"'),
            ('data, "weight"', 'data, "WEIGHT"'),
            ('.data, "pos_weight")', ".data, None)"),
            ('data, "pos_weight"', 'data, "XXpos_weightXX"'),
            ('data, "pos_weight"', 'data, "POS_WEIGHT"'),
        ],
        "a conversion to the dtype that is there": [
            ('!= "f"', '!= "XXfXX"'),
            ('!= "f"', '!= "F"'),
        ],
    },
    "losses.binary.xǁBCEGateǁforward": {
        "the name in a message": [
            ('p, "input"', 'p, "XXinputXX"'),
            ('t, "target"', 't, "XXtargetXX"'),
        ],
    },
    "losses.classification.xǁLabelGateǁshare": {
        "a copy that nobody needs": [
            (".astype(upstream.dtype,", ".astype(None,"),
        ],
    },
    "losses.classification.xǁNLLGateǁbackward": {
        "the engine casts the gradient": [
            (".shape, upstream.dtype)", ".shape, None)"),
            (".shape, upstream.dtype)", ".shape, )"),
        ],
    },
    "losses.divergence.x_gaussian_nll_loss": {
        "the variance fits the input already": [
            (".shape, var.shape)", ".shape, )"),
        ],
    },
    "losses.margin.xǁPerceptronGateǁforward": {
        "labels are ±1": [
            ("(y > 0", "(y >= 0"),
        ],
    },
    "losses.regression.x__error_loss": {
        "those without a width do not read it": [
            (": float = 1.", ": float = 2."),
        ],
    },
    "losses.regression.xǁErrorGateǁforward": {
        "a conversion to the dtype that is there": [
            ('!= "f"', '!= "XXfXX"'),
            ('!= "f"', '!= "F"'),
        ],
    },
    "losses.regression.xǁL1Gateǁforward": {
        "these losses have no width": [
            (", reduction, width)", ", reduction, None)"),
        ],
    },
    "losses.regression.xǁRMSEGateǁforward": {
        "these losses have no width": [
            (", reduction, width)", ", reduction, None)"),
        ],
    },
    "losses.regression.xǁRMSEGateǁslope": {
        "where the root is 0, so is what it divides": [
            ("= 0, 1,", "= 0, 2,"),
        ],
    },
    "mlp.xǁMLPǁsummary": {
        "a width too many, which nobody uses": [
            ("in range(2)", "in range(3)"),
        ],
    },
}
