"""The losses of the method, as sums of terms with factors over the global batch, in the form of the base model.

Factors are worked out for the whole batch; a rank adds up its own rows, and gradients are summed over the ranks.
"""

from collections import namedtuple

import torch
from torch.nn import functional as F

# How a critic's logits are pushed: up (of reals), down (of fakes), and by the generator.
Form = namedtuple("Form", "up down generator")

HINGE = Form(up=lambda t: F.relu(1 - t), down=lambda t: F.relu(1 + t), generator=lambda t: -t)
LOGISTIC = Form(up=lambda t: F.softplus(-t), down=F.softplus, generator=lambda t: F.softplus(-t))


def mean_factors(w):
    """w_i / sum w; zeros where nothing is trusted, so that the term vanishes."""
    total = w.sum()
    return w / total if total > 0 else torch.zeros_like(w)


def pixel_terms(form, real, fake, trust, batch, lam, joint):
    """Terms of the pixel discriminator's logits [b, 2]. trust: factors of the reals' weighted mean; batch: global B."""
    if joint:
        return (trust * form.up(real[:, 0])).sum() + form.down(fake[:, 0]).sum() / batch
    unconditional = (form.up(real[:, 0]).sum() + form.down(fake[:, 0]).sum()) / batch
    conditional = (trust * form.up(real[:, 1])).sum() + form.down(fake[:, 1]).sum() / batch
    return unconditional + lam * conditional


def consistency_terms(plain, augmented, trust, batch, lam, joint):
    """Squared differences of the logits of reals and of the same reals augmented."""
    squares = (plain - augmented).square()
    if joint:
        return (trust * squares[:, 0]).sum()
    return squares[:, 0].sum() / batch + lam * (trust * squares[:, 1]).sum()


def clip_terms(form, logits, trust, trust_wrong, batch, lam):
    """Terms of the CLIP head. logits: dict of r_real, r_fake, own, fake, wrong, each [b]."""
    unconditional = (form.up(logits["r_real"]).sum() + form.down(logits["r_fake"]).sum()) / batch
    conditional = (
        (trust * form.up(logits["own"])).sum()
        + form.down(logits["fake"]).sum() / (2 * batch)
        + (trust_wrong * form.down(logits["wrong"])).sum() / 2
    )
    return unconditional + lam * conditional


def token_terms(form, real, fake, batch):
    """Mean over heads and patches; real and fake: lists of [b, patches]."""
    terms = [
        form.up(r).sum() / (batch * r.shape[1]) + form.down(f).sum() / (batch * f.shape[1]) for r, f in zip(real, fake)
    ]
    return torch.stack(terms).mean()


def generator_terms(form, logits, batch, lam, joint):
    """Terms of L_G by the pixel discriminator's logits of the fakes, [b, 2]."""
    unconditional = form.generator(logits[:, 0]).sum() / batch
    return unconditional if joint else unconditional + lam * form.generator(logits[:, 1]).sum() / batch


def generator_clip_terms(form, r, conditional, tokens, batch, lam):
    """The same by the CLIP head's: r and rc of the fakes, [b], and the token heads' logits, a list of [b, patches]."""
    loss = (form.generator(r).sum() + lam * form.generator(conditional).sum()) / batch
    if tokens:
        loss = loss + torch.stack([form.generator(t).sum() / (batch * t.shape[1]) for t in tokens]).mean()
    return loss
