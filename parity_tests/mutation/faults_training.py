"""Hand-seeded faults of layers, optimizers, schedulers, and of what surrounds them."""

from __future__ import annotations

from parity_tests.mutation.fault import Fault

_NORMALIZATION = "scratch/layers/normalization.py"
_BATCH_NORM = "scratch/layers/batch_norm.py"
_ADAM = "scratch/optimizers/adam.py"
_VARIANTS = "scratch/optimizers/adam_variants.py"
_SGD = "scratch/optimizers/sgd.py"
_BASE = "scratch/optimizers/base.py"
_DECAY = "scratch/schedulers/decay.py"
_METRICS = "scratch/metrics.py"
_INITIALIZERS = "scratch/initializers.py"
_DATA = "scratch/data.py"
#: What the base class does for all of them.
_ANY = (
    "SGD Adagrad RMSprop Adam AdamW NAdam RAdam Adamax Adadelta ASGD Rprop AveragedMomentum "
    "ClassicalMomentum LookaheadNesterov RootEpsilonAdagrad RootEpsilonAdam RootEpsilonRMSprop "
    "Optimizer"
)

LAYERS = [
    Fault("dropout forgets 1/(1 − p)", "scratch/layers/dropout.py", "scaled_mask /= 1 - p",
          "scaled_mask /= 1", "dropout Dropout MLP"),
    Fault("dropout also in evaluation", "scratch/layers/dropout.py",
          "if not training or p == 0", "if p == 0", "dropout Dropout"),
    Fault("linear's weight gradient without Gᵀ", "scratch/layers/linear.py",
          "dW = G.T.dot(x)", "dW = (G[::-1].T).dot(x)", "linear Linear"),
    Fault("linear's bias gradient is a mean", "scratch/layers/linear.py",
          "column_sum(G) if b.ndim <= 1", "column_sum(G) / max(len(G), 1) if b.ndim <= 1",
          "linear Linear"),
    Fault("batch norm's running variance is biased", _BATCH_NORM,
          "var * (count / (count - 1))", "var", "batch_norm BatchNorm1d"),
    Fault("batch norm's momentum turned round", _BATCH_NORM,
          "(1 - momentum) * running.astype(np.float64) + momentum * new.ravel()",
          "momentum * running.astype(np.float64) + (1 - momentum) * new.ravel()",
          "batch_norm BatchNorm1d"),
    Fault("batch norm's evaluation uses the batch", _BATCH_NORM,
          "self.training or self.running_mean is None", "True", "batch_norm BatchNorm1d"),
    Fault("batch norm counts twice", _BATCH_NORM, "seen.data += 1", "seen.data += 2",
          "BatchNorm1d"),
    Fault("normalization's gradient ignores σ(x)", _NORMALIZATION,
          "g -= x_hat * mean(g * x_hat, axes)", "g -= 0", "batch_norm layer_norm BatchNorm1d LayerNorm"),
    Fault("normalization's ε outside the root", _NORMALIZATION, "1 / np.sqrt(var + eps)",
          "1 / (np.sqrt(var) + eps)", "batch_norm layer_norm BatchNorm1d LayerNorm"),
    Fault("normalization by the unbiased variance", _NORMALIZATION,
          "return mu, centred, mean(np.square(centred), axes)",
          "n = math.prod(x.shape[axis] for axis in axes)\n"
          "    return mu, centred, mean(np.square(centred), axes) * (n / max(n - 1, 1))",
          "batch_norm layer_norm BatchNorm1d LayerNorm"),
    Fault("layer norm's γ gradient without x̂", _NORMALIZATION,
          "np.add.reduce(upstream * x_hat, self.others)", "np.add.reduce(upstream, self.others)",
          "batch_norm layer_norm BatchNorm1d LayerNorm"),
    Fault("a bias in front of batch norm", "scratch/mlp.py",
          "bias=last or not batch_norm", "bias=True", "MLP"),
]  # fmt: skip # a table

