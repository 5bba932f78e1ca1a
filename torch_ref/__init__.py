"""The same neural-network basics in idiomatic PyTorch, under the names that ``scratch`` uses.

Every public name of the modules is also offered here: ``torch_ref.Adam is torch_ref.optimizers.Adam``.
"""

from torch_ref.activations import *
from torch_ref.autograd import *
from torch_ref.data import *
from torch_ref.features import *
from torch_ref.initializers import *
from torch_ref.layers import *
from torch_ref.likelihood import *
from torch_ref.linear_models import *
from torch_ref.losses import *
from torch_ref.metrics import *
from torch_ref.mlp import *
from torch_ref.optimizers import *
from torch_ref.perceptron import *
from torch_ref.random import *
from torch_ref.regularizers import *
from torch_ref.schedulers import *
