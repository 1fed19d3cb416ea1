from pathlib import Path

import numpy as np
import pytest

from samscope.support.errors import SamscopeError, UsageError
from samscope.videos import indexed
from samscope.videos.frame import Frame
from samscope.videos.indexed import IndexedVideo
from samscope.videos.moments import Span, span_of
from samscope.videos.opened import OpenedVideo, open_video
from tests.clips.folders import moving_square
from tests.videos.films.making import save_film
from tests.videos.sources import PlainSource


def plain(count: int = 20, every: int = 1, breaks_at: int | None = None) -> OpenedVideo:
    source = PlainSource(count, breaks_at=breaks_at)
    return OpenedVideo(source, span_of(source, 3, None, every))


@pytest.mark.parametrize("every", [1, 3])
def test_frames_by_index_are_those_of_the_video(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "MOST_FRAMES", 4)
    video = plain(every=every)
    frames = IndexedVideo(video)
    forwards = list(video)
    assert len(frames) == len(forwards)
    for index in reversed(range(len(frames))):
        frame, expected = frames[index], forwards[index]
        assert (frame.index, frame.number, frame.seconds) == (index, expected.number, expected.seconds)
        np.testing.assert_array_equal(frame.pixels, expected.pixels)
    assert frames[-1].index == len(frames) - 1
    assert [frame.index for frame in frames[1:4]] == [1, 2, 3]
    with pytest.raises(IndexError):
        frames[len(frames)]


def test_each_stretch_is_read_once_on_the_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "MOST_FRAMES", 4)
    read: list[tuple[int, int]] = []
    between = OpenedVideo.between

    def counting(video: OpenedVideo, begin: int, end: int) -> list[Frame]:
        read.append((begin, end))
        return between(video, begin, end)

    monkeypatch.setattr(OpenedVideo, "between", counting)
    frames = IndexedVideo(plain(), 10)
    assert [frame.index for frame in reversed(frames)] == list(range(9, -1, -1))
    assert read == [(6, 10), (2, 6), (0, 2)]


def test_large_frames_are_held_in_smaller_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "MOST_BYTES", 2 * 3 * 40 * 60)
    between = OpenedVideo.between
    read: list[int] = []

    def counting(video: OpenedVideo, begin: int, end: int) -> list[Frame]:
        read.append(end - begin)
        return between(video, begin, end)

    monkeypatch.setattr(OpenedVideo, "between", counting)
    assert IndexedVideo(plain())[9].index == 9
    assert read == [2]


def test_a_film_is_read_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "MOST_FRAMES", 5)
    pixels, _ = moving_square(24, size=(64, 96))
    video = open_video(save_film(tmp_path / "film.mp4", pixels, codec="libx264", pix_fmt="yuv420p"), start=2)
    forwards, frames = list(video), IndexedVideo(video)
    for index in reversed(range(len(frames))):
        assert frames[index].number == forwards[index].number
        np.testing.assert_array_equal(frames[index].pixels, forwards[index].pixels)


def test_a_frame_that_cannot_be_read_is_named() -> None:
    with pytest.raises(SamscopeError, match=r"plain: frame 4 cannot be read.*breaks off at 7"):
        IndexedVideo(plain(breaks_at=7))[9]


def test_what_comes_once_is_refused() -> None:
    with pytest.raises(UsageError, match="plain: its frames come once"):
        IndexedVideo(OpenedVideo(PlainSource(None, live=True), Span(0, None)))
