"""The shared space: a linear projection of MobileNet's features, and a head on MiniLM's sentence vectors that meets it.

No picture of ImageNet is needed. A softmax classifier over features of classes with equal spread is Fisher's linear
discriminant: its rows are W_c = S^-1 (m_c - m), S the covariance within classes. So the mean features of ImageNet's
classes follow from MobileNet's own head, m_c = m + k S (W_c - mean W), with S from other photos. A pseudo feature of a
class is that mean plus what a real photo differs by from its class's mean.

Head and projection learn, by softmax over cosines,
- ImageNet's classes and their WordNet hypernyms (pseudo features against names, synonyms, glosses),
- captioned pictures: photo sets, emoji, drawings,
- MobileNet's own judgement of real photos among ImageNet's names (Kullback-Leibler; needs no captions), which keeps
  the captioned sets from bending the space where they say nothing.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from mobilenet import FEATURES

TEMPLATES = ["a photo of a {}.", "{}", "a close-up photo of a {}.", "a picture of the {}.", "an image of a {}."]
GLOSS_SHARE = 0.15
# k above: fitted once on the 24 Caltech classes that have a namesake in ImageNet (median over them 1.54).
SCALE_OF_MEANS = 1.54


@dataclass
class Concept:
    """Something with pictures: an ImageNet class, a group of them, or a caption."""

    names: list  # the first one is used half of the time
    gloss: str
    classes: list  # ImageNet classes 0..999 that it covers; empty for captions


class PseudoFeatures:
    """Features as ImageNet's classes would have them."""

    def __init__(self, head_weight, photo_sets):
        residuals, everything = [], []
        for photos in photo_sets:
            everything.append(photos.features)
            for label in np.unique(photos.labels):
                own = photos.features[photos.labels == label]
                residuals.append(own - own.mean(0))
        self.residuals = np.concatenate(residuals)
        self.mean = np.concatenate(everything).mean(0)
        within = self.residuals.T.astype(np.float64) @ self.residuals / len(self.residuals)
        within = 0.9 * within + 0.1 * np.eye(FEATURES) * np.trace(within) / FEATURES
        rows = head_weight.numpy().astype(np.float64)
        self.class_means = (self.mean + SCALE_OF_MEANS * (rows - rows.mean(0)) @ within).astype(np.float32)

    def draw(self, rng, classes):
        """One feature for each given class. Features come after a ReLU: none is negative."""
        noise = self.residuals[rng.integers(len(self.residuals), size=len(classes))]
        strength = rng.uniform(0.4, 1.1, (len(classes), 1))
        return np.maximum(self.class_means[classes] + noise * strength, 0).astype(np.float32)


class Projection(nn.Module):
    """Features -> the shared space, [N, d], not normalised. Begins as PCA, whitened by the fourth root."""

    def __init__(self, mean, dim, sample=None):
        super().__init__()
        weight = torch.zeros(dim, FEATURES)
        if sample is not None:
            centred = (sample - mean).astype(np.float64)
            values, vectors = np.linalg.eigh(centred.T @ centred / len(sample))
            top = np.argsort(values)[::-1][:dim]
            weight = torch.tensor((vectors[:, top] / values[top] ** 0.25).T.copy(), dtype=torch.float32)
        self.weight = nn.Parameter(weight)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))

    def forward(self, features):
        return F.linear(features - self.mean, self.weight)


class TextHead(nn.Module):
    """MiniLM's vectors -> the shared space, unit rows: linear, plus a small hidden layer that begins at nothing."""

    def __init__(self, mean, dim, hidden=1024):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.linear = nn.Linear(len(mean), dim)
        self.rise, self.fall = nn.Linear(len(mean), hidden), nn.Linear(hidden, dim)
        nn.init.zeros_(self.fall.weight)

    def forward(self, vectors):
        x = (vectors - self.mean) * 4
        hidden = F.dropout(F.gelu(self.rise(x)), 0.2, self.training)
        return F.normalize(self.linear(x) + self.fall(hidden), dim=-1)


class Texts:
    """Texts of all concepts with their MiniLM vectors; draws one of a concept's."""

    def __init__(self, concepts, encode):
        texts, self.plain, self.glossed = [], [], []
        for concept in concepts:
            plain, glossed = [], []
            for rank, name in enumerate(concept.names[:4]):
                for template in TEMPLATES if rank == 0 else TEMPLATES[:2]:
                    plain.append(len(texts))
                    texts.append(template.format(name))
            if concept.gloss:
                for text in (f"{concept.names[0]}, {concept.gloss}", concept.gloss):
                    glossed.append(len(texts))
                    texts.append(text)
            self.plain.append(plain)
            self.glossed.append(glossed)
        self.vectors = torch.tensor(encode(texts).astype(np.float32))

    def draw(self, rng, concepts):
        chosen = []
        for c in concepts:
            if self.glossed[c] and rng.random() < GLOSS_SHARE:
                chosen.append(self.glossed[c][rng.integers(len(self.glossed[c]))])
            else:
                plain = self.plain[c]
                chosen.append(plain[0 if rng.random() < 0.5 else rng.integers(len(plain))])
        return self.vectors[chosen]


