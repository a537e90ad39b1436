"""Trains a job that is killed (SIGKILL) at random moments, and again, and again, and then left alone.

    python3 killed.testing.py JOB OUT KILLS SEED [arguments of train.py]

Prints the iteration that each new start found itself at. PyTorch is imported once; every training is a child process.
"""

import os
import random
import signal
import sys
import time

job, out, kills, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.path.insert(0, job)

import train  # noqa: E402
from lcpgan.files import read_safetensors  # noqa: E402

arguments = ["--job", job, "--out", out, "--save-every", "0", *sys.argv[5:]]
checkpoint = os.path.join(out, "checkpoint.safetensors")


def started():
    child = os.fork()
    if child == 0:
        sys.stdout = open(os.devnull, "w")
        os._exit(train.main(arguments))
    return child


def iteration():
    return int(read_safetensors(checkpoint)[1]["iteration"]) if os.path.exists(checkpoint) else 0


# Each start gets some iterations further, and is killed at any moment of the one after: while it computes, or saves.
draw = random.Random(seed)
for _ in range(kills):
    before, child = iteration(), started()
    wanted, begun = before + draw.randint(1, 3), time.monotonic()
    while iteration() < wanted and os.waitpid(child, os.WNOHANG)[0] == 0:
        time.sleep(0.002)
    time.sleep(draw.uniform(0, (time.monotonic() - begun) / (wanted - before)))
    os.kill(child, signal.SIGKILL)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
        sys.exit("ended before it was killed")
    print(iteration(), flush=True)
code = os.waitstatus_to_exitcode(os.waitpid(started(), 0)[1])
print(iteration(), flush=True)
sys.exit(code)
