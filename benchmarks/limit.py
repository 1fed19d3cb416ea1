"""Measure what the time of a frame goes into, by kind of operation, and how far it is from the least.

    python -m benchmarks.limit RESULTS [MODEL]

A frame with a full memory is encoded and tracked by the library's own operations (`exact`) and by `fast`, on
one thread. Its matrix products are counted as they are done, and set against the machine's own rate. They are
timed in turns, and the best of each counts. Nothing else should run meanwhile. RESULTS/limit.json is what
benchmarks/speed.py takes into its page.
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.bench.arithmetic import matrix_product_peak
from samscope.support.machine import machine
from samscope.support.provenance import provenance
from samscope.support.result_folder import write_json
from samscope.trackers.memory import Bank, Memory
from samscope.trackers.modes import Mode
from samscope.trackers.prompt import make_prompt
from samscope.trackers.sam2.built_in import RANDOM_MODELS
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.loading import load_model
from samscope.trackers.sam2.step import first_step, next_step

MODES: tuple[Mode, ...] = ("exact", "fast")
FRAME = 20
KINDS = {
    "matrix products": ("aten::mm", "aten::addmm", "aten::addmm_", "aten::bmm", "aten::baddbmm"),
    "attention kernel": ("aten::_scaled_dot_product_flash_attention_for_cpu",),
    "convolutions": (
        "aten::convolution",
        "aten::mkldnn_convolution",
        "aten::_slow_conv2d_forward",
        "aten::_convolution",
    ),
    "copies": ("aten::copy_", "aten::cat", "aten::fill_"),
}
REPEATS = 3


def main() -> None:
    """Measure both ways and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("model", nargs="?", default=RANDOM_MODELS[0])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    frames = {mode: frame_of(arguments.model, mode) for mode in MODES}
    peak, seconds = 0.0, dict.fromkeys(MODES, math.inf)
    for _ in range(REPEATS):
        peak = max(peak, matrix_product_peak())
        seconds = {mode: min(seconds[mode], _seconds(frame)) for mode, frame in frames.items()}
    modes = {mode: measure(frame, seconds[mode], peak) for mode, frame in frames.items()}
    results = {
        "model": arguments.model,
        "machine": machine(torch.device("cpu")),
        "peak": peak,
        "modes": modes,
        **provenance({}),
    }
    arguments.results.mkdir(parents=True, exist_ok=True)
    write_json(arguments.results / "limit.json", results)
    for mode, measured in modes.items():
        counted = measured["operations"] / 1e9
        share = f"{100 * measured['rate']:.0f} % of the machine's rate"
        print(f"{mode}: {measured['seconds']:.2f} s, {counted:.0f} GFLOP, {share}")


def frame_of(name: str, mode: Mode) -> Callable[[], None]:
    """Return what encodes and tracks a frame, after it has done so once."""
    model = load_model(name, mode=mode)
    network, size = model.network.requires_grad_(False), model.image_size
    pixels = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with model.inference():
        bank = full_bank(model)

    def frame() -> None:
        with model.inference():
            next_step(network, encode_frame(network, pixels), bank, FRAME)

    frame()
    return frame


def measure(frame: Callable[[], None], seconds: float, peak: float) -> dict[str, Any]:
    """Return a frame's counted operations and their share of the machine's rate, in all and by kind.

    A kind's seconds are its share of the time under a profiler; where nothing is counted its rate is None.
    """
    with FlopCounterMode(display=False, custom_mapping=COUNTED) as counter:
        frame()
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        frame()
    counts = counter.get_flop_counts()["Global"]
    counted = {str(key).replace(".", "::"): count for key, count in counts.items()}
    seconds_by_event = {event.key: event.self_cpu_time_total / 1e6 for event in profiled.key_averages()}
    of_kinds = {key for keys in KINDS.values() for key in keys}

    def rated(operations: int, taken: float) -> dict[str, Any]:
        rate = operations / taken / peak if operations else None
        return {"seconds": taken, "operations": operations, "rate": rate}

    kinds = {
        kind: rated(
            sum(counted.get(key, 0) for key in keys),
            seconds * sum(seconds_by_event.get(key, 0.0) for key in keys) / sum(seconds_by_event.values()),
        )
        for kind, keys in (KINDS | {"everything else": tuple(seconds_by_event.keys() - of_kinds)}).items()
    }
    return rated(int(counter.get_total_flops()), seconds) | {"kinds": kinds}


def full_bank(model: Any) -> Bank:
    """Return a memory bank that has all the memories and pointers that it can, of random content."""
    network, size = model.network, model.image_size
    generator = torch.Generator().manual_seed(1)
    mask = np.zeros((480, 854), bool)
    mask[100:200, 300:500] = True
    pixels = torch.randn(1, 3, size, size, generator=generator)
    step = first_step(network, encode_frame(network, pixels), make_prompt(mask.shape, size, mask=mask))
    bank, shape, width = step.bank, step.memory_features.shape, step.decoded.pointer.shape[-1]
    for index in range(1, FRAME):
        features = torch.randn(shape, generator=generator).bfloat16()
        pointer = torch.randn(1, width, generator=generator)
        bank = bank.remember(Memory(index, features, pointer), step.decoded)
    return bank


def _product(_added: Any, left: tuple[int, int], right: tuple[int, int], **_: Any) -> int:
    return 2 * left[0] * left[1] * right[1]


def _attention(query: tuple[int, ...], key: tuple[int, ...], *_: Any, **__: Any) -> int:
    batch, heads, queries, channels = query
    return 4 * batch * heads * queries * channels * key[2]


COUNTED = {
    torch.ops.aten.addmm_: _product,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention,
}
"""What PyTorch's own counter does not know."""


def _seconds(function: Callable[[], None]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
