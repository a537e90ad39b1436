"""The same work as bench/gpu.ts in PyTorch, for a comparison in one run: matrix product, convolution, bandwidth, BigGAN-CIFAR images per second,
StyleGAN2-ADA at 128 px in seconds per thousand pictures (stylegan2.py).

    python3 bench/torch/gpu.py '{"matmul": 4096, "conv": [64, 32, 256], "elements": 67108864, "gan": {"batch": 50, "width": 256, "steps": 4}, "style": {"resolution": 128, "batch": 32, "base": 16384, "most": 512, "latent": 512, "every": 16, "rounds": 3}, "repeats": 20}'

Prints one JSON object: figures of eager float32 (no TF32), and under "mixed" those of bfloat16/float16 autocast, compiled where torch.compile exists.
The GAN is bench/gpu.ts's: BigGAN's 32 px networks (conditional batch norm, spectral norm, hinge, projection), Adam, a moving average, no augmentation.
Runs on the CPU too, where figures only show that the script works. Needs PyTorch 1.13 or later.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from stylegan2 import StyleGan

device = "cuda" if torch.cuda.is_available() else "cpu"
CLASSES = 10


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def seconds(work, repeats, rounds=7):
    """Median seconds of one `work`, of `rounds` times `repeats`."""
    for _ in range(3):
        work()
    wait()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        wait()
        times.append((time.perf_counter() - start) / repeats)
    return sorted(times)[len(times) // 2]


class ConditionalNorm(nn.Module):
    def __init__(self, channels, embedding):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Linear(embedding, channels)
        self.bias = nn.Linear(embedding, channels)

    def forward(self, x, e):
        return self.norm(x) * (1 + self.gain(e))[:, :, None, None] + self.bias(e)[:, :, None, None]


def conv(i, o, size):
    return spectral_norm(nn.Conv2d(i, o, size, padding=size // 2))


class UpBlock(nn.Module):
    def __init__(self, width, embedding):
        super().__init__()
        self.norms = nn.ModuleList([ConditionalNorm(width, embedding) for _ in range(2)])
        self.convs = nn.ModuleList([conv(width, width, 3), conv(width, width, 3)])
        self.shortcut = conv(width, width, 1)

    def forward(self, x, e):
        h = F.interpolate(F.relu(self.norms[0](x, e)), scale_factor=2)
        h = self.convs[1](F.relu(self.norms[1](self.convs[0](h), e)))
        return h + self.shortcut(F.interpolate(x, scale_factor=2))


class Generator(nn.Module):
    def __init__(self, width, latent=128, embedding=128):
        super().__init__()
        self.latent, self.width = latent, width
        self.embed = nn.Embedding(CLASSES, embedding)
        self.start = spectral_norm(nn.Linear(latent, 16 * width))
        self.blocks = nn.ModuleList([UpBlock(width, embedding) for _ in range(3)])
        self.norm = nn.BatchNorm2d(width)
        self.out = conv(width, 3, 3)

    def forward(self, z, y):
        e = self.embed(y)
        h = self.start(z).view(-1, self.width, 4, 4)
        for block in self.blocks:
            h = block(h, e)
        return torch.tanh(self.out(F.relu(self.norm(h))))


class DownBlock(nn.Module):
    def __init__(self, i, o, down, first):
        super().__init__()
        self.first, self.down = first, down
        self.convs = nn.ModuleList([conv(i, o, 3), conv(o, o, 3)])
        self.shortcut = conv(i, o, 1) if down or i != o else nn.Identity()

    def forward(self, x):
        h = self.convs[1](F.relu(self.convs[0](x if self.first else F.relu(x))))
        h = h + self.shortcut(x)
        return F.avg_pool2d(h, 2) if self.down else h


class Discriminator(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.blocks = nn.Sequential(*[DownBlock(3 if n == 0 else width, width, n < 2, n == 0) for n in range(4)])
        self.linear = spectral_norm(nn.Linear(width, 1))
        self.embed = spectral_norm(nn.Embedding(CLASSES, width))

    def forward(self, x, y):
        pooled = F.relu(self.blocks(x)).sum((2, 3))
        return self.linear(pooled)[:, 0] + (pooled * self.embed(y)).sum(1)


class Gan:
    def __init__(self, batch, width, steps, autocast, compiled):
        self.batch, self.steps, self.autocast = batch, steps, autocast
        layout = torch.channels_last if device == "cuda" else torch.contiguous_format
        self.g, self.average = Generator(width).to(device, memory_format=layout), Generator(width).to(device)
        self.d = Discriminator(width).to(device, memory_format=layout)
        options = {"lr": 2e-4, "betas": (0.0, 0.999), "eps": 1e-6}
        self.adam_g, self.adam_d = torch.optim.Adam(self.g.parameters(), **options), torch.optim.Adam(self.d.parameters(), **options)
        self.fake, self.judge = (torch.compile(self.g), torch.compile(self.d)) if compiled else (self.g, self.d)
        self.reals = torch.randint(0, 256, (512, 3, 32, 32), dtype=torch.uint8, device=device)

    def draw(self):
        return torch.randn(self.batch, self.g.latent, device=device), torch.randint(0, CLASSES, (self.batch,), device=device)

    def iterate(self):
        for _ in range(self.steps):
            z, y = self.draw()
            at = torch.randint(0, len(self.reals), (self.batch,), device=device)
            real = self.reals[at].float() / 127.5 - 1
            with self.autocast():
                with torch.no_grad():
                    fake = self.fake(z, y)
                loss = F.relu(1 - self.judge(real, y)).mean() + F.relu(1 + self.judge(fake, y)).mean()
            self.step(self.adam_d, loss)
        z, y = self.draw()
        with self.autocast():
            loss = -self.judge(self.fake(z, y), y).mean()
        self.step(self.adam_g, loss)
        with torch.no_grad():
            torch._foreach_mul_(list(self.average.parameters()), 0.999)
            torch._foreach_add_(list(self.average.parameters()), [p.data for p in self.g.parameters()], alpha=0.001)

    @staticmethod
    def step(adam, loss):
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()


class Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def figures(options, mixed):
    compiled = mixed and device == "cuda" and hasattr(torch, "compile")
    low = torch.bfloat16
    kind = low if mixed else torch.float32
    repeats = options["repeats"]
    side = options["matmul"]
    a, b = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    found = {"matmulTflops": 2 * side**3 / seconds(lambda: a @ b, repeats) / 1e12}
    batch, edge, channels = options["conv"]
    layout = torch.channels_last if device == "cuda" else torch.contiguous_format
    x = torch.randn(batch, channels, edge, edge, device=device, dtype=kind).to(memory_format=layout)
    w = torch.randn(channels, channels, 3, 3, device=device, dtype=kind).to(memory_format=layout)
    operations = 2 * batch * edge**2 * 9 * channels**2
    backward = torch.ops.aten.convolution_backward
    setting = (None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1)
    works = {
        "Forward": lambda: F.conv2d(x, w, padding=1),
        "GradientX": lambda: backward(x, x, w, *setting, [True, False, False]),
        "GradientFilter": lambda: backward(x, x, w, *setting, [False, True, False]),
    }
    for name, work in works.items():
        found[f"conv{name}Tflops"] = operations / seconds(work, repeats) / 1e12
    p = torch.randn(options["elements"], device=device, dtype=kind)
    q = torch.empty_like(p)
    found["copyGBs"] = 2 * p.numel() * p.element_size() / seconds(lambda: q.copy_(p), repeats) / 1e9
    gan = options["gan"]
    autocast = (lambda: torch.autocast(device, dtype=low)) if mixed else Nothing
    one = Gan(gan["batch"], gan["width"], gan["steps"], autocast, compiled)
    found["ganImagesPerSecond"] = gan["batch"] * gan["steps"] / seconds(one.iterate, max(1, repeats // 10), 5)
    del one
    style = options["style"]
    sizes = [style[name] for name in ("resolution", "batch", "base", "most", "latent", "every")]
    other = StyleGan(device, *sizes, autocast)
    found["styleSecondsPerKimg"] = 1000 / style["batch"] * seconds(other.iterate, style["every"], style["rounds"])
    return found


def main():
    options = json.loads(sys.argv[1])
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    print(json.dumps({"torch": torch.__version__, "device": name, **figures(options, False), "mixed": figures(options, True)}))


main()
