#!/usr/bin/env python3
"""What it costs to deal a training job to many GPUs: bytes and messages an iteration, and the efficiency to expect.

    python3 scripts/scalingCost.py [--teraflops 30] [--batch 8]

Counts follow the networks of src/lcp/trainingJob/lcpgan/ (biggan.py, stylegan2_networks.py) and the messages of
distributed.py; speeds are assumptions, which the options change. docs/cluster.md has the formula and the tables.
"""

import argparse

# Channels in quarters of the width: generator, discriminator. 256 px is BigGAN's public layout, which the studio has not.
LAYOUTS = {
    32: ([4, 4, 4, 4], [4, 4, 4, 4]),
    64: ([16, 16, 8, 4, 2], [1, 2, 4, 8, 16]),
    128: ([16, 16, 8, 4, 2, 1], [1, 2, 4, 8, 16, 16]),
    256: ([16, 16, 8, 8, 4, 2, 1], [1, 2, 4, 8, 8, 16, 16]),
}
# Forward and back by pictures and weights is three times a pass; by pictures alone twice.
FORWARD, BY_PICTURES, BOTH = 1, 2, 3
CLIP_FLOPS = 8.8e9  # ViT-B/32 at 224 px, a pass of one picture


def conv(inputs, outputs, side, kernel=3):
    """(multiply-adds times two, weights) of a convolution whose result has `side`."""
    weights = inputs * outputs * kernel * kernel
    return 2 * weights * side * side, weights


