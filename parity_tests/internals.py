"""What looks public in `scratch` and is no part of the contract, with the reason.

A function or class without an underscore, in a module of the contract, is offered in `__all__` or
stands here. Modules with an underscore are internal as a whole, and so are gates: the forward and
backward of an operation, which is called through its function, layer or loss.
"""

from __future__ import annotations

INTERNAL: dict[str, tuple[str, str]] = {
    "activations.gelu": ("shared by two gates", "normal_cdf_pdf"),
    "activations.piecewise": ("shared by the gates, also of other modules", "where_kept"),
    "activations.smooth": ("stable forms that losses use on arrays", "sigma log1p_exp_minus_abs"),
    "activations.softmax": ("shared by softmax and the losses", "shifted"),
    "autograd.conversions": ("a base class of Tensor", "Conversions"),
    "autograd.dtypes": (
        "rules of promotion, seen through tensors",
        "resolve_dtype is_floating promote plain scalar_dtype",
    ),
    "autograd.engine": (
        "the graph behind Tensor and no_grad",
        "is_grad_enabled enable_grad wrap apply seed_gradient backpropagate",
    ),
    "autograd.fitting": ("gradients in their inputs' shapes", "miscounted fit"),
    "autograd.function": ("the ctx that Function's two methods are given", "Context"),
    "autograd.operators": ("a base class of Tensor, and what max(dim) gives", "Extremum Operators"),
    "autograd.quiet": ("silences NumPy's warnings, as torch has none", "quietly"),
    "autograd.reductions": ("argmax and argmin on arrays", "arg_extremum"),
    "autograd.shaping": (
        "arguments of reshape, sum and indexing in one form",
        "normalize_dim normalize_dims as_shape plain_index index_steps",
    ),
    "autograd.tensor": ("numbers and arrays as operands", "as_tensor"),
    "data": (
        "protocol, result and stacking of the three that are offered",
        "Dataset Subset collate",
    ),
    "features.maps": ("the exponents of polynomial_features", "monomials"),
    "initializers": ("the fans that four initializers share", "fan_in_and_fan_out"),
    "layers.linear": ("a sum on arrays", "column_sum"),
    "layers.normalization": (
        "shared by batch norm and layer norm",
        "mean moments normalize check_fits check_floating",
    ),
    "layers.parameter": ("memory before it is initialized", "empty_parameter"),
    "layers.state": (
        "behind state_dict and load_state_dict",
        "IncompatibleKeys named_state load_state",
    ),
    "likelihood.checks": (
        "checks of arguments",
        "as_probabilities as_distribution require_same_shape",
    ),
    "likelihood.nll": ("the reduction that three functions share", "reduced"),
    "linear_models.classifier": ("the base class of two models", "Classifier"),
    "linear_models.lasso": (
        "steps of Lasso's algorithm",
        "descend_coordinates duality_gap finished",
    ),
    "linear_models.newton": (
        "the algorithm behind two models",
        "minimise newton_step is_positive_definite",
    ),
    "linear_models.regression": (
        "the base class of models, and its centring",
        "LinearModel centred",
    ),
    "linear_models.solve": (
        "linear algebra behind the models",
        "samples_and_targets shrunk_least_squares column_lengths condition_number",
    ),
    "linear_models.softmax": ("what the Hessian lacks", "hold_together"),
    "optimizers.adagrad": ("the step on arrays that a class makes", "adagrad adadelta"),
    "optimizers.adam": ("the step on arrays that a class makes", "adam adam_amsgrad"),
    "optimizers.adam_variants": (
        "the step on arrays that a class makes",
        "adamax nadam average_only",
    ),
    "optimizers.base": ("checks of arguments", "require_nonnegative require_betas"),
    "optimizers.flat": ("how parameters lie in memory", "LayoutChangedError Run Slab pack"),
    "optimizers.groups": ("parameter groups and their state", "new_group numbered packed unpacked"),
    "optimizers.pieces": (
        "parts of steps on arrays",
        "descend descend_by_quotient average average_square root_plus",
    ),
    "optimizers.rmsprop": (
        "the step on arrays that a class makes",
        "rmsprop rmsprop_rolling rmsprop_centered rmsprop_centered_rolling deviation_plus "
        "roll_by_quotient",
    ),
    "optimizers.rprop": ("the step on arrays that a class makes", "rprop"),
    "optimizers.sgd": (
        "the step on arrays that a class makes",
        "plain roll roll_ahead start_rolling start_rolling_ahead decay_and_average",
    ),
    "optimizers.textbook": (
        "the step on arrays that a class makes, and a check",
        "require_decay classical_momentum averaged_momentum lookahead_nesterov "
        "root_epsilon_adagrad descend_by_root root_epsilon_rmsprop root_epsilon_adam",
    ),
    "perceptron.algorithm": (
        "what perceptron gives, and its parts",
        "PerceptronResult Run corrections errors pairwise_sum",
    ),
    "perceptron.decision": (
        "scores that decide as the exact ones do, and checks",
        "scores doubt largest_norm is_positive require_signs Samples",
    ),
    "random.box_muller": ("torch's algorithm, tested through randn", "box_muller"),
    "random.distributions": (
        "torch's streams on arrays, behind the functions that are offered",
        "fill_uniform fill_normal bernoulli_mask fill_bernoulli bernoulli_from integers permutation",
    ),
    "random.fused": (
        "which kernels torch chooses, and their rounding",
        "vector_kernels fused_kernels multiply_add fma",
    ),
    "random.generator": ("the default generator for None", "resolve_generator"),
    "random.truncated": ("a stream on arrays, behind trunc_normal_", "fill_truncated_normal"),
    "regularizers": ("norms on arrays", "total sum_of_squares vector_norm"),
    "schedulers.base": (
        "the base class, seen through every scheduler, and its helpers",
        "require_optimizer per_group LRScheduler saved_callable",
    ),
    "schedulers.cyclic": ("momentum in a group", "require_momentum set_momentum note_momentum"),
}
#: Methods of public classes that torch's do not have.
METHODS: dict[str, str] = {
    "Generator.draw32": "the stream's numbers, for the functions that draw",
    "Generator.draw64": "the stream's numbers, for the functions that draw",
    "Generator.uniform": "the stream's numbers, for the functions that draw",
}
#: Methods of torch_ref's own classes that scratch does not have.
TORCH_REF: dict[str, str] = {
    "update": "the step of one parameter, which the optimizer calls; scratch steps them together",
}
#: Public members of Tensor that tests call by hand: no case is named after them. Whoever adds a name
#: here writes its test, in a module that covers Tensor.
TENSOR_BY_HAND = (
    "backward bool clamp clone cpu data detach double dtype float grad grad_fn is_leaf item long "
    "ndim numel numpy requires_grad requires_grad_ shape size to tolist zero_"
)
#: Names that a module covers without saying them.
UNSAID: dict[tuple[str, str], str] = {
    ("Optimizer", "test_optimizers_state"): "abstract: what it does is tested in each optimizer",
}
