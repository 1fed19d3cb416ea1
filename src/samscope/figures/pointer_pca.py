"""The pointers of two clips on their two main axes (paper figure 9; 13 for the overlay)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from samscope.analysis.pointers.distances import Pointer, clip_pointers, principal_axes
from samscope.figures.style import (
    INK,
    MUTED,
    PAGE_WIDTH,
    SET_STYLES,
    dress,
    new_figure,
    position_title,
    styled,
)
from samscope.records.store import Study


@styled
def pointer_pca(
    study: Study, clip: int, set_name: str = "obscuration", pointer: Pointer = "object_pointer_ungated"
) -> Figure:
    """Draw the pointers of a transformed clip and of the clean clip of the same draw in one projection.

    Args:
        study: a study with both clips.
        clip: the draw's number.
        set_name: the transformed clip's set.
        pointer: which pointer.

    Returns:
        A figure of two panels: the pointers of all frames, as in the paper, and those of the tracked frames
        alone, in a projection of their own, because a prompted frame's pointer can lie so far off that it
        takes an axis for itself. One point a frame, light to dark through time, joined in order; the first
        frame is starred, and thin lines join the same frame of both clips.

    Raises:
        SamscopeError: the study has no such clip.
    """
    clips = {name: clip_pointers(study.frames, name, clip) for name in ("clean", set_name)}
    figure = new_figure(PAGE_WIDTH, 3.5)
    everything, tracked = figure.subplots(1, 2)
    _draw(everything, clips, "All frames")
    _draw(
        tracked,
        {name: (frames[1:], pointers[1:]) for name, (frames, pointers) in clips.items()},
        "Tracked frames",
    )
    videos = study.clips.loc[(study.clips["set"] == set_name) & (study.clips["clip"] == clip), "source_video"]
    handles = [
        Line2D(
            [], [], linestyle="none", marker=style.marker, color=style.colour, markersize=5, label=style.label
        )
        for style in (SET_STYLES[name] for name in clips)
    ]
    star = Line2D(
        [], [], linestyle="none", marker="*", color=MUTED, markersize=9, label="first frame (prompted)"
    )
    frames = clips["clean"][0]
    dress(
        figure,
        f"Position {position_title(pointer)}: {videos.iloc[0]}, clip {clip}",
        f"Each panel is one projection of both clips. Light to dark: frame {frames[0]} to {frames[-1]}. "
        "Thin lines join the same frame of both clips.",
        [*handles, star],
    )
    return figure


def _draw(axes: Axes, clips: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]], title: str) -> None:
    projection = principal_axes(np.concatenate([pointers for _, pointers in clips.values()]))
    (first_frames, _), (second_frames, _) = clips.values()
    first, second = np.split(projection.points, [len(first_frames)])
    _, in_first, in_second = np.intersect1d(first_frames, second_frames, return_indices=True)
    for point, other in zip(first[in_first], second[in_second], strict=True):
        axes.plot(*np.stack([point, other], axis=1), color="#BDBDBD", linewidth=0.5, zorder=1)
    for (name, (frames, _)), points in zip(clips.items(), (first, second), strict=True):
        _draw_clip(axes, name, frames, points)
    axes.grid(visible=True, axis="both")
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    horizontal, vertical = (f"{100 * share:.0f} % of the variance" for share in projection.explained)
    axes.set(
        title=f"{title}: {len(projection.points)} pointers",
        xlabel=f"first component ({horizontal})",
        ylabel=f"second component ({vertical})",
    )


def _draw_clip(axes: Axes, set_name: str, frames: NDArray[np.int64], points: NDArray[np.float64]) -> None:
    style = SET_STYLES[set_name]
    ramp = LinearSegmentedColormap.from_list(set_name, [_lightened(style.colour, 0.75), style.colour])
    axes.plot(points[:, 0], points[:, 1], color=_lightened(style.colour, 0.45), linewidth=0.8, zorder=2)
    starred = frames == 0
    for chosen, marker, size, edge in ((~starred, style.marker, 22, "white"), (starred, "*", 130, INK)):
        axes.scatter(
            points[chosen, 0],
            points[chosen, 1],
            c=frames[chosen],
            cmap=ramp,
            vmin=0,
            vmax=frames[-1],
            s=size,
            marker=marker,
            edgecolors=edge,
            linewidths=0.4,
            zorder=3,
        )


def _lightened(colour: str, share: float) -> str:
    red, green, blue = (value + (1 - value) * share for value in to_rgb(colour))
    return to_hex((red, green, blue))
