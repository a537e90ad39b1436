"""Makes golden.json: Frechet distance, kernel distance and nearest-neighbour metrics of two small sets of features, in numpy float64,
written down from their definitions. Run: python3 src/metrics/golden.py (numpy only). The features are a formula, so that no data are stored."""
import json
import os

import numpy as np


def features(n, d, shift, spread):
    i = np.arange(n)[:, None].astype(np.float64)
    j = np.arange(d)[None, :].astype(np.float64)
    x = np.sin(12.9898 * i + 78.233 * j + shift) * 43.7585
    x = x - np.floor(x)
    y = np.sin(3.7 * i * (j + 1) + shift)
    return (spread * (x - 0.5) + 0.3 * y + 0.1 * np.cos(j + shift)).astype(np.float32)


def frechet(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(s1 @ s2).real, 0))
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * roots.sum())


def mmd(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    d, n, m = a.shape[1], len(a), len(b)
    k = lambda x, y: (x @ y.T / d + 1) ** 3
    aa, bb, ab = k(a, a), k(b, b), k(a, b)
    return float((aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1)) - 2 * ab.mean())


def manifold(real, fake, k):
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    dist = lambda x, y: np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))
    radius = lambda x: np.sort(dist(x, x), axis=1)[:, k]
    rf, rr, ff = dist(real, fake), radius(real), radius(fake)
    inside = rf < rr[:, None]
    return {
        "precision": float(inside.any(0).mean()),
        "recall": float((rf < ff[None]).any(1).mean()),
        "density": float(inside.sum(0).mean() / k),
        "coverage": float(inside.any(1).mean()),
    }


cases = []
for n, m, d, k in [(60, 60, 7, 5), (40, 40, 3, 3), (20, 20, 33, 4), (90, 50, 12, 5)]:
    a, b = features(n, d, 0.0, 1.0), features(m, d, 0.7, 1.3)
    case = {"n": n, "m": m, "d": d, "k": k, "frechet": frechet(a, b), "manifold": manifold(a, b, k)}
    if n == m:
        case["kernel"] = mmd(a, b)
    cases.append(case)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as out:
    json.dump({"cases": cases}, out, indent=1)
    out.write("\n")
