"""What the CLIP head looks through: the critic's image tower, and the tower that token heads look into."""

from .resample import bicubic


class View:
    """Pictures [n, 3, H, W] in [0, 1], any size -> (features [n, d], maps of tokens, a list).

    critic, other: pairs of an `ImageTower` and the side of its input. other: None where token heads look into the
    critic's own tower, or there are none.
    """

    def __init__(self, critic, other=None):
        self.critic = critic
        self.other = other

    def __call__(self, pictures):
        features, tokens = self._through(self.critic, pictures)
        if self.other is not None:
            _, tokens = self._through(self.other, pictures)
        return features, tokens

    def _through(self, eye, pictures):
        tower, side = eye
        return tower(bicubic(pictures, side))
