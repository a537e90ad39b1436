"""What the shared space is trained on: ImageNet's classes and groups of them with their words, captions of pictures."""

from dataclasses import replace

import numpy as np

import pictures
import wordnet
from alignment import Captioned, Concept, Judged, Objective, PseudoFeatures, Texts
from sources import source

# Of 512 classes and 384 pseudo features a step, so many captioned pictures beside.
PER_STEP = {"caltech": 96, "clothing": 96, "grocery": 96, "emoji": 96, "drawn": 96}
KEPT_QUARTERS = (0, 1)  # of pictures.quarter, in the run with half of the classes


def imagenet_labels(work):
    lines = (source(work, "mobilenet") / "mobilenet_v1_1.0_224.txt").read_text().splitlines()
    return [line.strip() for line in lines][1:]  # without "background"


def imagenet_concepts(work, nouns):
    """1,000 classes in ImageNet's order, then the groups."""
    labels = imagenet_labels(work)
    found = wordnet.imagenet(nouns, labels)
    concepts = []
    for index, label in enumerate(labels):
        synset = nouns.get(found.get(index))
        others = [lemma for lemma in synset.lemmas if lemma.lower() != label.lower()] if synset else []
        concepts.append(Concept([name.lower() for name in (label, *others)], synset.gloss if synset else "", [index]))
    for offset, classes in wordnet.groups(nouns, found).items():
        concepts.append(Concept([name.lower() for name in nouns[offset].lemmas], nouns[offset].gloss, classes))
    return concepts


def kept_from_training(name, folders):
    """Which classes of a photo set the run with half of the classes does not see."""
    return np.array([pictures.quarter(name, folder) not in KEPT_QUARTERS for folder in folders])


def training_part(work, name, half):
    """A set without its held-out pictures, and, where `half` is true, without half of its classes and their names."""
    whole = pictures.load(work, name)
    use = ~whole.held_out
    if half and name in pictures.PHOTO_SETS:
        use &= ~kept_from_training(name, whole.folders)[whole.labels]
    shown, labels = np.unique(whole.labels[use], return_inverse=True)
    names, folders = ([given[label] for label in shown] for given in (whole.names, whole.folders))
    return replace(
        whole, features=whole.features[use], mirrored=whole.mirrored[use], labels=labels, names=names, folders=folders
    )


def build(work, network, nouns, encode, half, sets=tuple(PER_STEP)):
    """(Objective, sample of features for the projection's start, concepts)."""
    photos = [training_part(work, name, half) for name in pictures.PHOTO_SETS]
    pseudo = PseudoFeatures(network.head_weight, photos)
    concepts, captioned = imagenet_concepts(work, nouns), []
    for name in sets:
        part = training_part(work, name, half)
        first = len(concepts)
        concepts += [Concept(names, "", []) for names in part.names]
        captioned.append(Captioned(part.features, part.mirrored, part.labels, first, PER_STEP[name]))
    uncaptioned = [part.features for part in photos] + [training_part(work, n, half).features for n in ("emoji",)]
    real = np.concatenate(uncaptioned)
    judged = Judged(real, real @ network.head_weight.numpy().T + network.head_bias.numpy())
    sample = np.concatenate(
        [*(part.features for part in photos), pseudo.draw(np.random.default_rng(1), np.arange(8000) % 1000)]
    )
    return Objective(concepts, Texts(concepts, encode), pseudo, captioned, judged), sample, concepts
