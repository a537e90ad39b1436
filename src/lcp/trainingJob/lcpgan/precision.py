"""What networks compute in."""

import contextlib

import torch

TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def chosen_precision(name, device):
    """'auto': bfloat16 where the device computes in it, else float32."""
    if name != "auto":
        return TYPES[name]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    try:
        with open("/proc/cpuinfo") as file:
            text = file.read()
    except OSError:
        text = ""
    return torch.bfloat16 if "amx_bf16" in text or "avx512_bf16" in text else torch.float32


def autocast(device, precision):
    """A context in which networks compute in `precision`; weights stay float32."""
    return contextlib.nullcontext() if precision == torch.float32 else torch.autocast(device.type, dtype=precision)


def in_float32(device):
    """A context inside of that one, for what needs float32 all the same."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=False)
