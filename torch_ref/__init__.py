"""The same neural-network basics in idiomatic PyTorch, under the names that ``scratch`` uses.

Every public name of the modules is also offered here: ``torch_ref.Adam is torch_ref.optimizers.Adam``.
"""

from torch_ref.autograd import *
