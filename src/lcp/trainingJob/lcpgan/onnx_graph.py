"""Reads the graph of an ONNX file without a package of its own: nodes, attributes and initializers.

Only what image towers use of the format (protobuf messages ModelProto, GraphProto, NodeProto, AttributeProto and
TensorProto, by the field numbers of onnx.proto).
"""

import os
import struct
from dataclasses import dataclass, field

import numpy as np

from .files import FileError

DTYPES = {
    1: np.float32,
    2: np.uint8,
    3: np.int8,
    5: np.int16,
    6: np.int32,
    7: np.int64,
    9: np.bool_,
    10: np.float16,
    11: np.float64,
}


def _varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _signed(value):
    return value - 2**64 if value >= 2**63 else value


def _fields(data):
    """Yields (field number, value): an int, or the bytes of what has a length or a fixed size."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if kind == 2:
                size, at = _varint(data, at)
            if size is None or at + size > len(data):
                raise FileError("the ONNX file is damaged")
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def _integers(value):
    """A repeated integer field's value: one integer, or several that are packed."""
    if isinstance(value, int):
        return [_signed(value)]
    found, at = [], 0
    while at < len(value):
        each, at = _varint(value, at)
        found.append(_signed(each))
    return found


def _tensor(data, folder):
    dims, dtype, raw, name, numbers, external = [], 1, None, "", [], {}
    for number, value in _fields(data):
        if number == 1:
            dims += _integers(value)
        elif number == 2:
            dtype = value
        elif number == 4:
            numbers += np.frombuffer(value, "<f4").tolist()
        elif number in (5, 7):
            numbers += _integers(value)
        elif number == 8:
            name = bytes(value).decode("utf-8")
        elif number == 9:
            raw = value
        elif number == 13:
            entry = {n: bytes(text).decode("utf-8") for n, text in _fields(value)}
            external[entry.get(1)] = entry.get(2)
    if dtype not in DTYPES:
        raise FileError("%s has an element type that is not read here (%d)" % (name or "a tensor", dtype))
    element = np.dtype(DTYPES[dtype])
    if external:
        with open(os.path.join(folder, os.path.basename(external["location"])), "rb") as file:
            file.seek(int(external.get("offset") or 0))
            raw = file.read(int(np.prod(dims)) * element.itemsize)
    if raw is not None:
        array = np.frombuffer(bytes(raw), element.newbyteorder("<")).astype(element)
    elif dtype == 10:
        array = np.array(numbers, np.uint16).view(np.float16)
    else:
        array = np.array(numbers, element)
    return name, array.reshape(dims)


def _attribute(data, folder):
    name, value = "", None
    floats, integers = [], []
    for number, content in _fields(data):
        if number == 1:
            name = bytes(content).decode("utf-8")
        elif number == 2:
            value = struct.unpack("<f", content)[0]
        elif number == 3:
            value = _signed(content)
        elif number == 4:
            value = bytes(content).decode("utf-8", "replace")
        elif number == 5:
            value = _tensor(content, folder)[1]
        elif number == 7:
            floats += np.frombuffer(bytes(content), "<f4").tolist()
        elif number == 8:
            integers += _integers(content)
    return name, value if value is not None else (integers or floats)


@dataclass
class Node:
    """One operation: names of its inputs ('' where one is left out) and outputs, and its attributes."""

    kind: str = ""
    name: str = ""
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    attributes: dict = field(default_factory=dict)


@dataclass
class Graph:
    """Nodes in order, initializers by name, names of the inputs (without initializers) and of the outputs."""

    nodes: list
    initializers: dict
    inputs: list
    outputs: list


def _node(data, folder):
    node = Node()
    for number, value in _fields(data):
        if number == 1:
            node.inputs.append(bytes(value).decode("utf-8"))
        elif number == 2:
            node.outputs.append(bytes(value).decode("utf-8"))
        elif number == 3:
            node.name = bytes(value).decode("utf-8")
        elif number == 4:
            node.kind = bytes(value).decode("utf-8")
        elif number == 5:
            name, attribute = _attribute(value, folder)
            node.attributes[name] = attribute
    return node


def read_graph(path):
    """The graph of an ONNX file; external data are looked for beside it. Raises FileError."""
    folder = os.path.dirname(os.path.abspath(path))
    with open(path, "rb") as file:
        data = memoryview(file.read())
    graphs = [value for number, value in _fields(data) if number == 7]
    if len(graphs) != 1:
        raise FileError("%s is no ONNX model" % path)
    nodes, initializers, inputs, outputs = [], {}, [], []
    for number, value in _fields(graphs[0]):
        if number == 1:
            nodes.append(_node(value, folder))
        elif number == 5:
            name, array = _tensor(value, folder)
            initializers[name] = array
        elif number in (11, 12):
            names = [bytes(text).decode("utf-8") for n, text in _fields(value) if n == 1]
            (inputs if number == 11 else outputs).extend(names)
    return Graph(nodes, initializers, [name for name in inputs if name not in initializers], outputs)
