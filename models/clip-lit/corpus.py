"""The texts that the text tower learns, each with the vector of the shared space that it must reach.

Two kinds. *Words*: nouns, names, adjectives; whatever the sentence around them, and whether singular, plural or
written like a folder ("traffic-light", "TrafficLights", "traffic_light_2"), they mean one vector. *Phrases*: a colour
or material and a thing, one thing beside another, glosses; each means what the teacher makes of it as it stands.

How often a word is drawn follows how common it is in captions of the web: the order of CLIP's merges tells.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from drawn import COLOURS
from wordnet import HALF_VISIBLE, VISIBLE

TEMPLATES = [
    "a photo of a {}.", "{}", "a picture of a {}.", "an image of a {}.", "a close-up photo of a {}.",
    "a cropped photo of a {}.", "a blurry photo of a {}.", "a drawing of a {}.", "a photo of the {}.", "a photo of {}.",
    "the {}", "this is a {}", "a good photo of a {}.", "a painting of a {}.", "{}.", "a photo of a {}", "a {}",
    "many {}",
    "a photo of many {}.", "a small {}", "an icon of a {}.", "a bright photo of a {}.", "a dark photo of the {}.",
]  # fmt: skip
IRREGULAR = {
    "man": "men", "woman": "women", "person": "people", "child": "children", "foot": "feet", "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice", "ox": "oxen", "leaf": "leaves", "knife": "knives", "wolf": "wolves", "shelf": "shelves",
    "calf": "calves",
    "loaf": "loaves", "scarf": "scarves", "wife": "wives", "half": "halves", "thief": "thieves", "fish": "fish",
    "sheep": "sheep",
    "deer": "deer", "cactus": "cacti", "fungus": "fungi", "octopus": "octopuses", "bonsai": "bonsai",
    "aircraft": "aircraft",
    "tomato": "tomatoes", "potato": "potatoes", "mango": "mangoes", "hero": "heroes", "dwarf": "dwarfs",
    "roof": "roofs",
}  # fmt: skip
RARE = 0.02  # below this commonness, MiniLM is not trusted to know a word
# What folders are called beside their subject.
BEFORE = ["", "", "", "the ", "my ", "real ", "class ", "photos of ", "images of ", "old ", "new "]
AFTER = [
    " easy",
    " photos",
    " images",
    " pictures",
    " class",
    " 1",
    " 2",
    " 01",
    " 10",
    " set",
    " side",
    " head",
    " type",
    " dataset",
    " train",
    " a",
    " b",
]
MATERIALS = (
    "wooden metal plastic glass leather stone paper ceramic steel rubber "
    "cotton knitted denim golden silver brick concrete marble"
).split()
LOOKS = (
    "small large big old young dark bright striped spotted dotted plain round square long short "
    "tall shiny dirty clean wet snowy sunny rusty colorful colourful fluffy furry fresh ripe"
).split()
KINDS_OF_PHOTO = [
    "blurry",
    "dark",
    "bright",
    "black and white",
    "colorful",
    "sepia",
    "underwater",
    "aerial",
    "macro",
    "low resolution",
    "noisy",
    "overexposed",
]
# Kinds of things that pictures are sorted by: all that lies below these nouns of WordNet, by lexicographer file.
SORTED_BY = {
    4: ["sport"],
    5: ["insect", "bird", "domestic animal"],
    6: [
        "fabric",
        "room",
        "building",
        "garment",
        "footwear",
        "vehicle",
        "musical instrument",
        "furniture",
        "toy",
        "tool",
    ]
    + ["container", "sports equipment", "way"],
    7: ["chromatic color", "achromatic color"],
    8: ["external body part"],
    12: ["emotion"],
    13: ["vegetable", "dish", "beverage"],
    15: ["tract"],
    17: ["geological formation", "body of water", "celestial body"],
    19: ["weather", "atmospheric phenomenon", "precipitation", "cloud", "light"],
    20: ["flower", "tree"],
    27: ["building material", "wood", "rock", "metallic element", "gem"],
    28: ["time of day"],
}
# Names of folders that are no nouns of WordNet.
SCENES = (
    "blue sky,clear sky,cloudy sky,overcast sky,night sky,starry sky,rainy day,sunny day,snowy day,foggy day,"
    "windy day,bad weather,good weather,"
    "city street,living room,parking lot,gas station,train station,swimming pool,construction site,human face,"
    "crowd of people,brain scan,mri scan,x-ray image,"
    "microscope image,satellite image,aerial view,indoor scene,outdoor scene,underwater scene,black and white photo,"
    "close-up,texture,pattern,background,"
    "abstract art,cartoon,drawing,painting,sketch,sculpture,logo,diagram,handwritten digit,nothing,empty,other,"
    "unknown,healthy,diseased,defective,damaged,normal"
).split(",")


def plural(name):
    *before, last = name.split(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last.endswith("man") and len(last) > 5:
        last = last[:-2] + "en"
    elif re.search(r"(s|x|z|ch|sh)$", last):
        last = last if last.endswith("ss") is False and last.endswith("s") else last + "es"
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    else:
        last += "s"
    return " ".join([*before, last])


def as_folder(rng, name):
    """One of the ways in which people name a folder after something."""
    way = rng.integers(7)
    if way < 2:
        return name.replace(" ", "_-"[way])
    if way == 2:
        return name.replace(" ", "")  # CamelCase, once in lower case
    if way == 3:
        return rng.choice(BEFORE) + name + rng.choice(AFTER)
    if way == 4:
        return name + rng.choice(AFTER).replace(" ", rng.choice(["_", "-", " "]))
    if way == 5:
        return f"{rng.integers(0, 300)} {name}"
    return name.replace("-", " ").replace("'", "")


@dataclass
class Word:
    names: list  # the same thing, first choice first
    weight: float
    target: list = None  # texts whose teacher vectors, averaged, are the meaning: (text, share)


class Corpus:
    """Words with weights, phrases, and their targets (unit rows of the shared space)."""

    def __init__(self, words, word_targets, phrases, phrase_targets):
        self.words, self.word_targets = words, word_targets
        self.phrases, self.phrase_targets = phrases, phrase_targets
        weights = np.array([word.weight for word in words])
        self.chances = weights / weights.sum()

    def draw_words(self, rng, count):
        """(texts, targets [count, d])."""
        at = rng.choice(len(self.words), count, p=self.chances)
        return [self.text(rng, self.words[i]) for i in at], self.word_targets[at]

    def draw_phrases(self, rng, count):
        """The same; of like length, since they stand in order of it."""
        start = rng.integers(len(self.phrases) - count)
        return self.phrases[start : start + count], self.phrase_targets[start : start + count]

    def text(self, rng, word):
        name = word.names[0 if rng.random() < 0.5 else rng.integers(len(word.names))]
        if rng.random() < 0.3:
            name = plural(name)
        if rng.random() < 0.2:
            name = as_folder(rng, name)
        return TEMPLATES[rng.integers(2) if rng.random() < 0.4 else rng.integers(len(TEMPLATES))].format(name)


class Commonness:
    """How common a word is in captions, (0, 1], by the rank of the merge that completes it in CLIP's vocabulary."""

    def __init__(self, pairs):
        self.pairs = pairs

    def word(self, word):
        pieces, used = self.pairs.split(word)
        if not used:
            return 1.0 if len(word) == 1 else 0.01
        share = 1500 / (1500 + used[-1] if len(pieces) == 1 else 60000)
        return share / len(pieces)

    def least(self, name):
        """Of the least common word in a name."""
        return min(map(self.word, re.findall(r"[a-z]+", name.lower()) or ["the"]))

    def __call__(self, name):
        """Names of several words are less common than any of them."""
        return self.least(name) * (0.15 if " " in name or "-" in name else 1)


