"""StyleGAN2-ADA in float64, small and slow: the oracle of src/nn/stylegan2.

Written from the papers (Karras et al. 2020: "Analyzing and improving the image quality of StyleGAN"; "Training
generative adversarial networks with limited data") in their own form: raw weights with run-time gains, weights that
are modulated and demodulated for each picture, channels first. The studio computes the same in another form, so that
agreement means something. Conditions enter as in docs/method.md: the mapping sees h = fc0(norm z) + lambda
lrelu(FC(norm e(u))), the discriminator gives a(x) and b(x, u) = <P phi, norm e_D(u)> / sqrt(C).

    python3 scripts/stylegan2Reference.py            # writes src/nn/stylegan2/golden/stylegan2.safetensors
    python3 scripts/stylegan2Reference.py FOLDER     # writes networks as the public code pickles them, and what they draw

Arrays are stored in the studio's layout: pictures channels last, filters [KH, KW, I, O] (of transposed convolutions
[KH, KW, O, I]), linear layers [I, O], every weight times its gain, gradients with respect to these.
"""

import json
import math
import os
import pickle
import struct
import sys
import types
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.manual_seed(20)

RESOLUTION, CHANNELS, LATENT, BATCH, GROUP = 16, 8, 8, 6, 3
CLASSES, SLOTS = 2, 3
ROWS = CLASSES + SLOTS
LAMBDA, GAMMA, RATE = 0.6, 0.5, 0.0025
BETA2, EPSILON = 0.99, 1e-8
MAPPING_RATE = 0.01
R1_EVERY, PATH_EVERY = 16, 4
SIDES = [4, 8, 16]
FIR = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8


class Network:
    """Raw parameters by name, each with its gain and the way to the studio's layout."""

    def __init__(self):
        self.raw, self.gain, self.move = {}, {}, {}

    def add(self, name, shape, gain=1.0, deviation=1.0, mean=0.0, move=lambda t: t):
        # Biases and strengths that begin at a constant are moved away from it: every term shall count.
        self.raw[name] = (mean + deviation * torch.randn(shape)).requires_grad_()
        self.gain[name], self.move[name] = gain, move

    def linear(self, name, inputs, outputs, rate=1.0, bias=0.0, move=lambda t: t.t()):
        self.add(f"{name}.weight", (outputs, inputs), rate / math.sqrt(inputs), 1 / rate, move=move)
        self.add(f"{name}.bias", (outputs,), rate, 0.3 / rate, bias)

    def get(self, name):
        return self.raw[name] * self.gain[name]

    def fc(self, name, x, activate=True):
        y = x @ self.get(f"{name}.weight").t() + self.get(f"{name}.bias")
        return lrelu(y) if activate else y

    def studio(self, values, divide=False):
        """Values (by name, raw) times the gain, or gradients divided by it, in the studio's layout."""
        out = {}
        for name, move in self.move.items():
            scale = 1 / self.gain[name] if divide else self.gain[name]
            value = values.get(name)
            out[name] = move((torch.zeros_like(self.raw[name]) if value is None else value).detach() * scale)
        return joined(out)

    def gradients(self, loss):
        grads = torch.autograd.grad(loss, list(self.raw.values()), allow_unused=True)
        return dict(zip(self.raw, grads))


def joined(values):
    """The studio has all layers' affine maps from w to styles as one, side by side."""
    out = {name: value for name, value in values.items() if ".affine." not in name}
    for kind in ["weight", "bias"]:
        parts = [value for name, value in values.items() if name.endswith(f".affine.{kind}")]
        if parts:
            out[f"affine.{kind}"] = torch.cat(parts, -1)
    return out


