"""R1 as a lazy step of its own (Karras et al. 2020, section 4.1).

Every `r1.every` iterations, on the reals of that iteration, through an augmentation of its own, on the unconditional
logit alone, by the discriminator's Adam. The penalty counts `r1.every` times, for the iterations that it stands for. It
computes in float32: it is made of slopes of slopes, and seldom.
"""

import torch

from . import counter_random as random


class R1Step:
    times = 1

    def __init__(self, context):
        self.context = context
        self.every = context.config["r1"]["every"]

    def run(self, turn, k, step):
        """Statistics: r1, the penalty of one iteration."""
        c, drawn = self.context, turn.discriminator[0]
        state, base = c.state, c.base
        dealt = c.deal(base.penalty_parts)
        reals = c.reals(drawn, dealt)
        rows = state.table_rows(c.own(drawn["u"], dealt))
        draws = c.draws(random.PENALTY_AUGMENT, step, dealt)
        weights = state.discriminator.effective(False)
        factor = c.config["r1"]["gamma"] / 2 / c.config["batch"]

        def loss_of(part):
            x = reals[part].requires_grad_()
            logits = base.penalized(weights, c.augment(x, draws[part]), rows[part])
            (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
            return self.every * factor * slope.square().sum()

        total = c.update(loss_of, dealt.parts, [(state.discriminator, state.discriminator_adam)])
        return {"r1": total / self.every}
