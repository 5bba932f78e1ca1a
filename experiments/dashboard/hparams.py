"""What TensorBoard's HPARAMS page needs: the experiment's columns, a run's values, how it ended.

The three messages are written into the run's own event file, so that the run is one line of the
table and not a second run beside itself (as `SummaryWriter.add_hparams` of PyTorch makes it). The
metrics are tags of scalars; the page shows the last value of each.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.dashboard.protocol import Summary, api_pb2, hparams_metadata, plugin_data_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The page shows the first five until the user ticks more.
METRICS = (
    "acc/test",
    "mse/test",
    "loss/test",
    "loss/val",
    "loss/train",
    "acc/val",
    "acc/train",
    "mse/val",
)

Setting = bool | float | str


def experiment(config: Mapping[str, object], metrics: Sequence[str] = ()) -> Any:
    """The columns: one per setting, one per metric of any task, and one per tag in `metrics`.

    TensorBoard takes the columns from one run of those it finds and shows all runs in them, so
    that each run names the metrics of all tasks. A column that a run has no value for stays empty.
    """
    message = api_pb2.Experiment(
        description="Hyperparameters and final metrics of each run",
        time_created_secs=time.time(),
        hparam_infos=[_column(name, plain(value)) for name, value in config.items()],
        metric_infos=[
            api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=tag)
            for tag in dict.fromkeys([*METRICS, *metrics])
        ],
    )
    return _value(hparams_metadata.EXPERIMENT_TAG, experiment=message)


def session_start(config: Mapping[str, object]) -> Any:
    """The run's line in the table: the value of each setting."""
    message = plugin_data_pb2.SessionStartInfo(start_time_secs=time.time())
    for name, value in config.items():
        field = message.hparams[name]
        setting = plain(value)
        if isinstance(setting, bool):
            field.bool_value = setting
        elif isinstance(setting, str):
            field.string_value = setting
        else:
            field.number_value = setting
    return _value(hparams_metadata.SESSION_START_INFO_TAG, session_start_info=message)


def session_end(success: bool) -> Any:
    """How the run ended: SUCCESS or FAILURE."""
    message = plugin_data_pb2.SessionEndInfo(
        status=api_pb2.STATUS_SUCCESS if success else api_pb2.STATUS_FAILURE,
        end_time_secs=time.time(),
    )
    return _value(hparams_metadata.SESSION_END_INFO_TAG, session_end_info=message)


def plain(value: object) -> Setting:
    """A setting as the page can hold it: a bool, a number or words.

    >>> plain([64, 32]), plain(None), plain(3)
    ('64, 32', 'none', 3.0)
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def _column(name: str, setting: Setting) -> Any:
    column = api_pb2.HParamInfo(name=name, display_name=name)
    if isinstance(setting, bool):
        column.type = api_pb2.DATA_TYPE_BOOL
        column.domain_discrete.extend([False, True])
    elif isinstance(setting, str):
        column.type = api_pb2.DATA_TYPE_STRING
    else:
        column.type = api_pb2.DATA_TYPE_FLOAT64
    return column


def _value(tag: str, **content: Any) -> Any:
    data = plugin_data_pb2.HParamsPluginData(**content)
    return Summary.Value(
        tag=tag,
        metadata=hparams_metadata.create_summary_metadata(data),
        tensor=hparams_metadata.NULL_TENSOR,
    )