def _below(nouns, roots):
    """Offsets of everything below the synsets that `roots` names: words by lexicographer file."""
    children = defaultdict(list)
    for offset, synset in nouns.items():
        for parent in synset.hypernyms:
            children[parent].append(offset)
    open_ends = [o for o, s in nouns.items() if any(word in s.lemmas[:2] for word in roots.get(s.file, []))]
    found = set()
    while open_ends:
        offset = open_ends.pop()
        if offset not in found:
            found.add(offset)
            open_ends += children[offset]
    return found


def _noun_words(nouns, commonness):
    """Nouns that can be seen. The meaning of a name is that of its most met visible sense. Names of persons and places,
    and Latin names, are left out."""
    sorted_by, best = _below(nouns, SORTED_BY), {}
    for offset, synset in nouns.items():
        if offset not in sorted_by and synset.file not in VISIBLE | HALF_VISIBLE:
            continue
        factor = 4 if offset in sorted_by else 3 if synset.file in VISIBLE else 1
        for rank, name in enumerate(synset.lemmas):
            score = (synset.count + 1) * factor / (1 + 0.3 * rank)
            if re.fullmatch(r"[a-z][a-z' -]{2,29}", name) and score > best.get(name, (0,))[0]:
                best[name] = score, factor, synset
    words = []
    for name, (_, factor, synset) in best.items():
        common = commonness(name)
        if common < RARE and (factor == 1 or " " in name and commonness.least(name) < 5 * RARE):
            continue
        # What MiniLM cannot know of a rare word stands in its gloss.
        glossed = f"a photo of a {name}, {synset.gloss}"
        target = [(glossed, 1.0)] if common < RARE else [(f"a photo of a {name}.", 1.0), (glossed, 0.4)]
        words.append(Word([name], (common + 0.001) ** 0.6 * {4: 2.0, 3: 1.0, 1: 0.3}[factor], target))
    return words


