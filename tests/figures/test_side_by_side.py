from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from samscope.figures.saving import rendered
from samscope.figures.side_by_side import (
    estimates_side_by_side,
    short_name,
    study_styles,
    verdicts_side_by_side,
)
from tests.figures.drawn import clipped, overlapping, words

NAMES = ["tiny", "_private", "a study of $x^2$ whose name is much too long for any legend", "large"]
ROWS = {"first": "First row", "second": "Second row"}


def _table(names: list[str], panels: list[str]) -> pd.DataFrame:
    rows = [
        {"study": name, "panel": panel, "row": row, "value": place / 10, "low": 0.0, "high": place / 5}
        for place, name in enumerate(names)
        for panel in panels
        for row in ROWS
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    "panels", [["one"], ["one", "two", "three", "four"], ["one", "two", "three", "four", "five"]]
)
def test_a_mark_for_every_study_in_every_row_of_every_panel(panels: list[str]) -> None:
    table = _table(NAMES, panels)
    table.loc[(table["study"] == "tiny") & (table["row"] == "first"), "value"] = np.nan
    table.loc[table["study"] == "large", ["low", "high"]] = np.nan
    figure = estimates_side_by_side(
        table,
        NAMES,
        rows=ROWS,
        panels={name: name.upper() for name in panels},
        title="Side by side",
        axis="value",
        note="A note.",
        level=0.1,
    )
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [name.upper() for name in panels]
    for axes in shown:
        marks = [line for line in axes.lines if line.get_linestyle() == "None"]
        assert len({(to_hex(str(line.get_color())), line.get_marker()) for line in marks}) == len(NAMES)
        drawn = [np.isfinite(np.asarray(line.get_xdata(), dtype=float)).sum() for line in marks]
        assert drawn == [1, 2, 2, 2]
        bars = [len(of.get_paths()) for of in axes.collections]
        assert bars == [2, 2, 2, 0]
    assert clipped(figure) == []
    assert overlapping(figure) == []
    assert "_private" in words(figure)
    rendered(figure)


def test_names_are_shortened_and_never_read_as_formulas() -> None:
    long = short_name(NAMES[2])
    assert len(long.replace("\\$", "$")) == 28
    assert long.startswith(r"a study of \$x^2\$ whose nam")
    assert short_name("tiny") == "tiny"


def test_neighbouring_styles_differ_in_colour_and_marker() -> None:
    styles = list(study_styles([f"study {number}" for number in range(20)]).values())
    for one, other in pairwise(styles):
        assert one.colour != other.colour
        assert one.marker != other.marker
    assert len({(style.colour, style.marker) for style in styles}) == 20


def test_verdicts_are_told_by_their_shape_as_well() -> None:
    claims = pd.DataFrame(
        [
            {"study": name, "claim": claim, "definition": "paper", "verdict": verdict}
            for name, verdicts in (
                ("tiny", ["holds", "fails", None]),
                ("large", ["undecided", "fails", None]),
                ("few", ["too few videos", None, None]),
            )
            for claim, verdict in zip(
                ["interjection-more-separable-than-removal-at-1", "b", "c"], verdicts, strict=True
            )
        ]
    )
    figure = verdicts_side_by_side(claims, ["tiny", "large", "few"])
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "interjection-more-separable-than-removal-at-1",
        "b",
    ]
    places = [np.asarray(line.get_xydata()).tolist() for line in axes.lines]
    assert places == [[[0, 0]], [[0, 1], [1, 1]], [[1, 0]], [[2, 0]]]
    assert len({(line.get_marker(), line.get_fillstyle()) for line in axes.lines}) == 4
    assert clipped(figure) == []
