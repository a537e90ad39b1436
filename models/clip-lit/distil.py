"""Trains the text tower to give each text of the corpus its vector."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def begin_as_bag_of_words(tower):
    """Start where the tower is almost the mean of its tokens: attention uniform, values passed on, the rest faint. From
    there, meanings of words are learnt first, in a tenth of the steps that a random start takes."""
    with torch.no_grad():
        first, *others = tower.blocks
        width = first.value.weight.shape[0]
        first.value.weight.copy_(torch.eye(width) + 0.02 * torch.randn(width, width) / width**0.5)
        first.out.weight.copy_(2 * torch.eye(width))
        for layer in (first.query, first.key):
            layer.weight.mul_(0.3)
        for block in tower.blocks:
            block.fall.weight.mul_(0.2)
        for block in others:
            block.out.weight.mul_(0.2)


def distance(vectors, targets):
    """Cosine distance, plus a softmax that must tell the batch's texts apart. Both [n, d], targets unit rows."""
    vectors = F.normalize(vectors.float(), dim=1)
    apart = F.cross_entropy(20 * vectors @ targets.T, (20 * targets @ targets.T).softmax(1))
    return 2 * (1 - (vectors * targets).sum(1)).mean() + 0.5 * apart


def encoded(tower, texts):
    """[N, d]; the shorter half and the longer half apart, so that little is padding."""
    rows = [tower.tokenizer(text) for text in texts]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    parts = np.array_split(order, 2)
    with torch.autocast("cpu", torch.bfloat16):
        vectors = torch.cat([tower(tower.padded([rows[i] for i in part])) for part in parts])
    return vectors[torch.tensor(np.argsort(order))]


def distil(tower, corpus, steps, words=384, phrases=160, seed=0, report=lambda step, loss: None):
    """Token vectors learn five times as fast as the matrices; both fall to nothing by a cosine."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    matrices = [p for block in tower.blocks for p in block.parameters() if p.ndim == 2] + [tower.projection.weight]
    matrix_ids = set(map(id, matrices)) | {id(tower.tokens.weight)}
    rest = [p for p in tower.parameters() if id(p) not in matrix_ids]
    groups = [
        dict(params=[tower.tokens.weight], lr=5e-3, weight_decay=0.0),
        dict(params=matrices, lr=1e-3, weight_decay=0.05),
        dict(params=rest, lr=1e-3, weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    rates = [group["lr"] for group in optimizer.param_groups]
    tower.train()
    for step in range(steps):
        share = min(1, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * share
        loss = 0
        for texts, targets in (corpus.draw_words(rng, words), corpus.draw_phrases(rng, phrases)):
            loss = loss + distance(encoded(tower, texts), targets) * len(texts) / (words + phrases)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99 or step == steps - 1:
            report(step + 1, loss.item())
    tower.eval()
