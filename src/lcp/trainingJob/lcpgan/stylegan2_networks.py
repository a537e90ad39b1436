"""StyleGAN2's networks (Karras et al. 2020) as functions of their weights, in the studio's form.

A modulated convolution scales activations instead of weights, before and after a convolution that all pictures share:
the same map. Under autocast the convolutions compute in less than float32; styles, colours, deviation and what follows
it do not.
"""

import math
from collections import namedtuple
from functools import lru_cache

import torch
from torch.nn import functional as F

from .clip_head import scaled_unit
from .precision import in_float32

START = 4
ROOT2 = math.sqrt(2)
# Added to the squared length of weights, and to a variance.
TINY = 1e-8

# kind: 'conv' or 'rgb'. side: of its result. up: doubles the sides. number: of the style that it takes in mixing.
Layer = namedtuple("Layer", "name kind side up inputs number")


def sides_of(config):
    """4, 8, ..., resolution."""
    return [START << i for i in range(int(math.log2(config["resolution"] // START)) + 1)]


def channels_at(config, side):
    return min(config["channels"]["base"] // side, config["channels"]["most"])


def styled_layers(config):
    """The generator's layers, in order. Colours take the style of the convolution behind them."""
    layers, number = [], 0
    for side in sides_of(config):
        for name in ("conv1",) if side == START else ("conv0", "conv1"):
            up = name == "conv0"
            inputs = channels_at(config, side // 2 if up else side)
            layers.append(Layer("b%d.%s" % (side, name), "conv", side, up, inputs, number))
            number += 1
        layers.append(Layer("b%d.rgb" % side, "rgb", side, False, channels_at(config, side), number))
    return layers


def style_count(layers):
    """Numbers of styles that there are: convolutions, and one for the last colours."""
    return layers[-1].number + 1


def noise_pixels(layers):
    """Numbers of noise that a picture takes."""
    return sum(layer.side**2 for layer in layers if layer.kind == "conv")


def lrelu(x, gain=ROOT2):
    return F.leaky_relu(x, 0.2) * gain


@lru_cache(maxsize=64)
def _filter(channels, gain, device):
    """The binomial filter 1 3 3 1 both ways, with the sum `gain`, for each channel by itself."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], device=device) / 8
    return (gain * taps[:, None] * taps).expand(channels, 1, 4, 4).contiguous()


def smooth(x, padding, gain=1.0, down=1):
    """Filtered behind a border of zeros; every down-th pixel is kept."""
    channels = x.shape[1]
    taps = _filter(channels, gain, x.device).to(x.dtype)
    return F.conv2d(x, taps, stride=down, padding=padding, groups=channels)


def enlarged(x):
    """Twice the side: zeros between the pixels, then the filter."""
    channels = x.shape[1]
    return F.conv_transpose2d(x, _filter(channels, 4.0, x.device).to(x.dtype), stride=2, padding=1, groups=channels)


def map_latents(config, weights, z, conditions, lam):
    """z [b, latent] and conditions [b, C + S] to w [b, latent]. lam: weight of the condition."""
    layer = lambda name, x: lrelu(F.linear(x, weights["mapping.%s.weight" % name], weights["mapping.%s.bias" % name]))
    embedded = scaled_unit(conditions @ weights["mapping.embedding.weight"])
    if config["generator"].get("joined", False):
        w = layer("fc0", torch.cat([scaled_unit(z), lam * embedded], dim=1))
    else:
        w = layer("fc0", scaled_unit(z)) + lam * layer("condition", embedded)
    for i in range(1, config["generator"]["mappingLayers"]):
        w = layer("fc%d" % i, w)
    return w


def styles_of(weights, layers, w):
    """Each layer's styles [b, inputs]. w [b, latent]."""
    return F.linear(w, weights["affine.weight"], weights["affine.bias"]).split([layer.inputs for layer in layers], dim=1)


def _demodulation(weight, style, up):
    """1 / |s W| for each picture and output."""
    squares = weight.square().sum(dim=(2, 3))  # [inputs, outputs] of a transposed convolution, else [outputs, inputs]
    return torch.rsqrt(style.square() @ (squares if up else squares.t()) + TINY)


def synthesize(weights, layers, styles, noise):
    """styles: of each layer. noise [b, pixels]. Returns pictures [b, 3, side, side], about in [-1, 1]."""
    device = noise.device
    x = weights["const"].expand(len(noise), -1, -1, -1).contiguous(memory_format=torch.channels_last)
    picture, at = None, 0
    for layer, style in zip(layers, styles):
        weight, bias = weights[layer.name + ".weight"], weights[layer.name + ".bias"]
        scaled = x * style[..., None, None].to(x.dtype)
        if layer.kind == "rgb":
            colours = F.conv2d(scaled, weight, bias).float()
            with in_float32(device):
                picture = colours if picture is None else enlarged(picture) + colours
            continue
        if layer.up:
            # Older PyTorch does not cast what a transposed convolution takes.
            y = smooth(F.conv_transpose2d(scaled, weight.to(scaled.dtype), stride=2), 1, 4.0)
        else:
            y = F.conv2d(scaled, weight, padding=1)
        with in_float32(device):
            lengths = _demodulation(weight, style, layer.up)[..., None, None]
            pixels = noise[:, at : at + layer.side**2].reshape(-1, 1, layer.side, layer.side)
            added = pixels * weights[layer.name + ".noise"]
        at += layer.side**2
        x = lrelu(y * lengths.to(y.dtype) + added.to(y.dtype) + bias.reshape(-1, 1, 1).to(y.dtype))
    return picture


def deviation(x, group):
    """x with the minibatch standard deviation as one more channel. Picture m * groups + n is member m of group n."""
    groups = x.reshape(group, -1, *x.shape[1:])
    spread = (groups - groups.mean(dim=0)).square().mean(dim=0)
    means = (spread + TINY).sqrt().mean(dim=(1, 2, 3)).repeat(group)
    return torch.cat([x, means.reshape(-1, 1, 1, 1).expand(-1, 1, *x.shape[2:])], dim=1)


def features(config, weights, x, group):
    """phi of pictures [n, 3, side, side], [n, channels]."""
    conv = lambda name, x, bias=True, **options: F.conv2d(
        x, weights[name + ".weight"], weights[name + ".bias"] if bias else None, **options
    )
    residual = config["discriminator"]["residual"]
    x = lrelu(conv("rgb", x))
    for side in sides_of(config)[:0:-1]:
        name = "b%d" % side
        y = lrelu(conv(name + ".conv0", x, padding=1))
        y = conv(name + ".conv1", smooth(y, 2), stride=2)
        if residual:  # of each of two paths half the variance
            x = conv(name + ".skip", smooth(x, 1, 1 / ROOT2, down=2), bias=False) + lrelu(y, 1.0)
        else:
            x = lrelu(y)
    with in_float32(x.device):
        x = lrelu(conv("b4.conv", deviation(x.float(), group), padding=1))
        return lrelu(F.linear(x.flatten(1), weights["b4.fc.weight"], weights["b4.fc.bias"]))


def unconditional(weights, phi):
    """a(x), [n, 1]."""
    return F.linear(phi, weights["linear.weight"], weights["linear.bias"])


def conditional(weights, phi, conditions):
    """b(x, u) = <P phi, norm e(u)> / sqrt(channels), [n, 1]."""
    embedded = scaled_unit(conditions @ weights["embedding.weight"])
    projected = F.linear(phi, weights["projection.weight"], weights["projection.bias"])
    return (projected * embedded).sum(dim=1, keepdim=True) / phi.shape[1] ** 0.5
