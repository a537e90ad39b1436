"""StyleGAN2-ADA's iteration in PyTorch, as the studio has it at 128 px (`auto`): for the seconds a kimg of bench/gpu.ts.

The generator is the exported one (lcpgan_generator.py), here with noise drawn anew; the discriminator is residual, with
a minibatch deviation in groups of four, an unconditional and a conditional logit; R1 every few iterations as a step of
its own. No augmentation, as on the studio's side of the comparison.
"""
import math
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../src/lcp/checkpoint/exportPython"))
from lcpgan_generator import StyleGenerator, smooth, styled_lrelu, unit  # noqa: E402

CLASSES = 10


class Equalised(nn.Module):
    """A convolution, or a dense layer for weights of two axes, with run-time gains."""

    def __init__(self, inputs, outputs, side=0, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, *([side, side] if side else [])))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain = 1 / math.sqrt(inputs * max(1, side) ** 2)

    def forward(self, x, stride=1, padding=0):
        if self.weight.ndim == 2:
            return F.linear(x, self.weight * self.gain, self.bias)
        return F.conv2d(x, self.weight * self.gain, self.bias, stride, padding)


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv0, self.conv1 = Equalised(inputs, inputs, 3), Equalised(inputs, outputs, 3)
        self.skip = Equalised(inputs, outputs, 1, bias=False)

    def forward(self, x):
        # `smooth` is four times as strong as the filter.
        h = self.conv1(smooth(styled_lrelu(self.conv0(x, padding=1)), (2, 2)) / 4, stride=2)
        return (self.skip(smooth(x, (1, 1))[:, :, ::2, ::2] / 4) + styled_lrelu(h)) * math.sqrt(0.5)


def deviation(x, group=4):
    n, channels, height, width = x.shape
    size = min(group, n)
    groups = x.reshape(size, n // size, channels, height, width)
    y = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    return torch.cat([x, y.repeat(size)[:, None, None, None].expand(n, 1, height, width)], 1)


class Discriminator(nn.Module):
    def __init__(self, resolution, base, most):
        super().__init__()
        sides = [2**i for i in range(int(math.log2(resolution)), 1, -1)]
        widths = [min(base // side, most) for side in sides]
        last = widths[-1]
        self.rgb = Equalised(3, widths[0], 1)
        self.blocks = nn.Sequential(*[Block(*pair) for pair in zip(widths, widths[1:])])
        self.conv, self.fc = Equalised(last + 1, last, 3), Equalised(16 * last, last)
        self.linear, self.projection = Equalised(last, 1), Equalised(last, last)
        self.embedding = Equalised(2 * CLASSES, last, bias=False)

    def forward(self, x, rows):
        x = deviation(self.blocks(styled_lrelu(self.rgb(x))))
        phi = styled_lrelu(self.fc(styled_lrelu(self.conv(x, padding=1)).flatten(1)))
        along = (self.projection(phi) * unit(self.embedding(rows))).sum(1) / math.sqrt(phi.shape[1])
        return self.linear(phi)[:, 0], along


class StyleGan:
    def __init__(self, device, resolution, batch, base, most, latent, every, autocast):
        self.device, self.batch, self.every, self.autocast, self.done = device, batch, every, autocast, 0
        make = lambda: StyleGenerator(latent, base, most, 2, ["c%d" % i for i in range(CLASSES)], list(range(CLASSES)), resolution)
        self.g, self.average = make().to(device), make().to(device)
        for parameter in self.g.parameters():
            nn.init.normal_(parameter, std=1 / math.sqrt(max(1, parameter[0].numel() if parameter.ndim > 1 else 1)))
        self.d = Discriminator(resolution, base, most).to(device)
        self.numbers = self.g.noise.shape[1]
        adam = lambda network, k: torch.optim.Adam(network.parameters(), lr=0.0025 * k / (k + 1), betas=(0, 0.99 ** (k / (k + 1))), eps=1e-8)
        self.adam_g, self.adam_d = adam(self.g, 4), adam(self.d, every)
        self.reals = torch.randint(0, 256, (512, 3, resolution, resolution), dtype=torch.uint8, device=device)

    def conditions(self):
        return F.one_hot(torch.randint(0, CLASSES, (self.batch,), device=self.device), CLASSES).float()

    def rows(self, u):
        return torch.cat([u, u], 1)

    def fakes(self, u):
        self.g.noise = torch.randn(self.batch, self.numbers, device=self.device)
        z, other = torch.randn(2, self.batch, self.g.latent, device=self.device)
        w, second = self.g.styles(z, u), self.g.styles(other, u)
        # Style mixing: a cut anywhere, as in training.
        cut = int(torch.randint(1, len(self.g.layers), ()))
        return self.g.synthesis([w] * cut + [second] * (len(self.g.layers) - cut))

    def judged(self, sign, x, u):
        a, b = self.d(x, self.rows(u))
        return F.softplus(sign * a).mean() + F.softplus(sign * b).mean()

    def step(self, adam, loss):
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()

    def iterate(self):
        real = self.reals[torch.randint(0, len(self.reals), (self.batch,), device=self.device)].float() / 127.5 - 1
        u = self.conditions()
        with self.autocast():
            with torch.no_grad():
                fake = self.fakes(u)
            loss = self.judged(1, fake, u) + self.judged(-1, real, self.conditions())
        self.step(self.adam_d, loss)
        if self.done % self.every == 0:
            x = real.clone().requires_grad_()
            with self.autocast():
                logit, _ = self.d(x, self.rows(u))
            (slope,) = torch.autograd.grad(logit.sum(), x, create_graph=True)
            self.step(self.adam_d, slope.square().sum((1, 2, 3)).mean() * (0.1024 / 2 * self.every))
        u = self.conditions()
        with self.autocast():
            loss = self.judged(-1, self.fakes(u), u)
        self.step(self.adam_g, loss)
        with torch.no_grad():
            torch._foreach_mul_(list(self.average.parameters()), 0.999)
            torch._foreach_add_(list(self.average.parameters()), [p.data for p in self.g.parameters()], alpha=0.001)
        self.done += 1
