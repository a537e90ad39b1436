"""How a batch is dealt: to the ranks, and to the parts that a rank takes one after the other for less memory.

Pictures of a group see each other (by the minibatch standard deviation), so a group stays together. Member m of group n
of a part is its picture m * groups + n, as in the studio; where groups stay what they are, any number of ranks and parts
computes the same.
"""

from collections import namedtuple

import torch

# numbers: a rank's pictures by their numbers in the batch, an int64 tensor; parts: slices of these.
Dealt = namedtuple("Dealt", "numbers parts")


def parts_of(batch, parts):
    """The least number, at least `parts`, of parts that a batch is divided into."""
    return next(found for found in range(min(parts, batch), batch + 1) if batch % found == 0)


def group_of(wanted, *sizes):
    """Pictures of a group: as many as wanted, or the next fewer that divide all of some sizes."""
    return next(group for group in range(min(wanted, *sizes), 0, -1) if all(size % group == 0 for size in sizes))


def deal(batch, rank, ranks, group=1, parts=1):
    """A rank's share of a batch. group: must divide a part, and a rank's share. Raises ValueError where it cannot be dealt."""
    if batch % ranks:
        raise ValueError("a batch of %d cannot be dealt evenly to %d ranks" % (batch, ranks))
    groups = torch.arange(batch).reshape(parts, group, -1).transpose(1, 2).reshape(-1, group)
    share = len(groups) // ranks
    own = groups[rank * share : (rank + 1) * share]
    # No part holds more pictures than one of a single rank's would.
    count = next(n for n in range(1, share + 1) if share % n == 0 and batch // ranks // n <= batch // parts)
    numbers = own.reshape(count, -1, group).transpose(1, 2).reshape(-1)
    size = len(numbers) // count
    return Dealt(numbers, [slice(i * size, (i + 1) * size) for i in range(count)])
