"""ONNX operations on quantised numbers, in PyTorch.

Weights are brought back to floats. Activations stay what they are: their "quantised" form is the float itself, which is
nearer to the model before quantisation than the file's own arithmetic, and differentiable. So does the studio.
"""

import math

import torch
from torch.nn import functional as F


def _along(values, x, axis):
    """One number, or one for each position along an axis, in the shape that x is broadcast with."""
    if values.numel() == 1:
        return values.reshape(())
    shape = [1] * x.dim()
    shape[axis % x.dim()] = -1
    return values.reshape(shape)


def _blocks(values, x, axis, block):
    """One number for each block of neighbours along an axis, at each of them."""
    return values.repeat_interleave(block, dim=axis).narrow(axis, 0, x.shape[axis])


def _spread(attributes, values, x):
    axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
    return _blocks(values, x, axis, block) if block else _along(values, x, axis if x.dim() > 1 else 0)


def _quantize(attributes, x, scale, zero=None):
    scaled = x / _spread(attributes, scale, x)
    return scaled if zero is None else scaled + _spread(attributes, zero.to(x.device), x)


def _dequantize(attributes, x, scale, zero=None):
    x = x.to(scale.device, scale.dtype)
    return (x if zero is None else x - _spread(attributes, zero.to(x.device), x)) * _spread(attributes, scale, x)


def _dynamic(_, x):
    return x, torch.ones((), device=x.device), torch.zeros((), dtype=torch.int64)


def _centred(x, weight, zero, axis):
    weight = weight.to(x.device, x.dtype)
    return weight if zero is None else weight - _along(zero.to(x.device), weight, axis).to(x.dtype)


def _matmul_integer(_, x, weight, zero_x=None, zero_weight=None):
    return x @ _centred(x, weight, zero_weight, -1)


def _conv_integer(attributes, x, weight, zero_x=None, zero_weight=None):
    pads = attributes.get("pads") or [0, 0, 0, 0]
    x = F.pad(x, (pads[1], pads[3], pads[0], pads[2]))
    strides, dilations = attributes.get("strides") or (1, 1), attributes.get("dilations") or (1, 1)
    weight = _centred(x, weight, zero_weight, 0)
    return F.conv2d(x, weight, None, tuple(strides), 0, tuple(dilations), attributes.get("group", 1))


def _plus(product, bias):
    return product if bias is None else product + bias


def _dynamic_matmul(_, x, weight, scale, zero=None, bias=None):
    return _plus(x @ (_centred(x, weight, zero, -1) * _along(scale, weight, -1)), bias)


def _matmul_to_float(_, x, weight, scale_x, scale, zero_x=None, zero=None, bias=None):
    return _plus(x @ (_centred(x, weight, zero, -1) * _along(scale, weight, -1)) * scale_x, bias)


def _unpacked(packed, bits):
    """Whole numbers of `bits` bits from bytes, lowest bits first, along the last axis."""
    shifts = torch.arange(0, 8, bits)
    return ((packed.cpu()[..., None] >> shifts) & (2**bits - 1)).flatten(-2)


def _matmul_bits(attributes, x, packed, scales, zeros=None, order=None, bias=None):
    """Weights of a few bits in blocks along the inputs: packed [N, blocks, bytes], scales [N * blocks]."""
    if order is not None:
        raise ValueError("weights that are reordered in groups (g_idx) are not read")
    rows, columns, block = attributes["K"], attributes["N"], attributes["block_size"]
    bits, blocks = attributes.get("bits", 4), math.ceil(rows / block)
    numbers = _unpacked(packed.reshape(columns, blocks, -1), bits).float()
    middle = torch.full((columns, blocks), 2.0 ** (bits - 1))
    if zeros is not None and zeros.is_floating_point():
        middle = zeros.cpu().reshape(columns, blocks)
    elif zeros is not None:
        middle = _unpacked(zeros.reshape(columns, -1), bits)[:, :blocks].float()
    weight = (numbers - middle[..., None]) * scales.cpu().float().reshape(columns, blocks, 1)
    return _plus(x @ weight.reshape(columns, -1)[:, :rows].t().to(x.device, x.dtype), bias)


QUANTIZED = {
    "ConvInteger": _conv_integer,
    "DequantizeLinear": _dequantize,
    "DynamicQuantizeLinear": _dynamic,
    "DynamicQuantizeMatMul": _dynamic_matmul,
    "MatMulInteger": _matmul_integer,
    "MatMulIntegerToFloat": _matmul_to_float,
    "MatMulNBits": _matmul_bits,
    "QuantizeLinear": _quantize,
}
