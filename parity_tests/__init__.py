"""The parity suite: see README.md beside this file."""

import os

# The arrays of the tests are small: on a busy machine, threads that wait for each other cost many
# times what they compute. Whoever sets OMP_NUM_THREADS gets that many, here and in child processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")
