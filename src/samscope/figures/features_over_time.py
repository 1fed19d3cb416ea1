"""The three features through the frames of four sets (paper figures 16 and 17; 20, 23 and 28 likewise)."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from samscope.analysis.absence.measurements import (
    FEATURE_TITLES,
    REFERENCE_TITLES,
    SPREAD_TITLES,
    measurements,
)
from samscope.analysis.absence.timecourse import timecourse
from samscope.figures.style import (
    MUTED,
    PAGE_WIDTH,
    SET_STYLES,
    dress,
    new_figure,
    position_title,
    sample_size,
    shade_middle,
    styled,
)
from samscope.observation.kinds import References, Spread
from samscope.records.store import Study
from samscope.support.errors import SamscopeError

TIME_SETS = ("clean", "interjection", "context_removal", "object_removal")
"""The sets of the paper's figures."""


@styled
def features_over_time(
    study: Study,
    position: str,
    *,
    sets: tuple[str, ...] = TIME_SETS,
    spread: Spread = "std",
    references: References = "present",
) -> Figure:
    """Draw the mean of the three features over the clips of each set, frame by frame.

    Args:
        study: a study.
        position: the position's name.
        sets: which sets; one that was not run is left out. ``clean_gap`` may be one.
        spread: what the long-term distance is regularised by.
        references: which earlier frames a frame is compared with.

    Returns:
        A figure of three panels with one line a set and bands of the 95 % interval over source videos. Frames
        without the object carry markers; the middle is shaded.

    Raises:
        SamscopeError: the records hold no features of these sets at that position.
    """
    features = study.features
    chosen = features.loc[(features["position"] == position) & features["set"].isin(sets)]
    if chosen.empty:
        raise SamscopeError(f"the records hold no features at the position {position}; run the study again")
    means = timecourse(study.clips, study.frames, chosen, measurements(spread, references))
    shown = [name for name in sets if name in set(means["set"])]
    figure = new_figure(PAGE_WIDTH, 2.8)
    panels = figure.subplots(1, 3, sharex=True)
    for axes, (feature, title) in zip(panels, FEATURE_TITLES.items(), strict=True):
        of_feature = means.loc[means["feature"] == feature]
        for name in shown:
            _draw_set(axes, name, of_feature.loc[of_feature["set"] == name])
        _finish(axes, study, title, of_feature)
    handles = _handles(shown, with_absent=bool(means["absent"].any()))
    dress(figure, f"Position {position_title(position)}", _note(means, spread, references), handles)
    return figure


def _draw_set(axes: Axes, set_name: str, rows: pd.DataFrame) -> None:
    style = SET_STYLES[set_name]
    frame, mean = rows["frame"].to_numpy(), rows["mean"].to_numpy()
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    axes.fill_between(frame, low, high, color=style.colour, alpha=0.14, linewidth=0)
    axes.plot(frame, mean, color=style.colour, linestyle=style.line)
    absent = rows["absent"].to_numpy() > 0.5 * rows["clips"].to_numpy()
    axes.plot(
        frame[absent],
        mean[absent],
        linestyle="none",
        marker=style.marker,
        markersize=4,
        color=style.colour,
        markeredgecolor="white",
        markeredgewidth=0.5,
    )


def _finish(axes: Axes, study: Study, title: str, rows: pd.DataFrame) -> None:
    middle = study.frames.loc[study.frames["segment"] == "middle", "frame"]
    if len(middle):
        shade_middle(axes, int(middle.min()), int(middle.max()))
    axes.set(title=title, xlabel="frame", xlim=(-0.5, rows["frame"].max() + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 4, 5, 10]))
    axes.margins(y=0.08)
    if spans_decades(rows["mean"].to_numpy()):
        axes.set_yscale("log")


def spans_decades(values: NDArray[np.float64]) -> bool:
    """Return whether a linear axis would hide most of the values: the largest is over 50 times the median."""
    finite = values[np.isfinite(values)]
    return bool(finite.size) and bool(finite.min() > 0) and bool(finite.max() > 50 * np.median(finite))


def _handles(shown: list[str], *, with_absent: bool) -> list[Line2D]:
    styles = [SET_STYLES[name] for name in shown]
    handles = [
        Line2D([], [], color=style.colour, linestyle=style.line, label=style.label) for style in styles
    ]
    if with_absent:
        handles.append(
            Line2D([], [], color=MUTED, marker="o", markersize=4, linestyle="none", label="object absent")
        )
    return handles


def _note(means: pd.DataFrame, spread: Spread, references: References) -> str:
    clips, videos = int(means["clips"].max()), int(means["videos"].max())
    bands = "Bands: 95 % interval over source videos." if videos > 1 else "One source video: no intervals."
    left_out = int(means["undefined"].sum())
    undefined = f" {left_out} undefined values left out." if left_out else ""
    return (
        f"Mean over {sample_size(clips, videos)} a set. {bands} Shaded: the middle.{undefined} "
        f"References: {REFERENCE_TITLES[references]}; "
        f"spread of the long-term distance: {SPREAD_TITLES[spread]}."
    )
