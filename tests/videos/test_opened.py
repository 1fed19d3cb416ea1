import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import samscope
from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.moments import Span
from samscope.videos.opened import OpenedVideo, fitted, open_video, shrunk
from tests.clips.folders import moving_square
from tests.videos.films.making import LOSSLESS, cut_off, save_film
from tests.videos.sources import PlainSource

FRAMES, _ = moving_square(30, size=(64, 96))


def test_a_film_is_opened(tmp_path: Path) -> None:
    video = samscope.open_video(save_film(tmp_path / "duck.mkv", FRAMES, **LOSSLESS))
    assert (video.name, video.size, video.rate, video.count, video.live) == (
        "duck",
        (64, 96),
        25.0,
        30,
        False,
    )
    shown = list(video)
    assert [frame.index for frame in shown] == [frame.number for frame in shown] == list(range(30))
    assert shown[12].seconds == pytest.approx(12 / 25)
    assert all(np.array_equal(frame.pixels, pixels) for frame, pixels in zip(shown, FRAMES, strict=True))
    assert [frame.number for frame in video] == list(range(30)), "it may be iterated again"
    assert video.ended_early is None


def test_a_part_of_it_is_taken_and_made_smaller(tmp_path: Path) -> None:
    path = save_film(tmp_path / "duck.mkv", FRAMES, **LOSSLESS)
    video = open_video(path, start="0.4s", end=25, every=4, max_side=48)
    assert (video.size, video.rate, video.count) == ((32, 48), 6.25, 4)
    shown = list(video)
    assert [(frame.index, frame.number) for frame in shown] == [(0, 10), (1, 14), (2, 18), (3, 22)]
    assert [frame.seconds for frame in shown] == pytest.approx([number / 25 for number in (10, 14, 18, 22)])
    assert all(frame.pixels.shape == (32, 48, 3) for frame in shown)
    blocks = FRAMES[14].reshape(32, 2, 48, 2, 3).astype(float).mean((1, 3))
    assert np.abs(shown[1].pixels - blocks).max() <= 1


def test_a_folder_of_frames_is_opened(tmp_path: Path) -> None:
    for index, pixels in enumerate(FRAMES[:12]):
        Image.fromarray(pixels).save(tmp_path / f"frame{index}.png")
    video = open_video(tmp_path, start=9)
    assert (video.name, video.size, video.rate, video.count) == (tmp_path.name, (64, 96), None, 3)
    shown = list(video)
    assert [(frame.index, frame.number, frame.seconds) for frame in shown] == [
        (0, 9, None),
        (1, 10, None),
        (2, 11, None),
    ]
    assert np.array_equal(shown[1].pixels, FRAMES[10])


def test_what_breaks_off_leaves_what_was_read_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    video = OpenedVideo(PlainSource(20, breaks_at=6), Span(0, 20, 1))
    with caplog.at_level(logging.WARNING, "samscope.videos.opened"):
        assert [frame.number for frame in video] == [0, 1, 2, 3, 4, 5]
    assert video.ended_early == "plain: breaks off at 6"
    assert "plain: breaks off at 6" in caplog.text
    whole = OpenedVideo(PlainSource(20, breaks_at=6), Span(0, 5, 1))
    assert len(list(whole)) == 5
    assert whole.ended_early is None


def test_a_truncated_film_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = cut_off(save_film(tmp_path / "duck.mkv", FRAMES, **LOSSLESS), 0.5)
    video = open_video(path)
    assert video.count in range(6, 30)
    assert len(list(video)) == video.count
    assert "truncated" in str(video.ended_early)


def test_a_live_source_has_no_count_and_ends_in_time() -> None:
    video = OpenedVideo(PlainSource(None, live=True), Span(0, None, 3, until=2.0))
    assert video.count is None
    assert [frame.number for frame in video] == [0, 3, 6, 9, 12, 15, 18]


@pytest.mark.parametrize(
    ("path", "error", "match"),
    [
        ("none.mp4", UsageError, r"none\.mp4: no such file or folder"),
        ("picture.png", UsageError, r"picture\.png: a picture, and no film"),
        ("empty", UsageError, r"empty: holds no picture; expected \.jpg"),
        ("text.txt", SamscopeError, r"text\.txt: not a film, or damaged"),
        ("s3://bucket/film.mp4", UsageError, "films and frames are read from this machine"),
        ("link.mp4", SamscopeError, r"link\.mp4: a link that leads nowhere"),
    ],
)
def test_what_is_no_video_is_refused(
    tmp_path: Path, path: str, error: type[SamscopeError], match: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("no film")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "nowhere.mp4")
    Image.fromarray(FRAMES[0]).save(tmp_path / "picture.png")
    with pytest.raises(error, match=match):
        open_video(path if "://" in path else tmp_path / path)


def test_what_is_asked_for_must_be_possible(tmp_path: Path) -> None:
    path = save_film(tmp_path / "duck.mkv", FRAMES, **LOSSLESS)
    with pytest.raises(UsageError, match=r"--start 30: duck ends before it, with 30 frames and 1\.20 s"):
        open_video(path, start=30)
    for side in (0, 1.5, True):
        with pytest.raises(UsageError, match="--max-side is"):
            open_video(path, max_side=side)  # type: ignore[arg-type]


def test_sizes_keep_their_shape_and_never_grow() -> None:
    assert fitted((480, 854), None) == fitted((480, 854), 854) == fitted((480, 854), 4000) == (480, 854)
    assert fitted((480, 854), 427) == (240, 427)
    assert fitted((3, 5000), 100) == (1, 100)
    assert shrunk(FRAMES[0], (64, 96)) is FRAMES[0]
