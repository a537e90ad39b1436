"""The losses of the method in hinge form, as sums of terms with factors over the global batch.

Factors are worked out for the whole batch; a rank adds up its own rows, and gradients are summed over the ranks.
"""

import torch
from torch.nn import functional as F


def mean_factors(w):
    """w_i / sum w; zeros where nothing is trusted, so that the term vanishes."""
    total = w.sum()
    return w / total if total > 0 else torch.zeros_like(w)


def pushed_up(logits):
    """V+: wants the logit above 1."""
    return F.relu(1 - logits)


def pushed_down(logits):
    """V-: wants the logit below -1."""
    return F.relu(1 + logits)


def pixel_terms(real, fake, trust, batch, lam, joint):
    """Terms of the pixel discriminator's logits [b, 2]. trust: factors of the reals' weighted mean; batch: global B."""
    if joint:
        return (trust * pushed_up(real[:, 0])).sum() + pushed_down(fake[:, 0]).sum() / batch
    unconditional = (pushed_up(real[:, 0]).sum() + pushed_down(fake[:, 0]).sum()) / batch
    conditional = (trust * pushed_up(real[:, 1])).sum() + pushed_down(fake[:, 1]).sum() / batch
    return unconditional + lam * conditional


def consistency_terms(plain, augmented, trust, batch, lam, joint):
    """Squared differences of the logits of reals and of the same reals augmented."""
    squares = (plain - augmented).square()
    if joint:
        return (trust * squares[:, 0]).sum()
    return squares[:, 0].sum() / batch + lam * (trust * squares[:, 1]).sum()


def clip_terms(logits, trust, trust_wrong, batch, lam):
    """Terms of the CLIP head. logits: dict of r_real, r_fake, own, fake, wrong, each [b]."""
    unconditional = (pushed_up(logits["r_real"]).sum() + pushed_down(logits["r_fake"]).sum()) / batch
    conditional = (
        (trust * pushed_up(logits["own"])).sum()
        + pushed_down(logits["fake"]).sum() / (2 * batch)
        + (trust_wrong * pushed_down(logits["wrong"])).sum() / 2
    )
    return unconditional + lam * conditional


def token_terms(real, fake, batch):
    """Mean over heads and patches; real and fake: lists of [b, patches]."""
    terms = [
        pushed_up(r).sum() / (batch * r.shape[1]) + pushed_down(f).sum() / (batch * f.shape[1])
        for r, f in zip(real, fake)
    ]
    return torch.stack(terms).mean()
