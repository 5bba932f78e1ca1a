"""Adam: momentum and an adapted step size, both corrected for starting at zero; and AdamW.

    m ← β1 m + (1−β1) g,     v ← β2 v + (1−β2) g²
    m̂ = m / (1−β1^t),        v̂ = v / (1−β2^t)
    θ ← θ − γ m̂ / (√v̂ + ε)

Source: Kingma & Ba (2015), "Adam: a method for stochastic optimization"; Reddi, Kale & Kumar (2018),
"On the convergence of Adam and beyond" (amsgrad); Loshchilov & Hutter (2019), "Decoupled weight decay
regularization" (AdamW).
"""

from torch.optim import Adam, AdamW

__all__ = ["Adam", "AdamW"]
