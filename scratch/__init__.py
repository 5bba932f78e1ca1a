"""Neural-network basics in NumPy, every forward and backward written out.

Every public name of the modules is also offered here: ``scratch.Adam is scratch.optimizers.Adam``.
"""

from scratch.activations import *
from scratch.autograd import *
from scratch.data import *
from scratch.features import *
from scratch.initializers import *
from scratch.layers import *
from scratch.likelihood import *
from scratch.linear_models import *
from scratch.losses import *
from scratch.metrics import *
from scratch.mlp import *
from scratch.optimizers import *
from scratch.perceptron import *
from scratch.random import *
from scratch.regularizers import *
from scratch.schedulers import *
