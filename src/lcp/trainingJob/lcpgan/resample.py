"""Bicubic resizing as two products with constant matrices: PIL's filter, antialiased when shrinking."""

import math
from functools import lru_cache

import torch


def _cubic(distance):
    """Keys' cubic with a = -1/2."""
    t = abs(distance)
    if t < 1:
        return (1.5 * t - 2.5) * t * t + 1
    if t < 2:
        return ((-0.5 * t + 2.5) * t - 4) * t + 2
    return 0.0


@lru_cache(maxsize=16)
def _matrix(source, target):
    """[target, source], float32; each row sums to 1."""
    scale = source / target
    widening = max(scale, 1.0)
    radius = 2 * widening
    matrix = torch.zeros(target, source, dtype=torch.float64)
    for row in range(target):
        centre = (row + 0.5) * scale
        first = max(0, math.floor(centre - radius + 0.5))
        end = min(source, math.floor(centre + radius + 0.5))
        for column in range(first, end):
            matrix[row, column] = _cubic((column + 0.5 - centre) / widening)
        matrix[row] /= matrix[row].sum()
    return matrix.float()


def bicubic(x, size):
    """x [n, C, H, W] -> [n, C, size, size]."""
    height, width = x.shape[2:]
    if width != size:
        x = x @ _matrix(width, size).to(x.device).t()
    if height != size:
        x = _matrix(height, size).to(x.device) @ x
    return x
