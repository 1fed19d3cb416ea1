import numpy as np
import pytest
from matplotlib.colors import to_rgba

from samscope.analysis.pointers.distances import distance_correlations, pointer_distances
from samscope.figures.pointer_distance import pointer_distance
from samscope.figures.pointer_pca import pointer_pca
from samscope.figures.position_maps import position_maps
from samscope.figures.saving import render
from samscope.figures.style import ABSENT
from samscope.records.store import Study
from samscope.support.errors import SamscopeError
from tests.figures.drawn import clipped, overlapping, words


def test_one_clip_beside_all_clips(study: Study) -> None:
    figure = pointer_distance(study, 0)
    one, all_clips = figure.axes
    distances = pointer_distances(study.clips, study.frames)
    for axes, expected in ((one, distances.query("clip == 0")), (all_clips, distances)):
        points = np.asarray(axes.collections[0].get_offsets())
        np.testing.assert_allclose(points[:, 0], 100 * expected["obscured"])
        np.testing.assert_allclose(points[:, 1], expected["distance"])
        found = distance_correlations(expected)["spearman"]
        assert f"Spearman {found.estimate.value:.2f}" in axes.get_title(loc="left")
        assert f"n = {len(expected)} frames" in axes.get_title(loc="left")
    assert "[" not in one.get_title(loc="left")
    assert "[" in all_clips.get_title(loc="left")


def test_frames_with_nothing_obscured_are_ringed(study: Study) -> None:
    rings = pointer_distance(study, 0).axes[0].collections[1]
    points = np.asarray(rings.get_offsets())
    np.testing.assert_array_equal(points[:, 0], 0)
    assert (
        len(points)
        == (pointer_distances(study.clips, study.frames).query("clip == 0")["obscured"] == 0).sum()
    )
    assert tuple(np.asarray(rings.get_edgecolor())[0]) == to_rgba(ABSENT)
    assert len(np.asarray(rings.get_facecolor())) == 0


def test_is_readable_and_can_be_saved(study: Study) -> None:
    figure = pointer_distance(study, 0)
    assert "6 clips of 4 source videos" in words(figure)
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "svg")


def test_a_name_that_looks_like_mathematics_is_written_as_it_is(study: Study) -> None:
    name = r"$\frac{a$ <b>"
    clips = study.clips.assign(source_video=name)
    odd = Study(study.path, study.settings, clips, study.frames, study.features)
    for figure in (pointer_distance(odd, 0), pointer_pca(odd, 0), position_maps(odd, "clean", 0, 3)):
        assert name in words(figure)
        render(figure, "svg")


def test_a_clip_that_was_not_run_is_refused(small_study: Study) -> None:
    with pytest.raises(SamscopeError, match="no clip 0 of obscuration and clean"):
        pointer_distance(small_study, 0)