@dataclass
class Captioned:
    """Captioned pictures; concept of a picture = first + label."""

    features: np.ndarray
    mirrored: np.ndarray
    labels: np.ndarray
    first: int
    per_step: int
    weight: float = 0.25

    def draw(self, rng):
        """Pictures of one step and the labels that may be confused: all of a photo set's, or those drawn."""
        at = rng.integers(len(self.features), size=self.per_step)
        flip = rng.random((self.per_step, 1)) < 0.5
        features = np.where(flip, self.mirrored[at], self.features[at])
        if self.labels.max() < 200:
            return features, np.arange(self.labels.max() + 1), self.labels[at]
        shown, targets = np.unique(self.labels[at], return_inverse=True)
        return features, shown, targets


@dataclass
class Judged:
    """Real photos with what MobileNet's head says of them."""

    features: np.ndarray  # [N, 1024]
    logits: np.ndarray  # [N, 1000]


class Objective:
    """The loss of one step. `concepts`: ImageNet's 1,000 classes, then their groups, then captions."""

    def __init__(self, concepts, texts, pseudo, captioned, judged, seed=0):
        self.texts, self.pseudo, self.captioned, self.judged = texts, pseudo, captioned, judged
        self.rng = np.random.default_rng(seed)
        self.group_count = sum(len(c.classes) > 0 for c in concepts) - 1000
        self.covers = np.zeros((self.group_count, 1000), bool)
        for row, concept in enumerate(concepts[1000 : 1000 + self.group_count]):
            self.covers[row, concept.classes] = True

    def __call__(self, head, projection, scale, classes=512, pictures=384, groups=96):
        rng = self.rng
        chosen = rng.permutation(1000)[:classes]
        target = rng.integers(classes, size=pictures)
        some = rng.permutation(self.group_count)[:groups]
        drawn = [c.draw(rng) for c in self.captioned]
        ids = [chosen, 1000 + some, *(c.first + shown for c, (_, shown, _) in zip(self.captioned, drawn))]
        vectors = self.texts.draw(rng, np.concatenate(ids))
        texts = head(vectors + 0.01 * torch.randn(vectors.shape)).split([len(i) for i in ids])

        def image(features):
            return F.normalize(projection(torch.as_tensor(features, dtype=torch.float32)), dim=-1)

        z = image(self.pseudo.draw(rng, chosen[target]))
        loss = F.cross_entropy(scale * z @ texts[0].T, torch.tensor(target), label_smoothing=0.05)
        loss = loss + 0.3 * self._groups(scale * texts[1] @ z.T, some, chosen[target])
        loss = loss + 0.7 * self._judgement(texts[0], image, chosen, scale)
        for captioned, own, (features, _, targets) in zip(self.captioned, texts[2:], drawn):
            logits = scale * image(features) @ own.T
            loss = loss + captioned.weight * F.cross_entropy(logits, torch.tensor(targets), label_smoothing=0.05)
        return loss

    def _groups(self, logits, some, classes):
        """A group's name must find the pictures of its classes in the batch."""
        inside = torch.tensor(self.covers[some][:, classes])
        found = -(logits.log_softmax(1) * inside).sum(1) / inside.sum(1).clamp(min=1)
        return found[inside.any(1)].mean()

    def _judgement(self, texts, image, chosen, scale, pictures=192):
        at = self.rng.integers(len(self.judged.features), size=pictures)
        belief = torch.tensor(self.judged.logits[at][:, chosen] / 2).softmax(1)
        return -(belief * (scale * image(self.judged.features[at]) @ texts.T).log_softmax(1)).sum(1).mean()


def align(objective, head, projection, steps, seed=0, report=lambda step, loss: None):
    """Trains head and projection together. @returns the logit scale, exp of its learnt logarithm"""
    torch.manual_seed(seed)
    log_scale = nn.Parameter(torch.tensor(2.7))
    groups = [
        dict(params=head.parameters(), lr=2e-3, weight_decay=0.05),
        dict(params=[projection.weight], lr=2e-4, weight_decay=0.0),
        dict(params=[log_scale], lr=2e-3, weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups)
    rates = [group["lr"] for group in optimizer.param_groups]
    head.train()
    for step in range(steps):
        share = min(1, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * share
        with torch.autocast("cpu", torch.bfloat16):
            loss = objective(head, projection, log_scale.exp().clamp(max=40))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 99 or step == steps - 1:
            report(step + 1, loss.item())
    head.eval()
    return log_scale.exp().clamp(max=40).item()
