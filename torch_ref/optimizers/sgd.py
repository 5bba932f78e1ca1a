"""Stochastic gradient descent: plain, with momentum, with Nesterov's momentum, and averaged.

    SGD        b ← μ b + (1−τ) g  (b ← g at first);   θ ← θ − γ b,   Nesterov: θ ← θ − γ (g + μ b)
    ASGD       θ ← (1 − λη) θ − η g;   ax ← ax + μ (θ − ax)

Source: Robbins & Monro (1951), "A stochastic approximation method"; Polyak (1964), "Some methods of
speeding up the convergence of iteration methods"; Nesterov (1983), "A method of solving a convex
programming problem with convergence rate O(1/k²)"; Sutskever, Martens, Dahl & Hinton (2013), "On the
importance of initialization and momentum in deep learning"; Polyak & Juditsky (1992), "Acceleration
of stochastic approximation by averaging".
"""

from torch.optim import ASGD, SGD

__all__ = ["ASGD", "SGD"]