OPTIMIZERS = [
    Fault("Adam without the second bias correction", _ADAM,
          "root_correction = (1 - beta2**t) ** 0.5", "root_correction = 1.0", "Adam AdamW"),
    Fault("Adam divides by 1 − β1, not 1 − β1^t", _ADAM, "/ (1 - beta1**t)", "/ (1 - beta1)",
          "Adam AdamW"),
    Fault("Adam's ε is not corrected", _ADAM, 'eps = group["eps"] * root_correction',
          'eps = group["eps"]', "Adam AdamW"),
    Fault("ε inside the root", "scratch/optimizers/pieces.py",
          "    sqrt(r, a)\n    add(a, eps, a)\n", "    add(r, eps, a)\n    sqrt(a, a)\n",
          "Adam AdamW Adagrad RMSprop NAdam RAdam"),
    Fault("g instead of g² in the second moment", "scratch/optimizers/pieces.py",
          "    multiply(a, g, a)\n    add(r, a, r)\n", "    add(r, a, r)\n",
          "Adam AdamW RMSprop NAdam RAdam Adadelta RootEpsilonAdam RootEpsilonRMSprop"),
    Fault("amsgrad forgets the maximum", _ADAM, "maximum(v_max, v, out=v_max)",
          "maximum(v, v, out=v_max)", "Adam AdamW"),
    Fault("AdamW is Adam", _ADAM, "decoupled_weight_decay=True,\n        )",
          "decoupled_weight_decay=False,\n        )", "AdamW"),
    Fault("weight decay ignored", _BASE, "elif decay:", "elif False:", _ANY),
    Fault("maximize ignored", _BASE, "if maximize:", "if False:", _ANY),
    Fault("zero_grad keeps the gradients", _BASE, "p.grad = None", "pass", _ANY),
    Fault("zero_grad(False) leaves them too", _BASE, "p.grad.data.fill(0)", "pass", _ANY),
    Fault("a loaded state forgets the step count", _BASE,
          "slab.counters[i] = self._restored(saved)", "slab.counters[i] = None", _ANY),
    Fault("parameters share a block of state", "scratch/optimizers/flat.py",
          "state = [self.array(name)[span] for name in slots]",
          "state = [self.array(name)[: span.stop - a] for name in slots]", _ANY),
    Fault("Nesterov is plain momentum", _SGD,
          "    multiply(b, mu, a)\n    add(a, g, a)\n    descend(p, a, a, minus_lr)\n\n\n"
          "def start_rolling(", "    descend(p, b, a, minus_lr)\n\n\ndef start_rolling(", "SGD"),
    Fault("Nesterov's first step looks not ahead", _SGD, "add(a, g, a)\n    descend(p, a, a, "
          "minus_lr)\n\n\nclass SGD", "descend(p, g, a, minus_lr)\n\n\nclass SGD", "SGD"),
    Fault("dampening turned round", _SGD, '1 - group["dampening"])', 'group["dampening"])', "SGD"),
    Fault("momentum buffer starts dampened", _SGD, "    copyto(b, g)\n    descend(p, b, a",
          "    multiply(g, 0.5, b)\n    descend(p, b, a", "SGD"),
    Fault("ASGD averages one step too early", _SGD, '1 / max(1, t - group["t0"])',
          '1 / max(1, t + 1 - group["t0"])', "ASGD"),
    Fault("Adagrad's lr_decay is one step ahead", "scratch/optimizers/adagrad.py",
          '(t - 1) * group["lr_decay"]', 't * group["lr_decay"]', "Adagrad"),
    Fault("Adadelta's numerator is its denominator", "scratch/optimizers/adagrad.py",
          "add(s, eps, b)", "add(r, eps, b)", "Adadelta"),
    Fault("RMSprop's centred variance is a sum", "scratch/optimizers/rmsprop.py",
          "subtract(r, a, a)", "add(r, a, a)", "RMSprop"),
    Fault("RMSprop's momentum forgets the buffer", "scratch/optimizers/rmsprop.py",
          "    multiply(roll, mu, roll)\n", "    multiply(roll, 0, roll)\n", "RMSprop"),
    Fault("Adamax adds where it should take the larger", _VARIANTS, "maximum(u, a, out=u)",
          "add(u, a, u)", "Adamax"),
    Fault("NAdam looks not ahead", _VARIANTS, "(0.96 ** ((t + 1) * decay))",
          "(0.96 ** (t * decay))", "NAdam"),
    Fault("RAdam rectifies one step early", _VARIANTS, "if rho <= 5.0", "if rho <= 4.0", "RAdam"),
    Fault("Rprop's factors exchanged", "scratch/optimizers/rprop.py",
          "copyto(b, eta_plus, where=a > 0)", "copyto(b, eta_minus, where=a > 0)", "Rprop"),
    Fault("Rprop keeps the gradient of a turn", "scratch/optimizers/rprop.py",
          "copyto(previous, 0, where=turned)", "pass", "Rprop"),
    Fault("classical momentum's lr outside the buffer", "scratch/optimizers/textbook.py",
          "    descend(nu, g, a, minus_lr)\n    add(p, nu, p)\n",
          "    add(nu, g, nu)\n    descend(p, nu, a, minus_lr)\n", "ClassicalMomentum"),
    Fault("textbook Adagrad's ε outside the root", "scratch/optimizers/textbook.py",
          "    add(r, eps, a)\n    sqrt(a, a)\n    divide(minus_lr, a, a)\n",
          "    sqrt(r, a)\n    add(a, eps, a)\n    divide(minus_lr, a, a)\n",
          "RootEpsilonAdagrad RootEpsilonRMSprop RootEpsilonAdam"),
]  # fmt: skip # a table

