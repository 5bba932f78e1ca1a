"""Hand-seeded faults in what comes second: the second input, gradient, state, option handed on.

A suite that asks for one value and one gradient of one call passes over all of them.
"""

from __future__ import annotations

from parity_tests.mutation.fault import Fault

_CHECKS = "scratch/autograd/checks.py"
_EXPONENTIAL = "scratch/activations/exponential.py"
_CLASSES = "scratch/losses/classification.py"
_ALL_SCHEDULERS = (
    "StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR LambdaLR "
    "CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR OneCycleLR "
    "ReduceLROnPlateau SequentialLR"
)

GRADIENTS = [
    Fault("a second backward makes a new gradient", "scratch/autograd/engine.py",
          "t.grad.data += g", "t.grad = wrap(t.grad.data + g)", "Tensor"),
    Fault("where's gradient is a product", "scratch/autograd/arithmetic.py",
          "np.where(self.condition, zero, upstream),", "upstream * ~self.condition,", "where"),
    Fault("T of three dimensions turns the last two back", "scratch/autograd/shaping.py",
          "        return upstream.T\n",
          "        return upstream.swapaxes(-1, -2) if upstream.ndim > 1 else upstream\n",
          "Tensor.T"),
    Fault("an empty operand has no say in cat's dtype", "scratch/autograd/tensor.py",
          "dtype = promote([t.data for t in tensors])\n    try:",
          "dtype = promote([t.data for t in parts])\n    try:", "cat"),
    Fault("grad hands out the graph's own array", _CHECKS,
          "return gradient.copy() if so_far is None else so_far + gradient",
          "return gradient if so_far is None else so_far + gradient", "grad"),
    Fault("grad seeds its first output only", _CHECKS,
          "else _several(grad_outputs)\n",
          "else (*_several(grad_outputs)[:1], *(None for _ in outs[1:]))\n", "grad"),
    Fault("gradcheck passes unless every element is wrong", _CHECKS, "if wrong.any():",
          "if wrong.all():", "gradcheck"),
    Fault("gradcheck passes if half of the elements are right", _CHECKS, "if wrong.any():",
          "if wrong.mean() > 0.5:", "gradcheck"),
    Fault("gradcheck looks at its first input only", _CHECKS,
          "for i, a in zip(checked, analytic, strict=True):",
          "for i, a in list(zip(checked, analytic, strict=True))[:1]:", "gradcheck"),
    Fault("ELU's slope ends where float32's exponential does", _EXPONENTIAL,
          "slope = np.exp(self.rate * np.minimum(0.0, self.x))",
          "slope = np.exp(self.rate * np.minimum(0.0, self.x)) * (self.x > -104.5)",
          "elu selu celu ELU SELU CELU"),
    Fault("values are clipped in the first two gradients", "scratch/regularizers.py",
          "    for g in _gradients(parameters):\n        # sign(g)",
          "    for g in _gradients(parameters)[:2]:\n        # sign(g)", "clip_grad_value_"),
]  # fmt: skip # a table

HANDED_ON = [
    Fault("CrossEntropyLoss drops the weights where it smooths", _CLASSES,
          "            input, target, self.weight, self.ignore_index, self.reduction, "
          "self.label_smoothing\n",
          "            input, target, None if self.label_smoothing else self.weight, "
          "self.ignore_index, self.reduction, self.label_smoothing\n", "CrossEntropyLoss"),
    Fault("NLLLoss keeps ignore_index to itself", _CLASSES,
          "return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)",
          "return nll_loss(input, target, self.weight, reduction=self.reduction)", "NLLLoss"),
    Fault("GaussianNLLLoss keeps eps to itself", "scratch/losses/divergence.py",
          "return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)",
          "return gaussian_nll_loss(input, target, var, self.full, reduction=self.reduction)",
          "GaussianNLLLoss"),
    Fault("CELU keeps alpha to itself", _EXPONENTIAL, "return celu(input, self.alpha)",
          "return celu(input)", "CELU"),
]  # fmt: skip # a table

STATES = [
    Fault("one missing key and nothing is loaded", "scratch/layers/state.py",
          "    for key, value in values.items():\n        held[key].data[...] = value\n",
          "    for key, value in ({} if missing else values).items():\n"
          "        held[key].data[...] = value\n", "Module Module.load_state_dict"),
    Fault("a scheduler's state is not loaded", "scratch/schedulers/base.py",
          "vars(self).update(state_dict)", "pass", _ALL_SCHEDULERS),
    Fault("a plateau's state is not loaded", "scratch/schedulers/plateau.py",
          "        super().load_state_dict(state_dict)\n", "", "ReduceLROnPlateau"),
    Fault("a loaded plateau compares as before", "scratch/schedulers/plateau.py",
          "        super().load_state_dict(state_dict)\n"
          "        self._compare_by(self.mode, self.threshold, self.threshold_mode)\n",
          "        super().load_state_dict(state_dict)\n", "ReduceLROnPlateau"),
    Fault("a plateau forgets its cooldown", "scratch/schedulers/plateau.py",
          "        super().load_state_dict(state_dict)\n",
          "        super().load_state_dict("
          "{k: v for k, v in state_dict.items() if k != 'cooldown_counter'})\n",
          "ReduceLROnPlateau"),
    Fault("a sequence's inner states are not loaded", "scratch/schedulers/sequential.py",
          "            scheduler.load_state_dict(saved)\n", "            pass\n", "SequentialLR"),
    Fault("a loaded cycle scales as before", "scratch/schedulers/cyclic.py",
          "            vars(self._scale_fn_custom).update(saved)\n        self._choose_scale()\n",
          "            vars(self._scale_fn_custom).update(saved)\n", "CyclicLR"),
]  # fmt: skip # a table
