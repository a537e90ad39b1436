"""The steps of an iteration that base models share: of discriminator and CLIP head together, and of the generator.

A step has `every` (iterations from one in which it runs to the next; it runs in the first), `times` (runs within an
iteration) and run(turn, k, step), run k of the iteration and number `step` of the whole training, which returns its
statistics: tensors on the device, sums over this rank's pictures.
"""

from collections import namedtuple

import torch

from . import counter_random as random
from . import losses
from .context import Draw

# What an iteration is given. discriminator: a batch for each discriminator step. generator: conditions of the generator
# step's fakes, [B, S]. lam, clip: lambda and lambda_clip; the CLIP head takes part where that is above 0.
Turn = namedtuple("Turn", "iteration discriminator generator lam clip")


def logit_statistics(real, fake, batch, names):
    """Sums over this rank's logits, so that those over all ranks are means. names: of the reals, fakes, signs of both."""
    values = [real.detach(), fake.detach(), real.detach().sign(), fake.detach().sign()]
    return {name: value.sum() / batch for name, value in zip(names, values)}


PIXEL_NAMES = ("realLogit", "fakeLogit", "signReal", "signFake")
CLIP_NAMES = ("clipReal", "clipFake", "clipSignReal", "clipSignFake")


class Sums(dict):
    """Statistics that are added up over the parts of a batch."""

    def add(self, values):
        for name, value in values.items():
            self[name] = self[name] + value if name in self else value


class DiscriminatorStep:
    every = 1

    def __init__(self, context):
        self.context = context
        self.times = context.config["discriminatorSteps"]

    def run(self, turn, k, step):
        c, drawn = self.context, turn.discriminator[k]
        state, dealt = c.state, c.dealt
        factors = lambda w: losses.mean_factors(torch.as_tensor(w, dtype=torch.float64))
        own = {name: c.own(drawn[name], dealt) for name in ("u", "u_fake", "u_wrong")}
        own.update({name: c.own(factors(drawn[name]), dealt) for name in ("w", "w_wrong")})
        own.update(reals=c.reals(drawn, dealt), real_rows=state.table_rows(own["u"]), fake_rows=state.table_rows(own["u_fake"]))
        for kind, name in enumerate(("real_draws", "fake_draws")):
            own[name] = c.draws(random.DISCRIMINATOR_AUGMENT, step, dealt, kind)
        z = c.latents(random.DISCRIMINATOR_LATENTS, step, dealt)
        with torch.no_grad():
            generator = state.generator.effective(False)
        weights = state.discriminator.effective(True)
        head = state.clip_head.effective(True) if turn.clip > 0 else None
        draw, sums = Draw("discriminator", step, turn.lam, dealt), Sums()

        def loss_of(part):
            some = {name: values[part] for name, values in own.items()}
            with torch.no_grad():
                fakes = c.generate(generator, z, own["fake_rows"], draw, part)
                draws = torch.cat([some["real_draws"], some["fake_draws"]])
                augmented = c.augment(torch.cat([some["reals"], fakes]), draws)
                view = c.view(augmented) if head else None
            return self._loss(turn, some, augmented, view, weights, head, sums)

        networks = [(state.discriminator, state.discriminator_adam)]
        if head:
            networks.append((state.clip_head, state.clip_head_adam))
        loss = c.update(loss_of, dealt.parts, networks)
        if state.ada is not None:
            state.ada.update(c.ranks.total(sums["signReal"]), turn.iteration, k)
        return {"lossD": loss, **sums}

    def _loss(self, turn, own, augmented, view, weights, head, sums):
        """L_D of some pictures. augmented: reals, then fakes. own: what belongs to them, by name."""
        c = self.context
        form, batch, joint = c.base.form, c.config["batch"], c.config["ablation"]["jointLogit"]
        consistency = c.config["augment"]["consistency"]
        count = len(own["reals"])
        kinds, rows = list(augmented.split(count)), [own["real_rows"], own["fake_rows"]]
        if consistency > 0:
            kinds.append(own["reals"])
            rows.append(own["real_rows"])
        real, fake, *plain = c.judge(weights, kinds, rows)
        loss = losses.pixel_terms(form, real, fake, own["w"], batch, turn.lam, joint)
        if plain:
            loss = loss + consistency * losses.consistency_terms(plain[0], real, own["w"], batch, turn.lam, joint)
        sums.add(logit_statistics(real[:, 0], fake[:, 0], batch, PIXEL_NAMES))
        if head:
            features, tokens = view
            reals, fakes = slice(0, count), slice(count, 2 * count)
            pairs = {"own": (own["u"], reals), "fake": (own["u_fake"], fakes), "wrong": (own["u_wrong"], reals)}
            r, terms = c.clip_logits(head, features, pairs)
            terms.update(r_real=r[reals], r_fake=r[fakes])
            loss = loss + turn.clip * losses.clip_terms(form, terms, own["w"], own["w_wrong"], batch, turn.lam)
            if tokens:
                seen = c.head.token_logits(head, tokens)
                terms = losses.token_terms(form, [t[reals] for t in seen], [t[fakes] for t in seen], batch)
                loss = loss + turn.clip * terms
            sums.add(logit_statistics(r[reals], r[fakes], batch, CLIP_NAMES))
        return loss


class GeneratorStep:
    every, times = 1, 1

    def __init__(self, context):
        self.context = context

    def run(self, turn, k, step):
        c, config = self.context, self.context.config
        state, dealt = c.state, c.dealt
        form, batch, joint = c.base.form, config["batch"], config["ablation"]["jointLogit"]
        u = c.own(turn.generator, dealt)
        rows = state.table_rows(u)
        z = c.latents(random.GENERATOR_LATENTS, step, dealt)
        draws = c.draws(random.GENERATOR_AUGMENT, step, dealt)
        weights = state.generator.effective(True)
        with torch.no_grad():
            critic = state.discriminator.effective(False)
            head = state.clip_head.effective(False) if turn.clip > 0 else None
        draw = Draw("generator", step, turn.lam, dealt)

        def loss_of(part):
            augmented = c.augment(c.generate(weights, z, rows, draw, part), draws[part])
            (logits,) = c.judge(critic, [augmented], [rows[part]])
            loss = losses.generator_terms(form, logits, batch, turn.lam, joint)
            if not head:
                return loss
            features, tokens = c.view(augmented)
            r, terms = c.clip_logits(head, features, {"own": (u[part], slice(None))})
            seen = c.head.token_logits(head, tokens)
            return loss + turn.clip * losses.generator_clip_terms(form, r, terms["own"], seen, batch, turn.lam)

        return {"lossG": c.update(loss_of, dealt.parts, [(state.generator, state.generator_adam)])}
