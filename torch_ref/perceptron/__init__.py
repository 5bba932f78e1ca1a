"""The perceptron and its learning algorithm (PLA).

    s = w₀ + Σⱼ wⱼ xⱼ          ŷ = sign(s) ∈ {−1, +1},  sign(0) = +1

Read in this order: ``decision`` (which samples are mistakes), ``algorithm`` (what PLA does about
them: batch, stochastic, pocket), ``estimator`` (the class, and the bound on its mistakes).

Sources: Rosenblatt (1958), "The perceptron: a probabilistic model for information storage and
organization in the brain"; Novikoff (1962), "On convergence proofs on perceptrons"; Gallant (1990),
"Perceptron-based learning algorithms".
"""

from torch_ref.perceptron.estimator import Perceptron, mistake_bound

__all__ = ["Perceptron", "mistake_bound"]
