from dataclasses import replace

import numpy as np
import pytest

from samscope.analysis.absence.separability import separability
from samscope.figures.saving import render
from samscope.figures.separability_by_position import separability_by_position
from samscope.records.store import Study
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
