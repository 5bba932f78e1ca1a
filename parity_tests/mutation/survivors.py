"""Mutants that no test can or need kill, each kind with the reason: (pattern, reason).

The pattern is searched in "name: the line before the change". Mutants that change only the text of
a message are recognised without an entry here.
"""

from __future__ import annotations

JUSTIFIED: list[tuple[str, str]] = [
    (r"zip\(.*strict=True", "a guard of the code's own bookkeeping: the lengths are equal"),
    (r"raise \w+\(|warnings\.warn\(", "the words of a message"),
    (r"checks\.x_jacobian__.*unit = np\.zeros", "the engine casts the upstream gradient anyway"),
    (r"checks\.x_gradcheck__.*default_rng", "any random non-uniform upstream gradient will do"),
    (r"checks\.x_gradcheck__.*isinstance\(x, Tensor\)", "only the other side copies its input"),
    (r"checks\.x_gradcheck__.*zeros_like", "zeros of any shape: they are compared by broadcasting"),
    (r"checks\.x_gradcheck__.*wrong = ", "equality of an error and its bound, to the last bit"),
    (r"x_shifted__.*ndim == 2", "the other branch computes the same, slower"),
    (r"require_floating\(|stacklevel=", "an argument that only names the function in a message"),
    (r"x_(softmax|log_softmax|softmin)__.*_along\(", "the name is for messages only"),
]
