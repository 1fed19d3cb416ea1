"""What tracking takes, side by side: time of a frame by part of the model."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from samscope.figures.style import INK, PAGE_WIDTH, dress, one_axes, styled
from samscope.support.machine import named

_COLOURS = {
    "image encoder": "#0072B2",
    "memory attention": "#D55E00",
    "mask decoder": "#009E73",
    "memory encoder": "#CC79A7",
    "other": "#B5B5B5",
}


@styled
def benchmark_figure(results: Mapping[str, Any], *, axes: Axes | None = None) -> Figure:
    """Draw a benchmark.

    Args:
        results: what ``run_benchmark`` writes to ``benchmark.json``.
        axes: where it is drawn; None for a figure of its own. Into axes of the caller's go title and legend
            as well, but no note.

    Returns:
        A figure of one bar a contender: milliseconds a frame of the clips, by part of the model, with its
        speed as a ratio to the first contender's.
    """
    measured = results["measured"]
    given = axes
    figure, axes = one_axes(axes, PAGE_WIDTH, 1.2 + 0.32 * len(measured))
    longest = max(1000 * contender["seconds"] / contender["frames"] for contender in measured)
    for place, contender in enumerate(measured):
        seconds = {**contender["stage_seconds"]}
        seconds["other"] = contender["seconds"] - sum(seconds.values())
        left = 0.0
        for part, colour in _COLOURS.items():
            width = 1000 * seconds[part] / contender["frames"]
            axes.barh(place, width, left=left, height=0.66, color=colour, edgecolor="white", linewidth=0.5)
            left += width
        axes.text(
            left + 0.01 * longest, place, f"{contender['ratio']:.2f}x", va="center", color=INK, fontsize=8
        )
    axes.set_yticks(range(len(measured)), labels=[contender["description"] for contender in measured])
    axes.set(xlabel="Milliseconds a frame", xlim=(0, 1.1 * longest))
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    machine, threads = results["machine"], results["threads"]
    dress(
        figure,
        f"Time of a frame: {results['model'].rstrip('/').split('/')[-1]}",
        f"{results['clips']} clip{'s' * (results['clips'] != 1)} a set ({', '.join(results['sets'])}); "
        f"{named(machine)}, {threads} thread{'s' * (threads != 1)}; frames that clips share count for "
        "each of them.",
        [Patch(color=colour, label=part) for part, colour in _COLOURS.items()],
        within=given,
    )
    return figure
