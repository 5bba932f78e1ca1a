"""Classification in a plane, where the decision boundary can be watched while it is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.tasks.base import Task
from experiments.tasks.drawing import boundary, boundary_and_confusion

if TYPE_CHECKING:
    from types import ModuleType

    from experiments.config import Config
    from experiments.datasets.source import Source


def _xor(_config: Config) -> Source:
    from experiments.datasets.generated import truth_table

    return truth_table("xor")


def _rings(config: Config) -> Source:
    from experiments.datasets.generated import rings

    return rings(config.seed)


def _coffee(config: Config) -> Source:
    from experiments.datasets.generated import coffee

    return coffee(config.seed)


def _diet(config: Config) -> Source:
    from experiments.datasets.height_weight import diet

    return diet(config.csv, config.seed)


def _weight_class(config: Config) -> Source:
    from experiments.datasets.height_weight import weight_class

    return weight_class(config.csv, config.seed)


def _small_weights(impl: ModuleType, model: Any, config: Config) -> None:
    """Uniform in ±0.35, half of the default.

    With two hidden units, gradient descent ends in a local minimum (one corner wrong for good) from
    one start in twelve at the default width, one in fifty at half of it. Adam and momentum do worse
    from either: they saturate the units before the two have parted.
    """
    if config.init == "default":
        for parameter in model.parameters():
            impl.uniform_(parameter, -0.35, 0.35)


TASKS = (
    Task(
        name="xor",
        description="XOR by a 2-2-1 network of sigmoids, trained",
        kind="binary",
        make_data=_xor,
        defaults={
            "hidden": (2,),
            "activation": "sigmoid",
            "optimizer": "SGD",
            "lr": 5.0,
            "epochs": 4000,
            "batch_size": 4,
        },
        initialize=_small_weights,
        pictures=boundary,
    ),
    Task(
        name="rings",
        description="two rings: a linear machine behind a polynomial feature map, and without",
        kind="binary",
        make_data=_rings,
        defaults={"hidden": (), "features": "polynomial", "lr": 0.05, "epochs": 40},
        variants={"without feature map": {"features": "none"}},
        pictures=boundary,
        final_pictures=boundary_and_confusion,
    ),
    Task(
        name="diet",
        description="needs a diet? logistic regression on height and weight, generated or --csv",
        kind="binary",
        make_data=_diet,
        defaults={"hidden": (), "lr": 0.05, "epochs": 30},
        pictures=boundary,
        final_pictures=boundary_and_confusion,
        reads_csv=True,
    ),
    Task(
        name="weight-class",
        description="under, normal or over weight? softmax regression, generated or --csv",
        kind="classes",
        make_data=_weight_class,
        defaults={"hidden": (), "lr": 0.05, "epochs": 30},
        pictures=boundary,
        final_pictures=boundary_and_confusion,
        reads_csv=True,
    ),
    Task(
        name="coffee",
        description="good roasts by temperature and minutes, a 2-3-1 network of sigmoids",
        kind="binary",
        make_data=_coffee,
        defaults={
            "hidden": (3,),
            "activation": "sigmoid",
            "optimizer": "SGD",
            "lr": 0.5,
            "momentum": 0.9,
            "schedule": "cosine",
            "epochs": 300,
            "batch_size": 64,
        },
        pictures=boundary,
        final_pictures=boundary_and_confusion,
    ),
)
