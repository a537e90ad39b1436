"""Checks the evaluation network (scripts/evaluationNetwork.ts) against PyTorch: the same ResNet-50 written down layer by layer, with the package's
float32 weights loaded by hand. Prints the reference features of two formula pictures as JSON; models/evaluation.golden.json keeps them.
Run: python3 scripts/evaluationNetwork.py .cache/evaluation/package/ResNet50 > models/evaluation.golden.json (numpy and torch)."""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

folder = sys.argv[1]
manifest = json.load(open(os.path.join(folder, "model.json")))["weightsManifest"]
raw = b"".join(open(os.path.join(folder, path), "rb").read() for group in manifest for path in group["paths"])
weights, at = {}, 0
for entry in (entry for group in manifest for entry in group["weights"]):
    count = int(np.prod(entry["shape"]))
    weights[entry["name"]] = torch.from_numpy(np.frombuffer(raw, "<f4", count, at).reshape(entry["shape"]).copy())
    at += 4 * count


def conv_norm(x, conv, norm, stride=1, padding=0):
    kernel = weights[conv + "/kernel"].permute(3, 2, 0, 1)
    x = F.conv2d(x, kernel, weights[conv + "/bias"], stride=stride, padding=padding)
    gamma, beta, mean, variance = (weights[f"{norm}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
    return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=1e-3)


def block(x, name, stride, projected):
    def branch(y, part, **kwargs):
        return conv_norm(y, f"res{name}_branch{part}", f"bn{name}_branch{part}", **kwargs)

    y = F.relu(branch(x, "2a", stride=stride))
    y = F.relu(branch(y, "2b", padding=1))
    y = branch(y, "2c")
    return F.relu(y + (branch(x, "1", stride=stride) if projected else x))


def features(x):
    x = F.relu(conv_norm(x, "conv1", "bn_conv1", stride=2, padding=3))
    x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
    for stage, letters in (("2", "abc"), ("3", "abcd"), ("4", "abcdef"), ("5", "abc")):
        for letter in letters:
            x = block(x, stage + letter, 2 if letter == "a" and stage != "2" else 1, letter == "a")
    return x.mean((2, 3))


def picture(n, size):
    y, x, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing="ij")
    value = 127.5 + 60 * np.sin(0.11 * (n + 1) * x + 0.3 * c) + 60 * np.cos(0.07 * (n + 2) * y + 0.5 * n * c)
    return np.floor(np.clip(value, 0, 255)).astype(np.uint8)


golden = []
with torch.no_grad():
    for n, size in ((0, 224), (1, 112)):
        rgb = picture(n, size)
        bgr = rgb[..., ::-1].astype(np.float32) - np.array([103.939, 116.779, 123.68], np.float32)
        f = features(torch.from_numpy(bgr.transpose(2, 0, 1)[None].copy())).double()[0]
        golden.append({"picture": n, "size": size, "byteSum": int(rgb.astype(np.int64).sum()), "first16": f[:16].tolist(), "norm": float(f.norm()), "sum": float(f.sum())})
print(json.dumps({"pictures": golden}, indent=1))
