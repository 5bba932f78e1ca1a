"""Random numbers: the same bits from the same seed as PyTorch's CPU generator.

``manual_seed(0)`` here and there, and initial weights, shuffles and dropout masks agree bit for bit.
Read in this order: ``generator`` (the stream of bits), ``distributions`` (what is made of them),
``box_muller`` and ``fused`` (how PyTorch's kernels round), ``truncated``, ``sampling`` (tensors).

Holds for PyTorch 2.13 on x86-64 Linux, with and without vector kernels. Elsewhere normal samples in
float32 may differ in the last bit, because other compilers fuse other operations.
"""

from scratch.random.distributions import bernoulli_mask as bernoulli_mask
from scratch.random.distributions import fill_bernoulli as fill_bernoulli
from scratch.random.distributions import fill_normal as fill_normal
from scratch.random.distributions import fill_uniform as fill_uniform
from scratch.random.distributions import permutation as permutation
from scratch.random.generator import Generator, manual_seed
from scratch.random.generator import default_generator as default_generator
from scratch.random.generator import resolve_generator as resolve_generator
from scratch.random.sampling import bernoulli, rand, randint, randn, randperm
from scratch.random.truncated import fill_truncated_normal as fill_truncated_normal

__all__ = ["Generator", "bernoulli", "manual_seed", "rand", "randint", "randn", "randperm"]
