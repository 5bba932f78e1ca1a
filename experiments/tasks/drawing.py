"""Pictures that several tasks share, from a Trainer to `experiments.figures`.

Matplotlib is imported by the tasks that draw with it, not by the default run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.tensors import to_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experiments.evaluation import Evaluation
    from experiments.trainer import Trainer

MOST_POINTS = 800
Pictures = dict[str, Any]


def digit_pictures(trainer: Trainer, test: Evaluation) -> Pictures:
    """Confusion matrix, mistakes with their probability, and what the first layer looks for."""
    from experiments.figures import confusion_matrix, misclassified, weight_images

    source = trainer.splits.source
    logits = to_array(test.outputs)
    labels = to_array(trainer.test.y)
    guesses = logits.argmax(axis=1)
    shape = source.image_shape or (1, logits.shape[1])
    images = trainer.test.raw.reshape(-1, *shape)
    counts = to_array(trainer.impl.confusion_matrix(guesses, labels, len(source.class_names)))
    pictures = {
        "confusion matrix": confusion_matrix(counts, source.class_names),
        "mistakes": misclassified(
            images, labels, guesses, softmax(logits).max(axis=1), source.class_names
        ),
    }
    first = next(trainer.model.parameters())
    if first.shape[1] == images[0].size:
        pictures["first-layer weights"] = weight_images(to_array(first), shape)
    return pictures


def boundary(trainer: Trainer) -> Pictures:
    """The decision boundary in the plane of the two inputs, as it is now."""
    from experiments.figures import decision_boundary

    source = trainer.splits.source
    labels = source.y[:MOST_POINTS]
    score = ""
    if trainer.history:
        score = f", validation accuracy {trainer.history[-1]['acc/val']:.1%}"
    return {
        "decision boundary": decision_boundary(
            lambda points: class_scores(trainer, points),
            source.x[:MOST_POINTS],
            labels,
            class_names=source.class_names,
            title=f"Epoch {trainer.epoch}{score}",
            x=source.feature_names[0],
            y=source.feature_names[1],
        )
    }


def boundary_and_confusion(trainer: Trainer, test: Evaluation) -> Pictures:
    """The final decision boundary, and the confusion matrix of the test samples."""
    from experiments.figures import confusion_matrix

    names = trainer.splits.source.class_names
    outputs, targets = to_array(test.outputs), to_array(trainer.test.y)
    guesses = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0
    counts = trainer.impl.confusion_matrix(
        guesses.astype(np.int64), targets.reshape(-1).astype(np.int64), len(names)
    )
    return {"confusion matrix": confusion_matrix(to_array(counts), names)}


def curve(trainer: Trainer) -> Pictures:
    """The network as a function of its one input, over the samples."""
    from experiments.figures import regression_curve

    source = trainer.splits.source
    x, y = source.x[:, 0], source.y[:, 0]
    along = np.linspace(x.min(), x.max(), 200)
    heights = predict(trainer, along[:, None])[:, 0]
    error = ""
    if trainer.history:
        error = f", mean squared error {trainer.history[-1]['mse/val']:.2g}"
    title = f"Epoch {trainer.epoch}{error}"
    return {
        "fit": regression_curve(
            x, y, {"network": (along, heights)}, title=title, x=source.feature_names[0], y="y"
        )
    }


def predicted_against_true(trainer: Trainer, test: Evaluation) -> Pictures:
    """Each test sample's prediction over its target; a perfect one lies on the diagonal."""
    from experiments.figures import regression_curve

    targets, outputs = to_array(trainer.test.y)[:, 0], to_array(test.outputs)[:, 0]
    ends = np.array([targets.min(), targets.max()])
    return {
        "prediction against target": regression_curve(
            targets,
            outputs,
            {"perfect": (ends, ends)},
            title=f"Test samples, mean squared error {test.score:.3g}",
            x="target",
            y="prediction",
        )
    }


def predict(trainer: Trainer, raw: NDArray[Any]) -> NDArray[np.float64]:
    """The model's outputs (N, ·) for raw rows, in evaluation mode."""
    x = trainer.splits.inputs(raw)
    trainer.model.eval()
    with trainer.impl.no_grad():
        outputs = trainer.model(x if trainer.move is None else trainer.move(x))
    trainer.model.train()
    return to_array(outputs).astype(np.float64)


def class_scores(trainer: Trainer, raw: NDArray[Any]) -> NDArray[np.float64]:
    """The probability of the second class, (N,), or the probabilities of all classes, (N, C)."""
    logits = predict(trainer, raw)
    if logits.shape[1] == 1:
        return 0.5 * (1.0 + np.tanh(0.5 * logits[:, 0]))  # σ(z), without overflow
    return softmax(logits)


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Rows of logits as probabilities."""
    with np.errstate(under="ignore"):  # a probability of 1e-400 is 0
        powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
