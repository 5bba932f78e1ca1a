"""The one TensorBoard writer of both implementations: NumPy in, event files out.

It stands on tensorboard's own messages and `EventFileWriter`; it imports neither PyTorch nor
TensorFlow. Events are written by a thread of EventFileWriter's, so a call returns at once; what
costs is the number of events, so values of one step belong in one event (`scalars`, `write`).
"""

from __future__ import annotations

import operator
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, SupportsIndex

from experiments.dashboard import encoders, hparams, layouts
from experiments.dashboard.graphs import GraphNode, graph_definition
from experiments.dashboard.projector import write_embedding
from experiments.dashboard.protocol import Event, EventFileWriter, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike


class RunLogger:
    """Writes one run's events into `directory`.

    A context manager: on leaving, by the end or by any exception (Ctrl-C too), the run is marked
    SUCCESS or FAILURE on the HPARAMS page, everything is on disk and the file is closed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory, RunLogger(directory) as logger:
    ...     logger.hparams({"lr": 0.1})
    ...     logger.scalars({"loss/train": 0.5, "acc/train": 0.9}, step=1)
    """

    def __init__(self, directory: str | Path, flush_secs: float = 5.0) -> None:
        """Open a new event file in `directory`, which is made if it does not exist."""
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._writer = EventFileWriter(
            str(self.directory), max_queue_size=1000, flush_secs=flush_secs
        )
        self._has_session = False
        self._closed = False

    def write(self, values: Iterable[Any], step: SupportsIndex) -> None:
        """Write messages of `encoders` as one event of `step`: the cheap way to log many values.

        Raises ValueError when the log is closed, the step negative or a tag empty, TypeError when
        the step is no integer.
        """
        values = list(values)
        for value in values:
            if not value.tag:
                raise ValueError("a tag must not be empty")
        self._add(step, summary=Summary(value=values))

    def scalar(self, tag: str, value: ArrayLike, step: SupportsIndex) -> None:
        """Log one number. NaN and infinities are legal and shown as such."""
        self.write([encoders.scalar(tag, value)], step)

    def scalars(self, values: Mapping[str, ArrayLike], step: SupportsIndex) -> None:
        """Log a number for each tag, as one event."""
        self.write([encoders.scalar(tag, value) for tag, value in values.items()], step)

    def histogram(self, tag: str, values: ArrayLike, step: SupportsIndex) -> None:
        """Log the distribution of an array of any shape; values not finite are left out."""
        self.write([encoders.histogram(tag, values)], step)

    def image(self, tag: str, pixels: ArrayLike, step: SupportsIndex) -> None:
        """Log a picture (H, W), (H, W, 3) or (H, W, 4), uint8 or floats in [0, 1]."""
        self.write([encoders.image(tag, pixels)], step)

    def figure(self, tag: str, figure: Figure, step: SupportsIndex) -> None:
        """Log a Matplotlib figure as a picture at the figure's own resolution."""
        from experiments.figures.style import figure_png

        self.write([encoders.encoded_image(tag, *figure_png(figure))], step)

    def text(self, tag: str, markdown: str, step: SupportsIndex = 0) -> None:
        """Log a card of Markdown."""
        self.write([encoders.text(tag, markdown)], step)

    def hparams(self, config: Mapping[str, object], metrics: Sequence[str] = ()) -> None:
        """Enter the run in the HPARAMS page: its settings, and scalar tags that judge it.

        The usual metrics are there without being named. Raises RuntimeError when it was called
        before: a run is one line of that page.
        """
        if self._has_session:
            raise RuntimeError("hparams were written already; a run has one set of them")
        self.write([hparams.experiment(config, metrics), hparams.session_start(config)], step=0)
        self._has_session = True

    def layout(self, categories: layouts.Layout) -> None:
        """Lay out the CUSTOM SCALARS page; see `overlay_layout` for the usual one."""
        self.write([layouts.layout(categories)], step=0)

    def graph(self, nodes: Iterable[GraphNode]) -> None:
        """Show a graph on the GRAPHS page."""
        self._add(0, graph_def=graph_definition(nodes).SerializeToString())

    def embedding(
        self,
        name: str,
        points: ArrayLike,
        labels: Mapping[str, Sequence[object]] | None = None,
        images: ArrayLike | None = None,
    ) -> None:
        """Show points (N, D) on the PROJECTOR page, with columns of labels and pictures (N, h, w).

        Files beside the event file, not events; see `write_embedding`.
        """
        write_embedding(self.directory, name, points, labels, images)

    def flush(self) -> None:
        """Wait until everything logged so far is on disk."""
        if not self._closed:
            self._writer.flush()

    def close(self, success: bool = True) -> None:
        """Mark how the run ended, write what is pending and close the file. Again: no effect."""
        if self._closed:
            return
        try:
            if self._has_session:
                self.write([hparams.session_end(success)], step=0)
        finally:
            self._closed = True
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(success=kind is None)

    def _add(self, step: SupportsIndex, **content: Any) -> None:
        if self._closed:
            raise ValueError(f"the log in {self.directory} is closed")
        try:
            number = operator.index(step)
        except TypeError:
            raise TypeError(f"a step must be an integer, got {step!r}") from None
        if number < 0:
            raise ValueError(f"a step must not be negative, got {number}")
        self._writer.add_event(Event(wall_time=time.time(), step=number, **content))
