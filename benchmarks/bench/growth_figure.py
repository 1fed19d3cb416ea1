"""How time and memory grow with the clips, their frames, the image size and the model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.bench.settings import DESCRIPTIONS
from samscope.figures.style import PAGE_WIDTH, dress, new_figure, styled
from samscope.support.machine import named

_LABELS = {
    "clips": "Clips in each set",
    "frames": "Frames of a clip",
    "image_size": "Image size (pixels)",
    "model": "Model",
}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@styled
def growth_figure(results: Mapping[str, Any]) -> Figure:
    """Draw how time and memory grow.

    Args:
        results: what ``run_benchmark`` writes to ``benchmark.json`` if growth was asked for.

    Returns:
        A figure of two panels a thing that grows: milliseconds a frame over it, and peak memory in GiB, both
        from 0; one line a contender.
    """
    taken = results["growth"]
    axes_names = list(dict.fromkeys(row["axis"] for row in taken))
    contenders = list(dict.fromkeys(row["contender"] for row in taken))
    figure = new_figure(PAGE_WIDTH, 1.9 * len(axes_names) + 0.9)
    panels = figure.subplots(len(axes_names), 2, squeeze=False)
    for (time_axes, memory_axes), name in zip(panels, axes_names, strict=True):
        for contender, colour, marker in zip(contenders, _COLOURS, _MARKERS, strict=False):
            rows = [row for row in taken if row["axis"] == name and row["contender"] == contender]
            milliseconds = [1000 * row["seconds"] / row["frames"] for row in rows]
            memory = [row["peak_memory"] / 2**30 for row in rows]
            for axes, values in ((time_axes, milliseconds), (memory_axes, memory)):
                axes.plot(
                    _places(name, rows), values, color=colour, marker=marker, markersize=4, clip_on=False
                )
        for axes, label in ((time_axes, "Milliseconds a frame"), (memory_axes, "Peak memory (GiB)")):
            _finish(axes, name, label, [row["value"] for row in taken if row["axis"] == name])
    machine, threads = results["machine"], results["threads"]
    dress(
        figure,
        "How time and memory grow",
        f"{', '.join(results['sets'])}; {named(machine)}, {threads} thread{'s' * (threads != 1)}. "
        "Frames that clips share count for each of them. Memory: the largest resident size of a process that "
        "does nothing else.",
        [
            Line2D([], [], color=colour, marker=marker, markersize=4, label=DESCRIPTIONS[contender])
            for contender, colour, marker in zip(contenders, _COLOURS, _MARKERS, strict=False)
        ],
    )
    return figure


def _places(name: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    return list(range(len(rows))) if name == "model" else [row["value"] for row in rows]


def _finish(axes: Axes, name: str, label: str, values: Sequence[Any]) -> None:
    distinct = list(dict.fromkeys(values))
    if name == "model":
        names = [Path(str(value)).name for value in distinct]
        axes.set_xticks(range(len(names)), labels=names, rotation=20, ha="right", rotation_mode="anchor")
    else:
        axes.set_xscale("log", base=2)
        axes.set_xticks(distinct, labels=[str(value) for value in distinct])
        axes.minorticks_off()
    axes.set(xlabel=_LABELS[name], ylabel=label)
    axes.set_ylim(bottom=0)
