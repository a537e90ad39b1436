"""CLIP's image tower from its ONNX file, frozen and differentiable in the pictures."""

import numpy as np
import torch

from .files import FileError
from .onnx_graph import read_graph
from .onnx_ops import OPERATIONS


class ImageTower:
    """pixels [n, 3, size, size] in [0, 1] -> features [n, d], any length.

    path: the ONNX file. mean, std: of the tower's preprocessing, three numbers each. tokens: where the patches' tokens of
    some blocks lie (dict of outputs, width, grid, form, leading), or None.
    """

    def __init__(self, path, mean, std, device, tokens=None):
        graph = read_graph(path)
        # A file may hold both towers.
        self._output = "image_embeds" if "image_embeds" in graph.outputs else graph.outputs[0]
        self._tokens = tokens
        self.grid = tuple(tokens["grid"]) if tokens else None
        needed = _ancestors(graph, self._output)
        unknown = sorted({node.kind for node in needed} - set(OPERATIONS))
        if unknown:
            raise FileError("%s uses operations that are not read here: %s" % (path, ", ".join(unknown)))
        used = {name for node in needed for name in node.inputs}
        self._input = next(name for name in graph.inputs if name in used)
        self._known = {}
        for name, array in graph.initializers.items():
            self._known[name] = _placed(array, device)
        # What depends on no picture is worked out once.
        self._nodes = []
        for node in needed:
            if all(name == "" or name in self._known for name in node.inputs):
                self._remember(node, device)
            else:
                self._nodes.append(node)
        shape = (1, 3, 1, 1)
        self._mean = torch.tensor(mean, device=device).reshape(shape)
        self._std = torch.tensor(std, device=device).reshape(shape)

    def _remember(self, node, device):
        result = _run(node, self._known)
        for name, value in zip(node.outputs, result):
            self._known[name] = value.to(device) if value.is_floating_point() else value

    def __call__(self, pixels):
        """Returns (features, tokens): tokens is a list, one [n, patches, width] a block; empty where none were asked for."""
        values = dict(self._known)
        values[self._input] = (pixels - self._mean) / self._std
        for node in self._nodes:
            values.update(zip(node.outputs, _run(node, values)))
        named = self._tokens["outputs"] if self._tokens else []
        return values[self._output], [self._patches(values[name], len(pixels)) for name in named]

    def _patches(self, x, count):
        """A block's result as the patches' tokens, row by row, without those before them (the class token)."""
        (height, width), form, leading = self._tokens["grid"], self._tokens["form"], self._tokens["leading"]
        if form == "map":
            planes = tuple(x.shape[1:]) == (self._tokens["width"], height, width)
            return (x.permute(0, 2, 3, 1) if planes else x).reshape(count, height * width, -1)
        if form == "tb":
            x = x.transpose(0, 1)
        return x.reshape(count, -1, x.shape[-1])[:, leading : leading + height * width]


def _run(node, values):
    inputs = [values[name] if name else None for name in node.inputs]
    result = OPERATIONS[node.kind](node.attributes, *inputs)
    return result if isinstance(result, (tuple, list)) else (result,)


def _placed(array, device):
    """Halves become floats, shorter integers long ones; integers stay on the CPU, where they are read."""
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if array.dtype in (np.int32, np.int8, np.uint8, np.int16):
        array = array.astype(np.int64)
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor.to(device) if tensor.is_floating_point() else tensor


def _ancestors(graph, output):
    """The nodes that `output` depends on, in order."""
    wanted, picked = {output}, []
    for node in reversed(graph.nodes):
        if wanted & set(node.outputs):
            wanted.update(name for name in node.inputs if name)
            picked.append(node)
    return picked[::-1]
