"""Peak memory of tracking a stream, by its length.

Run it as ``python -m benchmarks.stream_memory MODEL``. Each length runs in a process of its own; the frames
are made one at a time, so that what grows would be the tracker's.
"""

import argparse
import resource
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from samscope import load_model, track

HEIGHT, WIDTH = 480, 854


def frames(count: int) -> Iterator[NDArray[np.uint8]]:
    """Yield noise with a bright square that wanders, one frame at a time."""
    noise = np.random.default_rng(0)
    for index in range(count):
        frame = noise.integers(0, 128, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        left = 100 + 2 * index % 600
        frame[200:300, left : left + 100] = 230
        yield frame


def peak_after(model: str, count: int) -> float:
    """Track ``count`` frames in this process and return its peak resident memory in MiB."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[200:300, 100:200] = True
    for _ in track(load_model(model), frames(count), mask=mask):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Print the peak memory for each length."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="anything that samscope.load_model takes")
    parser.add_argument("--frames", type=int, nargs="+", default=[60, 600])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        print(
            f"{arguments.frames[0]} frames: peak {peak_after(arguments.model, arguments.frames[0]):.0f} MiB"
        )
        return
    for count in arguments.frames:
        command = [sys.executable, __file__, arguments.model, "--here", "--frames", str(count)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
