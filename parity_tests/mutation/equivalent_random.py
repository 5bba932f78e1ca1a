"""Mutants of data and random numbers that change nothing a test can see: function, reason, changes."""

from __future__ import annotations

RANDOM: dict[str, dict[str, list[tuple[str, str]]]] = {
    "data.x__draw_seed": {
        "a generator is seeded with the low 32 bits": [
            ("2**63 -", "2**64 -"),
        ],
    },
    "data.x__gather": {
        "an index and take pick the same rows": [
            ("rows] if t.requires_grad else", "rows] if (t.requires_grad) or True else"),
        ],
    },
    "data.x__rows_behind": {
        "the other way, sample by sample, gives the same": [
            ("while type(dataset)", "while type(None)"),
            (", dtype=np.int64)", ", dtype=None)"),
            (".indices, dtype=np.int64)", ".indices, )"),
            ("dataset = dataset.dataset", "dataset = None"),
            (
                "rows) if type(dataset) is TensorDataset else",
                "rows) if (type(dataset) is TensorDataset) and False else",
            ),
            ("if type(dataset)", "if type(None)"),
        ],
    },
    "data.xǁDataLoaderǁ_batches": {
        "the other way, sample by sample, gives the same": [
            ("= _rows_behind(self.dataset)", "= _rows_behind(None)"),
        ],
    },
    "random.box_muller.x__cos_sin_cephes": {
        "the octants are small integers in any dtype": [
            (".astype(np.float32)", ".astype(None)"),
        ],
        "j is even": [
            ("(j & 2)", "(j & 3)"),
            ("(j + 2)", "(j + 3)"),
            ("2) & 4 !", "2) & 5 !"),
            ("(j & 4 !", "(j & 5 !"),
        ],
    },
    "random.box_muller.x__each": {
        "a count that NumPy does not need": [
            (".dtype, x.size)", ".dtype, )"),
        ],
    },
    "random.box_muller.x__log": {
        "at √½ both halves give the same number": [
            ("= m < _SQRT_HALF", "= m <= _SQRT_HALF"),
        ],
    },
    "random.box_muller.x_box_muller": {
        "the same blocks, some of them again": [
            ("_BLOCK // 8)", "_BLOCK // 9)"),
            ("part = slice(start, start + _BLOCK // 8)", "part = None"),
            ("= slice(start,", "= slice(None,"),
            ("(start, start + _BLOCK // 8)", "(start, None)"),
            ("slice(start, start +", "slice(start +"),
        ],
    },
    "random.distributions.x__many_normals": {
        "one block, with its dimension or without": [
            (".reshape(1, 2", ".reshape(2"),
        ],
    },
    "random.distributions.x__single_normals": {
        "Python floats are float64": [
            ("(samples, dtype=np.float64)", "(samples, )"),
        ],
    },
    "random.distributions.x_fill_bernoulli": {
        "one draw of 2⁵³": [
            ("*53 - 1)", "*53 - 2)"),
            (", bits < math", ", bits <= math"),
        ],
    },
    "random.distributions.x_fill_normal": {
        "cast where it is put": [
            (".astype(dtype)", ".astype(None)"),
        ],
    },
    "random.distributions.x_permutation": {
        "a permutation of that size takes gigabytes": [
            ("if n >= _HUGE", "if n > _HUGE"),
        ],
        "a remainder in a wider dtype": [
            (", dtype=np.uint32)", ", dtype=None)"),
            ("-1, dtype=np.uint32)", "-1, )"),
        ],
    },
    "random.fused.x__add_to_odd": {
        "the sum is not 0 where something is cut off": [
            ("(error > 0", "(error >= 0"),
            ("(s > 0", "(s >= 0"),
        ],
        "two steps in the wider precision are still less than a half in the result's": [
            ("(outward, 1,", "(outward, 2,"),
            ("1, -1)", "1, -2)"),
        ],
    },
    "random.fused.x__fma32": {
        "None is float64 to NumPy": [
            (".astype(np.float32)", ".astype(None)"),
        ],
    },
    "random.fused.x__fma64": {
        "2⁹⁷⁰ itself can be split": [
            ("b) < _LARGE", "b) <= _LARGE"),
        ],
    },
    "random.fused.x__split": {
        "halves that are cut elsewhere are exact, too": [
            ("**27 + 1", "**27 - 1"),
            ("*27 + 1)", "*27 + 2)"),
        ],
    },
    "random.fused.x_fma": {
        "the same blocks, some of them again": [
            ("part = slice(start, start + _BLOCK)", "part = None"),
            ("= slice(start,", "= slice(None,"),
            ("(start, start + _BLOCK)", "(start, None)"),
            ("slice(start, start +", "slice(start +"),
        ],
    },
    "random.generator.x__words": {
        "None is as false as False": [
            ("(legacy=False)", "(legacy=None)"),
        ],
    },
    "random.generator.xǁGeneratorǁdraw32": {
        "from 0 on is the default": [
            (".randint(0, 2", ".randint(2"),
        ],
        "the same words in a wider dtype": [
            ("=n, dtype=np.uint32)", "=n, )"),
        ],
    },
    "random.generator.xǁGeneratorǁdraw64": {
        "from 0 on is the default": [
            (".randint(0, 2", ".randint(2"),
        ],
    },
    "random.generator.xǁGeneratorǁget_state": {
        "None is as false as False": [
            ("(legacy=False)", "(legacy=None)"),
        ],
    },
    "random.generator.xǁGeneratorǁseed": {
        "random bits, in another order or one more or less of them": [
            ('8), "little")', "8), )"),
            (".urandom(8)", ".urandom(9)"),
            ("*53 - 1)", "*53 - 2)"),
        ],
    },
    "random.generator.xǁGeneratorǁset_state": {
        "NumPy casts the words to what it keeps": [
            (".astype(np.uint32)", ".astype(None)"),
        ],
    },
    "random.sampling.x__representable": {
        "read where the end is rounded past the range; beside a power of two it is not": [
            ("_spacing(low + 1,", "_spacing(low + 2,"),
            ("_spacing(high - 1,", "_spacing(high - 2,"),
        ],
        "which line a warning names": [
            ('.warn(f"{dtype} is exact for integers up to 2^{digits} only",', ".warn(None,"),
        ],
    },
    "random.sampling.x_randint": {
        "the default for integers": [
            (", dtype=np.int64)", ", dtype=None)"),
            ("(shape, dtype=np.int64)", "(shape, )"),
        ],
    },
}
