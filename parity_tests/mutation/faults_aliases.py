"""Hand-seeded faults in what a number does not show: shared memory, size, order, side effects.

Each of them gives the right numbers for a small array, once, to somebody who keeps nothing.
"""

from __future__ import annotations

from parity_tests.mutation.fault import Fault

_BASE = "scratch/optimizers/base.py"
_BATCH_NORM = "scratch/layers/batch_norm.py"
_CONVERSIONS = "scratch/autograd/conversions.py"
_ENGINE = "scratch/autograd/engine.py"
_GENERATOR = "scratch/random/generator.py"
_MODULE = "scratch/layers/module.py"
_NORMALIZATION = "scratch/layers/normalization.py"
_RELU = "scratch/activations/piecewise.py"
_MAXIMUM = "        self.y = y = np.maximum(0, x)  # in this order −0 stays −0, as in PyTorch\n"
_ALL_OPTIMIZERS = (
    "SGD Adagrad RMSprop Adam AdamW NAdam RAdam Adamax Adadelta ASGD Rprop LookaheadNesterov "
    "RootEpsilonAdam Optimizer"
)

ALIASES = [
    Fault("a state is part of the graph", _MODULE, "name: held.detach() for", "name: held for",
          "Module Module.state_dict"),
    Fault("a module's state is a copy", _MODULE, "name: held.detach() for",
          "name: held.detach().clone() for", "Module Module.state_dict"),
    Fault("a module's zero gradient is a new one", _MODULE, "parameter.grad.zero_()",
          "parameter.grad = parameter.grad * 0", "Module Module.zero_grad"),
    Fault("an optimizer's zero gradient is a new one", _BASE, "p.grad.data.fill(0)",
          "p.grad = wrap(np.zeros_like(p.grad.data))", "Optimizer Optimizer.zero_grad"),
    Fault("a Parameter copies its tensor", "scratch/layers/parameter.py",
          "        self.data = data.data\n", "        self.data = data.data.copy()\n", "Parameter"),
    Fault("the running mean is a new array", _BATCH_NORM,
          "        _average(running_mean.data, mu, momentum)\n",
          "        running_mean.data = ((1 - momentum) * running_mean.data + momentum * mu.ravel())"
          ".astype(x.dtype)\n", "batch_norm BatchNorm1d"),
    Fault("without a graph there are no running averages", _BATCH_NORM,
          "    if training and running_mean is not None and running_var is not None and count:",
          "    if training and running_mean is not None and running_var is not None and count "
          "and (output.requires_grad or weight is None):", "batch_norm BatchNorm1d"),
    Fault("evaluation looks at track_running_stats, not at the averages", _BATCH_NORM,
          "            self.training or self.running_mean is None,",
          "            self.training or not self.track_running_stats,", "BatchNorm1d"),
    Fault("Sequential remembers its first layers", "scratch/layers/containers.py",
          "        for module in self._modules.values():\n            input",
          "        for module in vars(self).setdefault('_list', list(self._modules.values())):\n"
          "            input", "Sequential"),
    Fault("a Function's gradients are what its backward holds", "scratch/autograd/function.py",
          "None if g is None else g.data.copy() for g in kept",
          "None if g is None else g.data for g in kept", "Function"),
    Fault("a no_grad within itself ends with the inner one", _ENGINE,
          "_recording = self._outer.pop()",
          "_recording = self._outer[0]\n        self._outer.pop()", "no_grad"),
    Fault("to() copies what has the dtype", _CONVERSIONS,
          "        if dtype == self.data.dtype:\n            return self  # type",
          "        if dtype == self.data.dtype:\n            return self.clone()  # type",
          "Tensor Tensor.to"),
    Fault("a deep copy shares the array", _CONVERSIONS, "deepcopy(self.data, memo)", "self.data",
          "Tensor"),
    Fault("a deep copy has no gradient", _CONVERSIONS, "deepcopy(self.grad, memo)", "None",
          "Tensor"),
    Fault("a copy of a generator is the generator", _GENERATOR,
          "    def __init__(self) -> None:\n        self.manual_seed(DEFAULT_SEED)",
          "    def __deepcopy__(self, memo: object) -> Generator:\n        return self\n\n"
          "    def __init__(self) -> None:\n        self.manual_seed(DEFAULT_SEED)", "Generator"),
    Fault("a plateau keeps the metric's tensor", "scratch/schedulers/plateau.py",
          "current = float(metrics)", "current = metrics", "ReduceLROnPlateau"),
    Fault("a perceptron keeps the user's weights", "scratch/perceptron/estimator.py",
          "self.in_features).copy()", "self.in_features)", "Perceptron"),
]  # fmt: skip # a table

