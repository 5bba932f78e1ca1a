"""The one door to the tensorboard package: the messages and the file writer that a log is made of.

tensorboard looks for TensorFlow (seconds to import), fsspec and botocore (40 ms and 9 MB) when it
is imported, to be able to write to other places than a local directory. A run writes to a local
directory, so the three are hidden while the door opens. Modules that are loaded already are left
alone. Everything else in `experiments.dashboard` takes tensorboard's names from here.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def hidden(*modules: str) -> Iterator[None]:
    """Let `import name` fail for each of `modules` that is not loaded yet."""
    absent = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None: not importable
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with hidden("tensorflow", "fsspec", "botocore"):
    from tensorboard.compat import tf
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.compat.proto.types_pb2 import DT_FLOAT, DT_STRING
    from tensorboard.plugins.custom_scalar import layout_pb2
    from tensorboard.plugins.custom_scalar import metadata as custom_scalar_metadata
    from tensorboard.plugins.histogram import metadata as histogram_metadata
    from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
    from tensorboard.plugins.hparams import metadata as hparams_metadata
    from tensorboard.plugins.image import metadata as image_metadata
    from tensorboard.plugins.text import metadata as text_metadata
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    tf.io  # noqa: B018 - loads it, which must happen while the three are hidden

__all__ = [
    "DT_FLOAT",
    "DT_STRING",
    "Event",
    "EventFileWriter",
    "GraphDef",
    "Summary",
    "SummaryMetadata",
    "TensorProto",
    "TensorShapeProto",
    "api_pb2",
    "custom_scalar_metadata",
    "histogram_metadata",
    "hparams_metadata",
    "image_metadata",
    "layout_pb2",
    "plugin_data_pb2",
    "text_metadata",
]
