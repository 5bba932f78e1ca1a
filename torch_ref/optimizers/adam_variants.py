"""What grew out of Adam: Adamax, NAdam, RAdam.

Source: Kingma & Ba (2015), section 7.1 (Adamax); Dozat (2016), "Incorporating Nesterov momentum into
Adam"; Liu et al. (2020), "On the variance of the adaptive learning rate and beyond" (RAdam).
"""

from torch.optim import Adamax, NAdam, RAdam

__all__ = ["Adamax", "NAdam", "RAdam"]
