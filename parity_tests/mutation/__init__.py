"""Can the suite fail? `python -m parity_tests.mutation` puts faults into `scratch` and looks.

    python -m parity_tests.mutation                 every hand-seeded fault
    python -m parity_tests.mutation --only softmax  those with it in name, operation or file
    python -m parity_tests.mutation --mutmut        mutants made by mutmut, over all of scratch
    python -m parity_tests.mutation --seeds 1000    false alarms: the unchanged code, many seeds

A hand-seeded fault is one that somebody really ships: ε in the wrong place, a forgotten 1/N, a zero
gradient. Each must be found, by a test that names the operation it is in. The list is in
`faults_functions`, `faults_training`, `faults_effects`, `faults_second` and `faults_aliases`.
"""

from __future__ import annotations

from parity_tests.mutation.fault import Fault
from parity_tests.mutation.faults_aliases import ALIASES, SIZES, UNSEEN
from parity_tests.mutation.faults_effects import EFFECTS
from parity_tests.mutation.faults_functions import ACTIVATIONS, ENGINE, LOSSES
from parity_tests.mutation.faults_second import GRADIENTS, HANDED_ON, STATES
from parity_tests.mutation.faults_training import LAYERS, OPTIMIZERS, SCHEDULERS, THE_REST

FAULTS = [
    *ENGINE,
    *ACTIVATIONS,
    *LOSSES,
    *LAYERS,
    *OPTIMIZERS,
    *SCHEDULERS,
    *THE_REST,
    *EFFECTS,
    *GRADIENTS,
    *HANDED_ON,
    *STATES,
    *ALIASES,
    *SIZES,
    *UNSEEN,
]

__all__ = ["FAULTS", "Fault"]
