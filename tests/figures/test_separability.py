import numpy as np
import pytest
from matplotlib.colors import to_rgba

from samscope.analysis.absence.separability import choose
from samscope.analysis.absence.separability import separability as separability_table
from samscope.figures.saving import render
from samscope.figures.separability import separability
from samscope.figures.style import ABSENT, PRESENT
from samscope.records.store import Study
from samscope.support.errors import SamscopeError
from tests.figures.drawn import clipped, overlapping, words


def test_four_panels_with_the_auroc_over_each(study: Study) -> None:
    figure = separability(study, "interjection", "memory_features")
    features = study.features.loc[study.features["position"] == "memory_features"]
    table = separability_table(study.clips, study.frames, features)
    found = choose(table, "interjection", "present").set_index(["position", "feature"])["auroc"]
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title.split(":")[0] for title in titles] == [
        "Short-term distance",
        "Long-term distance",
        "Short-term ratio",
        "Linear combination",
    ]
    for title, feature in zip(titles, ("short", "long", "ratio", "combination"), strict=True):
        assert f"AUROC {found['memory_features', feature]:.2f} [" in title


def test_absent_frames_are_red_and_in_the_middle(study: Study) -> None:
    for axes in separability(study, "object_removal", "frame").axes:
        present, absent = axes.collections[:2]
        assert tuple(np.asarray(present.get_facecolor())[0])[:3] == to_rgba(PRESENT)[:3]
        assert tuple(np.asarray(absent.get_facecolor())[0])[:3] == to_rgba(ABSENT)[:3]
        frames = np.asarray(absent.get_offsets())[:, 0].round()
        assert sorted(set(frames.tolist())) == [12, 13, 14, 15]
        assert len(frames) == 6 * 4


def test_is_readable_and_can_be_saved(study: Study) -> None:
    figure = separability(study, "interjection", "object_pointer_ungated", references="untransformed")
    written = words(figure).replace("\n", " ")
    assert "6 clips of 4 source videos" in written
    assert "the object score's is 1.00" in written
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "png")


def test_the_margins_say_what_an_auroc_of_one_does_not(study: Study) -> None:
    positions = ["object_pointer_ungated", "memory_conditioned"]
    features = study.features.loc[study.features["position"].isin(positions)]
    table = separability_table(study.clips, study.frames, features)
    for position in positions:
        found = choose(table, "interjection", "present").set_index(["position", "feature"])["margin"]
        written = words(separability(study, "interjection", position)).replace("\n", " ")
        listed = [
            f"{feature} {found[position, feature]:+.2f}"
            for feature in ("short", "long", "ratio", "combination")
        ]
        assert f"in pooled standard deviations: {', '.join(listed)}." in written


def test_one_source_video_has_no_combination(study: Study) -> None:
    one = study.clips["source_video"] == "camel"
    chosen = set(study.clips.loc[one, "clip"])
    alone = Study(
        study.path,
        study.settings,
        study.clips.loc[one],
        study.frames.loc[study.frames["clip"].isin(chosen)],
        study.features.loc[study.features["clip"].isin(chosen)],
    )
    figure = separability(alone, "interjection", "frame")
    assert "Linear combination: none" in words(figure)
    assert ", combination undefined." in words(figure)
    assert "[0" not in words(figure)
    assert clipped(figure) == []
    render(figure, "png")


def test_what_cannot_be_drawn_is_refused(study: Study, small_study: Study) -> None:
    with pytest.raises(SamscopeError, match="no frame without its object"):
        separability(study, "clean", "frame")
    with pytest.raises(SamscopeError, match="no features of interjection at frame"):
        separability(small_study, "interjection", "frame")


def test_a_feature_without_values_is_undefined(study: Study) -> None:
    blank = study.features.assign(ratio=np.nan)
    figure = separability(
        Study(study.path, study.settings, study.clips, study.frames, blank), "interjection", "frame"
    )
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[2] == "Short-term ratio: AUROC undefined"
    assert titles[3] == "Linear combination: none"
    render(figure, "png")