def generator(width, side, latent=128, embedding=128):
    channels = [multiple * width // 4 for multiple in LAYOUTS[side][0]]
    flops, weights = 0, latent * channels[0] * 16
    at = 4
    for inputs, outputs in zip(channels, channels[1:]):
        at *= 2
        parts = [conv(inputs, outputs, at), conv(outputs, outputs, at), conv(inputs, outputs, at // 2, 1)]
        flops += sum(f for f, _ in parts)
        weights += sum(w for _, w in parts) + (embedding + latent) * 2 * (inputs + outputs)
    last = conv(channels[-1], 3, side)
    # Two norms a block and one at the end; each sums mean and variance.
    norms = [c for pair in zip(channels, channels[1:]) for c in pair] + [channels[-1]]
    return flops + last[0], weights + last[1], norms


def discriminator(width, side):
    channels = [3] + [multiple * width // 4 for multiple in LAYOUTS[side][1]]
    halvings = 2 if side == 32 else len(channels) - 2
    flops, weights, at = 0, 2 * channels[-1], side
    for i, (inputs, outputs) in enumerate(zip(channels, channels[1:])):
        parts = [conv(inputs, outputs, at), conv(outputs, outputs, at), conv(inputs, outputs, at, 1)]
        flops += sum(f for f, _ in parts)
        weights += sum(w for _, w in parts)
        at //= 2 if i < halvings else 1
    return flops, weights


def iteration(side, width, steps, clip=True):
    """Of one picture: FLOPs; of an iteration: messages and bytes that are summed over the ranks."""
    g_flops, g_weights, norms = generator(width, side)
    d_flops, d_weights = discriminator(width, side)
    head = 512 * 256 * 2 if clip else 0
    seen = CLIP_FLOPS if clip else 0
    # A discriminator step: fakes without a gradient, both kinds through D with one, both through CLIP without.
    flops = steps * (FORWARD * g_flops + 2 * BOTH * d_flops + 2 * FORWARD * seen)
    flops += BOTH * g_flops + BY_PICTURES * (d_flops + seen)
    # Mean and variance of each norm: forward in each step, and back in the generator's. Gradients: one message a step.
    messages = 2 * len(norms) * (steps + 2) + steps + 1 + 2
    floats = 2 * sum(norms) * (steps + 2) + steps * (d_weights + head) + g_weights
    return flops, messages, 4 * floats


def style_sides(side):
    sides = [4]
    while sides[-1] < side:
        sides.append(2 * sides[-1])
    return sides


def style_generator(base, side, latent=512, layers=2):
    at = lambda side: min(base // side, 512)
    flops, weights, styles = 0, latent * latent * (layers + 1), 0
    for own in style_sides(side):
        width = at(own)
        parts = [conv(width, width, own), conv(width, 3, own, 1)]
        styles += 2 * width
        if own > 4:  # a transposed convolution takes each input pixel nine times
            parts.append(conv(at(own // 2), width, own // 2))
            styles += at(own // 2)
        flops += sum(f for f, _ in parts)
        weights += sum(w for _, w in parts)
    return flops, weights + latent * styles


def style_discriminator(base, side, residual):
    at = lambda side: min(base // side, 512)
    last = at(4)
    parts = [conv(3, at(side), side, 1), conv(last, last, 4), conv(16 * last, last, 1, 1), conv(last, last, 1, 1)]
    for own in style_sides(side)[1:]:
        parts += [conv(at(own), at(own), own), conv(at(own), at(own // 2), own // 2)]
        if residual:
            parts.append(conv(at(own), at(own // 2), own // 2, 1))
    return sum(f for f, _ in parts), sum(w for _, w in parts)


def style_iteration(side, base, residual, every=16, clip=True):
    """As `iteration`, for StyleGAN2-ADA: one discriminator step, and R1 in every sixteenth iteration."""
    g_flops, g_weights = style_generator(base, side)
    d_flops, d_weights = style_discriminator(base, side, residual)
    head = 512 * 256 * 2 if clip else 0
    seen = CLIP_FLOPS if clip else 0
    flops = FORWARD * g_flops + 2 * BOTH * d_flops + 2 * FORWARD * seen
    flops += BOTH * g_flops + BY_PICTURES * (d_flops + seen)
    flops += 6 * d_flops / every  # a slope by pictures, and back through it
    # Gradients and the mean of w in both steps, ADA's sign, two flags; R1's gradients.
    messages = 2 + 2 + 1 + 2 + 1 / every
    return flops, messages, 4 * (d_weights * (1 + 1 / every) + head + g_weights)


def efficiency(flops, messages, size, ranks, batch, options, bandwidth, latency):
    """Share of the time that computes; nothing is overlapped."""
    compute = flops * batch / (options.teraflops * 1e12)
    talk = messages * latency + 2 * (ranks - 1) / ranks * size / bandwidth
    return compute / (compute + talk)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--teraflops", type=float, default=30, help="what a GPU reaches in bfloat16 (default: 30)")
    parser.add_argument("--batch", type=int, default=8, help="pictures a GPU (default: 8)")
    parser.add_argument("--node-bandwidth", type=float, default=150e9, help="bytes a second within a node (NVLink)")
    parser.add_argument("--net-bandwidth", type=float, default=20e9, help="bytes a second and GPU between nodes")
    parser.add_argument("--node-latency", type=float, default=25e-6, help="seconds a message within a node")
    parser.add_argument("--net-latency", type=float, default=60e-6, help="seconds a message between nodes")
    options = parser.parse_args()
    configurations = [(32, 128, 4), (32, 256, 4), (64, 256, 1), (128, 384, 1), (256, 384, 1)]
    table(["width", "D steps"], [(each, iteration(*each)) for each in configurations], options)
    print()
    configurations = [(32, 4096, False), (32, 32768, False), (64, 16384, True), (128, 16384, True), (256, 16384, True)]
    table(["channel base", "residual D"], [(each, style_iteration(*each)) for each in configurations], options)


def table(settings, rows, options):
    titles = ["pixels", *settings, "messages", "MB summed", "TFLOP a GPU", "8 GPUs, 1 node", "64 GPUs, 8 nodes"]
    print("| %s |" % " | ".join(titles))
    print("|%s" % ("---|" * len(titles)))
    for (side, *own), (flops, messages, size) in rows:
        node = efficiency(flops, messages, size, 8, options.batch, options, options.node_bandwidth, options.node_latency)
        net = efficiency(flops, messages, size, 64, options.batch, options, options.net_bandwidth, options.net_latency)
        shown = ["yes" if value is True else "no" if value is False else value for value in own]
        counts = ("%.0f" % messages, "%.0f" % (size / 1e6), "%.1f" % (flops * options.batch / 1e12))
        print("| %s |" % " | ".join(map(str, [side, *shown, *counts, "%.0f%%" % (100 * node), "%.0f%%" % (100 * net)])))


if __name__ == "__main__":
    main()
