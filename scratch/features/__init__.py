"""Features: what is made of the inputs before a linear machine sees them.

A map φ can turn data that no line separates into data that one does, and a curve into a plane:

    rings       x₁² + x₂² among the polynomial features of degree 2
    anything    radial basis functions around centres, or random Fourier features, which
                approximate the same kernel exp(−γ‖x − x'‖²) with fewer columns
    regions     the signs of several perceptrons, a code for every region they cut out

Read in this order: ``maps`` (differentiable in X), ``encodings`` (data in, data out).

Sources: Cover (1965), "Geometrical and statistical properties of systems of linear inequalities";
Broomhead & Lowe (1988), "Multivariable functional interpolation and adaptive networks"; Rahimi &
Recht (2007), "Random features for large-scale kernel machines".
"""

from scratch.features.encodings import one_hot, region_codes, standardize
from scratch.features.maps import (
    polynomial_features,
    radial_basis_features,
    random_fourier_features,
)

__all__ = [
    "one_hot",
    "polynomial_features",
    "radial_basis_features",
    "random_fourier_features",
    "region_codes",
    "standardize",
]
