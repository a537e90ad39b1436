"""CLIP's byte-pair encoding with a vocabulary cut to what this tower learns.

CLIP's merges are learnt from captions of the web, the most frequent pairs first: 48,894 of them. The first few
thousand are partly hashtags, names and scripts of other languages. Here words are taken in order of importance, with
all the merges that build them, until the vocabulary is full. The order of the merges stays CLIP's, so that a chosen
word is split (or not) exactly as CLIP splits it.
"""

import json
import re
from pathlib import Path

MERGES = 49152 - 256 - 2  # CLIP uses so many lines of the file
START, END = "<|startoftext|>", "<|endoftext|>"
_PIECES = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_ASCII_PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")


def byte_letters():
    """CLIP's printable stand-in for each byte: itself where it is printable, else a letter from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    letters = {b: chr(b) for b in printable}
    letters.update({b: chr(256 + i) for i, b in enumerate(others)})
    return letters


def read_merges(folder):
    lines = (Path(folder) / "bpe_simple_vocab_16e6.txt").read_text("utf8").split("\n")
    return [tuple(line.split(" ")) for line in lines[1 : MERGES + 1]]


class BytePairs:
    """Splits words by a list of merges; remembers which merges it applied."""

    def __init__(self, merges):
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.letters = byte_letters()
        self.known = {}

    def split(self, word):
        """(pieces, ranks of the merges applied)"""
        if word not in self.known:
            pieces, used = [self.letters[b] for b in word.encode("utf8")], []
            pieces[-1] += "</w>"
            while len(pieces) > 1:
                rank, pair = min((self.ranks.get(pair, len(self.ranks)), pair) for pair in zip(pieces, pieces[1:]))
                if rank == len(self.ranks):
                    break
                used.append(rank)
                pieces = _joined(pieces, pair)
            self.known[word] = pieces, used
        return self.known[word]


def _joined(pieces, pair):
    out, i = [], 0
    while i < len(pieces):
        if tuple(pieces[i : i + 2]) == pair:
            out.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            out.append(pieces[i])
            i += 1
    return out


def words_of(text):
    return _ASCII_PIECES.findall(text.lower())


def choose_merges(merges, words, size):
    """The merges of a vocabulary of `size` tokens, in CLIP's order: those of `words`, the most important word first."""
    pairs, chosen = BytePairs(merges), set()
    room = size - 512 - 2  # bytes, bytes at the end of a word, start and end
    for word in words:
        used = set(pairs.split(word)[1]) - chosen
        if len(used) <= room - len(chosen):
            chosen |= used
        if len(chosen) == room:
            break
    return [merges[rank] for rank in sorted(chosen)]


class Tokenizer:
    """Token ids as Hugging Face's CLIP tokenizer gives them for the same file (for texts in ASCII)."""

    def __init__(self, merges, context):
        letters = list(byte_letters().values())
        entries = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges), START, END]
        self.ids = {token: i for i, token in enumerate(entries)}
        if len(self.ids) != len(entries):
            raise ValueError("two merges give the same token")
        self.merges, self.context = merges, context
        self.pairs = BytePairs(merges)
        self.start, self.end = len(entries) - 2, len(entries) - 1

    def words(self, text):
        """Ids of the text alone."""
        return [self.ids[piece] for word in words_of(text) for piece in self.pairs.split(word)[0]]

    def __call__(self, text):
        return [self.start, *self.words(text)[: self.context - 2], self.end]

    def save(self, path):
        """Hugging Face's tokenizer.json."""
        single = [_special(START), _sequence("A", 0), _special(END)]
        document = dict(
            version="1.0",
            truncation=None,
            padding=None,
            added_tokens=[
                dict(id=self.ids[t], content=t, single_word=False, lstrip=False, rstrip=False, normalized=t == START,
                special=True)
                for t in (START, END)
            ],
            normalizer=dict(type="Sequence", normalizers=[
                dict(type="NFC"),
                dict(type="Replace", pattern=dict(Regex=r"\s+"), content=" "),
                dict(type="Lowercase"),
            ]),
            pre_tokenizer=dict(type="Sequence", pretokenizers=[
                dict(type="Split", pattern=dict(Regex=rf"<\|startoftext\|>|<\|endoftext\|>|{_PIECES}"),
                behavior="Removed", invert=True),
                dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True),
            ]),
            post_processor=dict(
                type="TemplateProcessing",
                single=single,
                pair=[*single, _special(START, 1), _sequence("B", 1), _special(END, 1)],
                special_tokens={t: dict(id=t, ids=[self.ids[t]], tokens=[t]) for t in (START, END)},
            ),
            decoder=dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True),
            model=dict(
                type="BPE", dropout=None, unk_token=END, continuing_subword_prefix="", end_of_word_suffix="</w>",
                fuse_unk=False, byte_fallback=False, ignore_merges=False, vocab=self.ids,
                merges=[list(pair) for pair in self.merges],
            ),
        )  # fmt: skip
        Path(path).write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")), "utf8")


def _special(token, kind=0):
    return {"SpecialToken": {"id": token, "type_id": kind}}


def _sequence(name, kind):
    return {"Sequence": {"id": name, "type_id": kind}}
