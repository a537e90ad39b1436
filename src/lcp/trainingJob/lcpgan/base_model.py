"""What a base model is to the trainer and to checkpoints. `bases.py` has the table of those that there are."""

from collections import namedtuple

from .losses import HINGE
from .steps import DiscriminatorStep, GeneratorStep

# Of one network's Adam.
Settings = namedtuple("Settings", "rate beta1 beta2 epsilon")


class BaseModel:
    """Networks, the game they play, and the steps in which they learn. Holds no weights that are trained.

    config: of the run. statistics: dict of name -> tensor, what pictures are drawn with beside the averaged weights.
    ranks: `Ranks`, or None where nothing is trained.
    """

    # Form of the critics' losses.
    form = HINGE
    # Whether the discriminator sees reals and fakes as one batch; else each kind passes on its own.
    one_batch = True
    # Pictures that see each other, here and on a single rank; parts that a batch is taken in.
    group, group_of_one, parts = 1, 1, 1

    def __init__(self, config, statistics, ranks):
        self.config = config
        self.statistics = statistics
        self.ranks = ranks

    def settings(self):
        """`Settings` by network: generator, discriminator, clip_head."""
        raise NotImplementedError

    def gain(self, network, name, shape):
        """Equalised learning rate: the constant that a parameter is stored times; it learns as the bare one would."""
        return 1.0

    def train(self, weights, z, conditions, draw, part):
        """Pictures of a training step, differentiable in the weights, [n, 3, side, side].

        z [b, latent] and conditions [b, C + S]: of all of this rank's pictures. draw: a `Draw` (`context.py`). part: slice of the
        pictures that are wanted.
        """
        raise NotImplementedError

    def judge(self, weights, pictures, conditions):
        """Logits a(x) and b(x, u), [n, 2]; where they are joint, their sum stands in the place of a."""
        raise NotImplementedError

    def steps(self, context):
        """The steps of an iteration, in order (see `steps.py`)."""
        return [DiscriminatorStep(context), GeneratorStep(context)]

    def refresh(self, weights, draw):
        """Brings `statistics` up to date with the averaged weights. draw(i): latents and conditions of batch i."""

    def sample(self, weights, z, conditions):
        """Pictures by the averaged weights and `statistics`: each depends on its own z and conditions only."""
        raise NotImplementedError
