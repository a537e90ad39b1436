"""The adversarial training of a run: `iterate` runs the steps that the base model lists, each as often as it says.

The same algorithm, draws and order of steps as the studio's own trainer, so that from one state both go the same way.
"""

from . import schedule
from .context import Context
from .steps import Turn


class Trainer:
    """state: a `State` (networks, optimizers, schedule counters). The rest as `Context` has it."""

    def __init__(self, state, pictures, composer, order, eyes, prompts, ranks, precision, device):
        self.state = state
        self.composer = composer
        self.order = order
        self.uses_clip = eyes is not None
        self.statistics = {}
        self.steps = state.base.steps(Context(state, pictures, eyes, prompts, ranks, precision, device))

    def iterate(self):
        """One iteration. Returns statistics, of the last run of each step: this rank's sums, tensors, and numbers."""
        state, turn = self.state, self._turn()
        for step in self.steps:
            if state.iteration % step.every:
                continue
            for k in range(step.times):
                self.statistics.update(step.run(turn, k, state.draws * step.times + k))
        state.average(schedule.ema_decay(state.config, state.iteration))
        state.iteration += 1
        state.draws += 1
        p = {} if state.ada is None else {"adaP": state.ada.p}
        return {**self.statistics, **p, "lambda": turn.lam, "lambdaClip": turn.clip}

    def _turn(self):
        config, state = self.state.config, self.state
        kimg = schedule.kimg_at(config, state.iteration)
        steps, batch = config["discriminatorSteps"], config["batch"]
        indices = self.order.next(batch * steps)
        batches = [
            self.composer.discriminator(state.draws, k, indices[k * batch : (k + 1) * batch]) for k in range(steps)
        ]
        return Turn(
            state.iteration,
            batches,
            self.composer.generator(state.draws),
            schedule.conditioning_weight(config, kimg),
            schedule.clip_weight(config, kimg) if self.uses_clip else 0.0,
        )
