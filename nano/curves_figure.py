"""How a training went: losses, held-out results, memory attention, rate and speed over its steps."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import NDArray

from samscope.figures.style import ABSENT, INK, MUTED, PAGE_WIDTH, PRESENT, dress, new_figure, styled
from samscope.support.errors import SamscopeError

Entries = Sequence[Mapping[str, Any]]
"""Entries of a training's log, in the order of their steps."""

_PARTS = {
    "dice": ("mask: dice", "#0072B2"),
    "focal": ("mask: focal", "#D55E00"),
    "iou": ("predicted IoU", "#2CA25F"),
    "object_score": ("object score", "#AA3377"),
    "balance": ("memory against pointers", "#E6AB02"),
    "token_norm": ("token norm", "#9A9A9A"),
    "teaching": ("what the teacher tells", "#6A51A3"),
    "prompting": ("clicks and boxes", "#8C510A"),
}
_LAYERS = ("#0072B2", "#D55E00", "#2CA25F", "#AA3377")
_FEWEST_SMOOTHED = 8


@styled
def training_curves(entries: Entries) -> Figure:
    """Draw the curves of a training from its log.

    Args:
        entries: of the kinds ``training`` (``step``, ``total`` and other losses, ``rate``, ``clips``,
            ``frames``, ``seconds``, ``attention``, ``image_size`` where it changes on the way; ``pictures``
            or ``scenes`` in the place of clips and frames while encoder or decoder alone are taught) and
            ``held_out`` (``overlap``, ``auroc``, ``attention``); others are passed over.

    Returns:
        A figure of six panels over the steps. Dots are single steps, lines their running medians; dotted
        verticals stand where the clips grow longer, a dashed one where the frames grow larger.

    Raises:
        SamscopeError: no step is logged yet.
    """
    training = [entry for entry in entries if entry.get("kind") == "training"]
    held_out = [entry for entry in entries if entry.get("kind") == "held_out"]
    tracking = [entry for entry in training if "frames" in entry]
    if not training:
        raise SamscopeError("the log of the training holds no step yet; let it run longer")
    figure = new_figure(PAGE_WIDTH, 6.2)
    panels = figure.subplots(3, 2, sharex=True)
    _draw_total(panels[0, 0], training)
    _draw_parts(panels[0, 1], training)
    _draw_held_out(panels[1, 0], held_out)
    _draw_attention(panels[1, 1], training, held_out)
    _draw_rate(panels[2, 0], training)
    _draw_speed(panels[2, 1], training)
    longer, larger = lengthenings(tracking), enlargements(training)
    last = training[-1]["step"]
    for axes in panels.flat:
        for steps, dashes in ((longer, (1, 2)), (larger, (5, 2))):
            for step in steps:
                axes.axvline(step, color=MUTED, linewidth=0.7, linestyle=(0, dashes), zorder=0.5)
        axes.set_xlim(0, last * 1.02)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    for axes in panels[-1]:
        axes.set_xlabel("step")
    dress(figure, f"Training, step {last:,}", _note(held_out, longer, larger))
    return figure


def lengthenings(training: Entries) -> dict[int, int]:
    """Return where the clips of a training grow longer.

    Args:
        training: entries with ``step`` and ``frames``.

    Returns:
        By the first logged step of each part of the run, its longest clips in frames. Growth within 5 % of
        the steps after another belongs to the same part: its lengths are drawn at random.
    """
    if not training:
        return {}
    last = training[-1]["step"]
    frames_by_step: dict[int, int] = {}
    longest, began = int(training[0]["frames"]), 0
    for entry in training:
        if entry["frames"] <= longest:
            continue
        longest = int(entry["frames"])
        if not frames_by_step or entry["step"] - began > 0.05 * last:
            began = int(entry["step"])
        frames_by_step[began] = longest
    return frames_by_step


def enlargements(training: Entries) -> dict[int, int]:
    """Return where the frames of a training grow larger.

    Args:
        training: entries with ``step`` and, where it is known, ``image_size``.

    Returns:
        By the first logged step with them, the side of the larger frames in pixels.
    """
    sizes = [(int(entry["step"]), int(entry["image_size"])) for entry in training if "image_size" in entry]
    return {step: size for (_, before), (step, size) in pairwise(sizes) if size > before}