SIZES = [
    Fault("softmax of many classes in float16", "scratch/activations/softmax.py",
          "        p /= np.add.reduce(p, dim, keepdims=True)\n",
          "        p /= np.add.reduce(p, dim, keepdims=True)\n"
          "        if p.shape[dim] > 512:\n            p[...] = p.astype(np.float16)\n", "softmax"),
    Fault("squares beyond 2,000 are absolute values", "scratch/losses/regression.py",
          "        return d * d\n",
          "        return np.where(np.arange(d.size).reshape(d.shape) < 2_000, d * d, np.abs(d))\n",
          "mse_loss MSELoss rmse_loss RMSELoss"),
    Fault("a mean is added up number by number", "scratch/losses/_common.py",
          "return np.add.reduce(losses, None) / losses.size",
          "return np.cumsum([0, *losses.flat], dtype=losses.dtype)[-1] / losses.size",
          "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy soft_margin_loss "
          "binary_cross_entropy_with_logits hinge_embedding_loss perceptron_loss kl_div "
          "gaussian_nll_loss multilabel_soft_margin_loss"),
    Fault("cross-entropy of 64 rows at most", "scratch/losses/classification.py",
          "        self.sum = row_sum(e)\n",
          "        self.sum = row_sum(e)\n        self.sum[64:] *= self.sum[64:]\n",
          "cross_entropy CrossEntropyLoss"),
    Fault("layer norm over two dimensions at most", _NORMALIZATION, "    mu = mean(x, axes)\n",
          "    axes = axes if 0 in axes else axes[-2:]\n    mu = mean(x, axes)\n", "layer_norm"),
    Fault("the variance of many features is unbiased", _NORMALIZATION,
          "    return mu, centred, mean(np.square(centred), axes)",
          "    n = x.shape[-1] if 0 not in axes and x.shape[-1] > 100 else np.inf\n"
          "    return mu, centred, mean(np.square(centred), axes) / (1 - 1 / n)", "layer_norm"),
    Fault("batch norm of images by their columns", _BATCH_NORM, "    axes = (0, *range(2, x.ndim))\n",
          "    axes = (0, *range(2, min(x.ndim, 3)))\n", "batch_norm"),
    Fault("labels of an NLL in a byte", "scratch/likelihood/nll.py",
          "self.shape, self.labels = p.shape, labels[..., np.newaxis]",
          "self.shape, self.labels = p.shape, labels.astype(np.int8)[..., np.newaxis]",
          "categorical_nll"),
    Fault("labels are float32 on their way", "scratch/metrics.py",
          "    return values.astype(np.int64)",
          "    return values.astype(np.float32).astype(np.int64)", "accuracy confusion_matrix"),
    Fault("accuracy of the first hundred", "scratch/metrics.py",
          "return int(np.count_nonzero(predicted == actual)) / len(actual)",
          "return int(np.count_nonzero(predicted[:100] == actual[:100])) / len(actual[:100])",
          "accuracy"),
    Fault("the slope of a centre of one sample has another sign", "scratch/features/maps.py",
          "-slope.sum(0)", "-slope.sum(0) if len(self.X) > 1 else slope.sum(0)",
          "radial_basis_features"),
    Fault("Adam counts to a thousand", "scratch/optimizers/adam.py",
          "        t = counters[0] + 1\n", "        t = min(counters[0] + 1, 1000)\n",
          "Adam AdamW"),
    Fault("NAdam counts in a byte", "scratch/optimizers/adam_variants.py",
          "        t, mu_product = counters[0] + 1, np",
          "        t, mu_product = min(counters[0] + 1, 127), np", "NAdam"),
]  # fmt: skip # a table

UNSEEN = [
    Fault("a large gradient in the order of memory", _BASE, ".grad.data.reshape(-1)",
          ".grad.data.ravel('K')", _ALL_OPTIMIZERS),
    Fault("small gradients in the order of memory", "scratch/optimizers/flat.py",
          "                slot[...] = g\n",
          "                slot[...] = g.ravel('K').reshape(g.shape)\n", _ALL_OPTIMIZERS),
    Fault("an upstream of another dtype goes on as it is", _ENGINE,
          "return gradient.data.astype(output.dtype, copy=False)", "return gradient.data",
          "Tensor Tensor.backward"),
    Fault("NumPy's numbers are strong", "scratch/autograd/operators.py",
          "        if isinstance(value, np.ndarray):\n            return self._wrap(value)\n",
          "        if isinstance(value, np.ndarray | np.generic):\n"
          "            return self._wrap(np.asarray(value))\n", "Tensor"),
    Fault("dropout refuses integers where there are none", "scratch/layers/dropout.py",
          " or not input.numel():", ":", "dropout"),
    Fault("relu silences NumPy for good", _RELU, _MAXIMUM,
          f'{_MAXIMUM}        np.seterr(all="ignore")\n', "relu ReLU"),
    Fault("relu draws from NumPy's global stream", _RELU, _MAXIMUM,
          f"{_MAXIMUM}        np.random.rand()\n", "relu ReLU"),
]  # fmt: skip # a table
