"""Whole iterations of StyleGAN2-ADA's training in float64: the oracle of src/lcp/bases/stylegan2/iterations.gpu.test.ts.

What an iteration is, docs/method.md says (sections 5 to 7): the discriminator's step, lazy R1 as a step of its own, the
generator's step, the moving average, and the probability of augmentation. Networks and Adam are those of
scripts/stylegan2Reference.py. Random numbers are the studio's (Philox4x32-10 of Salmon et al. 2011, normals by Box and
Muller), so that both draw the same latents, noise, cuts of style mixing and augmentations; augmentations are those of
src/gpu/ada, as one matrix a picture.

    python3 scripts/stylegan2Iterations.py            # writes src/nn/stylegan2/golden/iterations.safetensors

The state that is stored follows a few iterations: Adam's first step is the sign of the gradient, and where that is
nearly 0, float32 and float64 do not agree on it. After the state come two iterations, one in which augmentation's
probability takes its step and one with R1.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

import stylegan2Reference as reference
from stylegan2Reference import BATCH, CLASSES, GAMMA, GROUP, LATENT, R1_EVERY, RESOLUTION, SIDES, SLOTS

SEED, PICTURES = 7, 10
FIRST, START, END = 12, 15, 17  # iterations: the state is that before START, END is the first that is not run
KIMG, RAMP, EMA_RAMP, HALF_LIFE = 1, (0.05, 0.15), 0.05, 500
MIXING, AVERAGE_KEPT = 0.9, 0.995
ADA_KIMG, ADA_TARGET, ADA_EVERY, ADA_START = 0.15, 0.6, 4, 0.3
STREAM = {"latentsD": 10, "augmentD": 11, "noiseD": 13, "augmentR1": 14, "mixingD": 15}
STREAM |= {"latentsG": 20, "augmentG": 21, "noiseG": 23, "mixingG": 24}

CHANCES = "flip quarter shift scale turnBefore stretch turnAfter drift brightness contrast lumaFlip hue saturation"
VALUES = "flip quarter shiftX shiftY turnBefore turnAfter lumaFlip hue"
PAIRS = "size drift level saturation"
DRAWS = 32


def words(stream, step, count):
    """Words 0, 1, ... of a stream."""
    low = np.uint64(0xFFFFFFFF)
    c0 = np.arange((count + 3) // 4, dtype=np.uint64)
    c1, c2, c3 = np.full_like(c0, step), np.zeros_like(c0), np.zeros_like(c0)
    k0, k1 = np.uint64(SEED), np.uint64(stream)
    for _ in range(10):
        a, b = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (b >> np.uint64(32)) ^ c1 ^ k0, b & low, (a >> np.uint64(32)) ^ c3 ^ k1, a & low
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & low, (k1 + np.uint64(0xBB67AE85)) & low
    return np.stack([c0, c1, c2, c3], 1).reshape(-1)[:count]


def uniforms(stream, step, *shape):
    return torch.tensor((words(stream, step, math.prod(shape)) >> np.uint64(8)) / 2.0**24).reshape(shape)


def normals(stream, step, *shape):
    count = math.prod(shape)
    pairs = uniforms(stream, step, (count + 1) // 2, 2)
    radius, angle = (-2 * (pairs[:, 0] + 2.0**-24).log()).sqrt(), 2 * math.pi * pairs[:, 1]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1).reshape(-1)[:count].reshape(shape)


def cutoff(stream, step):
    """The number from which on the second style is taken; None where styles are not mixed."""
    count = 2 * len(SIDES)
    chance, number = words(stream, step, 2)
    return 1 + int(number) % (count - 1) if (int(chance) >> 8) / 2.0**24 < MIXING else None


def maps(draws, p):
    """Of one picture: from output to input coordinates, seen from its centre, and of its colours. [3, 3], [4, 4]"""
    names = [f"chance {name}" for name in CHANCES.split()] + VALUES.split()
    names += [f"{kind} {name}" for name in PAIRS.split() for kind in ["radius", "angle"]]
    value = dict(zip(names, draws.tolist()))
    normal = {}
    for name in PAIRS.split():
        radius = math.sqrt(-2 * math.log(value[f"radius {name}"] + 2.0**-24))
        angle = 2 * math.pi * value[f"angle {name}"]
        normal[name] = (radius * math.cos(angle), radius * math.sin(angle))
    scale = lambda x, y: torch.diag(torch.tensor([x, y, 1.0]))
    shift = lambda x, y: torch.tensor([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])

    def turn(angle):
        c, s = math.cos(angle), math.sin(angle)
        return torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    place, colour = torch.eye(3), torch.eye(4)
    half = 1 - math.sqrt(1 - p)  # either of two rotations with probability p
    full = lambda name: (2 * value[name] - 1) * math.pi
    whole = lambda name: round((2 * value[name] - 1) * 0.125 * RESOLUTION)
    zoom, stretch = (2 ** (-0.2 * n) for n in normal["size"])
    for name, chance, matrix in [
        ("flip", p, scale(-1.0 if value["flip"] >= 0.5 else 1.0, 1.0)),
        ("quarter", p, turn(math.pi / 2 * math.floor(4 * value["quarter"]))),
        ("shift", p, shift(-whole("shiftX"), -whole("shiftY"))),
        ("scale", p, scale(zoom, zoom)),
        ("turnBefore", half, turn(full("turnBefore"))),
        ("stretch", p, scale(stretch, 1 / stretch)),
        ("turnAfter", half, turn(full("turnAfter"))),
        ("drift", p, shift(*(-n * 0.125 * RESOLUTION for n in normal["drift"]))),
    ]:
        if value[f"chance {name}"] < chance:
            place = place @ matrix

    grey = torch.zeros(4, 4)
    grey[:3, :3] = 1 / 3
    rgb = torch.diag(torch.tensor([1.0, 1.0, 1.0, 0.0]))
    rest = torch.eye(4) - rgb
    brighter = torch.eye(4)
    brighter[:3, 3] = 0.2 * normal["level"][0]
    angle = full("hue")
    cross = torch.zeros(4, 4)
    cross[:3, :3] = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    hue = math.cos(angle) * rgb + (1 - math.cos(angle)) * grey + math.sin(angle) * cross + rest
    strength = 2 ** normal["saturation"][0]
    for name, matrix in [
        ("brightness", brighter),
        ("contrast", 2 ** (0.5 * normal["level"][1]) * rgb + rest),
        ("lumaFlip", torch.eye(4) - (2 * grey if value["lumaFlip"] >= 0.5 else 0)),
        ("hue", hue),
        ("saturation", grey + strength * (rgb - grey) + rest),
    ]:
        if value[f"chance {name}"] < p:
            colour = matrix @ colour
    return place, colour


def sampling(place):
    """The matrix that makes a picture's pixels of its pixels: bilinear, mirror images beyond the edges."""
    side, centre = RESOLUTION, (RESOLUTION - 1) / 2
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    x, y, _ = place @ torch.stack([columns.flatten() - centre, rows.flatten() - centre, torch.ones(side * side)])
    x, y = x + centre, y + centre
    matrix = torch.zeros(side * side, side * side)
    fold = lambda i: (side - 1) - ((i % (2 * side - 2)) - (side - 1)).abs()
    for v in [y.floor(), y.floor() + 1]:
        for u in [x.floor(), x.floor() + 1]:
            weight = (1 - (x - u).abs()) * (1 - (y - v).abs())
            at = (fold(v) * side + fold(u)).long()
            matrix[torch.arange(side * side), at] += weight
    return matrix


