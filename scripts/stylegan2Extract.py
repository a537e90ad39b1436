"""Turns a network of the public StyleGAN2-ADA code (a .pkl) into a safetensors file that the studio opens.

    python3 scripts/stylegan2Extract.py network.pkl network.safetensors

Such a pickle carries source code, which the public loader runs. Here none runs: nothing that the file names is imported,
tensors are read from their bytes, and everything else becomes an empty object whose state is only looked at. So NumPy is
all that is needed. The networks' licence is that of whoever trained them; most of NVIDIA's forbid commercial use.

The file written has the public names below `G_ema.` and, where there is one, `D.`; raw weights, to which the studio
applies the gains of the equalised learning rate.
"""

import io
import json
import pickle
import struct
import sys
from collections import OrderedDict

import numpy as np

FORMAT = "stylegan2-ada"


class ExtractError(Exception):
    """The file cannot be used; the message says why."""


class Inert:
    """Stands for any class or function that the pickle names: takes everything, does nothing, keeps its state."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return Inert()

    def __setstate__(self, state):
        self.state = state

    # A pickle may set items of what it built, or append to it.
    def __setitem__(self, key, value):
        pass

    def append(self, value):
        pass

    def extend(self, values):
        pass


class Module:
    """A network, or a part of one: its state as the public code pickles it."""

    def __init__(self, meta):
        state = meta.get("state") if isinstance(meta, dict) else None
        if not isinstance(state, dict):
            raise ExtractError("a network in it has no state")
        self.parts = state.get("_modules") or {}
        self.tensors = {**(state.get("_parameters") or {}), **(state.get("_buffers") or {})}

    def walk(self, prefix):
        for name, value in self.tensors.items():
            if isinstance(value, np.ndarray):
                yield "%s.%s" % (prefix, name), value
        for name, part in self.parts.items():
            if isinstance(part, Module):
                yield from part.walk("%s.%s" % (prefix, name))


DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


class StorageKind(str):
    """The type of a storage, by its name."""


class Restricted(pickle.Unpickler):
    """Imports nothing: what it does not know becomes inert."""

    def find_class(self, module, name):
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): tensor_of,
            ("torch._utils", "_rebuild_parameter"): lambda data, *rest: data,
            ("torch.storage", "_load_from_bytes"): storage_of,
            ("torch_utils.persistence", "_reconstruct_persistent_obj"): Module,
            ("dnnlib.util", "EasyDict"): Settings,
            ("dnnlib", "EasyDict"): Settings,
        }
        if (module, name) in known:
            return known[(module, name)]
        if module in ("torch", "torch.storage") and name in DTYPES:
            return StorageKind(name)
        return Inert


class Settings(dict):
    """A dictionary of the public code's."""


class StorageUnpickler(Restricted):
    def persistent_load(self, saved):
        if not isinstance(saved, tuple) or len(saved) < 5 or saved[0] != "storage":
            raise ExtractError("a tensor is stored in a way that is not known")
        kind = saved[1]
        if not isinstance(kind, StorageKind):
            raise ExtractError("a tensor has a type that is not known")
        return np.dtype(DTYPES[kind]), int(saved[4])


def storage_of(data):
    """The values of a storage as PyTorch pickles it: four pickles, the list of keys, then a count and the values."""
    file = io.BytesIO(data)
    for _ in range(3):  # magic number, version, facts about the machine
        Restricted(file).load()
    dtype, count = StorageUnpickler(file).load()
    keys = Restricted(file).load()
    if len(keys) != 1:
        raise ExtractError("a storage has several parts")
    (stored,) = struct.unpack("<q", file.read(8))
    values = file.read(count * dtype.itemsize)
    if stored != count or len(values) != count * dtype.itemsize:
        raise ExtractError("a tensor was cut off")
    return np.frombuffer(values, dtype)


def tensor_of(storage, offset, size, stride, *rest):
    """A view of a storage, copied out of it."""
    if not isinstance(storage, np.ndarray):
        raise ExtractError("a tensor has no storage")
    size, stride = [int(n) for n in size], [int(n) for n in stride]
    last = offset + sum((n - 1) * s for n, s in zip(size, stride)) if all(size) else offset
    if offset < 0 or any(n < 0 for n in size + stride) or last >= max(1, storage.size):
        raise ExtractError("a tensor reaches out of its storage")
    view = np.lib.stride_tricks.as_strided(
        storage[offset:], size, [s * storage.itemsize for s in stride], writeable=False
    )
    return np.array(view)


def write_safetensors(path, tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.tobytes())


def extract(source, target):
    """@returns the number of values written"""
    with open(source, "rb") as file:
        try:
            networks = Restricted(file).load()
        except ExtractError:
            raise
        except Exception as error:
            raise ExtractError("it is no pickle of the public code (%s: %s)" % (type(error).__name__, error))
    if not isinstance(networks, dict) or not isinstance(networks.get("G_ema"), Module):
        raise ExtractError("it holds no generator G_ema: pickles of the TensorFlow code have to be converted first")
    found = {}
    for name in ("G_ema", "D"):
        if isinstance(networks.get(name), Module):
            found.update(networks[name].walk(name))
    tensors = {name: np.array(value, dtype="<f4", order="C") for name, value in found.items()}
    write_safetensors(target, tensors, {"format": FORMAT})
    return sum(value.size for value in tensors.values())


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        count = extract(*sys.argv[1:])
    except (ExtractError, OSError) as error:
        print("%s: %s" % (sys.argv[1], error), file=sys.stderr)
        return 1
    print("%s: %d values. Drop it on the studio." % (sys.argv[2], count))
    return 0


if __name__ == "__main__":
    sys.exit(main())
