"""Counter-based random numbers, the studio's own: Philox4x32-10 (Salmon et al. 2011).

Word i of the stream (seed, stream, step) is a pure function of these four numbers. So a resumed run draws what the
uninterrupted one would have drawn, any number of ranks draw the numbers that one rank draws, and a rank draws those of
its own pictures alone, on its own device.
"""

import math

import numpy as np
import torch

# What a stream's numbers are for; the studio's list.
DISCRIMINATOR_LATENTS, DISCRIMINATOR_AUGMENT, DISCRIMINATOR_CONDITIONS = 10, 11, 12
DISCRIMINATOR_NOISE, PENALTY_AUGMENT, DISCRIMINATOR_MIXING = 13, 14, 15
GENERATOR_LATENTS, GENERATOR_AUGMENT, GENERATOR_CONDITIONS = 20, 21, 22
GENERATOR_NOISE, GENERATOR_MIXING = 23, 24
IMAGE_ORDER = 29
STANDING_LATENTS, STANDING_CONDITIONS = 31, 32

_UNIT = 2.0**-24
_LOW = 0xFFFFFFFF


def _words(blocks, seed, stream, step):
    """Words of the blocks of four with these numbers, an int64 tensor. [...] -> [..., 4], each in [0, 2^32)."""
    high = lambda product: (product >> 32) & _LOW  # of products that wrap around in 64 bits
    zeros = torch.zeros_like(blocks)
    c = [blocks & _LOW, zeros + (step & _LOW), zeros, zeros]
    k0, k1 = seed & _LOW, stream & _LOW
    for _ in range(10):
        product0, product1 = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [high(product1) ^ c[1] ^ k0, product1 & _LOW, high(product0) ^ c[3] ^ k1, product0 & _LOW]
        k0, k1 = (k0 + 0x9E3779B9) & _LOW, (k1 + 0xBB67AE85) & _LOW
    return torch.stack(c, dim=-1)


def _uniforms(words):
    return (words >> 8).float() * _UNIT


def _normals(words):
    unit = _uniforms(words).double().unflatten(-1, (2, 2))
    radius = (-2 * (unit[..., 0] + _UNIT).log()).sqrt()
    angle = 2 * math.pi * unit[..., 1]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1).flatten(-2).float()


def _rows(rows, width, seed, stream, step, numbers):
    first = rows * width
    blocks = (first // 4)[:, None] + torch.arange((width + 6) // 4, device=rows.device)
    drawn = numbers(_words(blocks, seed, stream, step)).flatten(1)
    return drawn.gather(1, (first % 4)[:, None] + torch.arange(width, device=rows.device))


def uniform(rows, width, seed, stream, step):
    """Some rows of a matrix with `width` columns: uniform in [0, 1), multiples of 2^-24.

    rows: their numbers, an int64 tensor [n], on the device that the result [n, width] shall be on; float32.
    """
    return _rows(rows, width, seed, stream, step, _uniforms)


def normal(rows, width, seed, stream, step):
    """The same, standard normal."""
    return _rows(rows, width, seed, stream, step, _normals)


class CounterRandom:
    """A sequential reader of one stream, for draws whose number depends on what was drawn."""

    def __init__(self, seed, stream, step=0):
        self._key = (seed, stream, step)
        self._read = []
        self._next, self._blocks, self._ahead = 0, 0, 16

    def word(self):
        """The next 32-bit word, as an int."""
        if self._next == len(self._read):
            blocks = torch.arange(self._blocks, self._blocks + self._ahead)
            self._read = _words(blocks, *self._key).flatten().tolist()
            self._blocks += self._ahead
            self._next, self._ahead = 0, min(1024, 2 * self._ahead)
        self._next += 1
        return self._read[self._next - 1]

    def uniform(self):
        """Uniform in [0, 1), 24 bits."""
        return (self.word() >> 8) * _UNIT

    def integer(self, n):
        """Uniform integer in [0, n), without bias."""
        limit = 2**32 - 2**32 % n
        drawn = self.word()
        while drawn >= limit:
            drawn = self.word()
        return drawn % n

    def permutation(self, n):
        """0 .. n - 1 in random order (Fisher-Yates)."""
        order = np.arange(n)
        for i in range(n - 1, 0, -1):
            j = self.integer(i + 1)
            order[i], order[j] = order[j], order[i]
        return order
