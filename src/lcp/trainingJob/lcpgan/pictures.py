"""The job's pictures: 8-bit RGB in files that are mapped into memory, so that there may be more than memory holds."""

import glob
import os

import numpy as np

from .files import FileError


class Pictures:
    """Pictures by number, [side, side, 3]. job: folder with pictures/0000.npy, 0001.npy, ..., one after the other."""

    def __init__(self, job):
        paths = sorted(glob.glob(os.path.join(job, "pictures", "*.npy")))
        if not paths:
            raise FileError("%s holds no pictures" % job)
        self._files = [np.load(path, mmap_mode="r") for path in paths]
        if len({file.shape[1:] for file in self._files}) > 1:
            raise FileError("the pictures in %s are of several sizes" % job)
        self._starts = np.cumsum([0] + [len(file) for file in self._files])

    def __len__(self):
        return int(self._starts[-1])

    def __getitem__(self, numbers):
        """The pictures with these numbers, an array or a slice; a copy."""
        numbers = np.arange(len(self))[numbers]
        found = np.empty((len(numbers), *self._files[0].shape[1:]), np.uint8)
        of = np.searchsorted(self._starts, numbers, side="right") - 1
        for i in np.unique(of):
            found[of == i] = self._files[i][numbers[of == i] - self._starts[i]]
        return found
