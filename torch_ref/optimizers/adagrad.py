"""Step sizes adapted to accumulated squares: AdaGrad and Adadelta.

    Adagrad    r ← r + g²;            θ ← θ − γ_t g / (√r + ε),   γ_t = γ / (1 + (t−1) lr_decay)
    Adadelta   r ← ρ r + (1−ρ) g²;    Δ = √(s+ε)/√(r+ε) · g;   s ← ρ s + (1−ρ) Δ²;   θ ← θ − γ Δ

Source: Duchi, Hazan & Singer (2011), "Adaptive subgradient methods for online learning and
stochastic optimization"; Zeiler (2012), "ADADELTA: an adaptive learning rate method".
"""

from torch.optim import Adadelta, Adagrad

__all__ = ["Adadelta", "Adagrad"]
