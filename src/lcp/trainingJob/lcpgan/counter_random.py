"""Counter-based random numbers, the studio's own: Philox4x32-10 (Salmon et al. 2011).

Word i of the stream (seed, stream, step) is a pure function of these four numbers. So a resumed run draws what the
uninterrupted one would have drawn, and any number of ranks draw the numbers that one rank draws.
"""

import numpy as np
import torch

# What a stream's numbers are for; the studio's list.
DISCRIMINATOR_LATENTS, DISCRIMINATOR_AUGMENT, DISCRIMINATOR_CONDITIONS = 10, 11, 12
GENERATOR_LATENTS, GENERATOR_AUGMENT, GENERATOR_CONDITIONS = 20, 21, 22
IMAGE_ORDER = 29
STANDING_LATENTS, STANDING_CONDITIONS = 31, 32

_UNIT = 2.0**-24
_LOW = np.uint64(0xFFFFFFFF)


def words(count, seed, stream, step, first=0):
    """Words first .. first + count - 1 of a stream, uint32. `first` must be a multiple of 4."""
    blocks = np.arange(first // 4, first // 4 + -(-count // 4), dtype=np.uint64)
    c = [blocks & _LOW, np.full_like(blocks, step), np.zeros_like(blocks), np.zeros_like(blocks)]
    k0, k1 = seed & 0xFFFFFFFF, stream & 0xFFFFFFFF
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * c[0]
        product1 = np.uint64(0xCD9E8D57) * c[2]
        shift = np.uint64(32)
        c = [
            (product1 >> shift) ^ c[1] ^ np.uint64(k0),
            product1 & _LOW,
            (product0 >> shift) ^ c[3] ^ np.uint64(k1),
            product0 & _LOW,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1).reshape(-1)[:count].astype(np.uint32)


def _uniforms(drawn):
    return (drawn >> np.uint32(8)).astype(np.float64) * _UNIT


def _pairs_of_normals(drawn):
    unit = _uniforms(drawn).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log(unit[:, 0] + _UNIT))
    angle = 2 * np.pi * unit[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)


def uniform(shape, seed, stream, step):
    """Uniform in [0, 1), float32, multiples of 2^-24."""
    count = int(np.prod(shape))
    return torch.from_numpy(_uniforms(words(count, seed, stream, step)).astype(np.float32).reshape(shape))


def normal(shape, seed, stream, step):
    """Standard normal, float32."""
    count = int(np.prod(shape))
    values = _pairs_of_normals(words(count + count % 2, seed, stream, step))[:count]
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


class CounterRandom:
    """A sequential reader of one stream, for draws whose number depends on what was drawn."""

    _AHEAD = 64

    def __init__(self, seed, stream, step=0):
        self._key = (seed, stream, step)
        self._position = 0
        self._words = np.empty(0, np.uint32)
        self._first = 0

    def word(self):
        """The next 32-bit word, as an int."""
        at = self._position - self._first
        if at >= len(self._words):
            self._first = self._position - self._position % 4
            self._words = words(self._AHEAD, *self._key, first=self._first)
            self._AHEAD = min(4096, 2 * self._AHEAD)
            at = self._position - self._first
        self._position += 1
        return int(self._words[at])

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
