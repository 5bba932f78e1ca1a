"""What the classifiers among the linear models share: scores, options, the check for separation.

The scores z = X w + b are read as log-odds, and fitted by maximum likelihood; each model's own file
has its objective. It is scikit-learn's, divided by C: the penalty is 1/(2C) ‖w‖², without the
intercepts.

Source: Albert & Anderson (1984), "On the existence of maximum likelihood estimates in logistic
regression models", for the separation.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from torch_ref._arrays import Values, as_samples, as_tensor, require_finite, require_same_length
from torch_ref.linear_models.regression import LinearModel

STILL_WALKING = 0.25
"""A change of a score in the last step: at an optimum it is next to 0, without one about 1."""


class Classifier(LinearModel):
    """What both classifiers share: their options and the checks of what they are fitted to."""

    n_iter_: int

    def __init__(
        self, C: float = 1.0, fit_intercept: bool = True, tol: float = 1e-14, max_iter: int = 100
    ) -> None:
        super().__init__(fit_intercept)
        if not C > 0:
            raise ValueError(f"C must be positive (infinity: no penalty), got {C}")
        if not tol >= 0:
            raise ValueError(f"tol must be ≥ 0, got {tol}")
        if max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {max_iter}")
        self.C, self.tol, self.max_iter = C, tol, max_iter

    def _prepared(self, X: Values, y: Values) -> tuple[Tensor, Tensor]:
        """X with a last column of ones if there is an intercept, and the labels as int64."""
        A, labels = as_samples(X), as_tensor(y)
        require_same_length(A, labels)
        if labels.ndim != 1:
            raise ValueError(f"y must have shape (N,), got {tuple(labels.shape)}")
        if not len(A):
            raise ValueError(f"X must hold at least one sample, got shape {tuple(A.shape)}")
        integers = require_finite(labels, "y").long()
        wrong = (integers != labels) | (integers < 0)
        if wrong.any():
            raise ValueError(f"labels must be the integers 0, 1, …, got {labels[wrong][0].item()}")
        ones = A.new_ones(len(A), int(self.fit_intercept))
        return torch.hstack((A, ones)), integers.to(A.device)

    def _penalty(self, width: int, like: Tensor) -> Tensor:
        """1/C for each weight, 0 for the intercept."""
        penalty = like.new_full((width,), 1 / self.C)
        if self.fit_intercept:
            penalty[-1] = 0
        return penalty

    def _keep(self, W: Tensor) -> None:
        """Take the intercept off the last column of W (…, D + 1)."""
        if self.fit_intercept:
            self.coef_, self.intercept_ = W[..., :-1].clone(), W[..., -1].clone()
        else:
            self.coef_, self.intercept_ = W, W.new_zeros(W.shape[:-1])

    def _refuse_separated(self, margins: Tensor, moved: Tensor | None) -> None:
        """Without a penalty, classes that a plane separates push the weights to infinity.

        If no sample lies on the plane, every margin becomes positive. If some do, the others still
        walk away from it with every step of Newton's method, by about 1: ``moved``, the scores' last
        change, has not gone to 0 although nothing is left to gain.
        """
        if not math.isinf(self.C):
            return
        if margins.min() > 0 or (moved is not None and moved.abs().max().item() > STILL_WALKING):
            raise ValueError(
                "the classes are separated by a plane: without a penalty the likelihood has no "
                "maximum, the weights would grow for ever; choose a finite C"
            )

    def decision_function(self, X: Values) -> Tensor:
        """The scores z = X wᵀ + b."""
        return self.scores(X)
