"""WordNet 3.1: nouns and adjectives with glosses and hypernyms, and ImageNet's 1,000 classes found among its nouns."""

import bisect
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

# Lexicographer files of nouns that can be seen: animals, artefacts, body, food, objects, people, phenomena, plants,
# substances; and of those that sometimes can: acts, cognition (games), communication (signs), events, groups,
# locations, shapes, states, times (of day).
VISIBLE = {5, 6, 8, 13, 17, 18, 19, 20, 27}
HALF_VISIBLE = {4, 9, 10, 11, 14, 15, 25, 26, 28}
LARGEST_GROUP = 250  # hypernyms of more ImageNet classes than this ("object") say nothing about looks


@dataclass
class Synset:
    lemmas: list
    hypernyms: list  # offsets
    gloss: str
    file: int  # number of the lexicographer file
    count: int = 0  # how often it was met in WordNet's tagged texts


def synsets(folder, kind):
    """{offset: Synset} of "noun" or "adj"."""
    found = {}
    for line in (Path(folder) / f"data.{kind}").read_text("latin1").splitlines():
        if line.startswith("  "):
            continue
        data, gloss = line.split(" | ", 1)
        parts = data.split()
        words = int(parts[3], 16)
        lemmas = [re.sub(r"\(\w+\)$", "", parts[4 + 2 * i]).replace("_", " ") for i in range(words)]
        pointers = parts[5 + 2 * words :]
        targets = [int(pointers[4 * i + 1]) for i in range(int(parts[4 + 2 * words])) if pointers[4 * i] in ("@", "@i")]
        found[int(parts[0])] = Synset(lemmas, targets, gloss.split(";")[0].strip()[:120], int(parts[1]))
    types = {"noun": "1", "adj": "35"}[kind]  # 5: adjectives like others ("satellites")
    for line in (Path(folder) / "index.sense").read_text("latin1").splitlines():
        key, offset, _, count = line.split()
        if key.split("%")[1][0] in types and int(offset) in found:
            found[int(offset)].count += int(count)
    return found


def imagenet(nouns, labels):
    """{class 0..999: offset}. ImageNet's classes stand in the order of WordNet's offsets, which settles most labels
    that several synsets share ("crane"): the longest chain of labels and synsets that rises in both."""
    by_name = defaultdict(list)
    for offset, synset in nouns.items():
        for lemma in synset.lemmas:
            by_name[lemma.lower().replace("-", " ")].append(offset)
    pairs = []
    for index, label in enumerate(labels):
        name = label.lower().replace("-", " ")
        offsets = by_name.get(name) or by_name.get(name.replace(" ", "")) or []
        pairs += [(index, offset) for offset in sorted(offsets, reverse=True)]  # falling: at most one of each label
    ends, at, before = [], [], []
    for position, (_, offset) in enumerate(pairs):
        place = bisect.bisect_left(ends, offset)
        ends[place : place + 1], at[place : place + 1] = [offset], [position]
        before.append(at[place - 1] if place else None)
    chain, position = {}, at[-1]
    while position is not None:
        chain[pairs[position][0]] = pairs[position][1]
        position = before[position]
    return chain


def groups(nouns, classes):
    """{offset of a hypernym: its ImageNet classes}, for hypernyms that are no class themselves."""
    members = defaultdict(set)

    def climb(index, offset):
        for parent in nouns[offset].hypernyms:
            if index not in members[parent]:
                members[parent].add(index)
                climb(index, parent)

    for index, offset in classes.items():
        climb(index, offset)
    own = set(classes.values())
    return {offset: sorted(m) for offset, m in members.items() if offset not in own and len(m) <= LARGEST_GROUP}
