"""StyleGAN2-ADA: logistic losses, reals and fakes apart, R1 as a lazy step of its own, Adam rescaled for it."""

import math

import torch

from . import counter_random as random
from . import stylegan2_networks as networks
from .base_model import BaseModel, Settings
from .counter_random import CounterRandom
from .dealing import group_of, parts_of
from .losses import LOGISTIC
from .precision import in_float32
from .r1 import R1Step
from .steps import DiscriminatorStep, GeneratorStep

# Factor on the mapping's learning rate.
MAPPING_RATE = 0.01
# The public code's interval of path length, by which it rescales the generator's Adam even where that is off.
PATH_EVERY = 4
# What a new batch leaves of the running mean of w.
AVERAGE_KEPT = 0.995

# Random numbers of a forward pass, by whose step it is: noise, and where styles are mixed.
NOISE = {"discriminator": random.DISCRIMINATOR_NOISE, "generator": random.GENERATOR_NOISE}
MIXING = {"discriminator": random.DISCRIMINATOR_MIXING, "generator": random.GENERATOR_MIXING}


def _lazy(settings, every):
    """Where every k-th step has one more, each of the k + 1 takes the k / (k + 1)-th part."""
    ratio = every / (every + 1)
    rate, beta1, beta2, epsilon = settings
    return Settings(rate * ratio, beta1**ratio, beta2**ratio, epsilon)


class StyleGan2(BaseModel):
    """`statistics`: condition_weight (lambda of the last step), w_mean (running mean of w) and the noise of samples."""

    form = LOGISTIC
    one_batch = False

    def __init__(self, config, statistics, ranks):
        super().__init__(config, statistics, ranks)
        batch = config["batch"]
        self.parts = parts_of(batch, config.get("parts", 1))
        self.penalty_parts = parts_of(batch, config["r1"].get("parts", 1))
        sizes = [batch // self.parts, batch // self.penalty_parts]
        self.group = self.group_of_one = group_of(config["deviationGroup"], *sizes)
        if ranks and batch % ranks.count == 0:
            # Where there are fewer groups than ranks, a group is what a rank holds.
            self.group = group_of(self.group_of_one, *sizes, batch // ranks.count)
        self._layers = networks.styled_layers(config)
        self._mixing = config.get("styleMixing", 0)

    def settings(self):
        optimizer = self.config["optimizer"]
        own = lambda rate: Settings(optimizer[rate], optimizer["beta1"], optimizer["beta2"], optimizer["epsilon"])
        return {
            "generator": _lazy(own("generatorRate"), PATH_EVERY),
            "discriminator": _lazy(own("discriminatorRate"), self.config["r1"]["every"]),
            "clip_head": own("discriminatorRate"),
        }

    def gain(self, network, name, shape):
        if network == "clip_head":
            return 1.0
        if name.endswith("embedding.weight"):
            return 1 / math.sqrt(shape[0])
        rate = MAPPING_RATE if name.startswith("mapping.") else 1.0
        # Demodulation makes the generator's convolutions independent of their scale.
        styled = network == "generator" and ".conv" in name
        if not name.endswith(".weight") or styled:
            return rate
        return rate / math.sqrt(math.prod(shape[1:]))

    def steps(self, context):
        return [DiscriminatorStep(context), R1Step(context), GeneratorStep(context)]

    def train(self, weights, z, conditions, draw, part):
        self.statistics["condition_weight"] = torch.tensor(float(draw.lam), device=z.device)
        layers, seed, latent = self._layers, self.config["seed"], z.shape[1]
        with in_float32(z.device):
            # Of all of this rank's pictures: they cost little, and their mean is tracked.
            w = networks.map_latents(self.config, weights, z, conditions, draw.lam)
            if part.start == 0:
                self._track(w.detach())
            styles = networks.styles_of(weights, layers, w[part])
            wanted = draw.dealt.numbers[part]
            ahead = latent if self._mixing > 0 else 0
            drawn = random.normal(wanted, ahead + networks.noise_pixels(layers), seed, NOISE[draw.purpose], draw.step)
            cutoff = self._cutoff(draw)
            if cutoff < networks.style_count(layers):
                second = networks.map_latents(self.config, weights, drawn[:, :latent], conditions[part], draw.lam)
                others = networks.styles_of(weights, layers, second)
                styles = [own if layer.number < cutoff else other for layer, own, other in zip(layers, styles, others)]
        return networks.synthesize(weights, layers, styles, drawn[:, ahead:])

    def _cutoff(self, draw):
        """The number from which on styles are those of a second latent, the same for all pictures of a step."""
        count = networks.style_count(self._layers)
        source = CounterRandom(self.config["seed"], MIXING[draw.purpose], draw.step)
        return 1 + source.integer(count - 1) if source.uniform() < self._mixing else count

    def _track(self, w):
        now = self.ranks.total(w.sum(dim=0)) / self.config["batch"]
        self.statistics["w_mean"] = torch.lerp(now, self.statistics["w_mean"], AVERAGE_KEPT)

    def judge(self, weights, pictures, conditions):
        phi = networks.features(self.config, weights, pictures, self.group)
        with in_float32(phi.device):
            first = networks.unconditional(weights, phi)
            along = networks.conditional(weights, phi, conditions)
        return torch.cat([first + along if self.config["ablation"]["jointLogit"] else first, along], dim=1)

    def penalized(self, weights, pictures, conditions):
        """What R1 looks at, [n]: a(x) alone; where logits are joint, their sum."""
        phi = networks.features(self.config, weights, pictures, self.group)
        first = networks.unconditional(weights, phi)
        if self.config["ablation"]["jointLogit"]:
            first = first + networks.conditional(weights, phi, conditions)
        return first[:, 0]

    def sample(self, weights, z, conditions):
        w = networks.map_latents(self.config, weights, z, conditions, self.statistics["condition_weight"])
        noise = self.statistics["noise"].expand(len(z), -1)
        return networks.synthesize(weights, self._layers, networks.styles_of(weights, self._layers, w), noise)
