"""The real/fake head on CLIP: h = LeakyReLU(FC(sqrt(d) f)), r = FC(h), rc = <h, A mbar(u)> / 16.

f is CLIP's unit feature of a picture; mbar(u) = sqrt(d) unit(sum_s u_s m_s), m_s the unit feature of slot s's prompt.
"""

import torch
from torch.nn import functional as F

# As the studio's kernels: LeakyReLU with slope 0.2.
SLOPE = 0.2


def scaled_unit(rows):
    """Rows of length sqrt(width)."""
    return rows / rows.norm(dim=-1, keepdim=True).clamp_min(1e-12) * rows.shape[-1] ** 0.5


def mixed_prompts(u, prompts):
    """mbar(u). u [n, S], prompts m [S, d] -> [n, d]; rows of zeros where the mixture vanishes."""
    return scaled_unit(u @ prompts)


class ClipHead:
    """Holds no weights."""

    def hidden(self, weights, features):
        """features [n, d], any length -> h [n, 256]."""
        return F.leaky_relu(F.linear(scaled_unit(features.float()), weights["hidden.weight"], weights["hidden.bias"]), SLOPE)

    def unconditional(self, weights, hidden):
        """r, [n]."""
        return F.linear(hidden, weights["linear.weight"], weights["linear.bias"])[:, 0]

    def conditional(self, weights, hidden, prompts):
        """rc of each row with its own mixed prompt [n, d], [n]."""
        return (hidden * F.linear(prompts, weights["prompt.weight"])).sum(dim=1) / hidden.shape[1] ** 0.5

    def token_logits(self, weights, tokens):
        """Of each token head, [n, patches]. tokens: a list of maps, one [n, width, height, width of the map] a head."""
        return [self._token_head(weights, "tokens%d" % i, seen) for i, seen in enumerate(tokens)]

    def _token_head(self, weights, name, seen):
        of = lambda part: weights["%s.%s" % (name, part)]
        patches = scaled_unit(seen.float().movedim(1, -1)).movedim(-1, 1)
        hidden = F.leaky_relu(F.conv2d(patches, of("hidden.weight"), of("hidden.bias")), SLOPE)
        return F.conv2d(hidden, of("conv.weight"), of("conv.bias"), padding=1).flatten(1)
