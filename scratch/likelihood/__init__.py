"""Likelihood and information: what the losses are when a network's output is a distribution.

Maximum likelihood minimises the negative log-likelihood (NLL) of the data, since a product of many
probabilities underflows to 0 while the sum of their logarithms does not. Everything here takes
probabilities, not logits, and 0 log 0 = 0. (To train, prefer the losses that take logits: a
probability that was rounded to 0 or 1 has lost its logarithm.)

Read in this order: ``odds`` (another scale for probabilities), ``nll`` (Bernoulli, categorical,
Gaussian), ``information`` (entropy, cross-entropy, divergence).

Sources: Fisher (1922), "On the mathematical foundations of theoretical statistics"; Shannon (1948),
"A mathematical theory of communication"; Kullback & Leibler (1951), "On information and
sufficiency"; Berkson (1944), "Application of the logistic function to bio-assay".
"""

from scratch.likelihood.information import distribution_cross_entropy, entropy, kl_divergence
from scratch.likelihood.nll import bernoulli_nll, categorical_nll, gaussian_nll
from scratch.likelihood.odds import logit, odds

__all__ = [
    "bernoulli_nll",
    "categorical_nll",
    "distribution_cross_entropy",
    "entropy",
    "gaussian_nll",
    "kl_divergence",
    "logit",
    "odds",
]
