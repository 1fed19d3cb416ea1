"""A benchmark: every contender in a process of its own, then the table and the figure."""

import multiprocessing
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench.figure import benchmark_figure
from benchmarks.bench.growth_figure import growth_figure
from benchmarks.bench.measuring import Measured, measure
from benchmarks.bench.settings import DESCRIPTIONS, BenchmarkSettings, Contender
from benchmarks.bench.table import benchmark_table
from samscope.figures.saving import FORMATS, render
from samscope.support.machine import machine
from samscope.support.progress import Progress
from samscope.support.provenance import provenance
from samscope.support.result_folder import output_folder, write_json
from samscope.trackers.devices import device_at_hand
from samscope.trackers.sam2.built_in import read_from

RESULTS, TABLE, FIGURE, GROWTH_FIGURE = "benchmark.json", "benchmark.md", "benchmark", "growth"


def run_benchmark(settings: BenchmarkSettings, progress: Progress) -> Path:
    """Time all contenders on the same clips, in turns, and write what they took.

    Args:
        settings: what is timed.
        progress: hears of every contender.

    Returns:
        The table, ``benchmark.md``; beside it are ``benchmark.json`` and the figure.

    Raises:
        UsageError, SamscopeError: a model, videos or draws are not as they must be. ``settings.out`` is then
            as it was.
    """
    inputs = [*read_from(settings.model), *([settings.clips.videos] if settings.clips.videos else [])]
    with output_folder(settings.out, overwrite=settings.overwrite, inputs=inputs) as folder:
        device = device_at_hand(settings.device)
        settings = replace(settings, device=str(device))
        before = machine(device)
        rounds: list[list[Measured]] = []
        with progress.stage("timing", settings.rounds * len(settings.contenders)) as advance:
            for _ in range(settings.rounds):
                rounds.append([])
                for contender in settings.contenders:
                    keep_masks = len(rounds) == 1
                    rounds[-1].append(_in_a_fresh_process(settings, contender, keep_masks=keep_masks))
                    advance(DESCRIPTIONS[contender])
        results = {
            **settings.to_json(),
            "machine": before,
            "measured": [stated(place, rounds) for place in range(len(settings.contenders))],
            "growth": _grown(settings, progress),
            **provenance({}),
        }
        write_json(folder / RESULTS, results)
        (folder / TABLE).write_text(benchmark_table(results), encoding="utf-8")
        figures = {FIGURE: benchmark_figure(results)}
        if settings.growth:
            figures[GROWTH_FIGURE] = growth_figure(results)
        for name, figure in figures.items():
            for file_format in FORMATS:
                (folder / f"{name}.{file_format}").write_bytes(render(figure, file_format))
    return settings.out / TABLE


def _in_a_fresh_process(
    settings: BenchmarkSettings, contender: Contender, *, keep_masks: bool = True
) -> Measured:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(measure, settings, contender, keep_masks=keep_masks).result()


def _grown(settings: BenchmarkSettings, progress: Progress) -> list[dict[str, Any]]:
    """Time every contender with every value of everything that grows."""
    steps = [
        (growth, value, contender)
        for growth in settings.growth
        for value in growth.values
        for contender in settings.contenders
    ]
    if not steps:
        return []
    taken = []
    with progress.stage("growing", len(steps)) as advance:
        for growth, value, contender in steps:
            grown = growth.applied(settings, value)
            measured = _in_a_fresh_process(grown, contender, keep_masks=False)
            taken.append(
                {
                    "axis": growth.axis,
                    "value": value if growth.axis == "model" else int(value),
                    "contender": contender,
                    "frames": measured.frames,
                    "seconds": measured.seconds,
                    "frames_per_second": measured.frames_per_second,
                    "peak_memory": measured.peak_memory,
                }
            )
            advance(f"{growth.axis} {value}")
    return taken


def stated(place: int, rounds: Sequence[Sequence[Measured]]) -> dict[str, Any]:
    """Return what a contender took as plain values, and how it compares.

    Args:
        place: the contender's.
        rounds: what all contenders took, round by round; the first round has the masks.

    Returns:
        The round of the median time; its ``ratio`` to the first contender of the same round is the median of
        ``rounds``.
    """
    runs = [measured[place] for measured in rounds]
    ratios = [
        run.frames_per_second / measured[0].frames_per_second
        for run, measured in zip(runs, rounds, strict=True)
    ]
    median = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
    exact = next((run for run in rounds[0] if run.contender == "alone"), None)
    values = asdict(median)
    del values["masks"]
    return values | {
        "pixels": runs[0].pixels,
        "description": DESCRIPTIONS[median.contender],
        "frames_per_second": median.frames_per_second,
        "ratio": statistics.median(ratios),
        "rounds": [{"seconds": run.seconds, "ratio": ratio} for run, ratio in zip(runs, ratios, strict=True)],
        "utilisation": {part: median.utilisation(part) for part in median.stage_seconds},
        "equal_pixels": None if exact is None else _equal_pixels(runs[0], exact),
    }


def _equal_pixels(first: Measured, second: Measured) -> float | None:
    """Return the share of mask pixels on which two contenders agree; None where one has no masks."""
    if not first.pixels or first.pixels != second.pixels:
        return None
    different = int(np.bitwise_count(first.masks ^ second.masks).sum())
    return 1 - different / first.pixels
