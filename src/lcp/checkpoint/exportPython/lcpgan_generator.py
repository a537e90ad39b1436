#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draw pictures with a generator that was trained in LCP-GAN Studio.

This file and a checkpoint are all you need, besides Python 3.8+, NumPy and PyTorch (1.13 or any 2.x, a CPU is enough):

    pip install torch numpy

On the command line
    python3 lcpgan_generator.py checkpoint.safetensors --info
        what is in the file: classes, clusters, training, sizes
    python3 lcpgan_generator.py checkpoint.safetensors --check
        draws the pictures that the studio stored with the checkpoint and compares; exit code 1 if they differ
    python3 lcpgan_generator.py checkpoint.safetensors --samples grid.png [--seed 1] [--columns 8]
        a grid of pictures: a row for each cluster, a column for each random latent; without --seed and
        --columns the very grid that the studio showed

In a program
    from lcpgan_generator import load_generator

    generator = load_generator("checkpoint.safetensors")      # a torch.nn.Module, in evaluation mode
    print(generator.clusters)                                 # ['cat/1', 'cat/2', 'dog/1', ...]

    z = generator.latents(8, seed=1)                          # [8, latent], what varies from picture to picture
    u = generator.condition("cat/2").expand(8, -1)            # [8, clusters], what to draw
    pictures = generator(z, u)                                # [8, 3, side, side] in [-1, 1]
    save_png("cats.png", tile(to_bytes(pictures), columns=8))

    generator.condition("cat")                                # a class: all of its clusters alike
    generator.condition({"cat/1": 0.5, "dog/1": 0.5})         # any mixture works: u are shares that sum to 1

The model
    A condition u says how much of each cluster to draw. The embedding e(u) = sum_s u_s (class_embedding[class of s] +
    cluster_embedding[s]) enters the generator of one of two base models.
    BigGAN: pictures of 32, 64 or 128 pixels a side. e(u), with z beside it in newer checkpoints, sets gain and bias of
    every batch norm of the residual blocks. Spectral norm is already applied; the batch norms use stored statistics.
    StyleGAN2-ADA: pictures of 32 to 256 pixels a side. e(u) joins z on the way to a style w. A truncation below 1 moves
    w towards its mean under the same condition: generator(z, u, truncation=0.7).
    The weights are the moving average of training, and every picture depends on its own z and u only. Everything else in
    the checkpoint (critics, optimizers, prompts, labels) is for going on with training in the studio; `read_safetensors`
    reads it.
"""

import argparse
import json
import math
import struct
import sys
import zlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

FORMAT = "lcp-gan-checkpoint"
NEWEST_VERSION = 1
# The studio computes on a GPU, in another order of additions. Larger differences mean a damaged file.
TOLERANCE = 1e-4
NORM_EPSILON = 1e-5
# What a checkpoint says of the generator of every base model; all else is the base model's own.
SAID_OF_ALL = ("base", "resolution", "latent", "classes", "clusters")


class CheckpointError(Exception):
    """The file cannot be used; the message says why."""


# ---------------------------------------------------------------------------------------------------------------------
# Files


def read_safetensors(path):
    """Reads a safetensors file.

    Returns (tensors, metadata): a dict of name -> torch.Tensor and a dict of name -> str.
    """
    dtypes = {"F32": np.float32, "F16": np.float16, "I32": np.int32, "I64": np.int64, "U8": np.uint8}
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise CheckpointError("the file is too short")
    (header_bytes,) = struct.unpack("<Q", data[:8])
    if header_bytes > len(data) - 8:
        raise CheckpointError("the file was cut off, or is no safetensors file")
    try:
        header = json.loads(data[8 : 8 + header_bytes].decode("utf-8"))
    except ValueError as error:
        raise CheckpointError("the file's header is damaged: %s" % error)
    metadata = header.pop("__metadata__", {})
    start = 8 + header_bytes
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in dtypes:
            raise CheckpointError("%s has the type %s" % (name, entry["dtype"]))
        dtype = np.dtype(dtypes[entry["dtype"]]).newbyteorder("<")
        begin, end = entry["data_offsets"]
        count = math.prod(entry["shape"])
        if begin < 0 or start + end > len(data) or end - begin != count * dtype.itemsize:
            raise CheckpointError("%s does not have the size that its shape says" % name)
        array = np.frombuffer(data, dtype, count, start + begin).reshape(entry["shape"])
        # A copy in the machine's own byte order: PyTorch wants to be able to write to it.
        tensors[name] = torch.from_numpy(array.astype(dtype.newbyteorder("=")))
    return tensors, metadata


def save_png(path, image):
    """Writes an array of bytes [height, width, 3] as a PNG picture."""
    height, width, _ = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(image, dtype=np.uint8))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) & 0xFFFFFFFF)

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows, 9)))
        file.write(chunk(b"IEND", b""))


def to_bytes(pictures):
    """Pictures [n, 3, height, width] in [-1, 1] -> array of bytes [n, height, width, 3]."""
    scaled = ((pictures.detach().cpu().double() + 1) * 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).numpy()


def tile(images, columns, gap=2):
    """Bytes [n, height, width, 3] -> one picture with `columns` of them side by side on white."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, channels), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = gap + index // columns * (height + gap), gap + index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return sheet


