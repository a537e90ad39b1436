"""Makes golden.json: Frechet distance (scipy's matrix square root), kernel distance (scikit-learn's polynomial kernel) and nearest-neighbour metrics
(scikit-learn's neighbours) of small sets of features in float64. Run: python3 src/metrics/golden.py (numpy, scipy,
scikit-learn, Pillow). Also resized pictures: Pillow's bicubic filter on float images, and the FID convention's bilinear one. The features are a formula, so that no data are stored."""
import json
import os

import numpy as np
from PIL import Image
from scipy import linalg
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors


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
    # S1^(1/2) S2 S1^(1/2) has the eigenvalues of S1 S2 and is symmetric, so that singular covariances cost no digits.
    w, v = linalg.eigh(s1)
    root = (v * np.sqrt(np.maximum(w, 0))) @ v.T
    trace = np.sqrt(np.maximum(linalg.eigvalsh(root @ s2 @ root), 0)).sum()
    if len(a) > a.shape[1] + 1 and len(b) > b.shape[1] + 1:
        assert abs(trace / np.trace(linalg.sqrtm(s1 @ s2).real) - 1) < 1e-6
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * trace)


def mmd(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    n, m = len(a), len(b)
    k = lambda x, y: polynomial_kernel(x, y, degree=3, gamma=1 / a.shape[1], coef0=1)
    aa, bb, ab = k(a, a), k(b, b), k(a, b)
    return float((aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1)) - 2 * ab.mean())


def manifold(real, fake, k):
    real, fake = real.astype(np.float64), fake.astype(np.float64)

    def own(x):
        return NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(x).kneighbors(x)[0]

    rr, ff = own(real)[:, k], own(fake)[:, k]
    rf = np.sqrt(((real[:, None] - fake[None]) ** 2).sum(-1))
    inside = rf < rr[:, None]
    return {
        "manifold": {
            "precision": float(inside.any(0).mean()),
            "recall": float((rf < ff[None]).any(1).mean()),
            "density": float(inside.sum(0).mean() / k),
            "coverage": float(inside.any(1).mean()),
        },
        "nearestReal": rf.argmin(0).tolist(),
        "nearestDistance": rf.min(0).tolist(),
        "realToReal": own(real)[:, 1].tolist(),
    }


def picture(size):
    i = np.arange(size * size * 3)
    return (np.floor(127.5 + 127.4 * np.sin(0.37 * i + 0.003 * i * i))).astype(np.uint8).reshape(size, size, 3)


def bicubic(rgb, to):
    planes = [np.array(Image.fromarray(rgb[..., c].astype(np.float32), "F").resize((to, to), Image.BICUBIC)) for c in range(3)]
    return np.clip(np.stack(planes, -1), 0, 255)


def bilinear(rgb, to):
    size = len(rgb)
    at = np.arange(to) * size / to
    low = np.floor(at).astype(int)
    high, share = np.minimum(low + 1, size - 1), at - low
    rows = rgb[low] * (1 - share)[:, None, None] + rgb[high] * share[:, None, None]
    return rows[:, low] * (1 - share)[None, :, None] + rows[:, high] * share[None, :, None]


resized = []
for size, to in [(5, 8), (9, 4), (6, 6)]:
    resized.append({"size": size, "to": to, **{name: np.round(f(picture(size), to), 4).ravel().tolist() for name, f in (("bicubic", bicubic), ("bilinear", bilinear))}})

cases = []
for n, m, d, k in [(60, 60, 7, 5), (40, 40, 3, 3), (20, 20, 33, 4), (90, 50, 12, 5), (30, 80, 64, 5), (80, 30, 40, 5)]:
    a, b = features(n, d, 0.0, 1.0), features(m, d, 0.7, 1.3)
    case = {"n": n, "m": m, "d": d, "k": k, "frechet": frechet(a, b), **manifold(a, b, k)}
    if n == m:
        case["kernel"] = mmd(a, b)
    cases.append(case)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as out:
    out.write('{"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n],\n\"resized\": [\n" + ",\n".join(json.dumps(case) for case in resized) + "\n]}\n")
