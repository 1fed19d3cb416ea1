"""A benchmark: every contender in a process of its own, then the table and the figure."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from samscope.benchmark.measuring import Measured, measure
from samscope.benchmark.settings import DESCRIPTIONS, BenchmarkSettings, Contender
from samscope.benchmark.table import benchmark_table
from samscope.figures.benchmark import benchmark_figure
from samscope.figures.saving import FORMATS, render
from samscope.machine import machine
from samscope.output import output_folder, write_json
from samscope.progress import Progress
from samscope.provenance import provenance

RESULTS, TABLE, FIGURE = "benchmark.json", "benchmark.md", "benchmark"


def run_benchmark(settings: BenchmarkSettings, progress: Progress) -> Path:
    """Time all contenders on the same clips, one after another, and write what they took.

    Args:
        settings: what is timed.
        progress: hears of every contender.

    Returns:
        The table, ``benchmark.md``; beside it are ``benchmark.json`` and the figure.

    Raises:
        UsageError, SamscopeError: a model, videos or draws are not as they must be. ``settings.out`` is then
            as it was.
    """
    inputs = [Path(settings.model), *([settings.clips.videos] if settings.clips.videos else [])]
    with output_folder(settings.out, overwrite=settings.overwrite, inputs=inputs) as folder:
        before = machine(torch.device("cpu"))
        measured = []
        with progress.stage("timing", len(settings.contenders)) as advance:
            for contender in settings.contenders:
                measured.append(_in_a_fresh_process(settings, contender))
                advance(DESCRIPTIONS[contender])
        results = {
            **settings.to_json(),
            "machine": before,
            "measured": [_stated(one, measured) for one in measured],
            **provenance({}),
        }
        write_json(folder / RESULTS, results)
        (folder / TABLE).write_text(benchmark_table(results), encoding="utf-8")
        figure = benchmark_figure(results)
        for file_format in FORMATS:
            (folder / f"{FIGURE}.{file_format}").write_bytes(render(figure, file_format))
    return settings.out / TABLE


def _in_a_fresh_process(settings: BenchmarkSettings, contender: Contender) -> Measured:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(measure, settings, contender).result()


def _stated(one: Measured, measured: list[Measured]) -> dict[str, Any]:
    """Return what a contender took as plain values, and how it compares."""
    values = asdict(one)
    del values["masks"]
    first = measured[0]
    exact = next((other for other in measured if other.contender == "alone"), None)
    return values | {
        "description": DESCRIPTIONS[one.contender],
        "frames_per_second": one.frames_per_second,
        "ratio": one.frames_per_second / first.frames_per_second,
        "utilisation": {part: one.utilisation(part) for part in one.stage_seconds},
        "equal_pixels": None if exact is None else _equal_pixels(one, exact),
    }


def _equal_pixels(one: Measured, other: Measured) -> float | None:
    """Return the share of mask pixels on which two contenders agree; None where one has no masks."""
    if not len(one.masks) or len(one.masks) != len(other.masks):
        return None
    different = int(np.bitwise_count(one.masks ^ other.masks).sum())
    return 1 - different / (8 * len(one.masks))
