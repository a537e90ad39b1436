"""Pictures for training and for the test, as MobileNet features with class, caption and split.

Training: clothing, caltech and grocery (photos; 10% by hash held out, as for clip-nano, whose captions these are),
Fluent emoji, drawings. Test only: sign-digits, CIFAR-10, Fashion-MNIST. No picture leaves this file: everything later
works on features.
"""

import gzip
import hashlib
import importlib.util
import io
import json
import os
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from drawn import captioned_drawings
from mobilenet import SIDE, features_of
from sources import source

PHOTO_SETS = ("caltech", "clothing", "grocery")
TEST_SETS = ("sign-digits", "cifar10", "fashion")
CIFAR_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
FASHION_NAMES = ["t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]


def _clip_nano():
    """clip-nano's recipe: its captions and its held-out pictures, so that the two cards can be compared."""
    path = Path(__file__).parent.parent / "clip-nano" / "train.py"
    spec = importlib.util.spec_from_file_location("clip_nano", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class PictureSet:
    features: np.ndarray  # [N, 1024]
    mirrored: np.ndarray  # [N, 1024], of the pictures left to right
    labels: np.ndarray  # [N], index into `names`
    names: list  # of each class: captions, the first one first choice
    folders: list  # of each class: its raw folder name
    held_out: np.ndarray  # [N] bool: never trained on


def crop(image, side=SIDE):
    """CLIP's preprocessing: shortest edge to `side` (bicubic), centre crop."""
    image = image.convert("RGB")
    width, height = image.size
    scale = side / min(width, height)
    width, height = max(side, round(width * scale)), max(side, round(height * scale))
    left, top = (width - side) // 2, (height - side) // 2
    resized = image.resize((width, height), Image.BICUBIC)
    return np.asarray(resized.crop((left, top, left + side, top + side)))


def _photos(data, name, nano, side, rows=None):
    """Decoded pictures of a zip (all, or those at `rows`), and labels, names, folders and held out of all."""
    pictures, classes, held = [], [], []
    with zipfile.ZipFile(Path(data) / f"{name}.zip") as archive:
        for entry in sorted(archive.namelist()):
            parts = entry.split("/")
            if not entry.lower().endswith((".jpg", ".jpeg", ".png")) or parts[-2] == "unlabeled":
                continue
            if rows is None or len(classes) in rows:
                pictures.append(crop(Image.open(io.BytesIO(archive.read(entry))), side))
            classes.append(parts[-2])
            held.append(nano.held_out(name, "/".join(parts[-2:])))
    folders = sorted(set(classes))
    names = [nano.names_of(name, folder).split("|") for folder in folders]
    return np.stack(pictures), [folders.index(c) for c in classes], names, folders, held


def _emoji(work, side):
    """Fluent emoji on light grounds; every emoji is its own class. Skin-tone variants are left out."""
    named = json.loads((source(work, "emoji-names") / "data-by-emoji.json").read_text("utf8"))
    assets, rng = source(work, "emoji-pictures"), random.Random(0)
    pictures, names = [], []
    for emoji, about in named.items():
        points = ["%x" % ord(c) for c in emoji]
        if any("1f3fb" <= p <= "1f3ff" for p in points if len(p) == 5):
            continue
        files = (assets / f"{'-'.join(q)}.webp" for q in (points, [p for p in points if p != "fe0f"]))
        file = next((f for f in files if f.exists()), None)
        if file is None:
            continue
        image = Image.open(file).convert("RGBA")
        ground = Image.new("RGBA", image.size, tuple(rng.randint(190, 255) for _ in range(3)) + (255,))
        ground.alpha_composite(image)
        pictures.append(crop(ground, side))
        names.append([about["name"].lower()])
    return np.stack(pictures), range(len(names)), names, [n[0] for n in names], [False] * len(names)


def _drawings(side):
    drawn = captioned_drawings()
    captions = sorted({caption for _, caption in drawn})
    labels = [captions.index(caption) for _, caption in drawn]
    return (
        np.stack([crop(image, side) for image, _ in drawn]),
        labels,
        [c.split("|") for c in captions],
        captions,
        [False] * len(drawn),
    )


def _enlarged(small, side):
    return np.stack([np.asarray(Image.fromarray(p).convert("RGB").resize((side, side), Image.BICUBIC)) for p in small])


def _cifar10(work, side, count=2000):
    Image.MAX_IMAGE_PIXELS = None
    folder = source(work, "cifar10")
    strip = np.asarray(Image.open(folder / "test_batch.png").convert("RGB")).reshape(-1, 32, 32, 3)
    labels = json.loads((folder / "test_lables.json").read_text())[:count]
    return (
        _enlarged(strip[:count], side),
        [int(y) for y in labels],
        [[n] for n in CIFAR_NAMES],
        CIFAR_NAMES,
        [True] * count,
    )


def _fashion(data, side, count=2000):
    """Debian's package dataset-fashion-mnist, or its four files in the data folder. White on black, as it comes."""
    for folder in (Path(data), Path("/usr/share/datasets/fashion-mnist")):
        images, labels = (folder / f"t10k-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
        if images.exists():
            small = np.frombuffer(gzip.decompress(images.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)[:count]
            y = np.frombuffer(gzip.decompress(labels.read_bytes()), np.uint8, offset=8)[:count]
            return _enlarged(small, side), y.tolist(), [[n] for n in FASHION_NAMES], FASHION_NAMES, [True] * count
    return None


def decoded(data, work, name, side=SIDE):
    """(uint8 pictures [N, side, side, 3], labels, names, folders, held out) of a set; None where it is not there."""
    if name == "emoji":
        return _emoji(work, side)
    if name == "drawn":
        return _drawings(side)
    if name == "cifar10":
        return _cifar10(work, side)
    if name == "fashion":
        return _fashion(data, side)
    return _photos(data, name, _clip_nano(), side)


def decoded_rows(data, work, name, side, rows):
    """uint8 pictures [len(rows), side, side, 3] of ascending rows of a set."""
    if name in ("cifar10", "fashion"):
        return decoded(data, work, name, side)[0][rows]
    return _photos(data, name, _clip_nano(), side, set(rows.tolist()))[0]


def prepare(data, work, network):
    """Features of every set, once, into `work`/features-SET.npz."""
    for name in (*PHOTO_SETS, "emoji", "drawn", *TEST_SETS):
        path = Path(work) / f"features-{name}.npz"
        if path.exists():
            continue
        made = decoded(data, work, name)
        if made is None:
            print(name, "is not here: left out of the test")
            continue
        pictures, labels, names, folders, held = made
        arrays = dict(features=features_of(network, pictures), mirrored=features_of(network, pictures[:, :, ::-1]))
        about = dict(
            labels=np.array(labels), held_out=np.array(held), names=json.dumps(names), folders=json.dumps(folders)
        )
        np.savez(path.with_suffix(".partial.npz"), **arrays, **about)
        os.replace(path.with_suffix(".partial.npz"), path)
        print(name, len(pictures), "pictures,", len(names), "classes", flush=True)


def load(work, name):
    """A prepared set, or None."""
    path = Path(work) / f"features-{name}.npz"
    if not path.exists():
        return None
    z = np.load(path)
    return PictureSet(
        z["features"],
        z["mirrored"],
        z["labels"],
        json.loads(str(z["names"])),
        json.loads(str(z["folders"])),
        z["held_out"],
    )


def quarter(name, folder):
    """0..3 by hash: in the run with half of the classes, 0 and 1 are trained, 2 was chosen by, 3 is reported only."""
    return int(hashlib.md5(f"class {name}/{folder}".encode()).hexdigest(), 16) % 4
