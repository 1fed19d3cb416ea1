"""How far absent frames stand apart, frame by frame (paper figures 18, 19, 21, 22, 24-27, 29 and 30)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from samscope.analysis.absence.contrasts import Contrast, Scores, column_scores, combined_scores, contrast
from samscope.analysis.absence.detectors import COMBINATION, object_score_scores
from samscope.analysis.absence.measurements import (
    FEATURE_TITLES,
    FEATURES,
    REFERENCE_TITLES,
    SPREAD_TITLES,
    measurements,
)
from samscope.analysis.absence.separation import margin, separation
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.figures.features_over_time import spans_decades
from samscope.figures.style import (
    ABSENT,
    INK,
    MUTED,
    PAGE_WIDTH,
    PRESENT,
    SET_STYLES,
    dress,
    new_figure,
    position_title,
    sample_size,
    styled,
)
from samscope.observation.kinds import References, Spread
from samscope.records.store import Study
from samscope.support.errors import SamscopeError

_RASTERISE = 3000
"""Above this many points a vector file holds them as a picture, or it grows too large to open."""


@styled
def separability(
    study: Study, set_name: str, position: str, *, spread: Spread = "std", references: References = "present"
) -> Figure:
    """Draw the distribution of each feature on each frame of a set, the absent frames red.

    Args:
        study: a study.
        set_name: a set whose object is gone on some frames.
        position: the position's name.
        spread: what the long-term distance is regularised by.
        references: which earlier frames a frame is compared with.

    Returns:
        A figure of four panels, the three features and their linear combination (scored on source videos that
        it was not fitted to), one point a clip and frame over a bar of the quartiles. Over each panel stands
        the AUROC of absent against present frames of the set, under them all the perfect-separation margins.

    Raises:
        SamscopeError: the records hold no such features, or the set has no frame without its object.
    """
    rows = study.features.loc[(study.features["set"] == set_name) & (study.features["position"] == position)]
    if rows.empty:
        raise SamscopeError(
            f"the records hold no features of {set_name} at {position}; run the study with that set"
        )
    sides = contrast(study.clips, study.frames, set_name, "present")
    if not sides.absent.any():
        raise SamscopeError(
            f"the set {set_name} has no frame without its object: there is nothing to separate"
        )
    scores = [
        column_scores(sides, rows, rows, measure.column) for measure in measurements(spread, references)
    ]
    figure = new_figure(PAGE_WIDTH, 4.8)
    panels = figure.subplots(2, 2, sharex=True).ravel()
    for axes, title, of_feature in zip(panels, FEATURE_TITLES.values(), scores, strict=False):
        _draw(axes, sides, of_feature, title)
    combined = combined_scores(sides, scores)
    _draw_combination(panels[3], sides, combined)
    for axes in panels[2:]:
        axes.set_xlabel("frame")
    title = f"{SET_STYLES[set_name].label}, position {position_title(position)}"
    note = f"{_note(study, sides, scores, spread, references)}\n{_margins(sides, scores, combined)}"
    dress(figure, title, note, _handles())
    return figure


def _draw(axes: Axes, sides: Contrast, scores: Scores, title: str) -> None:
    values = np.where(np.isfinite(scores.absent), scores.absent, scores.other)
    absent = np.isfinite(scores.absent)
    jitter = np.random.default_rng(0).uniform(-0.26, 0.26, size=values.shape)
    frame = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    for chosen, colour in ((~absent & np.isfinite(values), PRESENT), (absent, ABSENT)):
        axes.scatter(
            (frame + jitter)[chosen],
            values[chosen],
            s=3.5,
            color=colour,
            alpha=0.55,
            linewidths=0,
            rasterized=bool(chosen.sum() > _RASTERISE),
        )
    _draw_boxes(axes, values, absent)
    if spans_decades(values[np.isfinite(values)]):
        axes.set_yscale("log")
    axes.set_xlim(-0.6, values.shape[1] - 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 4, 5, 10]))
    auroc = separation(sides, scores, "pooled").estimate
    axes.set_title(f"{title}: AUROC {_words(auroc)}")


def _draw_boxes(axes: Axes, values: NDArray[np.float64], absent: NDArray[np.bool_]) -> None:
    frames = np.arange(values.shape[1])
    for chosen, colour in ((~absent, PRESENT), (absent, ABSENT)):
        defined = chosen & np.isfinite(values)
        shown = frames[defined.any(axis=0)]
        quartiles = [np.quantile(values[defined[:, frame], frame], [0.25, 0.5, 0.75]) for frame in shown]
        low, middle, high = np.reshape(quartiles, (-1, 3)).T
        axes.vlines(shown, low, high, color=colour, linewidth=3.2, alpha=0.45)
        axes.hlines(middle, shown - 0.32, shown + 0.32, color=INK, linewidth=0.9, zorder=3)


def _draw_combination(axes: Axes, sides: Contrast, scores: Scores | None) -> None:
    title = "Linear combination"
    if scores is not None:
        _draw(axes, sides, scores, title)
        axes.set_ylabel("log odds of absence")
        return
    axes.set_title(f"{title}: none")
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.text(
        0.5,
        0.5,
        "needs both kinds of frames, with all features defined,\nin two source videos or more",
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=MUTED,
    )


def _words(estimate: Estimate) -> str:
    if not np.isfinite(estimate.value):
        return "undefined"
    interval = f" [{estimate.low:.2f}, {estimate.high:.2f}]" if estimate.has_interval else ""
    return f"{estimate.value:.2f}{interval}"


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], linestyle="none", marker="o", markersize=4, color=colour, label=label)
        for colour, label in ((PRESENT, "object present"), (ABSENT, "object absent"))
    ]


def _note(study: Study, sides: Contrast, scores: list[Scores], spread: Spread, references: References) -> str:
    score = separation(sides, object_score_scores(sides, study.frames), "pooled").estimate
    undefined = sum(single_scores.undefined for single_scores in scores)
    left_out = f" {undefined} undefined values left out." if undefined else ""
    return (
        f"{sample_size(len(sides.videos), len(np.unique(sides.videos)))}. Bars: quartiles; strokes: medians. "
        "AUROC of absent against present frames [95 % interval over videos]; the object "
        "score's is "
        f"{_words(score)}. The combination is scored on source videos that it was not fitted to. "
        f"References: {REFERENCE_TITLES[references]}; "
        f"spread of the long-term distance: {SPREAD_TITLES[spread]}.{left_out}"
    )


def _margins(sides: Contrast, scores: list[Scores], combined: Scores | None) -> str:
    """Say how far each panel is from perfect separation, which an AUROC that rounds to 1 does not."""
    margins = [
        margin(sides, score, "pooled").value if score is not None else np.nan for score in (*scores, combined)
    ]
    listed = [
        f"{name} {value:+.2f}" if np.isfinite(value) else f"{name} undefined"
        for name, value in zip((*FEATURES, COMBINATION), margins, strict=True)
    ]
    return f"Lowest red point less highest blue, in pooled standard deviations: {', '.join(listed)}."
