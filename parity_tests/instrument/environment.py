"""The environment guard: what may make two correct implementations differ is fixed or recorded.

A first multi-threaded call of a unary function can be thousands of ulp wrong with some MKL
versions (pytorch #188792): every such function is called once on one thread first. On CUDA, TF32
would round every product's operands to 11 bits: it is switched off, and a canary shows that.
"""

from __future__ import annotations

import io
import os
import platform
import sys
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest

KEY = pytest.StashKey[dict[str, Any]]()
_UNARY = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "rsqrt",
    "tanh",
    "sigmoid",
    "sin",
    "cos",
    "erf",
    "abs",
    "neg",
    "reciprocal",
    "sign",
]


def guard(device: str) -> dict[str, Any]:
    """Put torch into a reproducible state; returns what there is to know about the machine."""
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for name in _UNARY:
        for dtype in (torch.float32, torch.float64):
            getattr(torch, name)(torch.linspace(0.1, 0.9, 4096, dtype=dtype))
    torch.set_num_threads(threads)
    facts = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "blas": _blas(),
        "threads": threads,
        "cpu": _processor(),
        "cpu capability": torch.backends.cpu.get_cpu_capability(),
        "platform": f"{sys.platform} {platform.machine()}",
        "device": device,
    }
    if device == "cuda":
        facts["gpu"] = _guard_cuda()
    return facts


def _guard_cuda() -> str:
    """IEEE float32, deterministic algorithms where there are any, and a canary that sees TF32."""
    import torch

    if not torch.cuda.is_available():
        raise pytest.UsageError(
            "--device cuda: this torch sees no CUDA device "
            f"(torch {torch.__version__}, CUDA build {torch.version.cuda}); run without it"
        )
    for backend in (torch.backends.cuda.matmul, torch.backends.cudnn):
        if hasattr(backend, "fp32_precision"):
            backend.fp32_precision = "ieee"
        else:
            backend.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    if not tf32_canary("cuda"):
        raise pytest.UsageError("--device cuda: float32 products are rounded to TF32")
    return torch.cuda.get_device_name()


def tf32_canary(device: str) -> bool:
    """Whether float32 matrix products are IEEE float32.

    Odd integers in (2048, 4096) need 12 bits: exact in float32 (24), rounded in TF32 (11).
    """
    import torch

    odd = canary_matrix(device)
    signs = 1.0 - 2.0 * (torch.arange(32, device=device) % 2).float()
    product = odd @ torch.diag(signs)
    return bool((product == odd * signs).all())


def canary_matrix(device: str) -> Any:
    """The odd integers from 2049 to 4095, as a 32 × 32 matrix."""
    import torch

    return 2049.0 + 2.0 * torch.arange(1024, dtype=torch.float32, device=device).reshape(32, 32)


def restore() -> None:
    """Undo what a test may have changed in torch's global state."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_default_dtype() != torch.float32:
        torch.set_default_dtype(torch.float32)


def header(facts: dict[str, Any], candidate: str) -> list[str]:
    """The facts in two lines."""
    rest = ", ".join(f"{k} {v}" for k, v in facts.items() if k not in ("python", "platform"))
    return [f"parity: {candidate} against torch_ref", f"parity: {rest}"]


def _blas() -> str:
    """Name and version of NumPy's BLAS."""
    try:
        with redirect_stdout(io.StringIO()):
            config = np.show_config(mode="dicts")
        blas = config["Build Dependencies"]["blas"]
    except (KeyError, TypeError):
        return "unknown"
    return f"{blas.get('name')} {blas.get('version')}"


def _processor() -> str:
    """The processor's name, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration, IndexError):
        return platform.processor() or "unknown"
