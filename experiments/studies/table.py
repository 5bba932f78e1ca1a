"""The table of studies, in the order in which the ideas build on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.studies import (
    batch_norm,
    batch_size,
    dying_relu,
    hidden_space,
    learning_rate,
    linear_stack,
    minibatch_noise,
    mse_bce,
    normal_equation,
    optimizers,
    overfitting,
    region_codes,
    sigmoid_gate,
    softmax,
    softplus_selu,
    textbook_forms,
    underflow,
    vanishing_gradient,
    weight_paths,
    xor_by_hand,
)

if TYPE_CHECKING:
    from experiments.studies.lab import Study

STUDIES: dict[str, Study] = {
    study.name: study
    for study in (
        region_codes.STUDY,
        xor_by_hand.STUDY,
        linear_stack.STUDY,
        sigmoid_gate.STUDY,
        softplus_selu.STUDY,
        underflow.STUDY,
        mse_bce.STUDY,
        *softmax.STUDIES,
        normal_equation.STUDY,
        learning_rate.STUDY,
        minibatch_noise.STUDY,
        batch_size.STUDY,
        optimizers.STUDY,
        textbook_forms.STUDY,
        vanishing_gradient.STUDY,
        dying_relu.STUDY,
        batch_norm.STUDY,
        weight_paths.STUDY,
        overfitting.STUDY,
        hidden_space.STUDY,
    )
}
