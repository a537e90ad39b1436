"""Which reals an iteration shows, under which conditions, and the conditions of its fakes: the studio's own draws."""

import numpy as np

from . import counter_random as random
from .counter_random import CounterRandom


class ImageOrder:
    """Every image once an epoch, in an order that follows from seed and epoch; `cursor` is the whole state."""

    def __init__(self, population, seed, cursor):
        self.population = population
        self.seed = seed
        self.epoch, self.position = -1, 0
        self._begin(cursor["epoch"])
        self.position = min(cursor["position"], len(population))

    def _begin(self, epoch):
        self.epoch, self.position = epoch, 0
        self.order = CounterRandom(self.seed, random.IMAGE_ORDER, epoch).permutation(len(self.population))

    def next(self, count):
        """The next `count` image numbers."""
        drawn = np.empty(count, np.int64)
        for i in range(count):
            if self.position == len(self.order):
                self._begin(self.epoch + 1)
            drawn[i] = self.population[self.order[self.position]]
            self.position += 1
        return drawn

    @property
    def cursor(self):
        return {"epoch": self.epoch, "position": self.position}


class Conditions:
    """u of every image as sparse rows, and trust w. columns: S."""

    def __init__(self, row_entries, columns_of_entries, values, trust, columns):
        self.starts = np.concatenate([[0], np.cumsum(row_entries)])
        self.columns_of_entries = columns_of_entries
        self.values = values
        self.trust = trust
        self.columns = columns

    def row(self, image):
        """[S], float32."""
        dense = np.zeros(self.columns, np.float32)
        span = slice(self.starts[image], self.starts[image + 1])
        dense[self.columns_of_entries[span]] = self.values[span]
        return dense


def draw_condition(u, source, hard_probability):
    """u itself or, with `hard_probability`, a one-hot slot drawn from it."""
    if source.uniform() >= hard_probability:
        return u
    left = source.uniform() * float(np.cumsum(u.astype(np.float64))[-1])
    chosen = 0
    for slot, value in enumerate(u.tolist()):
        if value <= 0:
            continue
        chosen = slot
        left -= value
        if left < 0:
            break
    drawn = np.zeros_like(u)
    drawn[chosen] = 1
    return drawn


class BatchComposer:
    """Batches by the number of the draw, so that a resumed run draws what the uninterrupted one would have drawn."""

    def __init__(self, config, class_of_slot, conditions):
        self.config = config
        self.pool = conditions
        masses = [np.bincount(class_of_slot, weights=conditions.row(i)) for i in range(len(conditions.trust))]
        self.classes = np.array([int(np.argmax(mass)) for mass in masses])
        self.trusted = np.flatnonzero(conditions.trust > 0)
        if len(self.trusted) == 0:
            raise ValueError("no image has a trusted label")
        self.by_class = self.trusted[np.argsort(self.classes[self.trusted], kind="stable")]
        count = int(max(class_of_slot)) + 1
        sizes = np.bincount(self.classes[self.trusted], minlength=count)
        self.first_of_class = np.concatenate([[0], np.cumsum(sizes)])

    def discriminator(self, draw, k, indices):
        """The batch of discriminator step k: dict of indices, flips, w, w_wrong [B] and u, u_fake, u_wrong [B, S]."""
        config = self.config
        source = CounterRandom(
            config["seed"], random.DISCRIMINATOR_CONDITIONS, draw * config["discriminatorSteps"] + k
        )
        flip = config["augment"]["horizontalFlip"]
        flips = np.array([flip and source.uniform() < 0.5 for _ in indices])
        w = self.pool.trust[indices]
        u = self._rows(indices, source)
        u_fake = self.draw_conditions(len(indices), source)
        wrong = [self._of_another_class(image, source) for image in indices]
        u_wrong = self._rows([own if other is None else other for own, other in zip(indices, wrong)], source)
        w_wrong = np.array([0.0 if other is None else weight for other, weight in zip(wrong, w)], np.float32)
        return {"indices": indices, "flips": flips, "w": w, "w_wrong": w_wrong, "u": u, "u_fake": u_fake, "u_wrong": u_wrong}

    def generator(self, draw):
        """Conditions of the generator step's fakes, [B, S]."""
        source = CounterRandom(self.config["seed"], random.GENERATOR_CONDITIONS, draw)
        return self.draw_conditions(self.config["batch"], source)

    def draw_conditions(self, count, source):
        """u' of `count` fakes, each that of a random trusted real. [count, S]"""
        return self._rows([self.trusted[source.integer(len(self.trusted))] for _ in range(count)], source)

    def _rows(self, images, source):
        probability = self.config["partition"]["hardDrawProbability"]
        return np.stack([draw_condition(self.pool.row(image), source, probability) for image in images])

    def _of_another_class(self, image, source):
        own = self.classes[image]
        start, end = self.first_of_class[own], self.first_of_class[own + 1]
        others = len(self.by_class) - (end - start)
        if others == 0:
            return None
        at = source.integer(int(others))
        return self.by_class[at if at < start else at + (end - start)]
