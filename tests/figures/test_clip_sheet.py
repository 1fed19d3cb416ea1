import pytest

from samscope.clips.clip import Timeline
from samscope.figures.clip_sheet import clip_sheet, sheet_frames
from samscope.figures.saving import render
from samscope.figures.style import SET_STYLES
from samscope.records.store import Study
from samscope.support.errors import UsageError
from tests.figures.drawn import clipped, overlapping, words


def test_one_row_a_set(study: Study) -> None:
    figure = clip_sheet(study, 0)
    pictures = [picture for axes in figure.axes for picture in axes.images]
    sets = [set_name for set_name, clip in study.map_keys() if clip == 0]
    assert len(pictures) == len(sets) * len(sheet_frames(Timeline()))
    for set_name in sets:
        assert SET_STYLES[set_name].label.replace(" ", "\n") in words(figure)
    assert clipped(figure) == []
    assert overlapping(figure) == []
    render(figure, "png")


def test_a_draw_without_maps_is_refused(study: Study) -> None:
    with pytest.raises(UsageError, match="has no maps of clip 5"):
        clip_sheet(study, 5)


@pytest.mark.parametrize(
    ("timeline", "frames"),
    [
        (Timeline(), [0, 6, 11, 12, 14, 15, 16, 21, 27]),
        (Timeline(2, 1, 1), [0, 1, 2, 3]),
    ],
)
def test_the_frames_tell_the_story(timeline: Timeline, frames: list[int]) -> None:
    assert sheet_frames(timeline) == frames
