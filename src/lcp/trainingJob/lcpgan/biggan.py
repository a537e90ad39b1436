"""BigGAN at 32, 64 and 128 px: hinge losses, one batch for reals and fakes, batch norms over the global batch."""

import torch
from torch.nn import functional as F

from .base_model import BaseModel, Settings

NORM_EPSILON = 1e-5
# Batches that the standing statistics are taken over.
STANDING_BATCHES = 4
START = 4
# Of a quarter of the width.
GENERATOR_CHANNELS = {32: [4, 4, 4, 4], 64: [16, 16, 8, 4, 2], 128: [16, 16, 8, 4, 2, 1]}
DISCRIMINATOR_CHANNELS = {32: [4, 4, 4, 4], 64: [1, 2, 4, 8, 16], 128: [1, 2, 4, 8, 16, 16]}
ATTENTION_SIDE = 64


def _attention(weights, name, x):
    """x + gamma o(softmax(theta(x) phi(x)^T) g(x)), keys and values pooled by two."""
    project = lambda part: F.conv2d(x, weights["%s.attention.%s.weight" % (name, part)])
    queries = project("theta").flatten(2)
    keys = F.max_pool2d(project("phi"), 2).flatten(2)
    values = F.max_pool2d(project("g"), 2).flatten(2)
    shares = torch.softmax(queries.transpose(1, 2) @ keys, dim=2)
    attended = (values @ shares.transpose(1, 2)).reshape(len(x), -1, *x.shape[2:])
    output = F.conv2d(attended, weights["%s.attention.o.weight" % name])
    return x + weights["%s.attention.gamma" % name] * output


class Generator:
    """z and a condition to a picture. Holds no weights."""

    def __init__(self, config):
        quarter = config["generator"]["width"] // 4
        self.channels = [multiple * quarter for multiple in GENERATOR_CHANNELS[config["resolution"]]]
        norms = [count for pair in zip(self.channels, self.channels[1:]) for count in pair]
        self.uniform = len(set(norms)) == 1
        self.attention = config.get("attention", False)
        self.latent_at_blocks = config["generator"].get("latentAtBlocks", False)

    def forward(self, weights, z, conditions, norm):
        """z [B, latent], conditions [B, C + S] -> pictures [B, 3, side, side] in [-1, 1].

        norm(name, x) -> x normalised over the batch (or by standing statistics), [B, channels, h, w].
        """
        embedded = conditions @ weights["embedding.weight"]
        blocks = len(self.channels) - 1
        if self.latent_at_blocks:
            embedded = torch.cat([embedded, z], dim=1)
        linear = lambda name: F.linear(embedded, weights["%s.weight" % name], weights["%s.bias" % name])
        if self.uniform:
            affine = linear("affine").chunk(4 * blocks, dim=1)
        else:
            affine = [part for i in range(2 * blocks) for part in linear("affines.%d" % i).chunk(2, dim=1)]
        x = F.linear(z, weights["linear.weight"], weights["linear.bias"])
        x = x.reshape(len(z), -1, START, START)
        x = x.contiguous(memory_format=torch.channels_last)
        for i in range(blocks):
            x = self._block(weights, i, x, affine[4 * i : 4 * i + 4], norm)
        x = norm("output_norm", x)
        scale = lambda name: weights["output_norm.%s" % name].reshape(1, -1, 1, 1)
        x = F.relu(x * scale("weight") + scale("bias"))
        return torch.tanh(F.conv2d(x, weights["output_conv.weight"], weights["output_conv.bias"], padding=1))

    def _block(self, weights, index, x, affine, norm):
        name = "blocks.%d" % index
        gain0, bias0, gain1, bias1 = (part[..., None, None] for part in affine)
        up = lambda t: F.interpolate(t, scale_factor=2, mode="nearest")
        y = up(F.relu(norm("%s.norm0" % name, x) * gain0 + bias0))
        y = F.conv2d(y, weights["%s.conv0.weight" % name], padding=1)
        y = F.relu(norm("%s.norm1" % name, y) * gain1 + bias1)
        y = F.conv2d(y, weights["%s.conv1.weight" % name], padding=1)
        y = y + up(F.conv2d(x, weights["%s.shortcut.weight" % name]))
        return _attention(weights, name, y) if self.attention and y.shape[2] == ATTENTION_SIDE else y