SCHEDULERS = [
    Fault("StepLR drops one epoch early", _DECAY,
          "self.last_epoch % self.step_size != 0", "(self.last_epoch + 1) % self.step_size != 0",
          "StepLR"),
    Fault("MultiStepLR ignores a repeated milestone", _DECAY,
          "self.gamma**times for lr", "self.gamma for lr", "MultiStepLR"),
    Fault("LinearLR stops one epoch early", _DECAY, "self.last_epoch > total:",
          "self.last_epoch >= total:", "LinearLR"),
    Fault("PolynomialLR ignores the power", _DECAY, ") ** self.power\n", ") ** 1.0\n",
          "PolynomialLR"),
    Fault("cosine without eta_min", "scratch/schedulers/cosine.py",
          "return [ratio * (lr - eta_min) + eta_min for lr", "return [ratio * lr for lr",
          "CosineAnnealingLR"),
    Fault("warm restarts do not lengthen", "scratch/schedulers/cosine.py",
          "self.T_i = self.T_i * self.T_mult", "pass", "CosineAnnealingWarmRestarts"),
    Fault("plateau's patience is one epoch shorter", "scratch/schedulers/plateau.py",
          "self.num_bad_epochs > self.patience", "self.num_bad_epochs >= self.patience",
          "ReduceLROnPlateau"),
    Fault("triangular2 never halves", "scratch/schedulers/cyclic.py", "1 / (2.0 ** (x - 1))",
          "1.0", "CyclicLR"),
]  # fmt: skip # a table

THE_REST = [
    Fault("confusion matrix transposed", _METRICS, "actual * C + predicted",
          "predicted * C + actual", "confusion_matrix precision_recall_f1"),
    Fault("F1 is the mean of precision and recall", _METRICS,
          "f1 = _ratio(2 * hits, predicted + actual, zero_division)",
          "f1 = (precision + recall) / 2", "precision_recall_f1"),
    Fault("R² around 0, not the mean", _METRICS, "(actual - actual.mean(0)) ** 2", "actual**2",
          "r2_score"),
    Fault("Xavier by fan_in only", _INITIALIZERS, "2.0 / float(fan_in + fan_out)",
          "1.0 / float(fan_in)", "xavier_uniform_ xavier_normal_ MLP"),
    Fault("Kaiming ignores the mode", _INITIALIZERS,
          'fan = fan_in if mode.lower() == "fan_in" else fan_out', "fan = fan_in",
          "kaiming_uniform_ kaiming_normal_"),
    Fault("orthogonal keeps R's signs", _INITIALIZERS, "* np.sign(np.diagonal(r))", "* 1",
          "orthogonal_"),
    Fault("the last short batch is lost", _DATA, "if whole < n and not self.drop_last:",
          "if False:", "DataLoader"),
    Fault("the loader draws no base seed", _DATA,
          "_draw_seed(resolve_generator(self.generator))  #", "pass  #", "DataLoader"),
    Fault("fractions round up", _DATA, "math.floor(n * fraction)", "math.ceil(n * fraction)",
          "random_split"),
    Fault("L2 penalty's gradient with the wrong sign", "scratch/regularizers.py",
          "scale = upstream * self.lam * 2", "scale = -upstream * self.lam * 2",
          "l2_penalty elastic_net_penalty"),
    Fault("gradients are scaled up to the norm", "scratch/regularizers.py",
          "factor = np.minimum(max_norm / (norm + norm.dtype.type(1e-6)), norm.dtype.type(1))",
          "factor = max_norm / (norm + norm.dtype.type(1e-6))", "clip_grad_norm_"),
    Fault("perceptron learns from one mistake less", "scratch/perceptron/algorithm.py",
          "w[0] += self.lr * pairwise_sum(y)", "w[0] += self.lr * pairwise_sum(y[:1])",
          "Perceptron"),
    Fault("the pocket keeps the last weights", "scratch/perceptron/algorithm.py",
          "if found < fewest:", "if True:", "Perceptron"),
    Fault("entropy of p = 0 is not 0", "scratch/likelihood/information.py",
          "np.log(np.where(p == 0, p.dtype.type(1), p))", "np.log(p)",
          "entropy kl_divergence"),
    Fault("logit's gradient without 1 − p", "scratch/likelihood/odds.py",
          "return upstream / self.complement / self.complement",
          "return upstream / self.complement", "odds"),
]  # fmt: skip # a table
