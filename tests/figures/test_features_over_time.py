import numpy as np
import pytest

from samscope.analysis.absence.timecourse import timecourse
from samscope.figures.features_over_time import TIME_SETS, features_over_time, spans_decades
from samscope.figures.saving import render
from samscope.records.store import Study
from samscope.support.errors import SamscopeError
from tests.figures.drawn import clipped, overlapping, words


def test_three_panels_with_one_line_a_set(study: Study) -> None:
    figure = features_over_time(study, "object_pointer_ungated")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Short-term distance", "Long-term distance", "Short-term ratio"]
    means = timecourse(study.clips, study.frames, study.features)
    for axes, feature in zip(figure.axes, ("short", "long", "ratio"), strict=True):
        lines = [line for line in axes.lines if line.get_marker() == "None"]
        for line, name in zip(lines, TIME_SETS, strict=True):
            chosen = (means["set"] == name) & (means["position"] == "object_pointer_ungated")
            expected = means.loc[chosen & (means["feature"] == feature), "mean"]
            np.testing.assert_allclose(np.asarray(line.get_ydata()), expected)


def test_absent_frames_are_marked_and_the_middle_shaded(study: Study) -> None:
    axes = features_over_time(study, "frame").axes[0]
    marked = [np.asarray(line.get_xdata()).tolist() for line in axes.lines if line.get_marker() != "None"]
    assert marked == [[], [12, 13, 14, 15], [], [12, 13, 14, 15]]
    shade = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (shade.x0, shade.x1) == pytest.approx((11.5, 15.5))
    assert len(axes.collections) == len(TIME_SETS)


@pytest.mark.parametrize("spread", ["std", "variance", "none"])
def test_says_how_it_was_measured_and_on_what(study: Study, spread: str) -> None:
    figure = features_over_time(study, "frame", spread=spread, references="untransformed")  # type: ignore[arg-type]
    written = words(figure).replace("\n", " ")
    assert "6 clips of 4 source videos a set" in written
    assert "undefined values left out" in written
    assert "untouched frames" in written
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "svg")


def test_sets_that_were_not_run_are_left_out(small_study: Study) -> None:
    written = words(features_over_time(small_study, "frame", sets=("clean", "clean_gap", "interjection")))
    assert "Clean, declared absent" in written
    assert "Interjection" not in written
    assert "no intervals" in written
    assert "object absent" not in written
    with pytest.raises(SamscopeError, match="no features at the position frame"):
        features_over_time(small_study, "frame", sets=("interjection",))


def test_an_axis_over_decades_is_logarithmic() -> None:
    assert spans_decades(np.array([1.0, 1.2, 1.1, 500.0, np.nan]))
    assert not spans_decades(np.array([1.0, 1.2, 30.0]))
    assert not spans_decades(np.array([0.0, 1.0, 1.0, 500.0]))
    assert not spans_decades(np.array([np.nan]))
