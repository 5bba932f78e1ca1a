"""Gradient descent on a plain function, its gradient taken by central differences.

    x ← x − α ∇f(x),     ∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h,   h = 1e-4

No graph and no optimizer object: the method at its simplest.

Source: Cauchy (1847), "Méthode générale pour la résolution des systèmes d'équations simultanées".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scratch.autograd import Tensor, numerical_gradient, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


def gradient_descent(f: Callable[[Any], Any], x0: Any, lr: float = 0.01, steps: int = 100) -> Any:
    """The point reached from ``x0`` after ``steps`` steps x ← x − ``lr`` ∇f(x).

    ``x0`` is a NumPy array or a Tensor of floats and is not changed; the result is of its kind.

    Raises:
        TypeError: ``x0`` is neither, or does not hold floats.
        ValueError: a negative learning rate or number of steps, or f(x) is not a single number.

    >>> import numpy as np
    >>> gradient_descent(lambda x: x[0] ** 2 + x[1] ** 2, np.array([-3.0, 4.0]), lr=0.1, steps=100)
    array([-6.11110793e-10,  8.14814391e-10])
    """
    if not lr >= 0:
        raise ValueError(f"gradient_descent: lr must be ≥ 0, got {lr}")
    if steps < 0:
        raise ValueError(f"gradient_descent: steps must be ≥ 0, got {steps}")
    x = wrap(x0.data.copy()) if isinstance(x0, Tensor) else x0
    for _ in range(steps):
        x = x - lr * numerical_gradient(f, x)
    return x if steps or isinstance(x0, Tensor) else x0.copy()
