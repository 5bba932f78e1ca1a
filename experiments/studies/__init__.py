"""Studies: one page of figures and a few numbers each, on one idea of the course.

    python -m experiments.studies --list
    python -m experiments.studies optimizers learning-rate --impl torch

A study computes with whichever implementation it is handed, records numbers and claims in a `Lab`,
and returns how to draw its page. A claim that does not hold makes the program exit with 1: the
studies are demonstrations that prove themselves.
"""

from __future__ import annotations
