"""The CUSTOM SCALARS page: charts that lay runs over each other, scratch on torch.

A chart names tags by regular expressions; TensorBoard draws, in one chart, every matching tag of
every run that is ticked. `tensorboard.plugins.custom_scalar.summary` would build the same message,
but imports TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.dashboard.encoders import strings_value
from experiments.dashboard.protocol import custom_scalar_metadata, layout_pb2

# Category → chart → regular expressions of the tags in it.
Layout = Mapping[str, Mapping[str, Sequence[str]]]

_TITLES = {
    "loss": "Loss",
    "acc": "Accuracy",
    "mse": "Mean squared error",
    "opt": "Optimizer",
    "grad_norm": "Gradient norm",
}


def layout(categories: Layout) -> Any:
    """The page as a message.

    Raises ValueError for a regular expression that does not compile.
    """
    message = layout_pb2.Layout()
    for category_title, charts in categories.items():
        category = message.category.add(title=category_title)
        for title, tags in charts.items():
            for tag in tags:
                try:
                    re.compile(tag)
                except re.error as error:
                    raise ValueError(f"chart {title!r}: bad pattern {tag!r}: {error}") from None
            category.chart.add(title=title, multiline=layout_pb2.MultilineChartContent(tag=tags))
    return strings_value(
        custom_scalar_metadata.CONFIG_SUMMARY_TAG,
        custom_scalar_metadata.create_summary_metadata(),
        message.SerializeToString(),
    )


def overlay_layout(tags: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """A chart for each tag, grouped by the tag's first part, and one for each group of several.

    >>> overlay_layout(["loss/train", "loss/val", "opt/lr"])["Loss"]["train and val"]
    ['^loss/train$', '^loss/val$']
    """
    groups: dict[str, list[str]] = {}
    for tag in tags:
        groups.setdefault(tag.split("/", 1)[0], []).append(tag)
    categories = {}
    for group, members in groups.items():
        charts = {tag: [f"^{re.escape(tag)}$"] for tag in members}
        if len(members) > 1:
            names = [tag.split("/", 1)[-1] for tag in members]
            charts[" and ".join(names)] = [f"^{re.escape(tag)}$" for tag in members]
        categories[_TITLES.get(group, group)] = charts
    return categories