def running_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the medians [N] of values [N] over a window of a twentieth of them and 7; NaN counts as none."""
    window = 2 * (len(values) // 40) + 7
    medians = pd.Series(values).rolling(window, center=True, min_periods=1).median()
    return np.asarray(medians, np.float64)


def _column(entries: Entries, name: str) -> NDArray[np.float64]:
    values = [entry.get(name) for entry in entries]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _draw_noisy(axes: Axes, steps: NDArray[np.float64], values: NDArray[np.float64], colour: str) -> Line2D:
    """Draw single steps as faint dots and, where there are enough of them, their running median."""
    smooth = len(values) >= _FEWEST_SMOOTHED
    axes.plot(
        steps,
        values,
        linestyle="none",
        marker="o",
        markersize=1.6,
        markeredgewidth=0,
        color=colour,
        alpha=0.28 if smooth else 1.0,
    )
    (line,) = axes.plot(steps, running_median(values) if smooth else values, color=colour, linewidth=1.3)
    return line


def _draw_total(axes: Axes, training: Entries) -> None:
    values = _column(training, "total")
    _draw_noisy(axes, _column(training, "step"), values, INK)
    axes.set(title="Loss", ylim=(0, 1.15 * np.nanquantile(values, 0.99)))


def _draw_parts(axes: Axes, training: Entries) -> None:
    steps = _column(training, "step")
    lowest, highest = np.inf, 0.0
    for name, (label, colour) in _PARTS.items():
        values = _column(training, name)
        values[values <= 0] = np.nan
        if np.isfinite(values).any():
            _draw_noisy(axes, steps, values, colour).set_label(label)
            lowest, highest = min(lowest, np.nanmin(running_median(values))), max(highest, np.nanmax(values))
    axes.set(title="Its parts, before they are weighted", yscale="log")
    if highest:
        axes.set_ylim(lowest / (highest / lowest) ** 0.55, 1.5 * highest)  # the legend's room is below
    axes.minorticks_off()
    _legend(axes, columns=2, place="lower left")


def _draw_held_out(axes: Axes, held_out: Entries) -> None:
    steps = _column(held_out, "step")
    for name, label, colour, marker in (
        ("auroc", "AUROC of the object score for presence", ABSENT, "s"),
        ("overlap", "J of the predicted masks", PRESENT, "o"),
    ):
        values = _column(held_out, name)
        axes.plot(steps, values, color=colour, marker=marker, markersize=3, label=label)
        finite = np.flatnonzero(np.isfinite(values))
        if finite.size:
            end = finite[-1]
            axes.annotate(
                f"{values[end]:.3f}",
                (steps[end], values[end]),
                xytext=(-1, 5),
                textcoords="offset points",
                ha="right",
                fontsize=6.5,
                color=colour,
            )
    axes.set(title="Held-out clips", ylim=(0, 1.04))
    _legend(axes, columns=1)


def _draw_attention(axes: Axes, training: Entries, held_out: Entries) -> None:
    steps = _column(training, "step")
    for layer, values in enumerate(_shares(training)):
        colour = _LAYERS[layer % len(_LAYERS)]
        _draw_noisy(axes, steps, values, colour).set_label(f"layer {layer + 1}")
    for layer, values in enumerate(_shares(held_out)):
        colour = _LAYERS[layer % len(_LAYERS)]
        axes.plot(
            _column(held_out, "step"),
            values,
            linestyle="none",
            marker="D",
            markersize=3.2,
            color=colour,
            markeredgecolor="white",
            markeredgewidth=0.5,
        )
    axes.set(title="Share of memory attention that goes to pointers", ylim=(0, 1.04))
    _legend(axes, columns=4)


def _shares(entries: Entries) -> NDArray[np.float64]:
    """Return the pointers' share, [layers, N]; NaN where an entry saw no memory attention with both."""
    seen = [list(entry.get("attention", {}).get("pointer", ())) for entry in entries]
    shares = np.full((max(map(len, seen), default=0), len(seen)), np.nan)
    for number, layers in enumerate(seen):
        shares[: len(layers), number] = layers
    return shares


def _draw_rate(axes: Axes, training: Entries) -> None:
    axes.plot(_column(training, "step"), 1000 * _column(training, "rate"), color=INK)
    axes.set(title="Learning rate, in thousandths")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.12)


def _draw_speed(axes: Axes, training: Entries) -> None:
    seconds = np.maximum(_column(training, "seconds"), 1e-9)
    speeds = {name: _column(training, name) / seconds for name in ("clips", "pictures", "scenes")}
    finite_speeds = {name: speed for name, speed in speeds.items() if np.isfinite(speed).any()}
    colours = (INK, _PARTS["teaching"][1], _PARTS["prompting"][1])
    for (name, speed), colour in zip(finite_speeds.items(), colours, strict=False):
        _draw_noisy(axes, _column(training, "step"), speed, colour).set_label(name)
    highest = max(np.nanquantile(speed, 0.99) for speed in finite_speeds.values())
    title = f"{' and '.join(finite_speeds).capitalize()} per second"
    axes.set(title=title, ylim=(0, 1.15 * highest))
    if len(finite_speeds) > 1:
        _legend(axes, columns=len(finite_speeds))


def _legend(axes: Axes, columns: int, place: Literal["best", "lower left"] = "best") -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc=place,
            ncols=columns,
            fontsize=6.5,
            handlelength=1.4,
            columnspacing=1.0,
            borderaxespad=0.2,
            labelspacing=0.3,
        )


def _note(held_out: Entries, longer: Mapping[int, int], larger: Mapping[int, int]) -> str:
    diamonds = "; diamonds: held-out clips" if held_out else ""
    marks = []
    if longer:
        marks.append(f"dotted: clips grow longer, to {_listed(list(longer.values()))} frames")
    if larger:
        marks.append(f"dashed: frames grow larger, to {_listed(list(larger.values()))} pixels")
    verticals = f"\nVerticals, {'; '.join(marks)}." if marks else ""
    return (
        f"Dots: single steps; lines: running medians{diamonds}. J and AUROC: of the averaged weights, after "
        f"the prompted frame.{verticals}"
    )


def _listed(numbers: Sequence[int]) -> str:
    *earlier, last = map(str, numbers)
    return f"{', '.join(earlier)} and {last}" if earlier else last