def lrelu(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def norm(x):
    return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()


def fir(x, pad, gain=1.0, up=1, down=1):
    """Zeros between the pixels, a border, the filter, every down-th pixel."""
    batch, channels, side, _ = x.shape
    if up > 1:
        wide = x.new_zeros(batch, channels, side * up, side * up)
        wide[:, :, ::up, ::up] = x
        x = wide
    kernel = (FIR[:, None] * FIR[None] * gain)[None, None].repeat(channels, 1, 1, 1)
    return F.conv2d(F.pad(x, pad), kernel, groups=channels)[:, :, ::down, ::down]


hwio = lambda t: t.permute(2, 3, 1, 0)
hwoi = lambda t: t.permute(2, 3, 0, 1)


def generator():
    g = Network()
    g.add("mapping.embedding.weight", (ROWS, LATENT), 1 / math.sqrt(ROWS))
    g.linear("mapping.condition", LATENT, LATENT, MAPPING_RATE)
    g.linear("mapping.fc0", LATENT, LATENT, MAPPING_RATE)
    g.linear("mapping.fc1", LATENT, LATENT, MAPPING_RATE)
    g.add("const", (CHANNELS, 4, 4), move=lambda t: t.permute(1, 2, 0))
    for side in SIDES:
        for conv in ["conv1"] if side == 4 else ["conv0", "conv1"]:
            g.linear(f"b{side}.{conv}.affine", LATENT, CHANNELS, bias=1.0)
            g.add(f"b{side}.{conv}.weight", (CHANNELS, CHANNELS, 3, 3), move=hwoi if conv == "conv0" else hwio)
            g.add(f"b{side}.{conv}.noise", (), deviation=0.2)
            g.add(f"b{side}.{conv}.bias", (CHANNELS,), deviation=0.3)
        g.linear(f"b{side}.rgb.affine", LATENT, CHANNELS, bias=1.0)
        g.add(f"b{side}.rgb.weight", (3, CHANNELS, 1, 1), 1 / math.sqrt(CHANNELS), move=hwio)
        g.add(f"b{side}.rgb.bias", (3,), deviation=0.3)
    return g


def mapping(g, z, rows, weight):
    y = norm(rows @ g.get("mapping.embedding.weight"))
    h = g.fc("mapping.fc0", norm(z)) + weight * g.fc("mapping.condition", y)
    return g.fc("mapping.fc1", h)


def modulated(x, weight, style, up=False, demodulate=True):
    """Each picture has weights of its own."""
    made = []
    for picture, s in zip(x, style):
        w = weight * s[None, :, None, None]
        if demodulate:
            w = w * (w.square().sum((1, 2, 3), keepdim=True) + 1e-8).rsqrt()
        one = picture[None]
        if up:
            made.append(fir(F.conv_transpose2d(one, w.transpose(0, 1), stride=2), (1, 1, 1, 1), 4.0))
        else:
            made.append(F.conv2d(one, w, padding=w.shape[-1] // 2))
    return torch.cat(made)


def synthesis(g, w, noises, second=None, cutoff=0):
    """Each convolution takes the next w, colours that of the convolution behind them: `second` from number `cutoff`."""
    taken = lambda number: w if second is None or number < cutoff else second
    number = 0
    x = g.get("const")[None].repeat(w.shape[0], 1, 1, 1)
    picture = None
    for side in SIDES:
        for conv in ["conv1"] if side == 4 else ["conv0", "conv1"]:
            name = f"b{side}.{conv}"
            style = g.fc(f"{name}.affine", taken(number), activate=False)
            number += 1
            x = modulated(x, g.get(f"{name}.weight"), style, up=conv == "conv0")
            x = lrelu(x + noises[name] * g.get(f"{name}.noise") + g.get(f"{name}.bias")[None, :, None, None])
        style = g.fc(f"b{side}.rgb.affine", taken(number), activate=False)
        rgb = modulated(x, g.get(f"b{side}.rgb.weight"), style, demodulate=False)
        rgb = rgb + g.get(f"b{side}.rgb.bias")[None, :, None, None]
        picture = rgb if picture is None else fir(picture, (2, 1, 2, 1), 4.0, up=2) + rgb
    return picture


def discriminator(residual=False):
    d = Network()
    conv = lambda name, inputs, outputs, side=3: (
        d.add(f"{name}.weight", (outputs, inputs, side, side), 1 / math.sqrt(inputs * side * side), move=hwio),
        d.add(f"{name}.bias", (outputs,), deviation=0.3),
    )
    conv("rgb", 3, CHANNELS, 1)
    for side in SIDES[:0:-1]:
        conv(f"b{side}.conv0", CHANNELS, CHANNELS)
        conv(f"b{side}.conv1", CHANNELS, CHANNELS)
        if residual:
            d.add(f"b{side}.skip.weight", (CHANNELS, CHANNELS, 1, 1), 1 / math.sqrt(CHANNELS), move=hwio)
    conv("b4.conv", CHANNELS + 1, CHANNELS)
    pixels_first = lambda t: t.reshape(CHANNELS, CHANNELS, 16).permute(2, 1, 0).reshape(16 * CHANNELS, CHANNELS)
    d.linear("b4.fc", CHANNELS * 16, CHANNELS, move=pixels_first)
    d.linear("linear", CHANNELS, 1)
    d.linear("projection", CHANNELS, CHANNELS)
    d.add("embedding.weight", (ROWS, CHANNELS), 1 / math.sqrt(ROWS))
    return d


def deviation(x):
    batch, channels, height, width = x.shape
    groups = x.reshape(GROUP, batch // GROUP, channels, height, width)
    y = (groups - groups.mean(0)).square().mean(0)
    y = (y + 1e-8).sqrt().mean((1, 2, 3))
    return torch.cat([x, y.repeat(GROUP)[:, None, None, None].expand(batch, 1, height, width)], 1)


def judge(d, x, rows):
    """Logits a(x) and b(x, u). One kind of pictures at a time: they see each other."""
    bias = lambda name: d.get(f"{name}.bias")[None, :, None, None]
    x = lrelu(F.conv2d(x, d.get("rgb.weight")) + bias("rgb"))
    for side in SIDES[:0:-1]:
        y = lrelu(F.conv2d(x, d.get(f"b{side}.conv0.weight"), padding=1) + bias(f"b{side}.conv0"))
        y = lrelu(F.conv2d(fir(y, (2, 2, 2, 2)), d.get(f"b{side}.conv1.weight"), stride=2) + bias(f"b{side}.conv1"))
        if f"b{side}.skip.weight" in d.raw:
            y = (F.conv2d(fir(x, (1, 1, 1, 1), down=2), d.get(f"b{side}.skip.weight")) + y) * math.sqrt(0.5)
        x = y
    x = lrelu(F.conv2d(deviation(x), d.get("b4.conv.weight"), padding=1) + bias("b4.conv"))
    phi = d.fc("b4.fc", x.flatten(1))
    a = d.fc("linear", phi, activate=False)[:, 0]
    embedded = norm(rows @ d.get("embedding.weight"))
    b = (d.fc("projection", phi, activate=False) * embedded).sum(1) / math.sqrt(CHANNELS)
    return a, b


class Adam:
    """beta1 = 0, and the rate and beta2 of lazy regularisation: r = k / (k + 1)."""

    def __init__(self, network, every):
        ratio = every / (every + 1)
        self.network, self.rate, self.beta2 = network, RATE * ratio, BETA2**ratio
        self.t, self.v = 0, {name: torch.zeros_like(raw) for name, raw in network.raw.items()}

    def step(self, gradients):
        self.t += 1
        for name, raw in self.network.raw.items():
            g = gradients[name]
            g = torch.zeros_like(raw) if g is None else g
            self.v[name] = self.beta2 * self.v[name] + (1 - self.beta2) * g * g
            step = g / ((self.v[name] / (1 - self.beta2**self.t)).sqrt() + EPSILON)
            self.network.raw[name] = (raw.detach() - self.rate * step).requires_grad_()


def safetensors(path, arrays, metadata):
    header, at, blobs = {"__metadata__": metadata}, 0, []
    for name, value in arrays.items():
        data = np.ascontiguousarray(value.detach().numpy(), dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        blobs.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def rounded(*shape, **options):
    """What the studio is given has to be the same number there: float32."""
    return torch.randn(*shape, **options).float().double()


def exact(network):
    """What the studio holds is the product with the gain, in float32."""
    with torch.no_grad():  # biases of convolutions reach R1 through the deviations alone: these shall count
        if "b4.conv.weight" in network.raw and network.raw["b4.conv.weight"].shape[1] > CHANNELS:
            network.raw["b4.conv.weight"][:, CHANNELS] *= 30
    for name, raw in network.raw.items():
        gain = network.gain[name]
        network.raw[name] = ((raw * gain).detach().float().double() / gain).requires_grad_()


def reconstruct(meta):
    """Stands for the public code's function of another name; never called."""


class Pickled:
    """A network or a part of one, which pickles as the public code's do: a call of `reconstruct` with its state."""

    def __init__(self, name, tensors, parts):
        parameters = {key: torch.nn.Parameter(value.detach().float()) for key, value in tensors.items()}
        buffers = {key: parameters.pop(key).data for key in list(parameters) if key in ("noise_const", "w_avg")}
        source = "raise SystemExit('the source in this file was run')"
        state = {"training": False, "_parameters": OrderedDict(parameters), "_buffers": OrderedDict(buffers)}
        state["_modules"] = OrderedDict(parts)
        self.meta = {"type": "class", "version": 6, "module_src": source, "class_name": name, "state": state}

    def __reduce__(self):
        return reconstruct, (self.meta,)


def nested(tensors):
    """Tensors by dotted names as parts within parts."""
    own = {name: value for name, value in tensors.items() if "." not in name}
    below = {}
    for name, value in tensors.items():
        if "." in name:
            first, rest = name.split(".", 1)
            below.setdefault(first, {})[rest] = value
    return Pickled("Part", own, {name: nested(part) for name, part in below.items()})


def public_generator(g, noises, average):
    """The public code's names of a generator's raw parameters."""
    named = {"mapping.w_avg": average}
    for name, value in g.raw.items():
        public = name.replace(".rgb.", ".torgb.").replace(".noise", ".noise_strength")
        public = "b4.const" if name == "const" else public
        named[public if name.startswith("mapping.") else "synthesis." + public] = value
    for name, noise in noises.items():
        named[f"synthesis.{name}.noise_const"] = noise[0, 0]
    return {name: value for name, value in named.items() if ".condition." not in name and ".embedding." not in name}


def public_discriminator(d):
    named = {}
    for name, value in d.raw.items():
        first = name.split(".")[0]
        public = {"rgb": f"b{RESOLUTION}.fromrgb", "linear": "b4.out"}.get(first)
        if first not in ("projection", "embedding"):
            named[name.replace(first, public, 1) if public else name] = value
    return named


def write_public(folder):
    """At 32 px. A network without classes and one with, in the public code's layout, and pictures that they draw."""
    global RESOLUTION
    RESOLUTION = 32
    SIDES.append(RESOLUTION)
    module = types.ModuleType("torch_utils.persistence")
    reconstruct.__module__, reconstruct.__qualname__ = module.__name__, "_reconstruct_persistent_obj"
    reconstruct.__name__ = reconstruct.__qualname__
    module._reconstruct_persistent_obj = reconstruct
    sys.modules["torch_utils"], sys.modules[module.__name__] = types.ModuleType("torch_utils"), module
    z = rounded(BATCH, LATENT)
    noises = {f"b{side}.{c}": rounded(1, 1, side, side) for side in SIDES for c in ["conv0", "conv1"][side == 4 :]}
    arrays, average = {"z": z}, rounded(LATENT)
    for name, classes in [("unconditional", 0), ("conditional", CLASSES)]:
        g, d = generator(), discriminator(residual=True)
        y = []
        if classes:
            # The public mapping joins z and an embedding of the class, which has a bias.
            for part in ["weight", "bias"]:
                del g.raw[f"mapping.fc0.{part}"]
            g.linear("mapping.embed", classes, LATENT)
            g.linear("mapping.fc0", 2 * LATENT, LATENT, MAPPING_RATE)
            y = [norm(g.fc("mapping.embed", torch.eye(classes)[torch.arange(BATCH) % classes], activate=False))]
        w = g.fc("mapping.fc1", g.fc("mapping.fc0", torch.cat([norm(z), *y], 1)))
        arrays[name] = synthesis(g, w, noises).permute(0, 2, 3, 1)
        networks = {"G_ema": nested(public_generator(g, noises, average)), "D": nested(public_discriminator(d))}
        with open(os.path.join(folder, f"{name}.pkl"), "wb") as file:
            pickle.dump({**networks, "training_set_kwargs": {"path": "nowhere"}}, file)
    safetensors(os.path.join(folder, "expected.safetensors"), arrays, {})


def main():
    g, d = generator(), discriminator()
    exact(g)
    exact(d)
    arrays, numbers = {}, {}
    last = lambda t: t.permute(0, 2, 3, 1)

    def put(prefix, values):
        arrays.update({f"{prefix}/{name}": value for name, value in values.items()})

    z = rounded(BATCH, LATENT)
    u = torch.softmax(2 * torch.randn(2 * BATCH, SLOTS), 1).float().double()
    incidence = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    rows = torch.cat([u @ incidence, u], 1).float().double()
    fake_rows, real_rows = rows[:BATCH], rows[BATCH:]
    noises = {}
    for side in SIDES:
        for conv in ["conv1"] if side == 4 else ["conv0", "conv1"]:
            noises[f"b{side}.{conv}"] = rounded(BATCH, 1, side, side)
    reals = rounded(BATCH, 3, RESOLUTION, RESOLUTION)
    put("input", {"z": z, "fakeConditions": fake_rows, "realConditions": real_rows, "reals": last(reals)})
    put("noise", {name: last(value) for name, value in noises.items()})
    put("g0", g.studio(g.raw))
    put("d0", d.studio(d.raw))

    # Forward, the mapping's average, truncation towards the mean of the condition.
    w = mapping(g, z, fake_rows, LAMBDA)
    fakes = synthesis(g, w, noises)
    start = rounded(LATENT)
    put("forward", {"w": w, "pictures": last(fakes), "averageBefore": start})
    put("forward", {"averageAfter": torch.lerp(w.mean(0), start, 0.995)})
    more = rounded(16, LATENT)
    means = torch.stack([mapping(g, more, row[None].repeat(16, 1), LAMBDA).mean(0) for row in fake_rows])
    put("forward", {"latents": more, "truncated": torch.lerp(means, w, 0.7)})
    a, b = judge(d, fakes, fake_rows)
    put("forward", {"fakeLogits": torch.stack([a, b], 1)})
    put("forward", {"realLogits": torch.stack(judge(d, reals, real_rows), 1)})

    # One iteration: the discriminator's loss, its lazy R1 as a step of its own, then the generator's loss.
    # a and lambda b are two terms: trust in a label weighs the second alone.
    against = lambda sign, logits: F.softplus(sign * logits[0]).mean() + LAMBDA * F.softplus(sign * logits[1]).mean()
    optimizer = Adam(d, R1_EVERY)
    loss = against(1, judge(d, fakes.detach(), fake_rows)) + against(-1, judge(d, reals, real_rows))
    gradients = d.gradients(loss)
    numbers["lossD"] = loss.item()
    put("dLoss", d.studio(gradients, divide=True))
    optimizer.step(gradients)
    put("d1", d.studio(d.raw))

    x = reals.clone().requires_grad_()
    (slope,) = torch.autograd.grad(judge(d, x, real_rows)[0].sum(), x, create_graph=True)
    penalty = GAMMA / 2 * slope.square().sum((1, 2, 3)).mean()
    numbers["r1"] = penalty.item()
    gradients = d.gradients(penalty * R1_EVERY)
    put("r1", d.studio(gradients, divide=True))
    optimizer.step(gradients)
    put("d2", d.studio(d.raw))

    optimizer = Adam(g, PATH_EVERY)
    loss = against(-1, judge(d, fakes, fake_rows))
    gradients = g.gradients(loss)
    numbers["lossG"] = loss.item()
    put("gLoss", g.studio(gradients, divide=True))
    before = {name: raw.detach() for name, raw in g.raw.items()}
    optimizer.step(gradients)
    put("g1", g.studio(g.raw))

    # The moving average after 3,000 images: half-life of 500 thousand, 5% of the images so far while these are fewer.
    decay = 0.5 ** (BATCH / min(500_000, 0.05 * 3000))
    put("average", g.studio({name: torch.lerp(raw, before[name], decay) for name, raw in g.raw.items()}))

    # The discriminator with residuals: logits, and R1's gradient.
    residual = discriminator(residual=True)
    exact(residual)
    put("resnet", residual.studio(residual.raw))
    put("forward", {"resnetLogits": torch.stack(judge(residual, reals, real_rows), 1)})
    (slope,) = torch.autograd.grad(judge(residual, x, real_rows)[0].sum(), x, create_graph=True)
    put("resnetR1", residual.studio(residual.gradients(slope.square().sum((1, 2, 3)).mean()), divide=True))

    # ADA: every four iterations, by the sign of the mean sign over them against 0.6.
    signs = torch.tensor([1.0, 0.5, 1.0, 0.75, 0.5, 0.0, 0.5, 0.25, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5])
    p, steps = 0.0, []
    for i in range(0, 16, 4):
        p = max(0.0, p + np.sign(signs[i : i + 4].mean().item() - 0.6) * 64 * 4 / (500 * 1000))
        steps.append(p)
    put("ada", {"signs": signs, "p": torch.tensor(steps)})

    numbers.update(resolution=RESOLUTION, channels=CHANNELS, latent=LATENT, batch=BATCH, group=GROUP)
    numbers.update(classCount=CLASSES, slotCount=SLOTS, gamma=GAMMA, rate=RATE, beta2=BETA2, epsilon=EPSILON)
    numbers.update({"lambda": LAMBDA, "r1Every": R1_EVERY, "pathEvery": PATH_EVERY, "emaDecay": decay})
    metadata = {"numbers": json.dumps(numbers)}
    path = os.path.join(os.path.dirname(__file__), "../src/nn/stylegan2/golden/stylegan2.safetensors")
    safetensors(path, arrays, metadata)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_public(sys.argv[1])
    else:
        main()
