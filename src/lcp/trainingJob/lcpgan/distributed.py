"""Several ranks as one: every rank takes its rows of the same global batch, and sums run over all of them."""

import os
import time

import torch
import torch.distributed as dist
from torch.nn import functional as F


class Traffic:
    """What the ranks have said to each other: messages, bytes, and the seconds that the processor waited for them."""

    def __init__(self):
        self.messages, self.bytes, self.seconds = 0, 0, 0.0

    def sum(self, tensor):
        """Sums a tensor over all ranks, in place."""
        begun = time.perf_counter()
        dist.all_reduce(tensor)
        self.seconds += time.perf_counter() - begun
        self.messages += 1
        self.bytes += tensor.numel() * tensor.element_size()
        return tensor


class _SumOverRanks(torch.autograd.Function):
    """Sum of a tensor over all ranks; its gradient is the sum of the ranks' gradients."""

    @staticmethod
    def forward(context, tensor, traffic):
        context.traffic = traffic
        return traffic.sum(tensor.clone())

    @staticmethod
    def backward(context, gradient):
        return context.traffic.sum(gradient.clone()), None


def _number(default, *names):
    """The first of some environment variables that is set."""
    return int(next((os.environ[name] for name in names if name in os.environ), default))


class Ranks:
    """The ranks of a job, as torchrun names them in the environment, or Slurm's srun, or whoever starts them by hand."""

    def __init__(self):
        self.traffic = Traffic()
        self.rank = _number(0, "RANK", "SLURM_PROCID")
        self.count = _number(1, "WORLD_SIZE", "SLURM_NTASKS")
        self.local = _number(0, "LOCAL_RANK", "SLURM_LOCALID")
        if self.count > 1:
            backend = "nccl" if torch.cuda.is_available() else "gloo"
            dist.init_process_group(backend, rank=self.rank, world_size=self.count)

    def rows(self, total):
        """This rank's rows of a global batch of `total` rows. Raises ValueError where it cannot be dealt evenly."""
        if total % self.count:
            raise ValueError("a batch of %d cannot be dealt evenly to %d ranks" % (total, self.count))
        size = total // self.count
        return slice(self.rank * size, (self.rank + 1) * size)

    def sum_gradients(self, gradients):
        """In place, as one message."""
        if self.count == 1:
            return
        flat = self.traffic.sum(torch.cat([g.reshape(-1) for g in gradients]))
        at = 0
        for g in gradients:
            g.copy_(flat[at : at + g.numel()].reshape(g.shape))
            at += g.numel()

    def total(self, value):
        """Sum of a tensor over the ranks, without a gradient."""
        if self.count > 1:
            return self.traffic.sum(value.detach().clone())
        return value

    def batch_norm(self, x, epsilon):
        """x [B, C, h, w] normalised by mean and variance over the global batch."""
        if self.count == 1:
            return F.batch_norm(x, None, None, None, None, True, 0.0, epsilon)
        values = x.float()
        size = x.numel() // x.shape[1] * self.count
        mean = _SumOverRanks.apply(values.sum(dim=(0, 2, 3)), self.traffic) / size
        centred = values - mean.reshape(1, -1, 1, 1)
        variance = _SumOverRanks.apply(centred.square().sum(dim=(0, 2, 3)), self.traffic) / size
        return (centred * torch.rsqrt(variance + epsilon).reshape(1, -1, 1, 1)).to(x.dtype)

    def barrier(self):
        if self.count > 1:
            dist.barrier()

    def close(self):
        if self.count > 1:
            dist.destroy_process_group()
