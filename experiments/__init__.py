"""What does not care which implementation runs: data, tasks, the one loop, logs, checkpoints.

Nothing here imports `scratch` or `torch`: the implementation is a module that is handed in.
"""
