"""Hand-seeded faults in what a call must leave alone: saved arrays, inputs, options, gradients."""

from __future__ import annotations

from parity_tests.mutation.fault import Fault

EFFECTS = [
    Fault("tanh's backward overwrites what forward saved", "scratch/activations/smooth.py",
          "        gradient = 1.0 - self.y * self.y\n        gradient *= upstream\n",
          "        gradient = self.y\n        gradient *= -self.y\n        gradient += 1.0\n"
          "        gradient *= upstream\n", "tanh Tanh"),
    Fault("cross-entropy's backward overwrites what forward saved",
          "scratch/losses/classification.py",
          "gradient = self.e * (g / self.sum)[:, None]",
          "gradient = self.e\n        gradient *= (g / self.sum)[:, None]",
          "cross_entropy CrossEntropyLoss"),
    Fault("clip returns its input where it changes nothing", "scratch/autograd/arithmetic.py",
          "        return np.clip(x, low, high)\n",
          "        y = np.clip(x, low, high)\n        return x if (y == x).all() else y\n",
          "Tensor.clip Tensor.clamp"),
    Fault("relu returns its input where it changes nothing", "scratch/activations/piecewise.py",
          "        self.y = y = np.maximum(0, x)  # in this order −0 stays −0, as in PyTorch\n",
          "        self.y = y = x if (x >= 0).all() else np.maximum(0, x)\n", "relu ReLU"),
    Fault("the upstream's memory order decides reshape's gradient", "scratch/autograd/shaping.py",
          "        return upstream.reshape(self.shape)\n\n\nclass Transpose",
          "        return upstream.ravel('K').reshape(self.shape)\n\n\nclass Transpose",
          "Tensor.reshape Tensor.view"),
    Fault("BCE with logits scales the user's weight", "scratch/losses/binary.py",
          "        if self.weight is not None:\n            g = g * self.weight\n"
          "        gradient = np.exp(self.lower)",
          "        if self.weight is not None:\n            self.weight *= float(g.max())\n"
          "            g = self.weight\n        gradient = np.exp(self.lower)",
          "binary_cross_entropy_with_logits BCEWithLogitsLoss"),
]  # fmt: skip # a table
