"""Where in the model absent frames stand apart: AUROC by position, with and without the control."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from samscope.analysis.absence.against_twin import against_twin
from samscope.analysis.absence.contrasts import Against
from samscope.analysis.absence.detectors import ways
from samscope.analysis.absence.measurements import FEATURE_TITLES, REFERENCE_TITLES, SPREAD_TITLES
from samscope.analysis.absence.separability import (
    ABSENT_SETS,
    COMBINATION,
    OBJECT_SCORE,
    choose,
    separability,
)
from samscope.figures.style import (
    INK,
    MUTED,
    PAGE_WIDTH,
    PRESENT,
    SET_STYLES,
    TWIN,
    dress,
    new_figure,
    one_axes,
    position_title,
    sample_size,
    styled,
)
from samscope.observation.kinds import References, Spread
from samscope.records.schema import GAP_SET
from samscope.records.store import Study
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.positions import POSITION_NAMES


@dataclass(frozen=True)
class _Side:
    label: str
    colour: str
    marker: str
    offset: float


_TITLES: dict[str, str] = {
    **{str(feature): title for feature, title in FEATURE_TITLES.items()},
    COMBINATION: "Linear combination of the three features",
}

_SIDES: dict[Against, _Side] = {
    "present": _Side("against present frames of the set", PRESENT, "o", -0.14),
    GAP_SET: _Side("against clean frames under the gap control", INK, "D", 0.14),
}


@styled
def separability_by_position(
    measured: Study | pd.DataFrame,
    feature: str = COMBINATION,
    *,
    spread: Spread = "std",
    references: References = "present",
    sets: Sequence[str] = ABSENT_SETS,
    twin: pd.DataFrame | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Draw the AUROC of one feature at every position, for each set whose object goes.

    Args:
        measured: a study, whose separability is measured first, or what ``analysis.separability`` returned
            for it.
        feature: ``short``, ``long``, ``ratio`` or ``combination``.
        spread: what the long-term distance is regularised by.
        references: which earlier frames a frame is compared with.
        sets: which sets; one that was not run is left out.
        twin: of a table what ``analysis.against_twin`` returned, None or empty where there is no random twin;
            of a study it is measured.
        axes: where the panel of a single set is drawn; None for a figure of its own. Into axes of the
            caller's go title and legend as well, but no note.

    Returns:
        A figure of one panel a set: AUROC and 95 % interval at each position against the set's own present
        frames and against the control for the references' age; the object score's beside them; in grey those
        of the model's random twin.

    Raises:
        UsageError: there are ``axes``, and more than one set.
        SamscopeError: the table has no such feature.
    """
    if isinstance(measured, Study):
        twin = against_twin(measured, spread)
        table = _measured(measured, feature, spread, references)
    else:
        table = measured
    twins = _of_twin(twin, feature, spread)
    there = [name for name in sets if ((table["set"] == name) & (table["feature"] == feature)).any()]
    if not there:
        raise SamscopeError(
            f"the table has no AUROC of {feature}; run the study with interjection or object removal"
        )
    positions = [name for name in POSITION_NAMES if name in set(table["position"].dropna())]
    if axes is not None and len(there) > 1:
        raise UsageError(f"axes are given, and {len(there)} sets; name one with sets=[{there[0]!r}]")
    if axes is None:
        figure = new_figure(PAGE_WIDTH, 1.3 + 0.25 * (len(positions) + 1))
        panels = list(figure.subplots(1, len(there), sharex=True, sharey=True, squeeze=False)[0])
    else:
        figure, panels = one_axes(axes, PAGE_WIDTH, PAGE_WIDTH)[0], [axes]
    for panel, set_name in zip(panels, there, strict=True):
        for against, side in _SIDES.items():
            _draw_twin(panel, twins, (set_name, against), side, positions)
            rows = choose(table, set_name, against, spread=spread, references=references)
            _draw_side(panel, rows.loc[rows["feature"].isin([feature, OBJECT_SCORE])], side, positions)
        _finish(panel, set_name, positions)
    handles = [
        Line2D([], [], color=side.colour, marker=side.marker, markersize=4.5, label=side.label)
        for side in _SIDES.values()
    ]
    if len(twins):
        handles.append(Line2D([], [], color=TWIN, marker="s", markersize=3, label="random twin, likewise"))
    of_sets = table.loc[table["set"].isin(there)]
    by_spread = f"; spread of the long-term distance: {SPREAD_TITLES[spread]}"
    dress(
        figure,
        f"Absent frames told apart, by position: {_TITLES[feature].lower()}",
        f"{sample_size(int(of_sets['clips'].max()), int(of_sets['videos'].max()))} a set; "
        f"bars: 95 % interval over videos. References: {REFERENCE_TITLES[references]}"
        f"{by_spread if feature in ('long', COMBINATION) else ''}.",
        handles,
        within=axes,
    )
    return figure


