"""Mutants of optimizers and schedulers that change nothing a test can see: function, reason, changes."""

from __future__ import annotations

TRAINING: dict[str, dict[str, list[tuple[str, str]]]] = {
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
    "optimizers.base.xǁOptimizerǁ_plan": {
        "planned anew at every step: lost work only": [
            (".planned_for = (slab.present, slots)", ".planned_for = None"),
        ],
    },
    "optimizers.base.xǁOptimizerǁ_update_run": {
        "a new array where the work array would do": [
            ("(g, spare)", "(g, None)"),
            ("(g, spare)", "(g, )"),
            ("1], spare)", "1], None)"),
            ("1], spare)", "1], )"),
        ],
    },
    "optimizers.flat.x_pack": {
        "which parameters lie next to each other, not what is in them": [
            ("if size >= BLOCK_BYTES", "if size > BLOCK_BYTES"),
            (", 0) + size", ", 0) - size"),
            (".get(dtype,", ".get(None,"),
            ("(dtype, 0)", "(dtype, 1)"),
            ("dtype] // BLOCK_BYTES", "dtype] / BLOCK_BYTES"),
        ],
    },
    "optimizers.flat.xǁSlabǁ__init__": {
        "where a parameter's memory is, not what is in it": [
            ("params) > 1", "params) >= 1"),
            (
                "in_place = not self.packed and data.flags.c_contiguous and data.flags.writeable",
                "in_place = None",
            ),
            ("data] if in_place else", "data] if (in_place) and False else"),
            ("if not in_place", "if in_place"),
        ],
        "memory that nobody needs": [
            ("1] if self.packed else", "1] if (self.packed) or True else"),
            (".packed else 0,", ".packed else 1,"),
        ],
        "replaced at the first step": [
            ("| None = None", '| None = ""'),
            ("._coefficients = np.empty(0, self.dtype)", "._coefficients = None"),
            ("(0, self.dtype)", "(0, None)"),
            ("(0, self.dtype)", "(0, )"),
            (".empty(0,", ".empty(1,"),
            (".] = ()", ".] = None"),
        ],
    },
    "optimizers.flat.xǁSlabǁarray": {
        "each parameter's part is filled when it is started": [
            (".fill(0)", ".fill(None)"),
            (".fill(0)", ".fill(1)"),
        ],
    },
    "optimizers.flat.xǁSlabǁblocks": {
        "a block has room for thousands of elements": [
            ("= max(1,", "= max(2,"),
        ],
        "a work array that nobody uses": [
            ("in range(3)", "in range(4)"),
        ],
        "a slice ends where its array does": [
            ("span.stop - a", "span.stop + a"),
        ],
    },
    "optimizers.flat.xǁSlabǁcells": {
        "coefficients with more digits: the last bit of a step": [
            ("coefficients), self.dtype)", "coefficients), None)"),
            ("coefficients), self.dtype)", "coefficients), )"),
        ],
    },
    "optimizers.flat.xǁSlabǁgather": {
        "all of them, listed or not": [
            (", packed = True,", ", packed = False,"),
            ("complete = False", "complete = None"),
            ("= None if complete else", "= None if (complete) and False else"),
        ],
    },
    "optimizers.flat.xǁSlabǁplan": {
        "each parameter in a run of its own: lost work only": [
            ("present), lambda e: (e[1] - e[0], self.counters[e[1]]))", "present), None)"),
            ("present), lambda e: (e[1] - e[0], self.counters[e[1]]))", "present), )"),
            ("[1] - e", "[1] + e"),
        ],
    },
    "optimizers.flat.xǁSlabǁsettle": {
        "replaced right away, by the plan that follows": [
            (".runs = []", ".runs = None"),
            (".planned_for = None", '.planned_for = ""'),
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
            (
                '"Seems like `optimizer.step()` has been overridden after learning rate scheduler " "initialization. Please, make sure to call `optimizer.step()` before " "`lr_scheduler.step()`.",',
                "None,",
            ),
            (
                '"Seems like `optimizer.step()` has been overridden after learning rate scheduler " "initialization. Please, make sure to call `optimizer.step()` before " "`lr_scheduler.step()`.",',
                "",
            ),
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
