"""RMSProp: step sizes adapted to a running average of squares.

    r ← α r + (1−α) g²;   θ ← θ − γ g / (√r + ε)

Source: Tieleman & Hinton (2012), "Lecture 6.5 — RMSProp", Coursera; Graves (2013), "Generating
sequences with recurrent neural networks", for the centered form and momentum.
"""

from torch.optim import RMSprop

__all__ = ["RMSprop"]