def augmented(x, draws, p):
    made = []
    for picture, own in zip(x, draws):
        place, colour = maps(own, p)
        seen = picture.flatten(1) @ sampling(place).t()
        made.append((colour[:3, :3] @ seen + colour[:3, 3:]).reshape(picture.shape))
    return torch.stack(made)


class Training:
    def __init__(self):
        self.g, self.d = reference.generator(), reference.discriminator()
        reference.exact(self.g)
        reference.exact(self.d)
        self.averaged = {name: raw.detach() + 0.1 * torch.randn(raw.shape) for name, raw in self.g.raw.items()}
        self.adamG = reference.Adam(self.g, reference.PATH_EVERY)
        self.adamD = reference.Adam(self.d, R1_EVERY)
        self.average = torch.randn(LATENT)
        self.p, self.signs, self.weight = ADA_START, 0.0, 0.0

    def fakes(self, rows, iteration, phase):
        """As the generator draws them in training, which its mean of w follows."""
        z = normals(STREAM[f"latents{phase}"], iteration, BATCH, LATENT)
        pixels = [(f"b{side}.{conv}", side) for side in SIDES for conv in ["conv0", "conv1"][side == 4 :]]
        width = LATENT + sum(side**2 for _, side in pixels)
        drawn = normals(STREAM[f"noise{phase}"], iteration, BATCH, width)
        second, noise = drawn[:, :LATENT], drawn[:, LATENT:].split([side**2 for _, side in pixels], 1)
        noises = {name: part.reshape(BATCH, 1, side, side) for (name, side), part in zip(pixels, noise)}
        w = reference.mapping(self.g, z, rows, self.weight)
        self.average = torch.lerp(w.mean(0).detach(), self.average, AVERAGE_KEPT)
        cut = cutoff(STREAM[f"mixing{phase}"], iteration)
        other = None if cut is None else reference.mapping(self.g, second, rows, self.weight)
        return reference.synthesis(self.g, w, noises, other, cut)

    def augment(self, x, iteration, phase):
        return augmented(x, uniforms(STREAM[f"augment{phase}"], iteration, len(x), DRAWS), self.p)

    def iterate(self, iteration, reals, trust, real_rows, fake_rows, generator_rows):
        kimg = iteration * BATCH / 1000
        self.weight = min(1.0, max(0.0, (kimg / KIMG - RAMP[0]) / (RAMP[1] - RAMP[0])))
        found = {}

        with torch.no_grad():
            fakes = self.fakes(fake_rows, iteration, "D")
            seen = self.augment(torch.cat([reals, fakes]), iteration, "D")
        a, b = reference.judge(self.d, seen[:BATCH], real_rows)
        aFake, bFake = reference.judge(self.d, seen[BATCH:], fake_rows)
        loss = F.softplus(-a).mean() + F.softplus(aFake).mean()
        loss = loss + self.weight * ((trust / trust.sum() * F.softplus(-b)).sum() + F.softplus(bFake).mean())
        found["lossD"] = loss.item()
        self.adamD.step(self.d.gradients(loss))
        self.signs += a.sign().mean().item()
        if (iteration + 1) % ADA_EVERY == 0:
            step = BATCH * ADA_EVERY / (ADA_KIMG * 1000)
            self.p = min(1.0, max(0.0, self.p + step * np.sign(self.signs - ADA_TARGET * ADA_EVERY)))
            self.signs = 0.0

        if iteration % R1_EVERY == 0:
            x = reals.clone().requires_grad_()
            logits = reference.judge(self.d, self.augment(x, iteration, "R1"), real_rows)[0]
            (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
            penalty = GAMMA / 2 * slope.square().sum((1, 2, 3)).mean()
            found["r1"] = penalty.item()
            self.adamD.step(self.d.gradients(penalty * R1_EVERY))

        fakes = self.fakes(generator_rows, iteration, "G")
        a, b = reference.judge(self.d, self.augment(fakes, iteration, "G"), generator_rows)
        loss = F.softplus(-a).mean() + self.weight * F.softplus(-b).mean()
        found["lossG"] = loss.item()
        self.adamG.step(self.g.gradients(loss))
        decay = 0.5 ** (BATCH / 1000 / min(HALF_LIFE, EMA_RAMP * kimg))
        self.averaged = {
            name: torch.lerp(raw.detach(), self.averaged[name], decay) for name, raw in self.g.raw.items()
        }
        return found

    def networks(self):
        named = {"generator": self.g.studio(self.g.raw), "averaged": self.g.studio(self.averaged)}
        named["discriminator"] = self.d.studio(self.d.raw)
        flat = {f"{group}/{name}": value for group, values in named.items() for name, value in values.items()}
        scalars = {"ada/p": self.p, "ada/signs": self.signs, "statistics/lambda": self.weight}
        return {**flat, **{name: torch.tensor(value) for name, value in scalars.items()}, "statistics/average": self.average}

    def moments(self):
        """Adam's second moments of the gradients with respect to what the studio holds, and the steps taken."""
        found = {}
        for name, adam in [("generatorAdam", self.adamG), ("discriminatorAdam", self.adamD)]:
            scaled = {key: value / adam.network.gain[key] for key, value in adam.v.items()}
            found |= {f"{name}/v.{key}": v for key, v in adam.network.studio(scaled, divide=True).items()}
            progress = [1.0, 1 - adam.beta2**adam.t, adam.t, adam.rate]
            found[f"{name}/progress"] = torch.tensor(progress)
        return found


def main():
    bytes_ = torch.randint(0, 256, (PICTURES, 3, RESOLUTION, RESOLUTION))
    bytes_ = (bytes_ + bytes_.roll(1, -1) + bytes_.roll(1, -2)) // 3
    incidence = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    training, arrays, numbers = Training(), {"data/pixels": bytes_.permute(0, 2, 3, 1)}, {}
    for iteration in range(FIRST, END):
        if iteration == START:
            arrays |= {f"before/{name}": value for name, value in {**training.networks(), **training.moments()}.items()}
        indices, flips = torch.randint(0, PICTURES, (BATCH,)), torch.randint(0, 2, (BATCH,))
        trust = torch.rand(BATCH).float().double()
        conditions = [torch.softmax(2 * torch.randn(BATCH, SLOTS), 1).float().double() for _ in range(3)]
        reals = bytes_[indices] / 127.5 - 1
        reals = torch.where(flips[:, None, None, None] == 1, reals.flip(3), reals)
        rows = [torch.cat([u @ incidence, u], 1) for u in conditions]
        found = training.iterate(iteration, reals, trust, *rows)
        if iteration >= START:
            given = {"indices": indices, "flips": flips, "trust": trust}
            given |= dict(zip(["real", "fake", "generator"], conditions))
            arrays |= {f"batch{iteration}/{name}": value for name, value in given.items()}
            numbers |= {f"{name}{iteration}": value for name, value in found.items()}
    arrays |= {f"after/{name}": value for name, value in training.networks().items()}
    numbers.update(seed=SEED, start=START, end=END, pictures=PICTURES, batch=BATCH, group=GROUP, latent=LATENT, classCount=CLASSES)
    numbers.update(resolution=RESOLUTION, channels=reference.CHANNELS, gamma=GAMMA, r1Every=R1_EVERY, kimg=KIMG)
    numbers.update(rampStart=RAMP[0], rampEnd=RAMP[1], emaRampUp=EMA_RAMP, halfLifeKimg=HALF_LIFE, mixing=MIXING)
    numbers.update(adaKimg=ADA_KIMG, adaTarget=ADA_TARGET, rate=reference.RATE, beta2=reference.BETA2)
    numbers.update(epsilon=reference.EPSILON)
    path = os.path.join(os.path.dirname(__file__), "../src/nn/stylegan2/golden/iterations.safetensors")
    reference.safetensors(path, arrays, {"numbers": json.dumps(numbers)})


if __name__ == "__main__":
    main()
