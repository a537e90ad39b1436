"""Distances between samples and reals on the features of a judge: float64 rows [n, d], on the CPU."""

import numpy as np
import torch

# Fewer pictures of a class than this say nothing of it.
LEAST = 10


def _moments(features):
    mean = features.mean(dim=0)
    centred = features - mean
    return mean, centred.t() @ centred / (len(features) - 1)


def frechet(a, b):
    """Frechet distance of two clouds, times 1,000 for unit features."""
    (mean_a, of_a), (mean_b, of_b) = _moments(a), _moments(b)
    values, vectors = torch.linalg.eigh(of_a)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.t()
    cross = torch.linalg.eigvalsh(root @ of_b @ root).clamp_min(0).sqrt().sum()
    return 1000 * float((mean_a - mean_b).square().sum() + of_a.trace() + of_b.trace() - 2 * cross)


def _kernel(a, b):
    """Cubic kernel of KID, on features of length sqrt(d)."""
    return (a @ b.t() + 1) ** 3


def kernel_distance(a, b):
    """Unbiased squared MMD with KID's kernel, times 1,000."""
    n, m = len(a), len(b)
    parts = [b[i : i + 2048] for i in range(0, m, 2048)]
    own_a = _kernel(a, a)
    within_a = (own_a.sum() - own_a.diagonal().sum()) / (n * (n - 1))
    within_b = sum(_kernel(part, b).sum() for part in parts) - ((b * b).sum(dim=1) + 1).pow(3).sum()
    between = sum(_kernel(a, part).sum() for part in parts) / (n * m)
    return 1000 * float(within_a + within_b / (m * (m - 1)) - 2 * between)


def kernel_distance_of_classes(samples, asked, reals, labels):
    """Mean over the classes of which there are enough samples and labeled reals; NaN where there is none."""
    classes = [c for c in np.unique(labels) if c >= 0 and min((asked == c).sum(), (labels == c).sum()) >= LEAST]
    found = [kernel_distance(samples[np.flatnonzero(asked == c)], reals[np.flatnonzero(labels == c)]) for c in classes]
    return float(np.mean(found)) if found else float("nan")


def class_accuracy(reals, labels, samples, asked, classes, seed):
    """Ridge classifier on half of the labeled reals. Returns its accuracy on the samples and on the other half."""
    labeled = np.flatnonzero(labels >= 0)
    order = np.random.RandomState(seed).permutation(labeled)
    learnt, kept = order[::2], order[1::2]
    if len(kept) == 0:
        return float("nan"), float("nan")
    mean = reals[learnt].mean(dim=0)
    x = torch.cat([reals[learnt] - mean, torch.ones(len(learnt), 1, dtype=torch.float64)], dim=1)
    y = torch.nn.functional.one_hot(torch.from_numpy(labels[learnt].astype(np.int64)), classes).double()
    weights = torch.linalg.solve(x.t() @ x + 1e-3 * len(x) / x.shape[1] * torch.eye(x.shape[1], dtype=torch.float64), x.t() @ y)
    told = lambda rows: ((rows - mean) @ weights[:-1] + weights[-1]).argmax(dim=1).numpy()
    return float((told(samples) == asked).mean()), float((told(reals[kept]) == labels[kept]).mean())


def _spread(features):
    """Mean of 1 - cosine over pairs."""
    n = len(features)
    return float((n * n - (features @ features.t()).sum()) / (n * (n - 1)))


def diversity(samples, reals):
    """samples: [slots, k, d] under each slot's one condition. reals: features of each slot's pictures. Mean of ratios."""
    ratios = [_spread(s) / _spread(r) for s, r in zip(samples, reals) if len(r) >= LEAST]
    return float(np.mean(ratios)) if ratios else float("nan")
