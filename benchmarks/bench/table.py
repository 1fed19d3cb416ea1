"""The table of a benchmark, in Markdown."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench.settings import AXIS_NAMES, DESCRIPTIONS
from benchmarks.bench.stages import PARTS
from samscope.support.machine import named

_MEANING = (
    "Shares are of the time. In brackets, for the two large parts: operations a second, as the library would "
    "compute the same calls, over those of the machine's own float32 matrix product at the same number of "
    "threads. Equal mask pixels are against samscope exact, one clip at a time."
)

_ROUNDS = (
    "Each was timed {} times, in turns: shown is its round of the median time, and the median ratio of the "
    "rounds with the lowest and the highest."
)


def benchmark_table(results: Mapping[str, Any]) -> str:
    """Return what a benchmark found as a page of Markdown.

    Args:
        results: what ``run_benchmark`` writes to ``benchmark.json``.
    """
    head = ["", "frames a second", "ratio", "peak memory", *PARTS, "other", "equal mask pixels"]
    table = [_line(head), _line(["---"] * len(head)), *(_row(contender) for contender in results["measured"])]
    meaning = _MEANING if results["rounds"] == 1 else f"{_ROUNDS.format(results['rounds'])} {_MEANING}"
    return f"{_what_was_run(results)}\n\n{chr(10).join(table)}\n\n{meaning}\n{_growth(results)}"


def _growth(results: Mapping[str, Any]) -> str:
    """Return the table of what was made larger, or nothing."""
    if not results["growth"]:
        return ""
    head = ["larger", "contender", "frames", "seconds", "frames a second", "peak memory"]
    rows = [
        _line(
            [
                f"{AXIS_NAMES[row['axis']]} {Path(str(row['value'])).name}",
                DESCRIPTIONS[row["contender"]],
                str(row["frames"]),
                f"{row['seconds']:.3g}",
                f"{row['frames_per_second']:.3g}",
                f"{row['peak_memory'] / 2**30:.2f} GiB",
            ]
        )
        for row in results["growth"]
    ]
    return "\n" + "\n".join([_line(head), _line(["---"] * len(head)), *rows]) + "\n"


def _what_was_run(results: Mapping[str, Any]) -> str:
    machine, versions = results["machine"], results["versions"]
    clips, threads = results["clips"], results["threads"]
    length = results["prefix"] + results["middle"] + results["suffix"]
    size = "" if results["image_size"] is None else f" at {results['image_size']}"
    return (
        f"{results['model'].rstrip('/').split('/')[-1]}{size}, {clips} clip{'s' * (clips != 1)} a set "
        f"({', '.join(results['sets'])}), {length} frames each; {named(machine)}, {threads} "
        f"thread{'s' * (threads != 1)}, PyTorch {versions['torch']}, transformers "
        f"{versions['transformers']}, {results['created'][:10]}; {machine['load']} processes at work before."
    )


def _row(contender: Mapping[str, Any]) -> str:
    seconds = contender["stage_seconds"]
    shares = [_share(contender, part) for part in PARTS]
    other_share = 1 - sum(seconds.values()) / contender["seconds"]
    equal = contender["equal_pixels"]
    cells = [
        contender["description"],
        f"{contender['frames_per_second']:.3g}",
        ratio_with_range([of_round["ratio"] for of_round in contender["rounds"]]),
        f"{contender['peak_memory'] / 2**30:.2f} GiB",
        *shares,
        f"{100 * other_share:.0f} %",
        "" if equal is None else f"{100 * equal:.4f} %",
    ]
    return _line(cells)


def ratio_with_range(ratios: Sequence[float]) -> str:
    """Return the median of some ratios and, where they differ, the lowest and the highest."""
    median = f"{statistics.median(ratios):.2f}"
    return median if min(ratios) == max(ratios) else f"{median} ({min(ratios):.2f} to {max(ratios):.2f})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _share(contender: Mapping[str, Any], part: str) -> str:
    share = f"{100 * contender['stage_seconds'][part] / contender['seconds']:.0f} %"
    used = contender["utilisation"][part]
    return share if used is None else f"{share} ({100 * used:.0f} %)"
