"""DiffAugment with its public policies (Zhao et al. 2020), by numbers that come from outside."""

import torch


def _below(draw, count):
    """Whole numbers 0 .. count - 1 from uniforms in [0, 1)."""
    return (draw * count).floor().long().clamp_max(count - 1)


def diff_augment(x, draws, policy):
    """x [B, C, H, W] in [-1, 1], draws [B, 8]: brightness, saturation, contrast, down, right, cut row, cut column."""
    if policy["color"]:
        part = lambda i: draws[:, i].reshape(-1, 1, 1, 1)
        x = x + (part(0) - 0.5)
        grey = x.mean(dim=1, keepdim=True)
        x = (x - grey) * (2 * part(1)) + grey
        level = x.mean(dim=(1, 2, 3), keepdim=True)
        x = (x - level) * (part(2) + 0.5) + level
    height, width = x.shape[2:]
    rows = torch.arange(height, device=x.device)
    columns = torch.arange(width, device=x.device)
    if policy["translation"]:
        x = _shifted(x, draws, rows, columns)
    if policy["cutout"]:
        inside = lambda draw, size, at: _cut(draw, size, at)
        hole = inside(draws[:, 5], height, rows)[:, :, None] & inside(draws[:, 6], width, columns)[:, None, :]
        x = x * (~hole)[:, None]
    return x


def _shifted(x, draws, rows, columns):
    """Looks `reach` further at most, with zeros moving in."""
    height, width = len(rows), len(columns)
    reach_y, reach_x = (height + 4) // 8, (width + 4) // 8
    y = rows + _below(draws[:, 3], 2 * reach_y + 1)[:, None] - reach_y
    z = columns + _below(draws[:, 4], 2 * reach_x + 1)[:, None] - reach_x
    seen = ((y >= 0) & (y < height))[:, :, None] & ((z >= 0) & (z < width))[:, None, :]
    index = y.clamp(0, height - 1)[:, :, None] * width + z.clamp(0, width - 1)[:, None, :]
    flat = x.flatten(2).gather(2, index.flatten(1)[:, None].expand(-1, x.shape[1], -1))
    return flat.reshape(x.shape) * seen[:, None]


def _cut(draw, size, at):
    """[B, size]: whether a place lies in the cut-out side of half the size."""
    side = (size + 1) // 2
    first = _below(draw, size + 1 - side % 2)[:, None] - side // 2
    return (at >= first) & (at < first + side)
