"""Mutants of optimizers and schedulers that change nothing a test can see: function, reason, changes."""

from __future__ import annotations

TRAINING: dict[str, dict[str, list[tuple[str, str]]]] = {
    "initializers.x__kaiming_std": {
        "the words of a message": [
            ('op", stacklevel=3)', 'op", )'),
        ],
    },
    "initializers.x_constant_": {
        "the words of a message": [
            ("{type(val)", "{type(None)"),
        ],
    },
    "initializers.x_kaiming_normal_": {
        "modes may be written in either case": [
            ('str = "fan_in"', 'str = "FAN_IN"'),
        ],
    },
    "initializers.x_kaiming_uniform_": {
        "modes may be written in either case": [
            ('str = "fan_in"', 'str = "FAN_IN"'),
        ],
    },
    "initializers.x_orthogonal_": {
        "a multiple of a matrix has the same Q": [
            (", 0, 1,", ", 0, 2,"),
        ],
        "to divide by ±1 is to multiply by it": [
            ("(gain) * np", "(gain) / np"),
        ],
    },
    "optimizers.adagrad.xǁAdagradǁ__init__": {
        "what Adagrad starts from is one number for all groups": [
            ("._begin(group,", "._begin(None,"),
        ],
    },
    "optimizers.base.xǁOptimizerǁ_advance": {
        "the words of a message": [
            ("{type(self)", "{type(None)"),
        ],
    },
    "optimizers.flat.xǁSlabǁarray": {
        "each parameter's part is filled when it is started": [
            (".fill(0)", ".fill(None)"),
            (".fill(0)", ".fill(1)"),
        ],
    },
    "optimizers.sgd.x_roll": {
        "a new array where the work array would do": [
            (", gain, a)", ", gain, None)"),
            (", gain, a)", ", gain, )"),
        ],
    },
    "optimizers.textbook.xǁLookaheadNesterovǁposition": {
        "None is as false as an empty state": [
            ("(p, {})", "(p, None)"),
            ("(p, {})", "(p, )"),
        ],
    },
    "regularizers.x_sum_of_squares": {
        "the same sum in another order, which is exact on dyadic numbers": [
            ("-1, BLOCK)", "-1, )"),
        ],
    },
    "schedulers.base.x__note_steps": {
        "a mark made twice, or with another value": [
            ("if hasattr(optimizer.step,", "if hasattr(None,"),
            ('step, "_wrapped_by_lr_sched"', 'step, "XX_wrapped_by_lr_schedXX"'),
            ('step, "_wrapped_by_lr_sched"', 'step, "_WRAPPED_BY_LR_SCHED"'),
            ("._wrapped_by_lr_sched = True  #", "._wrapped_by_lr_sched = None  #"),
            ("._wrapped_by_lr_sched = True  #", "._wrapped_by_lr_sched = False  #"),
        ],
    },
    "schedulers.base.xǁLRSchedulerǁ_check_called_within_step": {
        "the end of a message": [
            ('"`get_last_lr()`."', '"XX`get_last_lr()`.XX"'),
        ],
    },
    "schedulers.base.xǁLRSchedulerǁ_check_order": {
        "the end of a message": [
            ('"`lr_scheduler.step()`."', '"XX`lr_scheduler.step()`.XX"'),
            ('"`lr_scheduler.step(', '"`LR_SCHEDULER.STEP('),
        ],
    },
    "schedulers.cosine.xǁCosineAnnealingLRǁget_lr": {
        "T and −T are the same modulo 2T": [
            ("t - 1 - T", "t - 1 + T"),
        ],
    },
    "schedulers.cyclic.xǁCyclicLRǁget_lr": {
        "both sides of a triangle meet at its top": [
            ("= x <= self", "= x < self"),
        ],
    },
    "schedulers.one_cycle.xǁOneCycleLRǁget_lr": {
        "both phases have the same rate where they meet": [
            ("if t <= end", "if t < end"),
        ],
    },
    "schedulers.sequential.xǁSequentialLRǁstep": {
        "before the first milestone the epoch is no milestone": [
            ("if i > 0", "if i >= 0"),
        ],
    },
}
