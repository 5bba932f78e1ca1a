"""Losses: how wrong a prediction is, as one number with a gradient.

regression      mse, rmse, l1, smooth_l1, huber: of the error input − target
binary          binary cross-entropy, of probabilities or of logits
classification  cross-entropy of logits, NLL of log-probabilities
divergence      Kullback–Leibler, Gaussian negative log-likelihood
margin          perceptron, hinge embedding, soft margin, multi-label soft margin
"""

from __future__ import annotations

from torch_ref.losses.binary import (
    BCELoss,
    BCEWithLogitsLoss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
)
from torch_ref.losses.classification import CrossEntropyLoss, NLLLoss, cross_entropy, nll_loss
from torch_ref.losses.divergence import GaussianNLLLoss, KLDivLoss, gaussian_nll_loss, kl_div
from torch_ref.losses.margin import (
    HingeEmbeddingLoss,
    MultiLabelSoftMarginLoss,
    PerceptronLoss,
    SoftMarginLoss,
    hinge_embedding_loss,
    multilabel_soft_margin_loss,
    perceptron_loss,
    soft_margin_loss,
)
from torch_ref.losses.regression import (
    HuberLoss,
    L1Loss,
    MSELoss,
    RMSELoss,
    SmoothL1Loss,
    huber_loss,
    l1_loss,
    mse_loss,
    rmse_loss,
    smooth_l1_loss,
)

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MultiLabelSoftMarginLoss",
    "NLLLoss",
    "PerceptronLoss",
    "RMSELoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "perceptron_loss",
    "rmse_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
]
