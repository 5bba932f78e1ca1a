"""Other libraries as candidates: `pytest parity_tests --candidate parity_tests.adapters.jax_numpy`.

An adapter is a module with some names of the contract, and either torch-like tensors or one
function `vjp(function, wrt, *arrays) -> (value, pullback)`. Copy one of these to hold your own.
"""
