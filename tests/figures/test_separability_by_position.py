from dataclasses import replace

import numpy as np
import pytest

from samscope.analysis.absence.separability import separability
from samscope.figures.saving import render
from samscope.figures.separability_by_position import separability_by_position
from samscope.figures.style import TWIN
from samscope.records.store import Study, Twin
from samscope.support.errors import SamscopeError
from tests.figures.drawn import clipped, overlapping, words
from tests.planted import FEW_POSITIONS


def test_one_panel_a_set_and_one_row_a_position(study: Study) -> None:
    features = study.features.loc[study.features["position"].isin(FEW_POSITIONS)]
    table = separability(study.clips, study.frames, features)
    for feature in ("combination", "short"):
        figure = separability_by_position(table, feature)
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["Interjection", "Object removal"]
        labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert len(labels) == len(FEW_POSITIONS) + 1
        assert labels[-1] == "Object score"
        points = [line for line in figure.axes[0].lines if line.get_marker() in {"o", "D"}]
        assert len(points) == 2 * len(labels)
        assert clipped(figure) == []
        assert overlapping(figure) == []
        render(figure, "svg")
    assert "6 clips of 4 source videos a set" in words(figure)


def test_nothing_to_separate_is_refused(small_study: Study) -> None:
    table = separability(small_study.clips, small_study.frames, small_study.features)
    with pytest.raises(SamscopeError, match="no AUROC of combination"):
        separability_by_position(table)


def test_a_study_is_measured_first(study: Study) -> None:
    few = study.features.loc[study.features["position"] == "object_pointer_ungated"]
    small = replace(study, features=few)
    drawn, expected = (
        [
            np.asarray(line.get_xydata()).tolist()
            for line in separability_by_position(of, "short").axes[0].lines
        ]
        for of in (small, separability(study.clips, study.frames, few))
    )
    assert drawn == expected


def test_the_random_twin_is_drawn_in_grey_where_there_is_one(study: Study) -> None:
    few = study.features.loc[study.features["position"].isin(FEW_POSITIONS)]
    alone = replace(study, features=few)
    beside = replace(alone, twin=Twin(study.clips, study.frames, few))
    without, figure = (separability_by_position(of, "short") for of in (alone, beside))
    assert not [line for line in without.axes[0].lines if line.get_color() == TWIN]
    for axes, bare in zip(figure.axes, without.axes, strict=True):
        curves = [line for line in axes.lines if line.get_color() == TWIN]
        count = len(FEW_POSITIONS)
        assert sorted(len(np.asarray(line.get_xdata())) for line in curves) == [1, 1, count, count]
        marks = [line for line in bare.lines if line.get_marker() in {"o", "D"}]
        model, twin = (
            {float(x) for line in lines for x in np.asarray(line.get_xdata())} for lines in (marks, curves)
        )
        assert twin <= model
    assert "random twin, likewise" in words(figure)
    assert clipped(figure) == []
    assert overlapping(figure) == []
