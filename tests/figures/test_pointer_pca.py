import numpy as np
import pytest

from samscope.analysis.pointers.distances import clip_pointers, principal_axes
from samscope.figures.pointer_pca import pointer_pca
from samscope.figures.saving import render
from samscope.records.store import Study
from samscope.support.errors import SamscopeError
from tests.figures.drawn import clipped, overlapping, words


def test_both_clips_in_one_projection(study: Study) -> None:
    figure = pointer_pca(study, 0)
    everything, tracked = figure.axes
    pointers = [clip_pointers(study.frames, name, 0)[1] for name in ("clean", "obscuration")]
    expected = principal_axes(np.concatenate(pointers))
    points = np.concatenate([np.asarray(drawn.get_offsets()) for drawn in everything.collections])
    assert sorted(map(tuple, points.round(6))) == sorted(map(tuple, expected.points.round(6)))
    share = f"{100 * expected.explained[0]:.0f} % of the variance"
    assert share in everything.get_xlabel()
    assert everything.get_title(loc="left") == "All frames: 56 pointers"
    assert tracked.get_title(loc="left") == "Tracked frames: 54 pointers"


def test_the_first_frame_is_starred_and_time_is_visible(study: Study) -> None:
    figure = pointer_pca(study, 0)
    everything, tracked = figure.axes
    sizes = [len(np.asarray(drawn.get_offsets())) for drawn in everything.collections]
    assert sizes == [27, 1, 27, 1]
    ramp = everything.collections[0].get_array()
    assert ramp is not None
    assert ramp.tolist() == list(range(1, 28))
    assert sum(len(np.asarray(drawn.get_offsets())) for drawn in tracked.collections) == 54
    assert "first frame (prompted)" in words(figure)


def test_is_readable_and_can_be_saved(study: Study) -> None:
    figure = pointer_pca(study, 1, "overlay", "object_pointer")
    assert "Position 4 · Object pointer: dog, clip 1" in words(figure)
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "png")


def test_a_clip_that_was_not_run_is_refused(small_study: Study) -> None:
    with pytest.raises(SamscopeError, match="no clip 0 of the set obscuration"):
        pointer_pca(small_study, 0)
