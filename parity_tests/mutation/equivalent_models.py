"""Mutants of models, features and metrics that change nothing a test can see: function, reason, changes."""

from __future__ import annotations

MODELS: dict[str, dict[str, list[tuple[str, str]]]] = {
    "features.encodings.x_standardize": {
        "both are given or neither": [
            ("mean is None or std", "mean is None and std"),
        ],
    },
    "features.maps.xǁPolynomialǁbackward": {
        "the slope of the constant, which nobody reads": [
            ("(blocks[0]", "(blocks[1]"),
        ],
    },
    "likelihood.checks.x_as_distribution": {
        "a sum that is off by exactly the slack": [
            ("1) > slack", "1) >= slack"),
        ],
    },
    "likelihood.information.xǁEntropyǁforward": {
        "0 times any logarithm": [
            (".type(1)", ".type(2)"),
        ],
    },
    "likelihood.nll.xǁCategoricalNLLǁbackward": {
        "the engine casts the gradient": [
            (".shape, upstream.dtype)", ".shape, None)"),
            (".shape, upstream.dtype)", ".shape, )"),
        ],
    },
    "likelihood.nll.xǁCategoricalNLLǁforward": {
        "the default of newer NumPy": [
            (".labels, -1)", ".labels, )"),
        ],
    },
    "likelihood.odds.xǁLogitǁforward": {
        "a product with 1 is a quotient by 1": [
            ("= (0 * one", "= (0 / one"),
            ("else (eps * one", "else (eps / one"),
            ("one - eps * one", "one - eps / one"),
        ],
    },
    "linear_models.lasso.x_duality_gap": {
        "a gap that is seen as larger only takes more passes": [
            ("(initial=0)", "(initial=1)"),
        ],
    },
    "linear_models.lasso.x_finished": {
        "to within rounding: the tolerance is checked in any case": [
            ("] - t * np", "] - t / np"),
            ("t) <= max", "t) < max"),
            (".0) + np", ".0) - np"),
            ("(gap, 0.", "(gap, 1."),
            (").eps * float", ").eps / float"),
            ("exact if better and np", "exact if better or np"),
        ],
    },
    "linear_models.lasso.xǁLassoǁ_optimum": {
        "when the gap is looked at": [
            ("(passes % 10 =", "(passes % 11 ="),
            (".array_equal(w,", ".array_equal(None,"),
            ("(w, before)", "(w, None)"),
            ("if gap <= enough", "if gap < enough"),
        ],
    },
    "linear_models.classifier.xǁClassifierǁ_refuse_separated": {
        "a threshold for an order of magnitude": [
            (")) > STILL_WALKING", ")) >= STILL_WALKING"),
        ],
    },
    "linear_models.logistic.xǁLogisticRegressionǁfit": {
        "only the sign is looked at": [
            ("sign = 2 *", "sign = 3 *"),
        ],
    },
    "linear_models.softmax.xǁSoftmaxRegressionǁfit": {
        "a limit for an order of magnitude, where the Hessian has 200 MB": [
            ("* width > LARGEST", "* width >= LARGEST"),
        ],
    },
    "linear_models.newton.x_minimise": {
        "the least-squares step is the same one where there is one": [
            (".solve(H,", ".solve(None,"),
        ],
        "the default of newer NumPy": [
            (", g, rcond=None)", ", g, )"),
        ],
        "near the optimum, where rounding decides": [
            ("noise = eps * (", "noise = eps / ("),
            ("* (1 + abs", "* (1 - abs"),
            ("eps * (1 +", "eps * (2 +"),
            ("= decrement / 2 <", "= decrement / 3 <"),
            ("/ 2 <= max", "/ 2 < max"),
            (") * (1 +", ") * (2 +"),
            ("d) > f", "d) >= f"),
            ("tau * decrement + noise", "tau * decrement - noise"),
            (") > f - SUFFICIENT", ") > f + SUFFICIENT"),
            ("f - SUFFICIENT * tau", "f - SUFFICIENT / tau"),
            ("and tau > eps", "and tau >= eps"),
        ],
    },
    "linear_models.newton.x_newton_step": {
        "a threshold for an order of magnitude": [
            ("noise = 4 * len", "noise = 4 / len"),
            ("noise = 4 *", "noise = 5 *"),
            ("samples**0.5", "samples * 0.5"),
            ("samples**0.5", "samples**1.5"),
        ],
        "least squares finds the same step where there is only one": [
            ("(unit - noise * np.eye(len(H), dtype=H.dtype))", "(None)"),
            ("H.dtype)) or np.isnan", "H.dtype)) and np.isnan"),
        ],
        "the sum takes the wider dtype": [
            ("dtype=H.dtype", "dtype=None"),
            ("(len(H), dtype=H.dtype)", "(len(H), )"),
        ],
        "any length will do for a column that takes no part": [
            ("== 0] = 1", "== 0] = 2"),
        ],
    },
    "linear_models.newton.x_is_positive_definite": {
        "least squares finds the same step where there is only one": [
            ("cholesky(symmetric)", "cholesky(None)"),
            ("return True", "return False"),
        ],
    },
    "linear_models.regression.x_centred": {
        "zeros of any shape that broadcasts: x̄ᵀw, zeros as well, is subtracted from them": [
            ("(y.shape[1:]", "(y.shape[2:]"),
        ],
        "a constant has no component along the centred columns": [
            ("y - y_mean", "y + y_mean"),
        ],
    },
    "linear_models.solve.x_column_lengths": {
        "any power of the length will do that keeps the product in range": [
            (", initial=0)", ", initial=None)"),
            ("=0, initial=0)", "=0, )"),
            (", initial=0)", ", initial=1)"),
            ("0] = 1", "0] = None"),
            ("largest == 0]", "largest == 1]"),
            ("0] = 1", "0] = 2"),
            ("lengths = largest * np", "lengths = largest / np"),
            ("(axis=0)", "(axis=None)"),
            ("lengths == 0]", "lengths == 1]"),
        ],
    },
    "linear_models.solve.x_condition_number": {
        "the empty matrix: any number that is not large": [
            ("return 1.", "return 2."),
        ],
    },
    "linear_models.solve.x_normal_equation": {
        "a threshold for an order of magnitude": [
            ("* eps >= 1", "* eps > 1"),
            ("eps >= 1:", "eps >= 2:"),
            ("* eps >= eps", "* eps > eps"),
        ],
    },
    "linear_models.solve.x_shrunk_least_squares": {
        "None is as false as False": [
            (", full_matrices=False)", ", full_matrices=None)"),
        ],
        "no column: no singular value to compare": [
            (".size else 0)", ".size else 1)"),
        ],
    },
    "metrics.x_precision_recall_f1": {
        "one value and weights of one size": [
            ("(keepdims=True)", "(keepdims=False)"),
            (".ones(1)", ".ones(2)"),
        ],
    },
    "metrics.x_r2_score": {
        "whether all rows are equal can be asked of any of them": [
            ("= actual[0]", "= actual[1]"),
        ],
    },
    "perceptron.algorithm.x__result": {
        "the count is 0 where no mistake was made": [
            ("w) if mistakes[-1] else", "w) if (mistakes[-1]) or True else"),
        ],
    },
    "perceptron.algorithm.x_corrections": {
        "how far to look ahead: a matter of speed": [
            ("(at, at + block)", "(at, None)"),
            ("= min(2 *", "= min(3 *"),
            ("((block + 2", "((block - 2"),
            ("(block + 2 *", "(block + 3 *"),
            (") // 2,", ") // 3,"),
        ],
        "to divide by ±1 is to multiply by it": [
            ("step = lr * float", "step = lr / float"),
        ],
    },
    "perceptron.decision.x_doubt": {
        "the bound has slack, and a larger one only costs time": [
            ("+ 1) * (", "+ 1) / ("),
            ("return 4 * (", "return 4 / ("),
            ("return 4 *", "return 5 *"),
            ("(w) + 1", "(w) - 1"),
            ("w) + 1)", "w) + 2)"),
        ],
    },
    "perceptron.decision.x_is_positive": {
        "a score of exactly the bound, which has slack": [
            ("s) > doubt", "s) >= doubt"),
        ],
    },
    "perceptron.decision.x_largest_norm": {
        "the bound has slack, and a larger one only costs time": [
            ('(all="ignore")', "(all=None)"),
            (".sqrt(1 +", ".sqrt(2 +"),
            ('einsum("ij,ij->i"', 'einsum("IJ,IJ->I"'),
            ("(initial=0)", "(initial=1)"),
        ],
    },
    "perceptron.decision.xǁSamplesǁfirst_mistake": {
        "to divide by ±1 is to multiply by it": [
            ("margins *=", "margins /="),
        ],
        "a margin of exactly the bound, which has slack": [
            ("= margins > doubt", "= margins >= doubt"),
            ("first] < -", "first] <= -"),
        ],
    },
    "perceptron.decision.xǁSamplesǁmistakes": {
        "labels are ±1": [
            ("rows] > 0", "rows] >= 0"),
        ],
    },
    "perceptron.estimator.x_mistake_bound": {
        "labels are ±1": [
            ("(y_signs > 0", "(y_signs >= 0"),
        ],
    },
    "perceptron.estimator.xǁPerceptronǁfit": {
        "a sum with zeros, in their dtype": [
            ("w +=", "w ="),
            (".astype(dtype)", ".astype(None)"),
        ],
    },
}
