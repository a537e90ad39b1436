#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train a run that LCP-GAN Studio prepared, with PyTorch, on one device or on many.

    python3 train.py                              one device
    torchrun --nproc_per_node 8 train.py          eight GPUs of this machine
    sbatch job.sbatch                             a Slurm cluster

The folder of this file holds the run: run.safetensors (networks, optimizers, labels, clusters, prompts, configuration),
pictures/ with population.npy (which of them the discriminator may see) and, where CLIP takes part,
clip_image_tower.onnx (and clip_token_tower.onnx, where heads look into another one) with job.json. Training goes on from
result/checkpoint.safetensors where there is one, so the same command goes on with a job that was broken off. The result
opens in the studio; lcpgan_generator.py draws from it.
"""

import argparse
import csv
import json
import os
import signal
import sys
import time

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from lcpgan import schedule  # noqa: E402
from lcpgan.batches import BatchComposer, Conditions, ImageOrder  # noqa: E402
from lcpgan.distributed import Ranks  # noqa: E402
from lcpgan.files import FileError  # noqa: E402
from lcpgan.pictures import Pictures  # noqa: E402
from lcpgan.precision import TYPES, chosen_precision  # noqa: E402
from lcpgan.state import State  # noqa: E402
from lcpgan.tower import ImageTower  # noqa: E402
from lcpgan.trainer import Trainer  # noqa: E402
from lcpgan.view import View  # noqa: E402

def parse(arguments):
    parser = argparse.ArgumentParser(description="Trains a run that LCP-GAN Studio prepared.")
    parser.add_argument("--job", default=HERE, help="folder of the run (default: where this file lies)")
    parser.add_argument("--out", help="folder of the result (default: result, in the job's folder)")
    parser.add_argument("--precision", choices=["auto", *TYPES], default="auto", help="what networks compute in")
    parser.add_argument("--save-every", type=float, default=300, metavar="SECONDS", help="between checkpoints")
    parser.add_argument("--grid-every", type=float, default=0, metavar="KIMG", help="write a grid that often (0: never)")
    parser.add_argument("--stop-at", type=float, metavar="KIMG", help="end there; the schedule stays that of the run")
    parser.add_argument("--report-every", type=int, default=50, metavar="ITERATIONS")
    return parser.parse_args(arguments)


class Job:
    """A prepared run and where it has come to."""

    def __init__(self, options):
        self.options = options
        self.ranks = Ranks()
        self.device = torch.device("cuda", self.ranks.local) if torch.cuda.is_available() else torch.device("cpu")
        self.out = options.out or os.path.join(options.job, "result")
        self.checkpoint = os.path.join(self.out, "checkpoint.safetensors")
        os.makedirs(self.out, exist_ok=True)
        described = self._described()
        start = self.checkpoint if os.path.exists(self.checkpoint) else os.path.join(options.job, "run.safetensors")
        self.state = State(start, self.device, self.ranks)
        config, arrays = self.state.config, self.state.arrays
        conditions = Conditions(
            arrays["labels.conditions.row_entries"],
            arrays["labels.conditions.columns"],
            arrays["labels.conditions.values"],
            arrays["labels.trust"],
            len(self.state.slots),
        )
        self.composer = BatchComposer(config, self.state.class_of_slot, conditions)
        population = np.load(os.path.join(options.job, "population.npy"))
        self.order = ImageOrder(population, config["seed"], self.state.cursor)
        eyes = None
        if config["clipHead"]["weight"] > 0:
            eyes = self._eyes(described)
        pictures = Pictures(options.job)
        prompts = torch.from_numpy(arrays["prompts.features"]).to(self.device)
        precision = chosen_precision(options.precision, self.device)
        self.trainer = Trainer(
            self.state, pictures, self.composer, self.order, eyes, prompts, self.ranks, precision, self.device
        )
        self.say("%s, %s, %d rank(s)" % (self.device, str(precision).replace("torch.", ""), self.ranks.count))
        if self.state.base.group < self.state.base.group_of_one:
            sizes = (self.state.base.group_of_one, self.state.base.group)
            self.say("a group of pictures has %d on one rank and %d here: results differ a little" % sizes)

    def _eyes(self, described):
        """What the CLIP head looks through, by job.json."""
        tokens, other = described["tokens"], described["tokenTower"]

        def eye(name, about, tokens, embeds=True):
            path = os.path.join(self.options.job, name)
            return ImageTower(path, about["mean"], about["std"], self.device, tokens, embeds), about["imageSize"]

        critic = eye("clip_image_tower.onnx", described, () if other else tokens)
        return View(critic, eye("clip_token_tower.onnx", other, tokens, embeds=False) if other else None)

    def _described(self):
        path = os.path.join(self.options.job, "job.json")
        if not os.path.exists(path):
            return {}
        with open(path) as file:
            return json.load(file)

    def say(self, text):
        if self.ranks.rank == 0:
            print(text, flush=True)

    def save(self):
        if self.ranks.rank == 0:
            self.state.save(self.checkpoint, self.composer, self.order.cursor)
        self.ranks.barrier()

    def write_grid(self, name):
        from lcpgan_generator import save_png, tile, to_bytes

        slots = len(self.state.slots)
        z = torch.from_numpy(self.state.arrays["samples.z"])
        sampling = self.state.sampling(self.composer)
        pictures = self.state.draw(sampling, z.repeat(slots, 1), torch.eye(slots).repeat_interleave(len(z), dim=0))
        save_png(os.path.join(self.out, name), tile(to_bytes(pictures), columns=len(z)))

    def report(self, iteration, statistics, seconds):
        values = {
            name: float(self.ranks.total(value)) if torch.is_tensor(value) else float(value)
            for name, value in statistics.items()
        }
        if self.ranks.rank:
            return
        kimg = schedule.kimg_at(self.state.config, iteration)
        self.log({"iteration": iteration, "kimg": kimg, **{name: "%.6g" % value for name, value in values.items()}})
        rate = self.options.report_every * schedule.images_per_iteration(self.state.config) / max(seconds, 1e-9)
        print(
            "%9.2f kimg  D %.3f  G %.3f  sign %+.2f/%+.2f  %.0f pictures/s"
            % (kimg, values["lossD"], values["lossG"], values["signReal"], values["signFake"], rate),
            flush=True,
        )

    def log(self, row):
        """Adds a row to metrics.csv; what was not known before becomes one more column."""
        path = os.path.join(self.out, "metrics.csv")
        rows = [row]
        if os.path.exists(path):
            with open(path, newline="") as file:
                rows = [*csv.DictReader(file), row]
        columns = list(dict.fromkeys(name for each in rows for name in each if name))
        with open(path + ".part", "w", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        os.replace(path + ".part", path)

    def train(self):
        """To the end of the run, or until asked to stop; True when the end was reached."""
        config, state, options = self.state.config, self.state, self.options
        stop = {"asked": False}
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.update(asked=True))
        total = schedule.total_iterations(config)
        end = total if options.stop_at is None else min(total, int(options.stop_at * 1000 / schedule.images_per_iteration(config)))
        begun, first = time.monotonic(), state.iteration
        saved, reported, grids = time.monotonic(), time.monotonic(), schedule.kimg_at(config, state.iteration)
        while state.iteration < end:
            statistics = self.trainer.iterate()
            now = time.monotonic()
            if state.iteration % options.report_every == 0:
                self.report(state.iteration, statistics, now - reported)
                reported = now
            if options.grid_every and schedule.kimg_at(config, state.iteration) >= grids + options.grid_every:
                grids = schedule.kimg_at(config, state.iteration)
                if self.ranks.rank == 0:
                    self.write_grid("grid-%07.2f.png" % grids)
            if self._together(stop["asked"] or now - saved >= options.save_every):
                self.save()
                saved = time.monotonic()
            if self._together(stop["asked"]):
                self.say("stopped at iteration %d; the same command goes on" % state.iteration)
                return False
        self.tell_traffic(max(1, state.iteration - first), time.monotonic() - begun)
        self.save()
        if self.ranks.rank == 0:
            self.write_grid("grid.png")
        self.say("finished: %s" % self.checkpoint)
        return True

    def tell_traffic(self, iterations, seconds):
        """What the ranks said to each other. On GPUs the processor does not wait, so no share of the time is told."""
        if self.ranks.count == 1:
            return
        traffic = self.ranks.traffic
        share = "" if self.device.type == "cuda" else ", %.0f%% of the time" % (100 * traffic.seconds / seconds)
        self.say(
            "an iteration: %.0f messages, %.2f MB%s"
            % (traffic.messages / iterations, traffic.bytes / iterations / 1e6, share)
        )

    def _together(self, wanted):
        """Whether any rank wants it, so that all do the same."""
        if self.ranks.count == 1:
            return wanted
        return bool(self.ranks.total(torch.tensor(float(wanted), device=self.device)) > 0)


def main(arguments=None):
    options = parse(arguments)
    try:
        job = Job(options)
        job.train()
        job.ranks.close()
    except (FileError, OSError, ValueError) as error:
        print("%s" % error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
