"""What the steps of an iteration share: this rank's part of what is drawn, networks as they compute, and the update."""

from collections import namedtuple

import torch

from . import counter_random as random
from .ada import DRAWS, ada_augment
from .augment import diff_augment
from .clip_head import ClipHead, mixed_prompts
from .dealing import deal
from .precision import autocast

# Names a forward pass of the generator. purpose: whose step it is, 'discriminator' or 'generator'. step: its number, which
# names its random numbers. lam: weight of the conditions. dealt: this rank's pictures.
Draw = namedtuple("Draw", "purpose step lam dealt")


class Context:
    """state: a `State`. eyes: a `View`; None trains without the CLIP head.

    precision: torch.float32, or the type that networks compute in under autocast; weights stay float32.
    """

    def __init__(self, state, pictures, eyes, prompts, ranks, precision, device):
        self.state, self.base, self.config = state, state.base, state.config
        self.pictures = pictures
        self.eyes = eyes
        self.prompts = prompts
        self.ranks = ranks
        self.precision = precision
        self.device = device
        self.head = ClipHead()
        self.dealt = self.deal(self.base.parts)

    def deal(self, parts):
        """This rank's share of a batch that is taken in so many parts."""
        dealt = deal(self.config["batch"], self.ranks.rank, self.ranks.count, self.base.group, parts)
        return dealt._replace(numbers=dealt.numbers.to(self.device))

    def own(self, values, dealt):
        """This rank's rows of an array of the global batch, as floats on the device."""
        return torch.as_tensor(values, dtype=torch.float32).to(self.device)[dealt.numbers]

    def latents(self, stream, step, dealt):
        return random.normal(dealt.numbers, self.config["generator"]["latent"], self.config["seed"], stream, step)

    def draws(self, stream, step, dealt, kind=0):
        """Draws of the augmentation for a kind of pictures: 0, or 1 for those that come second in one augmentation."""
        numbers = DRAWS if self.config["augment"]["mode"] == "ada" else 8
        rows = dealt.numbers + kind * self.config["batch"]
        return random.uniform(rows, numbers, self.config["seed"], stream, step)

    def reals(self, drawn, dealt):
        """[n, 3, side, side] in [-1, 1]."""
        numbers = dealt.numbers.cpu().numpy()
        pixels = torch.from_numpy(self.pictures[drawn["indices"][numbers]]).to(self.device)
        x = (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        flips = torch.as_tensor(drawn["flips"][numbers], device=self.device).reshape(-1, 1, 1, 1)
        return torch.where(flips, x.flip(3), x)

    def augment(self, x, draws):
        augment = self.config["augment"]
        if augment["mode"] == "none":
            return x
        if augment["mode"] == "ada":
            return ada_augment(x, draws, self.state.ada.p)
        return diff_augment(x, draws, augment)

    def generate(self, weights, z, conditions, draw, part):
        with autocast(self.device, self.precision):
            return self.base.train(weights, z, conditions, draw, part).float()

    def judge(self, weights, kinds, conditions):
        """Logits [n, 2] of each kind of pictures. kinds, conditions: lists."""
        with autocast(self.device, self.precision):
            if self.base.one_batch:
                logits = self.base.judge(weights, torch.cat(kinds), torch.cat(conditions))
                return logits.float().split([len(x) for x in kinds])
            return [self.base.judge(weights, x, rows).float() for x, rows in zip(kinds, conditions)]

    def view(self, pictures):
        """CLIP's view of pictures in [-1, 1]: features, and the tokens that token heads look at (a list)."""
        with autocast(self.device, self.precision):
            features, tokens = self.eyes((pictures + 1) * 0.5)
        return features.float(), tokens

    def clip_logits(self, weights, features, conditions):
        """The head's r of all features, and its rc by name. conditions: dict of name -> (u, slice of the features)."""
        hidden = self.head.hidden(weights, features)
        conditional = {
            name: self.head.conditional(weights, hidden[rows], mixed_prompts(u, self.prompts))
            for name, (u, rows) in conditions.items()
        }
        return self.head.unconditional(weights, hidden), conditional

    def update(self, loss_of, parts, networks):
        """An Adam step on the sum of `loss_of(part)` over the parts, and over the ranks. Returns this rank's sum.

        networks: list of (`Parameters`, their `Adam`). What a loss does not depend on gets gradients of zero.
        """
        leaves = [leaf for parameters, _ in networks for leaf in parameters.trainable()]
        sums, total = [None] * len(leaves), 0.0
        for i, part in enumerate(parts):
            loss = loss_of(part)
            # Spectral norm is worked out once for all parts.
            found = torch.autograd.grad(loss, leaves, allow_unused=True, retain_graph=i + 1 < len(parts))
            sums = [g if s is None else s if g is None else s + g for s, g in zip(sums, found)]
            total = total + loss.detach()
            del loss
        gradients = [torch.zeros_like(leaf) if s is None else s for leaf, s in zip(leaves, sums)]
        self.ranks.sum_gradients(gradients)
        at = 0
        for parameters, adam in networks:
            count = len(parameters.raw)
            adam.step(gradients[at : at + count], self.state.rate_scale)
            at += count
        return total
