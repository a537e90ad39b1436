"""ONNX operations in PyTorch, differentiable: what image towers are exported with.

`OPERATIONS[kind](attributes, *inputs)` returns a tensor, or a tuple of them. Shapes and other integers are int64
tensors on the CPU, so that reading them never waits for a GPU.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

from .onnx_quantized import QUANTIZED

TORCH_TYPES = {1: torch.float32, 6: torch.int64, 7: torch.int64, 9: torch.bool, 10: torch.float32, 11: torch.float32}


def _ints(tensor):
    return [int(value) for value in tensor.reshape(-1).tolist()]


def _axes(attributes, inputs):
    """Axes as an attribute (older exports) or as the second input."""
    if "axes" in attributes:
        return list(attributes["axes"])
    return _ints(inputs[1]) if len(inputs) > 1 and inputs[1] is not None else None


def _cast(attributes, x):
    return x.to(TORCH_TYPES[attributes["to"]])


def _unsqueeze(attributes, x, *more):
    axes = _axes(attributes, (x, *more))
    rank = x.dim() + len(axes)
    for axis in sorted(a % rank for a in axes):
        x = x.unsqueeze(axis)
    return x


def _squeeze(attributes, x, *more):
    axes = _axes(attributes, (x, *more))
    if axes is None:
        return x.squeeze()
    for axis in sorted((a % x.dim() for a in axes), reverse=True):
        x = x.squeeze(axis)
    return x


def _reshape(attributes, x, shape):
    sizes = _ints(shape)
    if not attributes.get("allowzero"):
        sizes = [x.shape[i] if size == 0 else size for i, size in enumerate(sizes)]
    return x.reshape(sizes)


def _shape(attributes, x):
    sizes = list(x.shape)[attributes.get("start", 0) : attributes.get("end", None)]
    return torch.tensor(sizes, dtype=torch.int64)


def _gather(attributes, x, indices):
    axis = attributes.get("axis", 0) % x.dim()
    indices = torch.where(indices < 0, indices + x.shape[axis], indices).to(x.device)
    picked = x.index_select(axis, indices.reshape(-1))
    return picked.reshape(list(x.shape[:axis]) + list(indices.shape) + list(x.shape[axis + 1 :]))


def _slice(attributes, x, starts=None, ends=None, axes=None, steps=None):
    given = lambda tensor, name: _ints(tensor) if tensor is not None else attributes.get(name)
    starts, ends = given(starts, "starts"), given(ends, "ends")
    axes = given(axes, "axes") or list(range(len(starts)))
    steps = given(steps, "steps") or [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps):
        picked = range(x.shape[axis])[start if abs(start) < 2**31 else None : end if abs(end) < 2**31 else None : step]
        x = x.index_select(axis, torch.tensor(list(picked), dtype=torch.int64, device=x.device))
    return x


def _layer_norm(attributes, x, weight, bias=None):
    axis = attributes.get("axis", -1) % x.dim()
    return F.layer_norm(x, x.shape[axis:], weight, bias, attributes.get("epsilon", 1e-5))


def _padding(attributes, x, kernel, strides):
    """Symmetric padding, and x padded by hand where the two sides differ."""
    mode = attributes.get("auto_pad", "NOTSET")
    pads = list(attributes.get("pads") or [0] * 4)
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        totals = [
            max(0, (math.ceil(size / stride) - 1) * stride + k - size)
            for size, k, stride in zip(x.shape[2:], kernel, strides)
        ]
        halves = [(t // 2, t - t // 2) if mode == "SAME_UPPER" else (t - t // 2, t // 2) for t in totals]
        pads = [halves[0][0], halves[1][0], halves[0][1], halves[1][1]]
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return x, (top, left)
    return F.pad(x, (left, right, top, bottom)), (0, 0)


def _conv(attributes, x, weight, bias=None):
    strides = tuple(attributes.get("strides") or (1, 1))
    x, padding = _padding(attributes, x, weight.shape[2:], strides)
    dilations = tuple(attributes.get("dilations") or (1, 1))
    return F.conv2d(x, weight, bias, strides, padding, dilations, attributes.get("group", 1))


def _average_pool(attributes, x):
    kernel = tuple(attributes["kernel_shape"])
    strides = tuple(attributes.get("strides") or (1, 1))
    x, padding = _padding(attributes, x, kernel, strides)
    return F.avg_pool2d(x, kernel, strides, padding, count_include_pad=bool(attributes.get("count_include_pad", 0)))


def _max_pool(attributes, x):
    return F.max_pool2d(x, tuple(attributes["kernel_shape"]), tuple(attributes.get("strides") or (1, 1)), tuple((attributes.get("pads") or [0, 0])[:2]))


def _gemm(attributes, a, b, c=None):
    a = a.t() if attributes.get("transA") else a
    b = b.t() if attributes.get("transB") else b
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + attributes.get("beta", 1.0) * c


def _reduce(function):
    def reduced(attributes, x, *more):
        axes = _axes(attributes, (x, *more)) or list(range(x.dim()))
        return function(x, dim=tuple(axes), keepdim=bool(attributes.get("keepdims", 1)))

    return reduced


def _split(attributes, x, sizes=None):
    axis = attributes.get("axis", 0)
    if sizes is None and "split" not in attributes:
        return torch.chunk(x, attributes["num_outputs"], axis)
    return torch.split(x, _ints(sizes) if sizes is not None else list(attributes["split"]), axis)


def _constant(attributes):
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if name in attributes:
            return torch.from_numpy(np.array(attributes[name]))
    raise KeyError("value")


def _constant_of_shape(attributes, shape):
    value = attributes.get("value", np.zeros(1, np.float32))
    return torch.full(_ints(shape), value.reshape(-1)[0].item(), dtype=torch.from_numpy(value).dtype)


def _clip(attributes, x, low=None, high=None):
    bound = lambda tensor, name: tensor.item() if tensor is not None else attributes.get(name)
    return x.clamp(bound(low, "min"), bound(high, "max"))


def _expand(_, x, shape):
    sizes = torch.broadcast_shapes(tuple(x.shape), tuple(_ints(shape)))
    return x.expand(sizes)


def _batch_norm(attributes, x, weight, bias, mean, variance):
    return F.batch_norm(x, mean, variance, weight, bias, False, 0, attributes.get("epsilon", 1e-5))


def _divide(_, a, b):
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _gelu(attributes, x):
    return F.gelu(x, approximate=attributes.get("approximate", "none"))


OPERATIONS = {
    "Add": lambda _, a, b: a + b,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda attributes, *parts: torch.cat(parts, attributes["axis"]),
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Conv": _conv,
    "Div": _divide,
    "Equal": lambda _, a, b: a == b,
    "Erf": lambda _, x: torch.erf(x),
    "Exp": lambda _, x: torch.exp(x),
    "Expand": _expand,
    "Flatten": lambda attributes, x: x.flatten(attributes.get("axis", 1)),
    "Gather": _gather,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda _, x: x.mean(dim=(2, 3), keepdim=True),
    "HardSigmoid": lambda at, x: (at.get("alpha", 0.2) * x + at.get("beta", 0.5)).clamp(0, 1),
    "HardSwish": lambda _, x: F.hardswish(x),
    "Identity": lambda _, x: x,
    "LayerNormalization": _layer_norm,
    "MatMul": lambda _, a, b: a @ b,
    "MaxPool": _max_pool,
    "Mul": lambda _, a, b: a * b,
    "Neg": lambda _, x: -x,
    "Pow": lambda _, x, exponent: x ** exponent.item(),
    "Range": lambda _, start, limit, delta: torch.arange(start.item(), limit.item(), delta.item(), dtype=start.dtype),
    "Reciprocal": lambda _, x: 1 / x,
    "ReduceL2": _reduce(lambda x, dim, keepdim: x.norm(dim=dim, keepdim=keepdim)),
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "Relu": lambda _, x: F.relu(x),
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": lambda _, x: torch.sigmoid(x),
    "Slice": _slice,
    "Softmax": lambda attributes, x: torch.softmax(x, attributes.get("axis", -1)),
    "Split": _split,
    "Sqrt": lambda _, x: torch.sqrt(x),
    "Squeeze": _squeeze,
    "Sub": lambda _, a, b: a - b,
    "Tanh": lambda _, x: torch.tanh(x),
    "Tile": lambda _, x, repeats: x.repeat(_ints(repeats)),
    "Transpose": lambda attributes, x: x.permute(attributes.get("perm") or list(range(x.dim()))[::-1]),
    "Unsqueeze": _unsqueeze,
    "Where": lambda _, condition, a, b: torch.where(condition, a, b),
    **QUANTIZED,
}
