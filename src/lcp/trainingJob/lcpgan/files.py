"""Safetensors files, read and written without a package of their own."""

import json
import math
import os
import struct

import numpy as np

DTYPES = {"F32": np.float32, "F16": np.float16, "I32": np.int32, "I64": np.int64, "U8": np.uint8}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


class FileError(Exception):
    """A file cannot be used; the message says why."""


def read_safetensors(path):
    """Returns (arrays, metadata): dicts of name -> NumPy array and of name -> str. Raises FileError."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise FileError("%s is too short to be a safetensors file" % path)
    (header_bytes,) = struct.unpack("<Q", data[:8])
    if header_bytes > len(data) - 8:
        raise FileError("%s was cut off, or is no safetensors file" % path)
    try:
        header = json.loads(data[8 : 8 + header_bytes].decode("utf-8"))
    except ValueError as error:
        raise FileError("the header of %s is damaged: %s" % (path, error))
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        dtype = np.dtype(DTYPES[entry["dtype"]]).newbyteorder("<")
        begin, end = entry["data_offsets"]
        count = math.prod(entry["shape"])
        if begin < 0 or 8 + header_bytes + end > len(data) or end - begin != count * dtype.itemsize:
            raise FileError("%s in %s does not have the size that its shape says" % (name, path))
        array = np.frombuffer(data, dtype, count, 8 + header_bytes + begin).reshape(entry["shape"])
        arrays[name] = array.astype(dtype.newbyteorder("="))
    return arrays, metadata


def write_safetensors(path, arrays, metadata):
    """Writes a file in one move: whoever reads `path` finds the old file or the new one, never half of it."""
    header = {"__metadata__": metadata}
    offset = 0
    for name, array in arrays.items():
        header[name] = {
            "dtype": NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    temporary = "%s.%d.part" % (path, os.getpid())
    with open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).tobytes())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
