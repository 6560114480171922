"""Which arithmetic a run uses: half-width numbers where the hardware multiplies them faster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

AUTO, FULL, MIXED = "auto", "float32", "mixed_bfloat16"
FAST_BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}


@contextmanager
def precision(wanted: str) -> Iterator[str]:
    """Set Keras' policy for the layers built inside; "auto" decides by the hardware.

    Weights stay float32 under every policy, so models are interchangeable. Yields the policy.
    """
    before = keras.config.dtype_policy()
    policy = wanted
    if wanted == AUTO:
        is_fast = FAST_BFLOAT16_FLAGS & _processor_flags(Path("/proc/cpuinfo"))
        policy = MIXED if is_fast or _has_accelerator() else FULL
    keras.config.set_dtype_policy(policy)
    try:
        yield policy
    finally:
        keras.config.set_dtype_policy(before)


def _has_accelerator() -> bool:
    if keras.backend.backend() == "torch":
        import torch

        return bool(torch.cuda.is_available())
    return any(not name.lower().startswith("cpu") for name in keras.distribution.list_devices())


def _processor_flags(cpuinfo: Path) -> set[str]:
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.split()[2:]}
