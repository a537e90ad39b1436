"""A run's state: read from a studio checkpoint, written back as one."""

import datetime
import json

import numpy as np
import torch

from . import counter_random as random
from . import schedule
from .ada import AdaController
from .bases import base_of
from .counter_random import CounterRandom
from .files import FileError, read_safetensors, write_safetensors
from .optimizer import Adam
from .parameters import Parameters

# Power iterations before pictures are drawn, as in the studio.
SPECTRAL_STEPS = 3


def _below(arrays, prefix):
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


class State:
    """Networks, optimizers, counters and everything else of a checkpoint.

    path: a checkpoint of the studio (or of this program). ranks: those that train, or None.
    """

    def __init__(self, path, device, ranks=None):
        self.arrays, strings = read_safetensors(path)
        if strings.get("format") != "lcp-gan-checkpoint":
            raise FileError("%s is not a checkpoint of LCP-GAN Studio" % path)
        self.strings = strings
        self.device = device
        self.config = json.loads(strings["config"])
        self.slots = json.loads(strings["slots"])
        self.classes = json.loads(strings["classes"])
        self.iteration = json.loads(strings["iteration"])
        course = json.loads(strings.get("course", "{}"))
        self.draws = course.get("draws", self.iteration)
        self.rate_scale = course.get("rateScale", 1.0)
        self.cursor = json.loads(strings["data_cursor"]) or {"epoch": 0, "position": 0}
        membership = torch.nn.functional.one_hot(torch.tensor(self.class_of_slot), len(self.classes))
        self.membership = membership.float().to(device)
        network = lambda name: Parameters(_below(self.arrays, name + "."), device)
        self.generator, self.averaged = network("generator_raw"), network("generator_ema")
        self.discriminator = network("discriminator")
        drawn = _below(self.arrays, "generator.")
        statistics = {
            name: torch.from_numpy(array).to(device) for name, array in drawn.items() if name not in self.averaged.names
        }
        self.base = base_of(self.config)(self.config, statistics, ranks)
        self.generator_adam = self._adam("generator", self.generator)
        self.discriminator_adam = self._adam("discriminator", self.discriminator)
        self.ada = None
        if self.config["augment"]["mode"] == "ada":
            self.ada = AdaController(self.config, self.arrays["trainer.ada/p"], self.arrays["trainer.ada/signs"])
        self.clip_head = self.clip_head_adam = None
        if "clip_head.prompt.weight" in self.arrays:
            self.clip_head = network("clip_head")
            self.clip_head_adam = self._adam("clip_head", self.clip_head)

    def _adam(self, network, parameters):
        gains = {name: self.base.gain(network, name, value.shape) for name, value in parameters.raw.items()}
        settings = self.base.settings()[network]
        return Adam(parameters, _below(self.arrays, network + "_adam."), settings, gains)

    @property
    def class_of_slot(self):
        return [slot["classIndex"] for slot in self.slots]

    @torch.no_grad()
    def average(self, decay):
        """Takes a step of the generator's moving average."""
        for mean, value in zip(self.averaged.trainable(), self.generator.trainable()):
            mean.mul_(decay).add_(value, alpha=1 - decay)

    @torch.no_grad()
    def sampling(self, composer):
        """Brings the averaged generator up to date. Returns the weights that pictures are drawn with."""
        config = self.config
        self.averaged.vectors = {name: u.clone() for name, u in self.generator.vectors.items()}
        for _ in range(SPECTRAL_STEPS):
            self.averaged.effective(True)
        weights = self.averaged.effective(False)
        count = min(32, max(8, config["batch"]))

        def draw(batch):
            rows = torch.arange(count, device=self.device)
            z = random.normal(rows, config["generator"]["latent"], config["seed"], random.STANDING_LATENTS, batch)
            source = CounterRandom(config["seed"], random.STANDING_CONDITIONS, batch)
            u = torch.from_numpy(composer.draw_conditions(count, source)).to(self.device)
            return z, self.table_rows(u)

        self.base.refresh(weights, draw)
        return weights

    def table_rows(self, u):
        """[uM, u] of conditions u [n, S]."""
        return torch.cat([u @ self.membership, u], dim=1)

    @torch.no_grad()
    def draw(self, weights, z, u):
        """Pictures [n, 3, side, side] in [-1, 1]; each depends on its own z and u only. weights: of `sampling`."""
        z, u = (torch.as_tensor(t, dtype=torch.float32, device=self.device) for t in (z, u))
        parts = range(0, len(z), 64)
        return torch.cat(
            [self.base.sample(weights, z[i : i + 64], self.table_rows(u[i : i + 64])) for i in parts]
        )

    def save(self, path, composer, cursor):
        """Writes a checkpoint that the studio opens, the sampling generator and its check pictures included."""
        weights = self.sampling(composer)
        arrays = dict(self.arrays)
        drawn = {**weights, **self.base.statistics}
        stored = {
            "generator": {name: value.detach().cpu().numpy() for name, value in drawn.items()},
            "generator_raw": self.generator.arrays(),
            "generator_ema": self.averaged.arrays(),
            "discriminator": self.discriminator.arrays(),
            "generator_adam": self.generator_adam.arrays(),
            "discriminator_adam": self.discriminator_adam.arrays(),
        }
        if self.clip_head:
            stored.update(clip_head=self.clip_head.arrays(), clip_head_adam=self.clip_head_adam.arrays())
        for network, named in stored.items():
            for name, value in named.items():
                arrays["%s.%s" % (network, name)] = np.asarray(value, np.float32, order="C")
        if self.ada is not None:
            arrays["trainer.ada/p"] = np.array(self.ada.p, np.float32)
            arrays["trainer.ada/signs"] = np.array(self.ada.signs, np.float32)
        check = self.draw(weights, arrays["check.z"], arrays["check.u"])
        arrays["check.image"] = np.ascontiguousarray(check.permute(0, 2, 3, 1).cpu().numpy())
        strings = {
            **self.strings,
            "iteration": json.dumps(self.iteration),
            "kimg": json.dumps(schedule.kimg_at(self.config, self.iteration)),
            "created": json.dumps(datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%S.000Z")),
            "data_cursor": json.dumps(cursor),
        }
        if self.draws != self.iteration or self.rate_scale != 1:
            strings["course"] = json.dumps({"draws": self.draws, "rateScale": self.rate_scale})
        write_safetensors(path, arrays, strings)
