"""Neural-network basics in NumPy, every forward and backward written out.

Every public name of the modules is also offered here: ``scratch.Adam is scratch.optimizers.Adam``.
"""

from scratch.autograd import *
