"""The test: zero-shot accuracy, a ridge probe on few labels, and learnt prompts, all on pictures that were not
trained on.
"""

import json
import math
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import pictures
from corpus import plural

# The studio's own sentences and its reading of a folder's name (src/clip/zeroShot.ts).
STUDIO_TEMPLATES = [
    "a photo of a {}.", "a picture of a {}.", "an image of a {}.", "a close-up photo of a {}.",
    "a cropped photo of a {}.", "a blurry photo of a {}.", "a drawing of a {}.", "{}",
]  # fmt: skip

# Sets of more classes than this leave too few held-out pictures a class for probe and prompts.
MOST_CLASSES = 40
# Pictures of a step of prompt learning, as in the studio (src/lcp/prompts/promptRate.ts).
BATCH = 512
# Labels a class and steps that prompts are tried with.
PROMPT_LESSONS = ((10, 150), (40, 300))


def readable(name):
    name = re.sub(r"[_\-.+/]+", " ", name)
    return re.sub(r"\s+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).strip()


def class_vectors(encode, names):
    """Unit rows; `encode` gives unit rows for texts."""
    texts = [template.format(readable(name)) for name in names for template in STUDIO_TEMPLATES]
    rows = encode(texts).reshape(len(names), len(STUDIO_TEMPLATES), -1)
    return F.normalize(rows.mean(1), dim=1)


def zero_shot(images, labels, encode, names):
    """Accuracy in percent of choosing among `names`. @param images unit rows"""
    return 100 * float(((images @ class_vectors(encode, names).T).argmax(1).numpy() == labels).mean())


def few_labels(labels, per_class, seed):
    """(rows with a label, the others)."""
    rng = np.random.RandomState(seed)
    chosen = np.concatenate([rng.permutation(np.where(labels == c)[0])[:per_class] for c in range(labels.max() + 1)])
    return chosen, np.setdiff1d(np.arange(len(labels)), chosen)


def ridge(features, labels, chosen, others, decays=(0.1, 0.3, 1.0, 3.0)):
    """Accuracy in percent on `others` of a ridge classifier on centred unit rows, fitted on `chosen`; its decay is the
    one that is right most often on each of `chosen` when that one is left out."""
    rows = features - features.mean(0)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    a, targets = rows[chosen], np.eye(labels.max() + 1)[labels[chosen]] * 2 - 1
    mean, best = targets.mean(0), (-1, None)
    for decay in decays:
        inverse = np.linalg.inv(a @ a.T + decay * np.eye(len(chosen)))
        dual = inverse @ (targets - mean)
        left_out = targets - dual / np.diag(inverse)[:, None]
        right = (left_out.argmax(1) == labels[chosen]).mean()
        if right > best[0]:
            best = right, a.T @ dual
    return 100 * float(((rows[others] @ best[1] + mean).argmax(1) == labels[others]).mean())


def probe(features, labels, per_class=5, seeds=3):
    return float(np.mean([ridge(features, labels, *few_labels(labels, per_class, seed)) for seed in range(seeds)]))


def learnt_prompts(tower, token_ids, images, labels, chosen, others, scale, steps=150, length=16, seed=0):
    """Accuracy in percent of one learnt prompt a class: `length` vectors that begin as noise of the token table's
    deviation, then the class name; the studio's loss (cross-entropy of scaled cosines), Adam at 0.4 deviations, batches
    of 512."""
    torch.manual_seed(seed)
    deviation = float(tower.tokens.weight.std())

    def prompts():
        with torch.autocast("cpu", torch.bfloat16):
            return F.normalize(tower.with_context(context, token_ids).float(), dim=1)

    context = (torch.randn(len(token_ids), length, tower.tokens.weight.shape[1]) * deviation).requires_grad_()
    optimizer = torch.optim.Adam([context], lr=0.4 * deviation)
    batches = np.random.RandomState(seed)
    target = torch.tensor(labels)
    step = 0
    while step < steps:
        order = batches.permutation(chosen)
        for start in range(0, len(order), BATCH):
            at = order[start : start + BATCH]
            share = min(1, (step + 1) / (0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * min(1, step / steps)))
            optimizer.param_groups[0]["lr"] = 0.4 * deviation * share
            loss = F.cross_entropy(scale * images[at] @ prompts().T, target[at])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step == steps:
                break
    with torch.no_grad():
        return 100 * float(((images[others] @ prompts().T).argmax(1) == target[others]).float().mean())


# ---------------------------------------------------------------- clip-lit and clip-nano, by their shipped files


class Shipped:
    """A model's files asked through onnxruntime (embed.mjs). Pictures and texts are embedded once."""

    def __init__(self, folder, work):
        self.folder, self.work = Path(folder).resolve(), Path(work) / "test"
        self.work.mkdir(exist_ok=True)
        self.side = json.loads((self.folder / "preprocessor_config.json").read_text())["crop_size"]["height"]
        self.dim = json.loads((self.folder / "config.json").read_text())["projection_dim"]
        self.texts = {}

    def _run(self, job):
        path = self.work / "job.json"
        path.write_text(json.dumps(job))
        subprocess.run(["node", str(Path(__file__).parent / "embed.mjs"), str(self.folder), str(path)], check=True)

    def images(self, shown):
        """Unit rows. @param shown uint8 [N, side, side, 3]"""
        given, made = (self.work / name for name in ("pictures.u8", "pictures.f32"))
        given.write_bytes(np.ascontiguousarray(shown).tobytes())
        self._run(dict(pictures=[{"in": str(given), "out": str(made)}], texts=[], textsOut=str(self.work / "none.f32")))
        return F.normalize(torch.from_numpy(np.fromfile(made, np.float32).reshape(-1, self.dim)), dim=1)

    def encode(self, texts):
        """Unit rows."""
        new = [text for text in dict.fromkeys(texts) if text not in self.texts]
        if new:
            made = self.work / "texts.f32"
            self._run(dict(pictures=[], texts=new, textsOut=str(made)))
            rows = F.normalize(torch.from_numpy(np.fromfile(made, np.float32).reshape(-1, self.dim)), dim=1)
            self.texts.update(zip(new, rows))
        return torch.stack([self.texts[text] for text in texts])


@dataclass
class Questions:
    """Pictures of one set that were not trained on, and what their classes are called."""

    set: str
    rows: np.ndarray  # of the decoded set
    labels: np.ndarray
    names: list  # first captions
    folders: list


def _among(name, rows, labels, names, folders, classes, limit=1000):
    """Questions about some classes only; at most `limit` pictures, spread evenly."""
    keep = np.isin(labels[rows], classes)
    rows = rows[keep]
    if len(rows) > limit:
        rows = rows[np.linspace(0, len(rows) - 1, limit).astype(int)]
    return Questions(
        name,
        rows,
        np.searchsorted(classes, labels[rows]),
        [names[c][0] for c in classes],
        [folders[c] for c in classes],
    )


def questions(work, half):
    """{title: Questions}."""
    asked = {}
    for name in (*pictures.PHOTO_SETS, *pictures.TEST_SETS):
        known = pictures.load(work, name)
        if known is None:
            continue
        everything, about = np.arange(len(known.labels)), (known.labels, known.names, known.folders)
        quarters = np.array([pictures.quarter(name, folder) for folder in known.folders])
        if name in pictures.TEST_SETS:
            asked[name] = _among(name, everything, *about, np.arange(len(known.names)))
        elif half:
            for title, quarter in (("chosen by", 2), ("kept apart", 3)):
                asked[f"{name}, unseen classes, {title}"] = _among(
                    name, everything, *about, np.where(quarters == quarter)[0]
                )
        else:
            asked[f"{name}, held-out pictures"] = _among(
                name, np.where(known.held_out)[0], *about, np.arange(len(known.names))
            )
            if len(known.names) <= MOST_CLASSES:
                asked[f"{name}, all pictures"] = _among(name, everything, *about, np.arange(len(known.names)))
    return asked


def _answers(q, images, encode):
    """Figures that need only embeddings."""
    figures = dict(pictures=len(q.rows), classes=len(q.names), chance=100 / len(q.names))
    figures["zero-shot"] = zero_shot(images, q.labels, encode, q.names)
    figures["zero-shot, folder names"] = zero_shot(images, q.labels, encode, q.folders)
    figures["zero-shot, plural folder names"] = zero_shot(
        images, q.labels, encode, [plural(readable(f).lower()) for f in q.folders]
    )
    for per_class in (5, 20):
        if np.bincount(q.labels).min() >= 2 * per_class:
            figures[f"probe, {per_class} labels a class"] = probe(images.numpy(), q.labels, per_class)
    return figures


def _prompt_answers(q, images, tower, scale):
    """Learnt prompts and the probe on the same labels, mean of three seeds."""
    if len(q.names) > MOST_CLASSES:
        return {}
    figures = {}
    ids = [tower.tokenizer.words(readable(folder)) for folder in q.folders]
    for per_class, steps in PROMPT_LESSONS:
        if np.bincount(q.labels).min() < 1.5 * per_class:
            continue
        both = [few_labels(q.labels, per_class, seed) for seed in range(3)]
        figures[f"probe, {per_class}"] = float(np.mean([ridge(images.numpy(), q.labels, *split) for split in both]))
        learnt = [
            learnt_prompts(tower, ids, images, q.labels, *split, scale, steps, seed=seed)
            for seed, split in enumerate(both)
        ]
        figures[f"prompts, {per_class}"] = float(np.mean(learnt))
    return figures


def evaluate(data, work, out, tower, scale, half):
    """{model: {title: figures}}; prints a line for each. In the run with half of the classes, clip-lit alone."""
    for parameter in tower.parameters():
        parameter.requires_grad_(False)
    models = {"clip-lit": Shipped(out, work)}
    if not half:
        models["clip-nano"] = Shipped(Path(__file__).parent.parent / "clip-nano", work)
    results = {name: {} for name in models}
    for title, q in questions(work, half).items():
        for name, model in models.items():
            images = model.images(pictures.decoded_rows(data, work, q.set, model.side, q.rows))
            figures = _answers(q, images, model.encode)
            if name == "clip-lit":
                figures.update(_prompt_answers(q, images, tower, scale))
            results[name][title] = figures
            said = ", ".join(f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items())
            print(name, "|", title, "|", said, flush=True)
    return results


def tables(results):
    """The card's table: a row for each set, clip-nano / clip-lit in each cell; prompts are clip-lit's alone."""
    new = results["clip-lit"]
    old = results.get("clip-nano", {})
    columns = [
        "zero-shot",
        "zero-shot, folder names",
        "zero-shot, plural folder names",
        "probe, 5 labels a class",
        "probe, 20 labels a class",
    ]
    lines = [
        "| Set | pictures | classes | chance | " + " | ".join(columns) + " | probe / prompts, 10 labels | 40 labels |",
        "|" + " --- |" * 11,
    ]
    for title, figures in new.items():
        cells = [title, str(figures["pictures"]), str(figures["classes"]), f"{figures['chance']:.1f}"]
        for column in columns:
            both = [f"{model[column]:.1f}" for model in (old.get(title), figures) if model and column in model]
            cells.append(" / ".join(both) or "-")
        for per_class, _ in PROMPT_LESSONS:
            both = [figures.get(f"{of}, {per_class}") for of in ("probe", "prompts")]
            cells.append("-" if both[0] is None else f"{both[0]:.1f} / {both[1]:.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
