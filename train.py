"""Train a network on real data and log it to TensorBoard: `python train.py --help`."""

from __future__ import annotations

import sys

from experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