class Discriminator:
    """A picture and a condition to two logits. Holds no weights."""

    def __init__(self, config):
        resolution = config["resolution"]
        quarter = config["discriminator"]["width"] // 4
        channels = [3] + [multiple * quarter for multiple in DISCRIMINATOR_CHANNELS[resolution]]
        self.pairs = list(zip(channels, channels[1:]))
        self.halvings = 2 if resolution == 32 else len(channels) - 2
        self.attention = config.get("attention", False)
        self.joint = config["ablation"]["jointLogit"]

    def forward(self, weights, x, conditions):
        """x [B, 3, side, side], conditions [B, C + S] -> logits [B, 2]: a(x), b(x, u); joint: a + <phi, e(u)> first."""
        for i, (inputs, outputs) in enumerate(self.pairs):
            x = self._block(weights, i, x, i < self.halvings, inputs != outputs)
        pooled = F.relu(x + weights["output_bias"].reshape(1, -1, 1, 1)).sum(dim=(2, 3)).float()
        unconditional = F.linear(pooled, weights["linear.weight"], weights["linear.bias"])
        projection = (pooled * (conditions @ weights["embedding.weight"])).sum(dim=1, keepdim=True)
        if self.joint:
            return torch.cat([unconditional + projection, projection], dim=1)
        return torch.cat([unconditional, projection / pooled.shape[1] ** 0.5], dim=1)

    def _block(self, weights, index, x, down, widens):
        name = "blocks.%d" % index
        bias = lambda which: weights["%s.%s" % (name, which)].reshape(1, -1, 1, 1)
        h = F.relu(x + bias("bias0")) if index > 0 else x
        h = F.conv2d(h, weights["%s.conv0.weight" % name], padding=1)
        h = F.conv2d(F.relu(h + bias("bias1")), weights["%s.conv1.weight" % name], padding=1)
        y = h + (F.conv2d(x, weights["%s.shortcut.weight" % name]) if down or widens else x)
        if down:
            y = F.avg_pool2d(y, 2)
        return _attention(weights, name, y) if self.attention and y.shape[2] == ATTENTION_SIDE else y


def _batch_norm(x, mean=None, variance=None):
    """By the batch's own statistics, or by those that are given."""
    return F.batch_norm(x, mean, variance, None, None, mean is None, 0.0, NORM_EPSILON)


class BigGan(BaseModel):
    """`statistics`: standing ones of the batch norms, running_mean and running_var."""

    def __init__(self, config, statistics, ranks):
        super().__init__(config, statistics, ranks)
        self._generator, self._discriminator = Generator(config), Discriminator(config)

    def settings(self):
        optimizer = self.config["optimizer"]
        own = lambda rate: Settings(optimizer[rate], optimizer["beta1"], optimizer["beta2"], optimizer["epsilon"])
        critics = own("discriminatorRate")
        return {"generator": own("generatorRate"), "discriminator": critics, "clip_head": critics}

    def train(self, weights, z, conditions, draw, part):
        norm = lambda _, x: self.ranks.batch_norm(x, NORM_EPSILON)
        return self._generator.forward(weights, z[part], conditions[part], norm)

    def judge(self, weights, pictures, conditions):
        return self._discriminator.forward(weights, pictures, conditions)

    def refresh(self, weights, draw):
        for batch in range(STANDING_BATCHES):

            def collect(name, x):
                mean = x.mean(dim=(0, 2, 3))
                variance = (x - mean.reshape(1, -1, 1, 1)).square().mean(dim=(0, 2, 3))
                for kind, value in (("running_mean", mean), ("running_var", variance)):
                    held = self.statistics.get("%s.%s" % (name, kind)) if batch else value
                    self.statistics["%s.%s" % (name, kind)] = held + (value - held) / (batch + 1)
                return _batch_norm(x)

            self._generator.forward(weights, *draw(batch), collect)

    def sample(self, weights, z, conditions):
        standing = lambda name, x: _batch_norm(
            x, *(self.statistics["%s.%s" % (name, kind)] for kind in ("running_mean", "running_var"))
        )
        return self._generator.forward(weights, z, conditions, standing)
