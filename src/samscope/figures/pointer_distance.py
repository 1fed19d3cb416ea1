"""How far obscuration moves the pointer (paper figure 10)."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from samscope.analysis.pointers.distances import (
    Pointer,
    distance_correlations,
    distance_correlations_within,
    pointer_distances,
)
from samscope.analysis.statistics.correlation import Correlation
from samscope.figures.style import (
    ABSENT,
    PAGE_WIDTH,
    SET_STYLES,
    dress,
    new_figure,
    position_title,
    sample_size,
    styled,
)
from samscope.records.store import Study
from samscope.support.errors import SamscopeError

_RASTERISE = 2000
"""Above this many points a vector file holds them as a picture, or it grows too large to open."""


@styled
def pointer_distance(
    study: Study, clip: int, set_name: str = "obscuration", pointer: Pointer = "object_pointer_ungated"
) -> Figure:
    """Draw the distance between the pointers of two clips against the fraction of the object obscured.

    Args:
        study: a study with the clean set and the transformed one.
        clip: the draw that is drawn by itself, as the paper does; beside it are all draws together.
        set_name: the transformed set.
        pointer: which pointer.

    Returns:
        A figure of two scatters, one point a frame; frames on which nothing of the object is obscured are
        ringed in red. Correlations stand over each.

    Raises:
        SamscopeError: the study has no such clip.
    """
    distances = pointer_distances(
        study.clips, study.frames, set_name, pointer, prompted=study.prompted_pointer
    )
    of_clip = distances.loc[distances["clip"] == clip]
    if of_clip.empty:
        raise SamscopeError(
            f"the records hold no clip {clip} of {set_name} and clean; run the study with both sets"
        )
    figure = new_figure(PAGE_WIDTH, 3.4)
    left, right = figure.subplots(1, 2)
    pooled, within = distance_correlations(distances), distance_correlations_within(distances)
    video = of_clip["source_video"].iloc[0]
    _draw(left, of_clip, set_name, 24)
    left.set_title(
        "\n".join([f"{video}, clip {clip}", *_described(distance_correlations(of_clip))]), parse_math=False
    )
    _draw(right, distances, set_name, 9)
    clips, videos = distances["clip"].nunique(), distances["source_video"].nunique()
    right.set_title("\n".join([sample_size(clips, videos), *_described(pooled)]))
    undefined = int(distances["obscured"].isna().sum())
    left_out = f" {undefined} frames without the object are left out." if undefined else ""
    dress(
        figure,
        f"Position {position_title(pointer)}: {SET_STYLES[set_name].label.lower()}, distance from clean",
        "One point a frame. Red rings: 0 % obscured. Brackets: 95 % interval over videos."
        f"{left_out} Correlation within clips, averaged: {', '.join(_described(within))}.",
    )
    return figure


def _draw(axes: Axes, distances: pd.DataFrame, set_name: str, size: float) -> None:
    with_share = distances.dropna(subset=["obscured"])
    obscured, distance = 100 * with_share["obscured"].to_numpy(), with_share["distance"].to_numpy()
    visible = obscured == 0
    style = SET_STYLES[set_name]
    axes.scatter(
        obscured,
        distance,
        s=size,
        color=style.colour,
        alpha=0.75 if len(with_share) < 200 else 0.4,
        linewidths=0,
        rasterized=len(with_share) > _RASTERISE,
        label="frames",
    )
    axes.scatter(
        obscured[visible],
        distance[visible],
        s=size * 2.4,
        facecolors="none",
        edgecolors=ABSENT,
        linewidths=0.8,
        rasterized=len(with_share) > _RASTERISE,
        label="0 % obscured",
    )
    axes.set(xlabel="object obscured (%)", ylabel="distance between pointers (L2)", xlim=(-4, 104))
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))


def _described(correlations: dict[str, Correlation]) -> list[str]:
    symbols = {"spearman": "Spearman", "pearson": "Pearson"}
    parts = []
    for method, correlation in correlations.items():
        value = correlation.estimate
        shown = f"{value.value:.2f}" if np.isfinite(value.value) else "undefined"
        interval = f" [{value.low:.2f}, {value.high:.2f}]" if value.has_interval else ""
        parts.append(f"{symbols[method]} {shown}{interval}")
    frames = next(iter(correlations.values())).pairs
    return [*parts, f"n = {frames} frames"]