# ---------------------------------------------------------------------------------------------------------------------
# The network


class StandingNorm(nn.Module):
    """Batch norm by stored statistics; gain and bias come from outside, one a picture or one for all."""

    def __init__(self, width):
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, x, gain, bias):
        scale = gain * torch.rsqrt(self.running_var + NORM_EPSILON)
        shift = bias - scale * self.running_mean
        return x * scale[..., None, None] + shift[..., None, None]


class OutputNorm(StandingNorm):
    """The last batch norm, with a gain and a bias of its own."""

    def __init__(self, width):
        super().__init__(width)
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return super().forward(x, self.weight, self.bias)


class Attention(nn.Module):
    """Every position looks at all others (pooled by two), through an eighth of the channels; added with the weight gamma."""

    def __init__(self, channels):
        super().__init__()
        keys = max(1, channels // 8)
        self.theta = nn.Conv2d(channels, keys, 1, bias=False)
        self.phi = nn.Conv2d(channels, keys, 1, bias=False)
        self.g = nn.Conv2d(channels, 4 * keys, 1, bias=False)
        self.o = nn.Conv2d(4 * keys, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        queries = self.theta(x).flatten(2)
        keys = F.max_pool2d(self.phi(x), 2).flatten(2)
        values = F.max_pool2d(self.g(x), 2).flatten(2)
        shares = torch.softmax(queries.transpose(1, 2) @ keys, dim=2)
        attended = (values @ shares.transpose(1, 2)).reshape(len(x), -1, *x.shape[2:])
        return x + self.gamma * self.o(attended)


class Block(nn.Module):
    """Residual block that doubles the side: norm, ReLU, up, conv, norm, ReLU, conv, plus a 1 x 1 shortcut."""

    def __init__(self, inputs, outputs, attention=False):
        super().__init__()
        self.norm0 = StandingNorm(inputs)
        self.conv0 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = StandingNorm(outputs)
        self.conv1 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.attention = Attention(outputs) if attention else None

    def forward(self, x, gain0, bias0, gain1, bias1):
        y = F.interpolate(F.relu(self.norm0(x, gain0, bias0)), scale_factor=2, mode="nearest")
        y = F.relu(self.norm1(self.conv0(y), gain1, bias1))
        y = self.conv1(y) + F.interpolate(self.shortcut(x), scale_factor=2, mode="nearest")
        return y if self.attention is None else self.attention(y)


class ConditionalGenerator(nn.Module):
    """What generators of all base models share: what they are conditioned on, and how it is named.

    classes: names of the classes. class_of_cluster: for each cluster the position of its class in that list; the
    clusters of a class are numbered from 1 in the order in which they come.

    A base model adds `of`, which makes one from what a checkpoint says of it, and
    forward(z [n, latent], u [n, clusters]) -> pictures [n, 3, side, side] in [-1, 1].
    """

    def __init__(self, latent, classes, class_of_cluster):
        super().__init__()
        self.latent = latent
        self.classes = list(classes)
        self.class_of_cluster = list(class_of_cluster)
        # Which class a cluster belongs to, as a 0/1 matrix [clusters, classes].
        membership = F.one_hot(torch.tensor(self.class_of_cluster), len(self.classes)).float()
        self.register_buffer("membership", membership, persistent=False)

    def embedded(self, u, table):
        """e(u): the rows of a table, first the classes, then the clusters, mixed by u."""
        return torch.cat([u @ self.membership, u], dim=1) @ table

    @property
    def clusters(self):
        """Names of the clusters in order: 'class/1', 'class/2', ..."""
        seen = {}
        names = []
        for index in self.class_of_cluster:
            seen[index] = seen.get(index, 0) + 1
            names.append("%s/%d" % (self.classes[index], seen[index]))
        return names

    def condition(self, what):
        """A condition u [1, clusters].

        what: the name of a cluster ('cat/2') or its position (0, 1, ...), the name of a class (all of its clusters
        alike), or a dict of such names or positions -> weights >= 0, which are scaled to sum to 1.
        """
        if isinstance(what, dict):
            u = sum(weight * self.condition(part) for part, weight in what.items())
            return u / u.sum()
        u = torch.zeros(1, len(self.class_of_cluster), device=self.membership.device)
        clusters = self.clusters
        if isinstance(what, int):
            u[0, what] = 1
        elif what in clusters:
            u[0, clusters.index(what)] = 1
        elif what in self.classes:
            u[0] = self.membership[:, self.classes.index(what)]
            u /= u.sum()
        else:
            raise ValueError("%r is neither a cluster nor a class; there are %s" % (what, ", ".join(clusters)))
        return u

    def latents(self, count, seed=None):
        """Standard normal z [count, latent]; the same seed gives the same ones."""
        source = torch.Generator()
        if seed is None:
            source.seed()
        else:
            source.manual_seed(seed)
        return torch.randn(count, self.latent, generator=source).to(self.membership.device)


class Generator(ConditionalGenerator):
    """BigGAN's generator, conditioned on mixtures of clusters.

    resolution: 32, 64 or 128. width: 4 times BigGAN's number ch; blocks have multiples of ch channels. attention: whether the block
    whose maps have a side of 64 pixels ends in self-attention. latent_at_blocks: z joins e(u) at every block, instead of entering at the
    start alone.
    """

    START = 4  # side of the first feature map
    CHANNELS = {32: [4, 4, 4, 4], 64: [16, 16, 8, 4, 2], 128: [16, 16, 8, 4, 2, 1]}  # of a quarter of the width; each block doubles the side

    def __init__(self, latent, embedding, width, classes, class_of_cluster, resolution=32, attention=False, latent_at_blocks=False):
        super().__init__(latent, classes, class_of_cluster)
        channels = [multiple * width // 4 for multiple in self.CHANNELS[resolution]]
        # Gains and biases of the blocks' norms: from one matrix where all are equally wide, else from one each.
        norms = [count for pair in zip(channels, channels[1:]) for count in pair]
        self.uniform = len(set(norms)) == 1
        self.latent_at_blocks = latent_at_blocks
        described = embedding + (latent if latent_at_blocks else 0)
        # Rows: first the classes, then the clusters.
        self.embedding = nn.Embedding(len(self.classes) + len(self.class_of_cluster), embedding)
        if self.uniform:
            self.affine = nn.Linear(described, 2 * sum(norms))
        else:
            self.affines = nn.ModuleList([nn.Linear(described, 2 * count) for count in norms])
        self.linear = nn.Linear(latent, channels[0] * self.START**2)
        sides = [self.START * 2 ** (i + 1) for i in range(len(channels) - 1)]
        self.blocks = nn.ModuleList([Block(*pair, attention and side == 64) for side, *pair in zip(sides, channels, channels[1:])])
        self.output_norm = OutputNorm(channels[-1])
        self.output_conv = nn.Conv2d(channels[-1], 3, 3, padding=1)

    @classmethod
    def of(cls, sizes, classes, class_of_cluster):
        """The generator that a checkpoint describes by `sizes`."""
        switches = (sizes.get("attention", False), sizes.get("latent_at_blocks", False))
        return cls(sizes["latent"], sizes["embedding"], sizes["width"], classes, class_of_cluster, sizes["resolution"], *switches)

    def forward(self, z, u):
        """z [n, latent] standard normal, u [n, clusters] shares that sum to 1 -> pictures [n, 3, side, side] in [-1, 1]."""
        embedded = self.embedded(u, self.embedding.weight)
        if self.latent_at_blocks:
            embedded = torch.cat([embedded, z], dim=1)
        if self.uniform:
            gains_and_biases = self.affine(embedded).chunk(4 * len(self.blocks), dim=1)
        else:
            gains_and_biases = [part for affine in self.affines for part in affine(embedded).chunk(2, dim=1)]
        x = self.linear(z).reshape(len(z), -1, self.START, self.START)
        for i, block in enumerate(self.blocks):
            x = block(x, *gains_and_biases[4 * i : 4 * i + 4])
        return torch.tanh(self.output_conv(F.relu(self.output_norm(x))))


class Style(nn.Module):
    """A convolution whose weights are scaled by a style for each picture; colours (side 1) keep their length.

    Activations are scaled in the weights' place, before and after a convolution that all pictures share: the same map.
    """

    def __init__(self, inputs, outputs, up=False, colours=False):
        super().__init__()
        self.up, self.colours = up, colours
        side = 1 if colours else 3
        # A transposed convolution has its inputs first.
        self.weight = nn.Parameter(torch.zeros(*((inputs, outputs) if up else (outputs, inputs)), side, side))
        self.bias = nn.Parameter(torch.zeros(outputs))
        if not colours:
            self.noise = nn.Parameter(torch.zeros(()))

    def forward(self, x, style, noise=None):
        y = x * style[..., None, None]
        if self.colours:
            return F.conv2d(y, self.weight, self.bias)
        if self.up:
            y = smooth(F.conv_transpose2d(y, self.weight, stride=2), (1, 1))
        else:
            y = F.conv2d(y, self.weight, padding=1)
        squares = self.weight.square().sum((2, 3))  # [inputs, outputs] where it enlarges, else [outputs, inputs]
        lengths = style.square() @ (squares if self.up else squares.t())
        y = y * torch.rsqrt(lengths + 1e-8)[..., None, None] + noise * self.noise + self.bias[:, None, None]
        return styled_lrelu(y)


def styled_lrelu(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def unit(x):
    """Rows of mean square 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def smooth(x, padding):
    """The filter 1 3 3 1 both ways, four times as strong, behind a border before and after."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], device=x.device, dtype=x.dtype) / 4
    kernel = (taps[:, None] * taps)[None, None].expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, padding * 2), kernel, groups=x.shape[1])


class StyleGenerator(ConditionalGenerator):
    """StyleGAN2's generator, conditioned on mixtures of clusters.

    Maps of a side of s pixels have min(channel_base / s, channel_most) channels. `mapping_layers` lead from z to w.
    joined: e(u) stands beside z in the mapping's
    input, instead of being added behind its first layer. Noise is that which the studio draws its samples with, so that pictures repeat.
    """

    START = 4  # side of the first feature map
    MEAN_OF = 1000  # latents that the mean of w under a condition is taken over

    def __init__(self, latent, channel_base, channel_most, mapping_layers, classes, class_of_cluster, resolution=32, joined=False):
        super().__init__(latent, classes, class_of_cluster)
        self.mapping_layers, self.joined = mapping_layers, joined
        self.sides = [self.START * 2**i for i in range(int(math.log2(resolution // self.START)) + 1)]
        channels = [min(channel_base // side, channel_most) for side in self.sides]
        self.mapping = nn.ModuleDict({"fc%d" % i: nn.Linear(latent, latent) for i in range(mapping_layers)})
        if joined:
            self.mapping["fc0"] = nn.Linear(2 * latent, latent)
        else:
            self.mapping["condition"] = nn.Linear(latent, latent)
        self.mapping["embedding"] = nn.Embedding(len(self.classes) + len(self.class_of_cluster), latent)
        self.layers = []  # (block, layer, numbers of its style)
        for side, before, width in zip(self.sides, [None] + channels, channels):
            block = nn.ModuleDict()
            if before:
                block["conv0"] = Style(before, width, up=True)
            block["conv1"] = Style(width, width)
            block["rgb"] = Style(width, 3, colours=True)
            self.add_module("b%d" % side, block)
            self.layers += [("b%d" % side, name, before if name == "conv0" else width) for name in block]
        self.affine = nn.Linear(latent, sum(inputs for _, _, inputs in self.layers))
        self.const = nn.Parameter(torch.zeros(channels[0], self.START, self.START))
        noisy = [int(block[1:]) for block, name, _ in self.layers if name != "rgb"]
        self.register_buffer("condition_weight", torch.ones(()))
        self.register_buffer("w_mean", torch.zeros(latent))
        self.register_buffer("noise", torch.zeros(1, sum(side**2 for side in noisy)))

    @classmethod
    def of(cls, sizes, classes, class_of_cluster):
        """The generator that a checkpoint describes by `sizes`."""
        own = [sizes[name] for name in ("latent", "channel_base", "channel_most", "mapping_layers")]
        return cls(*own, classes, class_of_cluster, sizes["resolution"], sizes.get("joined_mapping", False))

    def styles(self, z, u):
        """z [n, latent], u [n, clusters] -> w [n, latent]."""
        embedded = unit(self.embedded(u, self.mapping["embedding"].weight))
        if self.joined:
            w = styled_lrelu(self.mapping["fc0"](torch.cat([unit(z), self.condition_weight * embedded], dim=1)))
        else:
            w = styled_lrelu(self.mapping["fc0"](unit(z)))
            w = w + self.condition_weight * styled_lrelu(self.mapping["condition"](embedded))
        for i in range(1, self.mapping_layers):
            w = styled_lrelu(self.mapping["fc%d" % i](w))
        return w

    def mean_styles(self, u):
        """The mean of w under each condition u [n, clusters] -> [n, latent]."""
        z = self.latents(self.MEAN_OF, seed=0)
        return torch.stack([self.styles(z, row.expand(len(z), -1)).mean(0) for row in u])

    def synthesis(self, w):
        """w [n, latent], or a list of them, one a layer of `layers` -> pictures."""
        each = w if isinstance(w, (list, tuple)) else [w] * len(self.layers)
        x = self.const.expand(len(each[0]), -1, -1, -1)
        picture, at, start = None, 0, 0
        for (block, name, inputs), own in zip(self.layers, each):
            style = F.linear(own, self.affine.weight[start : start + inputs], self.affine.bias[start : start + inputs])
            start += inputs
            layer, side = getattr(self, block)[name], int(block[1:])
            if name == "rgb":
                colours = layer(x, style)
                picture = colours if picture is None else enlarged(picture) + colours
            else:
                x = layer(x, style, self.noise[:, at : at + side**2].reshape(-1, 1, side, side))
                at += side**2
        return picture

    def forward(self, z, u, truncation=1.0):
        """z [n, latent] standard normal, u [n, clusters] shares that sum to 1 -> pictures [n, 3, side, side], about in [-1, 1].

        truncation: 1 draws as in training; less moves towards the mean of the condition, for surer pictures that vary less.
        """
        w = self.styles(z, u)
        if truncation != 1:
            w = torch.lerp(self.mean_styles(u), w, truncation)
        return self.synthesis(w)


def enlarged(picture):
    """Twice the side: zeros between the pixels, then the filter."""
    n, channels, side, _ = picture.shape
    wide = picture.new_zeros(n, channels, 2 * side, 2 * side)
    wide[:, :, ::2, ::2] = picture
    return smooth(wide, (2, 1))


# What a checkpoint calls its base model -> the generator.
GENERATORS = {"biggan": Generator, "stylegan2": StyleGenerator}


# ---------------------------------------------------------------------------------------------------------------------
# Checkpoints


class Checkpoint:
    """An opened checkpoint: `tensors` by name, `metadata` as Python values, and `generator()`."""

    def __init__(self, path):
        try:
            self.tensors, strings = read_safetensors(path)
            if strings.get("format") != FORMAT:
                raise CheckpointError("it is not a checkpoint of LCP-GAN Studio")
            if int(strings["format_version"]) > NEWEST_VERSION:
                raise CheckpointError("it was made by a newer studio: use the lcpgan_generator.py that came with it")
            texts = ("format", "format_version")
            self.metadata = {key: value if key in texts else json.loads(value) for key, value in strings.items()}
            self.sizes = self.metadata["generator"]
            self.classes = self.metadata["classes"]
            self.class_of_cluster = [slot["classIndex"] for slot in self.metadata["slots"]]
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError("its description is damaged (%s: %s)" % (type(error).__name__, error))

    def generator(self):
        """The generator with its weights, in evaluation mode. Every weight of the file must find its place."""
        sizes = self.sizes
        if sizes["base"] not in GENERATORS:
            raise CheckpointError("its base model %s is unknown: use the lcpgan_generator.py that came with it" % sizes["base"])
        network = GENERATORS[sizes["base"]].of(sizes, self.classes, self.class_of_cluster)
        prefix = "generator."
        weights = {name[len(prefix) :]: value for name, value in self.tensors.items() if name.startswith(prefix)}
        try:
            network.load_state_dict(weights, strict=True)
        except RuntimeError as error:
            raise CheckpointError("its weights do not fit: %s" % error)
        return network.eval().requires_grad_(False)

    def tensor(self, name):
        if name not in self.tensors:
            raise CheckpointError("%s is missing" % name)
        return self.tensors[name]


def load_generator(path):
    """The generator of a checkpoint file, ready to draw."""
    return Checkpoint(path).generator()


# ---------------------------------------------------------------------------------------------------------------------
# Command line


def draw(generator, z, u, batch=64):
    """Pictures for many z and u, a batch at a time."""
    return torch.cat([generator(z[i : i + batch], u[i : i + batch]) for i in range(0, len(z), batch)])


def print_info(checkpoint):
    metadata, sizes = checkpoint.metadata, checkpoint.sizes
    names = checkpoint.generator().clusters
    weights = sum(value.numel() for name, value in checkpoint.tensors.items() if name.startswith("generator."))
    print("made        %s, after %d iterations (%g thousand pictures)" % (metadata["created"], metadata["iteration"], metadata["kimg"]))
    own = ", ".join("%s %s" % (key, value) for key, value in sizes.items() if key not in SAID_OF_ALL)
    print("generator   %s, %d x %d pixels, %d numbers; %s" % (sizes["base"], sizes["resolution"], sizes["resolution"], weights, own))
    print("z           %d standard normal numbers" % sizes["latent"])
    print("u           %d shares, one a cluster:" % len(names))
    for index, name in enumerate(names):
        print("            %3d  %s" % (index, name))
    clip = metadata.get("clip")
    print("CLIP        %s" % ("%s (%d dimensions)" % (clip["name"], clip["dim"]) if clip else "none"))
    critic = metadata.get("critic")
    if critic:
        print("critic      %s (%d dimensions)" % (critic["name"], critic["dim"]))
    groups = {}
    for name, value in checkpoint.tensors.items():
        group = name.split(".")[0]
        groups[group] = groups.get(group, 0) + value.numel() * value.element_size()
    print("in the file " + ", ".join("%s %.1f MB" % (group, size / 1e6) for group, size in groups.items()))


def check(checkpoint):
    """Prints how far this machine's pictures are from the studio's. True if they agree."""
    expected = checkpoint.tensor("check.image").permute(0, 3, 1, 2)
    drawn = draw(checkpoint.generator(), checkpoint.tensor("check.z"), checkpoint.tensor("check.u"))
    difference = (drawn - expected).abs().max().item()
    agree = difference <= TOLERANCE  # False for NaN, too
    print("largest difference over %d pictures: %.3g (allowed: %g)" % (len(drawn), difference, TOLERANCE))
    print("The pictures are the studio's." if agree else "The pictures DIFFER from the studio's: the checkpoint is damaged.")
    return agree


def write_samples(checkpoint, path, seed, columns):
    generator = checkpoint.generator()
    stored = checkpoint.tensors.get("samples.z")
    if seed is None and stored is not None and (columns or 0) <= len(stored):
        z = stored[: columns or len(stored)]
    else:
        z = generator.latents(columns or 8, seed or 0)
    rows = len(generator.clusters)
    pictures = draw(generator, z.repeat(rows, 1), torch.eye(rows).repeat_interleave(len(z), dim=0))
    save_png(path, tile(to_bytes(pictures), columns=len(z)))
    print("%s: %d rows (clusters) x %d columns (latents)" % (path, rows, len(z)))
    for row, name in enumerate(generator.clusters):
        print("  row %d: %s" % (row + 1, name))


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def main():
    parser = argparse.ArgumentParser(
        description="Draws pictures with a generator that was trained in LCP-GAN Studio.",
        epilog="From Python: generator = load_generator('checkpoint.safetensors'); see the text at the top of this file.",
    )
    parser.add_argument("checkpoint", help="the file checkpoint.safetensors of an export")
    parser.add_argument("--info", action="store_true", help="print what is in the file (also without any option)")
    parser.add_argument("--check", action="store_true", help="compare with pictures that the studio drew; exit code 1 if they differ")
    parser.add_argument("--samples", metavar="FILE.png", help="write a grid: a row a cluster, a column a latent")
    parser.add_argument("--seed", type=int, help="of the latents of --samples (default: the studio's own latents)")
    parser.add_argument("--columns", type=positive, help="of --samples (default: as many as in the studio)")
    options = parser.parse_args()
    try:
        checkpoint = Checkpoint(options.checkpoint)
        if options.info or not (options.check or options.samples):
            print_info(checkpoint)
        with torch.no_grad():
            agree = check(checkpoint) if options.check else True
            if options.samples:
                write_samples(checkpoint, options.samples, options.seed, options.columns)
    except (CheckpointError, OSError) as error:
        print("%s: %s" % (options.checkpoint, error), file=sys.stderr)
        return 2
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
