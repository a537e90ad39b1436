"""Adaptive augmentation, StyleGAN2-ADA's set `bgc` (Karras et al. 2020), as the studio applies it.

All geometry of a picture is one affine map, all colour one matrix; sampling is bilinear from the mirrored picture.
"""

import math

import torch

# Columns of the draws.
_NAMES = (
    "gateFlip gateQuarter gateShift gateScale gateTurnBefore gateStretch gateTurnAfter gateDrift gateBrightness "
    "gateContrast gateLumaFlip gateHue gateSaturation flip quarter shiftX shiftY turnBefore turnAfter lumaFlip hue "
    "radiusSize angleSize radiusDrift angleDrift radiusLevel angleLevel radiusSaturation angleSaturation"
).split()
COLUMN = {name: i for i, name in enumerate(_NAMES)}
DRAWS = 32
SHIFT, SCALE, STRETCH, DRIFT = 0.125, 0.2, 0.2, 0.125
BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.5, 1.0

# Iterations between two steps of p.
INTERVAL = 4


def _matrix2(a, b, c, d):
    return torch.stack([torch.stack([a, b], dim=1), torch.stack([c, d], dim=1)], dim=1)


def _scaling(x, y):
    zero = torch.zeros_like(x)
    return _matrix2(x, zero, zero, y)


def _rotation(angle):
    return _matrix2(angle.cos(), -angle.sin(), angle.sin(), angle.cos())


def _normals(draws, radius, angle):
    unit = (draws[:, COLUMN[radius]].double() * 2**24).floor() + 1
    length = (-2 * (unit / 2**24).log()).sqrt()
    turn = 2 * math.pi * draws[:, COLUMN[angle]].double()
    return (length * turn.cos()).float(), (length * turn.sin()).float()


def _geometry(draws, p, width, height):
    """m [B, 2, 2] and t [B, 2]: from output to input coordinates, pixels from the centre."""
    of = lambda name: draws[:, COLUMN[name]]
    one = torch.ones(len(draws), device=draws.device)
    m = _scaling(one, one)
    t = torch.zeros(len(draws), 2, device=draws.device)
    size = torch.tensor([width, height], dtype=torch.float32, device=draws.device)
    turned = 1 - math.sqrt(max(0.0, 1 - p))
    opened = lambda gate, strength: (of(gate) < strength).reshape(-1, 1, 1)
    shifted = lambda gate, by: t - torch.where(of(gate)[:, None] < p, (m @ by[:, :, None])[:, :, 0], torch.zeros_like(t))
    then = lambda gate, strength, matrix: torch.where(opened(gate, strength), m @ matrix, m)
    m = then("gateFlip", p, _scaling(torch.where(of("flip") >= 0.5, -one, one), one))
    quarters = (4 * of("quarter")).floor().clamp_max(3)
    m = then("gateQuarter", p, _rotation(quarters * (math.pi / 2)).round())
    t = shifted("gateShift", ((2 * torch.stack([of("shiftX"), of("shiftY")], dim=1) - 1) * SHIFT * size).round())
    zoom, stretch = _normals(draws, "radiusSize", "angleSize")
    m = then("gateScale", p, _scaling(*[torch.exp2(-zoom * SCALE)] * 2))
    m = then("gateTurnBefore", turned, _rotation((2 * of("turnBefore") - 1) * math.pi))
    s = torch.exp2(stretch * STRETCH)
    m = then("gateStretch", p, _scaling(1 / s, s))
    m = then("gateTurnAfter", turned, _rotation((2 * of("turnAfter") - 1) * math.pi))
    t = shifted("gateDrift", torch.stack(_normals(draws, "radiusDrift", "angleDrift"), dim=1) * DRIFT * size)
    return m, t


def _color(draws, p):
    """c [B, 3, 3] and one offset a picture, [B]."""
    of = lambda name: draws[:, COLUMN[name]]
    opened = lambda gate: of(gate) < p
    matrix = lambda gate, new, old: torch.where(opened(gate).reshape(-1, 1, 1), new, old)
    identity = torch.eye(3, device=draws.device).expand(len(draws), 3, 3)
    grey = torch.full_like(identity, 1 / 3)
    brightness, contrast = _normals(draws, "radiusLevel", "angleLevel")
    offset = torch.where(opened("gateBrightness"), brightness * BRIGHTNESS, torch.zeros_like(brightness))
    strength = torch.where(opened("gateContrast"), torch.exp2(contrast * CONTRAST), torch.ones_like(contrast))
    c, offset = identity * strength.reshape(-1, 1, 1), offset * strength
    flipped = opened("gateLumaFlip") & (of("lumaFlip") >= 0.5)
    c = torch.where(flipped.reshape(-1, 1, 1), c - 2 * (grey @ c), c)
    offset = torch.where(flipped, -offset, offset)
    angle = (2 * of("hue") - 1) * math.pi
    cosine, s = angle.cos().reshape(-1, 1, 1), (angle.sin() / math.sqrt(3)).reshape(-1, 1, 1)
    generator = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=draws.device) * s
    c = matrix("gateHue", (cosine * identity + generator + (1 - cosine) * grey) @ c, c)
    saturation = torch.exp2(_normals(draws, "radiusSaturation", "angleSaturation")[0] * SATURATION).reshape(-1, 1, 1)
    return matrix("gateSaturation", (grey + saturation * (identity - grey)) @ c, c), offset


def _folded(index, size):
    """The pixel that a mirrored picture shows at `index`."""
    period = 2 * (size - 1)
    r = index.remainder(period)
    return torch.where(r < size, r, period - r)


def ada_augment(x, draws, p):
    """x [B, 3, H, W] in [-1, 1], draws [B, 32] uniform in [0, 1), p in [0, 1]."""
    batch, channels, height, width = x.shape
    m, t = _geometry(draws, p, width, height)
    c, offset = _color(draws, p)
    cx, cy = (width - 1) / 2, (height - 1) / 2
    rows = torch.arange(height, device=x.device).float() - cy
    columns = torch.arange(width, device=x.device).float() - cx
    grid = torch.stack([columns.expand(height, width), rows[:, None].expand(height, width)]).reshape(2, -1)
    source = m @ grid + t[:, :, None]
    sx, sy = source[:, 0] + cx, source[:, 1] + cy
    x0, y0 = sx.floor(), sy.floor()
    flat, seen = x.flatten(2), 0
    for v in (y0, y0 + 1):
        for u in (x0, x0 + 1):
            weight = (1 - (sx - u).abs()) * (1 - (sy - v).abs())
            index = (_folded(v, height) * width + _folded(u, width)).long()
            seen = seen + weight[:, None] * flat.gather(2, index[:, None].expand(-1, channels, -1))
    return (c @ seen + offset.reshape(-1, 1, 1)).reshape(x.shape)


class AdaController:
    """p, and the sum of D's mean signs on reals since its last step."""

    def __init__(self, config, p, signs):
        self.p, self.signs = float(p), float(signs)
        augment = config["augment"]
        self.steps = config["discriminatorSteps"]
        self.level = augment["adaTarget"] * INTERVAL * self.steps
        self.amount = config["batch"] * self.steps * INTERVAL / (augment["adaKimg"] * 1000)

    def update(self, sign_real, iteration, k):
        """Takes one discriminator step's mean sign into account; p moves after every fourth iteration."""
        self.signs += float(sign_real)
        if (iteration + 1) % INTERVAL or k != self.steps - 1:
            return
        direction = (self.signs > self.level) - (self.signs < self.level)
        self.p = min(1.0, max(0.0, self.p + self.amount * direction))
        self.signs = 0.0
