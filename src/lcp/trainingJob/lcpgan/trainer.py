"""The adversarial training of a run: `iterate` takes the discriminator's steps, then one of the generator.

The same algorithm, draws and order of steps as the studio's own trainer, so that from one state both go the same way.
"""

import torch

from . import counter_random as random
from . import losses, schedule
from .ada import DRAWS, ada_augment
from .augment import diff_augment
from .biggan import NORM_EPSILON, Discriminator, Generator
from .clip_head import ClipHead, mixed_prompts
from .precision import autocast
from .resample import bicubic


class Trainer:
    """state: a `State` (networks, optimizers, schedule counters). tower: None trains without the CLIP head.

    precision: torch.float32, or the type that networks compute in under autocast; weights stay float32.
    """

    def __init__(self, state, pictures, composer, order, tower, prompts, class_of_slot, ranks, precision, device):
        self.state = state
        self.config = state.config
        self.pictures = pictures
        self.composer = composer
        self.order = order
        self.tower = tower
        self.prompts = prompts
        self.ranks = ranks
        self.precision = precision
        self.device = device
        self.generator = Generator(self.config)
        self.discriminator = Discriminator(self.config)
        self.head = ClipHead(tower.grid if tower is not None else None)
        self.rows = ranks.rows(self.config["batch"])
        membership = torch.zeros(len(class_of_slot), int(max(class_of_slot)) + 1)
        membership[torch.arange(len(class_of_slot)), torch.tensor(class_of_slot)] = 1
        self.membership = membership.to(device)

    def iterate(self):
        """One iteration. Returns its statistics: tensors on the device, sums over this rank's rows."""
        config, state = self.config, self.state
        kimg = schedule.kimg_at(config, state.iteration)
        lam = schedule.conditioning_weight(config, kimg)
        clip = schedule.clip_weight(config, kimg) if self.tower is not None else 0.0
        steps, batch = config["discriminatorSteps"], config["batch"]
        indices = self.order.next(batch * steps)
        for k in range(steps):
            drawn = self.composer.discriminator(state.draws, k, indices[k * batch : (k + 1) * batch])
            statistics = self._discriminator_step(drawn, state.draws * steps + k, lam, clip)
            if state.ada is not None:
                state.ada.update(self.ranks.total(statistics["signReal"]), state.iteration, k)
        statistics.update(self._generator_step(self.composer.generator(state.draws), state.draws, lam, clip))
        state.average(schedule.ema_decay(config, state.iteration))
        state.iteration += 1
        state.draws += 1
        return {**statistics, "lambda": lam, "lambdaClip": clip}

    def _autocast(self):
        return autocast(self.device, self.precision)

    def _norm(self, _, x):
        return self.ranks.batch_norm(x, NORM_EPSILON)

    def _own(self, rows):
        """This rank's part of an array of the global batch, as floats on the device."""
        return torch.as_tensor(rows[self.rows], dtype=torch.float32).to(self.device)

    def _table_rows(self, u):
        """[uM, u]."""
        return torch.cat([u @ self.membership, u], dim=1)

    def _latents(self, stream, step):
        shape = (self.config["batch"], self.config["generator"]["latent"])
        return self._own(random.normal(shape, self.config["seed"], stream, step))

    def _draws(self, pictures, stream, step):
        """Draws of the augmentation, of the reals (if there are two kinds) and of the fakes, this rank's part."""
        batch = self.config["batch"]
        numbers = DRAWS if self.config["augment"]["mode"] == "ada" else 8
        draws = random.uniform((pictures * batch, numbers), self.config["seed"], stream, step)
        return torch.cat([self._own(draws[i * batch : (i + 1) * batch]) for i in range(pictures)])

    def _reals(self, drawn):
        pixels = torch.from_numpy(self.pictures[drawn["indices"][self.rows]]).to(self.device)
        x = (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        flips = torch.as_tensor(drawn["flips"][self.rows], device=self.device).reshape(-1, 1, 1, 1)
        return torch.where(flips, x.flip(3), x)

    def _augment(self, x, draws):
        augment = self.config["augment"]
        if augment["mode"] == "none":
            return x
        if augment["mode"] == "ada":
            return ada_augment(x, draws, self.state.ada.p)
        return diff_augment(x, draws, augment)

    def _generate(self, weights, z, rows):
        with self._autocast():
            return self.generator.forward(weights, z, rows, self._norm).float()

    def _judge(self, weights, pictures, rows):
        with self._autocast():
            return self.discriminator.forward(weights, pictures, rows).float()

    def _features(self, pictures):
        """CLIP's view of pictures in [-1, 1]: features, and the tokens that token heads look at (a list)."""
        pixels = bicubic((pictures + 1) * 0.5, self.state.image_size)
        with self._autocast():
            features, tokens = self.tower(pixels)
        return features.float(), tokens

    def _clip_logits(self, weights, view, conditions):
        """Logits of the head on features. conditions: dict of name -> (u, which half of the view it is paired with, in units of this rank's batch)."""
        hidden = self.head.hidden(weights, view)
        own = len(view) // (2 if len(conditions) > 1 else 1)
        logits = {
            name: self.head.conditional(weights, hidden[half * own : (half + 1) * own], mixed_prompts(u, self.prompts))
            for name, (u, half) in conditions.items()
        }
        return self.head.unconditional(weights, hidden), logits

    def _discriminator_step(self, drawn, step, lam, clip):
        config, state = self.config, self.state
        batch, joint = config["batch"], config["ablation"]["jointLogit"]
        consistency = config["augment"]["consistency"]
        u, u_fake, u_wrong = (self._own(drawn[name]) for name in ("u", "u_fake", "u_wrong"))
        trust, trust_wrong = (
            self._own(losses.mean_factors(torch.as_tensor(drawn[name], dtype=torch.float64)))
            for name in ("w", "w_wrong")
        )
        reals = self._reals(drawn)
        own = len(reals)
        with torch.no_grad():
            z = self._latents(random.DISCRIMINATOR_LATENTS, step)
            fakes = self._generate(state.generator.effective(False), z, self._table_rows(u_fake))
            augmented = self._augment(torch.cat([reals, fakes]), self._draws(2, random.DISCRIMINATOR_AUGMENT, step))
            view, tokens = self._features(augmented) if clip > 0 else (None, [])
        pictures = torch.cat([augmented, reals]) if consistency > 0 else augmented
        real_rows, fake_rows = self._table_rows(u), self._table_rows(u_fake)
        conditions = torch.cat([real_rows, fake_rows] + ([real_rows] if consistency > 0 else []))
        weights = state.discriminator.effective(True)
        logits = self._judge(weights, pictures, conditions)
        real, fake = logits[:own], logits[own : 2 * own]
        loss = losses.pixel_terms(real, fake, trust, batch, lam, joint)
        if consistency > 0:
            loss = loss + consistency * losses.consistency_terms(logits[2 * own :], real, trust, batch, lam, joint)
        statistics = self._logit_statistics(real[:, 0], fake[:, 0], "")
        if clip > 0:
            head_weights = state.clip_head.effective(True)
            pairs = {"own": (u, 0), "fake": (u_fake, 1), "wrong": (u_wrong, 0)}
            r, terms = self._clip_logits(head_weights, view, pairs)
            terms.update(r_real=r[:own], r_fake=r[own:])
            loss = loss + clip * losses.clip_terms(terms, trust, trust_wrong, batch, lam)
            if tokens:
                heads = self.head.token_logits(head_weights, tokens)
                loss = loss + clip * losses.token_terms([t[:own] for t in heads], [t[own:] for t in heads], batch)
            statistics.update(self._logit_statistics(r[:own], r[own:], "clip"))
        networks = [(state.discriminator, state.discriminator_adam)]
        if clip > 0:
            networks.append((state.clip_head, state.clip_head_adam))
        self._step(loss, networks, state.rate_scale * config["optimizer"]["discriminatorRate"])
        return {"lossD": loss.detach(), **statistics}

    def _logit_statistics(self, real, fake, prefix):
        batch = self.config["batch"]
        name = lambda text: prefix + text[0].upper() + text[1:] if prefix else text
        return {
            name("realLogit" if not prefix else "real"): real.detach().sum() / batch,
            name("fakeLogit" if not prefix else "fake"): fake.detach().sum() / batch,
            name("signReal"): real.detach().sign().sum() / batch,
            name("signFake"): fake.detach().sign().sum() / batch,
        }

    def _generator_step(self, u_rows, step, lam, clip):
        config, state = self.config, self.state
        batch = config["batch"]
        u = self._own(u_rows)
        rows = self._table_rows(u)
        z = self._latents(random.GENERATOR_LATENTS, step)
        draws = self._draws(1, random.GENERATOR_AUGMENT, step)
        weights = state.generator.effective(True)
        with torch.no_grad():
            critic = state.discriminator.effective(False)
            head = state.clip_head.effective(False) if clip > 0 else None
        augmented = self._augment(self._generate(weights, z, rows), draws)
        logits = self._judge(critic, augmented, rows)
        view, tokens = self._features(augmented) if clip > 0 else (None, [])
        joint = config["ablation"]["jointLogit"]
        loss = -(logits[:, 0].sum() + (0 if joint else lam * logits[:, 1].sum())) / batch
        if clip > 0:
            r, terms = self._clip_logits(head, view, {"own": (u, 0)})
            loss = loss - clip * (r.sum() + lam * terms["own"].sum()) / batch
            if tokens:
                means = [t.sum() / (batch * t.shape[1]) for t in self.head.token_logits(head, tokens)]
                loss = loss - clip * torch.stack(means).mean()
        self._step(loss, [(state.generator, state.generator_adam)], state.rate_scale * config["optimizer"]["generatorRate"])
        return {"lossG": loss.detach()}

    def _step(self, loss, networks, rate):
        leaves = [leaf for parameters, _ in networks for leaf in parameters.trainable()]
        gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
        gradients = [torch.zeros_like(l) if g is None else g for l, g in zip(leaves, gradients)]
        self.ranks.sum_gradients(gradients)
        at = 0
        for parameters, adam in networks:
            count = len(parameters.raw)
            adam.step(gradients[at : at + count], rate)
            at += count
