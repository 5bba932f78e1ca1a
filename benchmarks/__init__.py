"""Speed and memory, side by side: ``python -m benchmarks`` prints tables and writes JSON.

What is measured, and how it is kept honest:

- every figure comes from a fresh process; the contestants take turns, so that a slow moment of the
  machine hits all of them; what is shown is the median over the rounds, with the range beside it;
- the same number of threads for everybody (1 unless ``--threads`` says otherwise);
- the same work: float32, Adam, random batches drawn from a pool with labels drawn from another, so
  that the loss cannot go to zero (gradients that underflow to subnormal numbers slow a CPU down).

``settings`` says what is trained; ``numpy_torch`` and ``others`` are the contestants; ``worker`` is
what a fresh process runs; ``steps``, ``commands`` and ``growth`` are the studies; ``report`` prints.
"""
