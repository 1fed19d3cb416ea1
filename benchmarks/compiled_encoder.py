"""Whether a compiled image encoder pays on a CPU: processor time of compiling, and of a frame.

Run ``python -m benchmarks.compiled_encoder nano random-hiera-tiny --image-size 512``. Contenders take turns,
and each figure is the least of several, since other work on the machine only adds. Have the variable
TORCHINDUCTOR_CACHE_DIR name an empty folder: what was once compiled is kept there.
"""

import argparse
import resource
from collections.abc import Callable
from functools import partial

import torch

from samscope.trackers.family import Tracker
from samscope.trackers.registry import load_model

TURNS = 7


def processor_seconds() -> float:
    """Return the processor time of this process and of the compilers that it has run."""
    times = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(time.ru_utime + time.ru_stime for time in times)


def seconds_of(run: Callable[[], object]) -> float:
    """Return the processor time that something takes."""
    begin = processor_seconds()
    run()
    return processor_seconds() - begin


def measure(name: str, image_size: int | None, batches: list[int]) -> None:
    """Print a line for compiling, and one for each batch."""
    contenders: dict[str, Tracker] = {
        "exact": load_model(name, image_size=image_size, mode="exact"),
        "fast": load_model(name, image_size=image_size, mode="fast"),
        "compiled": load_model(name, image_size=image_size, mode="fast", compile=True),
    }
    size = contenders["fast"].image_size
    pixels = torch.randint(0, 256, (max(batches), 3, size, size), dtype=torch.uint8)
    compiling = seconds_of(partial(contenders["compiled"].encode, pixels[:1]))
    print(f"{name} at {size}: {compiling:.1f} s to compile", flush=True)
    for batch in batches:
        taken: dict[str, list[float]] = {contender: [] for contender in contenders}
        for _ in range(TURNS):
            for contender, model in contenders.items():
                taken[contender].append(seconds_of(partial(model.encode, pixels[:batch])) / batch)
        times = ", ".join(f"{contender} {1000 * min(seconds):.1f} ms" for contender, seconds in taken.items())
        print(f"  batch {batch}: {times} a frame", flush=True)


def main() -> None:
    """Measure what the command line names, on one thread."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+")
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4])
    given = parser.parse_args()
    torch.set_num_threads(1)
    for name in given.models:
        measure(name, given.image_size, given.batches)


if __name__ == "__main__":
    main()