def _concept_words(concepts):
    """Names of what has pictures: their weight does not depend on how common they are."""
    words = []
    for concept in concepts:
        for rank, name in enumerate(concept.names[:4]):
            words.append(Word([name], 0.35 if rank == 0 else 0.1, [(f"a photo of a {name}.", 1.0)]))
    return words


def _listed_words(listed, weight):
    return [Word([name], weight, [(f"a photo of a {name}.", 1.0)]) for name in listed]


def _phrases(rng, nouns, adjectives, words, count):
    """Compositions of common words, and glosses."""
    weights = np.array([word.weight for word in words])
    chances = weights / weights.sum()

    looks = [*COLOURS, *COLOURS, *MATERIALS, *LOOKS]
    picked = rng.choice(len(words), (2, count), p=chances)
    phrases = []
    for first, second in zip(*picked):
        a, b, kind = words[first].names[0], words[second].names[0], rng.random()
        if kind < 0.5:
            phrases.append(TEMPLATES[rng.integers(len(TEMPLATES))].format(f"{rng.choice(looks)} {a}"))
        elif kind < 0.6:
            phrases.append(f"a {rng.choice(KINDS_OF_PHOTO)} photo of a {a}.")
        elif kind < 0.7:
            phrases.append(TEMPLATES[rng.integers(len(TEMPLATES))].format(f"{rng.choice(adjectives)} {a}"))
        elif kind < 0.85:
            phrases.append(
                f"a photo of a {a} {rng.choice(['on', 'in', 'near', 'and', 'with', 'under', 'next to'])} a {b}."
            )
        else:
            phrases.append(f"{a} {b}")
    visible = [synset for synset in nouns.values() if synset.file in VISIBLE]
    for at in rng.integers(len(visible), size=count // 4):
        synset = visible[at]
        phrases.append(synset.gloss if rng.random() < 0.5 else f"{synset.lemmas[0].lower()}, {synset.gloss}")
    return sorted(set(phrases), key=lambda text: (len(text), text))


def vocabulary_words(concepts, nouns, adjectives, commonness):
    """Words for the tokenizer, the most important first: of templates and concepts, then by commonness."""
    first = [
        part for text in TEMPLATES + SCENES + LOOKS + MATERIALS + list(COLOURS) for part in re.findall(r"[a-z]+", text)
    ]
    first += [part for concept in concepts for part in re.findall(r"[a-z]+", concept.names[0].lower())]
    more = {
        part for synset in nouns.values() for lemma in synset.lemmas for part in re.findall(r"[a-z]+", lemma.lower())
    }
    more |= {plural(word) for word in more} | set(adjectives)
    ordered = sorted(more, key=lambda word: (-commonness.word(word), word))
    return list(dict.fromkeys(first + ordered))


def build(nouns, adjectives, concepts, commonness, teach, phrases=24_000, seed=0):
    """@param teach texts -> unit rows [n, d] of the shared space"""
    rng = np.random.default_rng(seed)
    common_nouns = _noun_words(nouns, commonness)
    words = common_nouns + _concept_words(concepts) + _listed_words(SCENES, 0.5)
    words += _listed_words([*COLOURS, *MATERIALS, *LOOKS, "grey", "silver"], 0.6)
    words += [
        Word([name], 0.5 * commonness(name) ** 0.6, [(f"a photo of something {name}.", 1.0)]) for name in adjectives
    ]
    texts = _phrases(rng, nouns, adjectives, common_nouns, phrases)
    flat = [text for word in words for text, _ in word.target]
    vectors = teach(flat + texts)
    shares = torch.tensor([share for word in words for _, share in word.target])
    owner = torch.tensor([i for i, word in enumerate(words) for _ in word.target])
    sums = torch.zeros(len(words), vectors.shape[1]).index_add_(0, owner, vectors[: len(flat)] * shares[:, None])
    return Corpus(words, F.normalize(sums, dim=1), texts, vectors[len(flat) :])