def _measured(study: Study, feature: str, spread: Spread, references: References) -> pd.DataFrame:
    """Measure the separability of a study by one feature alone."""
    chosen = [way for way in ways([spread], [references]) if way.feature == feature]
    return separability(study.clips, study.frames, study.features, chosen=chosen)


def _of_twin(twin: pd.DataFrame | None, feature: str, spread: Spread) -> pd.DataFrame:
    """Return the twin's rows of a feature and of the object score, all clips pooled."""
    if twin is None or twin.empty:
        return pd.DataFrame(columns=["set", "against", "position", "reference_value"])
    regularised = feature in ("long", COMBINATION)
    of_feature = (twin["feature"] == feature) & ((twin["spread"] == spread) | (not regularised))
    return twin.loc[(twin["pooling"] == "pooled") & (of_feature | (twin["feature"] == OBJECT_SCORE))]


def _draw_twin(
    axes: Axes, twins: pd.DataFrame, side: tuple[str, Against], style: _Side, positions: list[str]
) -> None:
    """Draw the twin's AUROCs at the positions as a thin grey curve, and that of its object score."""
    set_name, against = side
    rows = twins.loc[(twins["set"] == set_name) & (twins["against"] == against)]
    values = dict(zip(rows["position"], rows["reference_value"], strict=True))
    at_positions = [(place, values[name]) for place, name in enumerate(positions) if name in values]
    of_score = [(len(positions), value) for name, value in values.items() if name not in positions]
    for curve in filter(None, (at_positions, of_score)):
        axes.plot(
            [value for _, value in curve],
            [place + style.offset for place, _ in curve],
            color=TWIN,
            linewidth=0.8,
            marker="s",
            markersize=3,
            clip_on=False,
            zorder=1.5,
        )


def _draw_side(axes: Axes, rows: pd.DataFrame, side: _Side, positions: list[str]) -> None:
    place_of = {name: place for place, name in enumerate(positions)}
    for _, row in rows.iterrows():
        place = place_of.get(row["position"], len(positions)) + side.offset
        if np.isfinite(row["low"]):
            axes.hlines(place, row["low"], row["high"], color=side.colour, linewidth=1.5)
        axes.plot(
            row["auroc"],
            place,
            color=side.colour,
            marker=side.marker,
            markersize=4.5,
            markeredgecolor="white",
            clip_on=False,
        )


def _finish(axes: Axes, set_name: str, positions: list[str]) -> None:
    labels = [*(position_title(name) for name in positions), "Object score"]
    axes.axvline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.axhline(len(positions) - 0.5, color="#C8C8C8", linewidth=0.7)
    axes.set_yticks(range(len(labels)), labels=labels)
    axes.tick_params(axis="y", length=0)
    axes.set(title=SET_STYLES[set_name].label, xlabel="AUROC (0.5: chance)")
    axes.set_ylim(len(positions) + 0.6, -0.6)
    axes.set_xlim(min(0.4, axes.get_xlim()[0]), 1.015)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
