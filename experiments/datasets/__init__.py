"""Where the samples come from: bundled, downloaded, read from the user's files, or generated.

Every source is plain NumPy, before any implementation is chosen; `experiments.splits` turns it
into tensors of the implementation that was asked for.
"""

from __future__ import annotations

from experiments.datasets.source import Source

__all__ = ["Source"]
