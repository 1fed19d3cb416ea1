"""Measure what batches gain on a CPU: milliseconds a frame of the image encoder, by image size and batch.

    python -m benchmarks.batch [MODEL] --image-sizes 192 256 384 512 --threads 2

MODEL is the built-in one, or one with random weights, such as random-hiera-tiny. Nothing else should run
meanwhile. What a whole study gains is the case "study" of benchmarks/speed.py.
"""

import argparse
import time

import torch

from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.loading import load_model

FRAMES = 8


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default=BUILT_IN_MODEL)
    parser.add_argument("--image-sizes", type=int, nargs="+", default=[192, 256, 384, 512])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    print(f"| {given.model} | {' | '.join(f'batch {batch}' for batch in given.batches)} |")
    print(f"| --- |{' --- |' * len(given.batches)}")
    for size in given.image_sizes:
        times = milliseconds(given.model, size, given.batches, given.rounds)
        print(f"| {size} pixels | {' | '.join(f'{duration:.1f} ms' for duration in times)} |", flush=True)


def milliseconds(name: str, image_size: int, batches: list[int], rounds: int) -> list[float]:
    """Return the least time of a frame for each batch."""
    model = load_model(name, mode="fast", image_size=image_size)
    pixels = torch.randn(FRAMES, 3, image_size, image_size, generator=torch.Generator().manual_seed(0))
    least = [float("inf")] * len(batches)
    with model.inference():
        for _ in range(rounds):
            for place, batch in enumerate(batches):
                begin = time.perf_counter()
                for part in pixels.split(batch):  # type: ignore[no-untyped-call]
                    encode_frame(model.network, part)
                least[place] = min(least[place], (time.perf_counter() - begin) / FRAMES * 1000)
    return least


if __name__ == "__main__":
    main()
