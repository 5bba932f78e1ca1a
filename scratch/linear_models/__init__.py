"""Linear models: ŷ = X w + b, and its classifiers, fitted to the optimum rather than by descent.

``solve`` has the two ways to least squares, ``regression`` ordinary and ridge regression, ``lasso``
the one whose weights become exactly 0, ``logistic`` and ``softmax`` the classifiers, ``classifier``
what these share, ``newton`` how they are fitted.
The estimators have scikit-learn's objectives and the names ``coef_`` and ``intercept_``.
"""

from scratch.linear_models.lasso import Lasso
from scratch.linear_models.logistic import LogisticRegression
from scratch.linear_models.regression import LinearRegression, Ridge
from scratch.linear_models.softmax import SoftmaxRegression
from scratch.linear_models.solve import least_squares, normal_equation

__all__ = [
    "Lasso",
    "LinearRegression",
    "LogisticRegression",
    "Ridge",
    "SoftmaxRegression",
    "least_squares",
    "normal_equation",
]
