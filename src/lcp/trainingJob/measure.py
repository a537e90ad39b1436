#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure the samples of a training job with a network that had no part in its training.

    python3 measure.py --judge FOLDER              result/checkpoint.safetensors against the job's own pictures
    python3 measure.py --judge FOLDER --reals JOB  against those of another job, such as the same ones with all labels

FOLDER holds the judge: its ONNX file, pictures to features, and preprocessor_config.json. Prints a line, and adds one to
measures.csv beside the checkpoint:

    fd, kid          distance of the samples' features from the reals' (Frechet; unbiased kernel distance)
    kid_of_classes   mean of the classes' own kernel distances: samples in the wrong class count here
    accuracy         share of the samples that a linear classifier on the judge's features takes for their class
    real_accuracy    the same of labeled reals that it did not learn from
    diversity        feature distance of two samples under one condition over that of two reals of the cluster
"""

import argparse
import csv
import glob
import json
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from lcpgan import counter_random as random  # noqa: E402
from lcpgan import measures, schedule  # noqa: E402
from lcpgan.batches import BatchComposer, Conditions  # noqa: E402
from lcpgan.files import FileError, read_safetensors  # noqa: E402
from lcpgan.pictures import Pictures  # noqa: E402
from lcpgan.precision import autocast, chosen_precision  # noqa: E402
from lcpgan.resample import bicubic  # noqa: E402
from lcpgan.state import State  # noqa: E402
from lcpgan.tower import ImageTower  # noqa: E402

# Streams of the draws; nothing in training uses them.
LATENTS, CONDITIONS, PAIRS = 9001, 9002, 9003
LATENTS_A_SLOT = 12


class Judge:
    """Pictures to features. folder: an ONNX file and preprocessor_config.json, as CLIPs are stored."""

    def __init__(self, folder, device):
        with open(os.path.join(folder, "preprocessor_config.json")) as file:
            described = json.load(file)
        found = sorted(glob.glob(os.path.join(folder, "*vision*.onnx"))) or sorted(glob.glob(os.path.join(folder, "*.onnx")))
        if not found:
            raise FileError("%s holds no ONNX file" % folder)
        size = described.get("crop_size", described["size"])
        while isinstance(size, dict):
            size = size.get("height", size.get("shortest_edge"))
        self.size = size
        self.name = os.path.basename(os.path.abspath(folder))
        self.device = device
        # The same for reals and samples.
        self.precision = chosen_precision("auto", device)
        self._tower = ImageTower(found[0], described["image_mean"], described["image_std"], device)

    @torch.no_grad()
    def features(self, pictures):
        """pictures: function from a slice to [n, 3, side, side] in [-1, 1], or None at the end. Returns unit rows, float64."""
        rows, at = [], 0
        while True:
            part = pictures(slice(at, at + 64))
            if part is None or len(part) == 0:
                return torch.nn.functional.normalize(torch.cat(rows).double(), dim=1)
            pixels = bicubic((part.to(self.device) + 1) * 0.5, self.size)
            with autocast(self.device, self.precision):
                rows.append(self._tower(pixels)[0].float().cpu())
            at += 64


def reals_of(job, judge):
    """(features, class of each or -1, arrays of run.safetensors); features are kept beside the pictures."""
    arrays, _ = read_safetensors(os.path.join(job, "run.safetensors"))
    pictures = Pictures(job)
    kept = os.path.join(job, "features-%s.npy" % judge.name)
    if not os.path.exists(kept):
        part = lambda span: torch.from_numpy(pictures[span]).permute(0, 3, 1, 2).float() / 127.5 - 1
        np.save(kept, judge.features(part).numpy())
    return torch.from_numpy(np.load(kept)), arrays["labels.given"], arrays


def class_numbers(job, names, wanted):
    """Numbers of `job`'s classes in the order of `wanted`."""
    if sorted(names) != sorted(wanted):
        raise FileError("%s has other classes than the job" % job)
    return np.array([wanted.index(name) for name in names] + [-1])


def measure(options):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    judge = Judge(options.judge, device)
    checkpoint = options.checkpoint or os.path.join(options.job, "result", "checkpoint.safetensors")
    state = State(checkpoint, device)
    arrays, count = state.arrays, options.samples
    u_rows = Conditions(
        arrays["labels.conditions.row_entries"], arrays["labels.conditions.columns"],
        arrays["labels.conditions.values"], arrays["labels.trust"], len(state.slots),
    )
    composer = BatchComposer(state.config, state.class_of_slot, u_rows)
    features, labels, real_arrays = reals_of(options.reals or options.job, judge)
    if options.reals:
        _, strings = read_safetensors(os.path.join(options.reals, "run.safetensors"))
        labels = class_numbers(options.reals, json.loads(strings["classes"]), state.classes)[labels]
    seed = options.seed
    z = random.normal(torch.arange(count), state.config["generator"]["latent"], seed, LATENTS, 0)
    u = torch.from_numpy(composer.draw_conditions(count, random.CounterRandom(seed, CONDITIONS, 0)))
    asked = np.array([np.bincount(state.class_of_slot, weights=row).argmax() for row in u.double().numpy()])
    sampling = state.sampling(composer)
    drawn = lambda z, u: judge.features(lambda span: state.draw(sampling, z[span], u[span]) if len(z[span]) else None)
    samples = drawn(z, u)
    accuracy, real_accuracy = measures.class_accuracy(features, labels, samples, asked, len(state.classes), seed)
    slots = len(state.slots)
    each = random.normal(torch.arange(slots * LATENTS_A_SLOT), z.shape[1], seed, PAIRS, 0)
    of_slots = drawn(each, torch.eye(slots).repeat_interleave(LATENTS_A_SLOT, dim=0))
    own_features = features if not options.reals else reals_of(options.job, judge)[0]
    members = [
        [i for i in np.flatnonzero(arrays["labels.trust"] > 0) if u_rows.row(i)[slot] > 0.5][:200] for slot in range(slots)
    ]
    return os.path.dirname(checkpoint), {
        "kimg": schedule.kimg_at(state.config, state.iteration),
        "judge": judge.name,
        "samples": count,
        "reals": len(features),
        "fd": measures.frechet(samples, features),
        "kid": measures.kernel_distance(samples, features),
        "kid_of_classes": measures.kernel_distance_of_classes(samples, asked, features, labels),
        "accuracy": accuracy,
        "real_accuracy": real_accuracy,
        "diversity": measures.diversity(of_slots.reshape(slots, LATENTS_A_SLOT, -1), [own_features[m] for m in members]),
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Measures the samples of a training job.")
    parser.add_argument("--judge", required=True, metavar="FOLDER", help="ONNX file and preprocessor_config.json")
    parser.add_argument("--job", default=HERE, help="folder of the run (default: where this file lies)")
    parser.add_argument("--checkpoint", metavar="FILE", help="default: the job's result")
    parser.add_argument("--reals", metavar="JOB", help="pictures and labels of another job, instead of its own")
    parser.add_argument("--samples", type=int, default=2000, help="more take longer (default: 2000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        folder, found = measure(options)
    except (FileError, OSError, ValueError) as error:
        print("%s" % error, file=sys.stderr)
        return 2
    path = os.path.join(folder, "measures.csv")
    new = not os.path.exists(path)
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, list(found))
        if new:
            writer.writeheader()
        writer.writerow({name: "%.6g" % value if isinstance(value, float) else value for name, value in found.items()})
    print("  ".join("%s %.4g" % item if isinstance(item[1], float) else "%s %s" % item for item in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
