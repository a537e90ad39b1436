"""CLIP's image tower from its ONNX file, frozen and differentiable in the pictures."""

import numpy as np
import torch

from .files import FileError
from .onnx_graph import read_graph
from .onnx_ops import OPERATIONS


class ImageTower:
    """pixels [n, 3, size, size] in [0, 1] -> features [n, d], any length.

    path: the ONNX file. mean, std: of the tower's preprocessing, three numbers each. tokens: where the tokens of some
    blocks lie, for each a dict of output, width, grid, form and leading. embeds: False where only these are asked for.
    """

    def __init__(self, path, mean, std, device, tokens=(), embeds=True):
        graph = read_graph(path)
        # A file may hold both towers.
        embedding = "image_embeds" if "image_embeds" in graph.outputs else graph.outputs[0]
        self._output = embedding if embeds else None
        self._tokens = tokens
        needed = _ancestors(graph, {each["output"] for each in tokens} | ({embedding} if embeds else set()))
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
        """Returns (features or None, tokens): a list of maps, one [n, width, height, width of the map] a block that was asked for."""
        values = dict(self._known)
        values[self._input] = (pixels - self._mean) / self._std
        for node in self._nodes:
            values.update(zip(node.outputs, _run(node, values)))
        return values.get(self._output), [_token_map(values[each["output"]], len(pixels), each) for each in self._tokens]


def _token_map(x, count, described):
    """A block's result as a map, channels first, without tokens before those of the places (the class token)."""
    (down, across), form, leading = described["grid"], described["form"], described["leading"]
    if form == "map":
        planes = tuple(x.shape[1:]) == (described["width"], down, across)
        return x if planes else x.permute(0, 3, 1, 2)
    if form == "tb":
        x = x.transpose(0, 1)
    rows = x.reshape(count, -1, x.shape[-1])[:, leading : leading + down * across]
    return rows.transpose(1, 2).reshape(count, -1, down, across)


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


def _ancestors(graph, outputs):
    """The nodes that `outputs` depend on, in order."""
    wanted, picked = set(outputs), []
    for node in reversed(graph.nodes):
        if wanted & set(node.outputs):
            wanted.update(name for name in node.inputs if name)
            picked.append(node)
    return picked[::-1]
