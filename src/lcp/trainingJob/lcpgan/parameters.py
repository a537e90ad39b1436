"""Parameters of one network, under the studio's names for PyTorch, with spectral normalisation.

A spectrally normalised weight X.weight is stored as X.weight_orig with the power iteration's vector X.weight_u on the
side of its outputs (of a table: of its columns). The network computes with weight_orig / sigma.
"""

import torch

EPSILON = 1e-12


def _matrix(name, weight):
    """The weight as a matrix whose rows are what its vector u runs over."""
    return weight.t() if name.startswith("embedding") else weight.reshape(len(weight), -1)


def _unit(vector):
    return vector / vector.norm().clamp_min(EPSILON)


class Parameters:
    """Raw parameters by name, and `effective()`, the weights that the network computes with.

    raw: dict of name -> trainable tensor (spectrally normalised weights under `..._orig`).
    vectors: dict of name of the weight -> u.
    """

    def __init__(self, arrays, device):
        tensors = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
        self.vectors = {name[: -len("_u")]: value for name, value in tensors.items() if name.endswith(".weight_u")}
        self.raw = {
            name: value.requires_grad_(True) for name, value in tensors.items() if not name.endswith(".weight_u")
        }

    @property
    def names(self):
        """Of the weights that the network computes with."""
        return {name[: -len("_orig")] if name.endswith("_orig") else name for name in self.raw}

    def effective(self, update):
        """Weights divided by their largest singular value, differentiable in the raw ones.

        update: take a step of the power iterations first (the network that is being trained).
        """
        weights = {}
        for name, value in self.raw.items():
            if not name.endswith("_orig"):
                weights[name] = value
                continue
            plain = name[: -len("_orig")]
            weights[plain] = value / self._sigma(plain, value, update)
        return weights

    def _sigma(self, name, value, update):
        with torch.no_grad():
            matrix = _matrix(name, value)
            u = self.vectors[name]
            v = _unit(matrix.t() @ u)
            if update:
                u = _unit(matrix @ v)
                self.vectors[name] = u
        return torch.dot(u, _matrix(name, value) @ v).clamp_min(EPSILON)

    def trainable(self):
        """The raw parameters, in order."""
        return list(self.raw.values())

    def arrays(self):
        """Everything by name, as NumPy arrays."""
        values = {name: value.detach() for name, value in self.raw.items()}
        values.update({"%s_u" % name: vector for name, vector in self.vectors.items()})
        return {name: value.cpu().numpy().copy() for name, value in values.items()}
