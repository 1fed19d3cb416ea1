import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.films.film import Film, Turning, pixels_of
from tests.clips.folders import moving_square
from tests.videos.films.making import LOSSLESS, cut_off, save_film

FRAMES, _ = moving_square(24, size=(64, 96))


def read(
    film: Film, start: int = 0, stop: int | None = None, step: int = 1
) -> list[tuple[int, float | None]]:
    return [(number, seconds) for number, seconds, _ in film.read(start, stop, step, pytest.fail)]


def test_a_lossless_film_gives_its_frames_and_times(tmp_path: Path) -> None:
    film = Film(save_film(tmp_path / "square.mkv", FRAMES, **LOSSLESS))
    assert (film.name, film.size, film.count, film.rate, film.live) == ("square", (64, 96), 24, 25.0, False)
    shown = list(film.read(0, None, 1, pytest.fail))
    assert [frame.number for frame in shown] == list(range(24))
    assert [frame.seconds for frame in shown] == pytest.approx([number / 25 for number in range(24)])
    assert all(np.array_equal(frame.pixels, pixels) for frame, pixels in zip(shown, FRAMES, strict=True))


@pytest.mark.parametrize(
    ("ending", "codec", "pix_fmt"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mov", "libx264", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv420p"),
        ("webm", "libvpx", "yuv420p"),
        ("avi", "mpeg4", "yuv420p"),
        ("gif", "gif", "rgb8"),
        ("mp4", "libx265", "yuv420p10le"),
        ("mkv", "ffv1", "yuv420p16le"),
    ],
)
def test_every_kind_of_film_is_read_and_may_be_begun_anywhere(
    tmp_path: Path, ending: str, codec: str, pix_fmt: str
) -> None:
    film = Film(save_film(tmp_path / f"film.{ending}", FRAMES, codec=codec, pix_fmt=pix_fmt))
    assert (film.size, film.count) == ((64, 96), 24)
    whole = list(film.read(0, None, 1, pytest.fail))
    assert [frame.number for frame in whole] == list(range(24))
    assert [frame.seconds for frame in whole] == pytest.approx(
        [number / 25 for number in range(24)], abs=0.01
    )
    errors = [
        np.abs(frame.pixels.astype(int) - pixels).mean() for frame, pixels in zip(whole, FRAMES, strict=True)
    ]
    assert max(errors) < (25 if ending == "gif" else 6)
    for start in (1, 11, 23):
        (part,) = film.read(start, start + 1, 1, pytest.fail)
        assert part.number == start
        assert np.array_equal(part.pixels, whole[start].pixels)
    assert [number for number, _ in read(film, 5, 18, 4)] == [5, 9, 13, 17]


def test_times_of_a_variable_rate_are_the_films_own(tmp_path: Path) -> None:
    shown_at = [40 * index + 13 * (index % 3) for index in range(24)]
    film = Film(save_film(tmp_path / "film.mp4", FRAMES, milliseconds=shown_at))
    times = [seconds for _, seconds in read(film)]
    assert times == pytest.approx([time / 1000 for time in shown_at], abs=1e-3)
    assert film.first_at(shown_at[7] / 1000) == 7
    assert film.first_at(shown_at[7] / 1000 + 0.002) == 8
    assert film.first_at(99.0) == 24
    assert [number for number, _ in read(film, 7, 9)] == [7, 8]


@pytest.mark.parametrize(("turned", "quarters"), [(90, 1), (-90, -1), (180, 2), (0, 0)])
def test_a_turned_film_is_the_right_way_up(tmp_path: Path, turned: int, quarters: int) -> None:
    lossless: dict[str, Any] = {"codec": "libx264rgb", "pix_fmt": "rgb24", "codec_options": {"qp": "0"}}
    film = Film(save_film(tmp_path / "film.mov", FRAMES[:3], turned=turned, **lossless))
    assert film.size == ((96, 64) if quarters % 2 else (64, 96))
    for shown, pixels in zip(film.read(0, None, 1, pytest.fail), FRAMES, strict=False):
        assert np.array_equal(shown.pixels, np.rot90(pixels, quarters))


@pytest.mark.parametrize(
    ("turning", "expected"),
    [
        ((1, 0, 0, 1), FRAMES[0]),
        ((-1, 0, 0, 1), FRAMES[0][:, ::-1]),
        ((1, 0, 0, -1), FRAMES[0][::-1]),
        ((0, 1, 1, 0), FRAMES[0].transpose(1, 0, 2)),
        ((0, 1, -1, 0), np.rot90(FRAMES[0], -1)),
        ((0, -1, -1, 0), np.rot90(FRAMES[0], 1)[:, ::-1]),
    ],
)
def test_pictures_are_turned_and_mirrored(turning: Turning, expected: NDArray[np.uint8]) -> None:
    frame = VideoFrame.from_ndarray(FRAMES[0], format="rgb24")
    assert np.array_equal(pixels_of(frame, turning), expected)


def test_odd_sizes_are_kept(tmp_path: Path) -> None:
    frames, _ = moving_square(3, size=(61, 97))
    film = Film(save_film(tmp_path / "film.mkv", frames, **LOSSLESS))
    assert film.size == (61, 97)
    assert np.array_equal(film.frame(2), frames[2])


def test_colours_follow_the_films_own_matrix_and_depth(tmp_path: Path) -> None:
    flat = [np.full((64, 96, 3), (20, 200, 40), np.uint8)] * 2
    tagged: dict[str, Any] = {"codec_options": {"x264-params": "qp=0:colormatrix=bt709"}}
    for pix_fmt in ("yuv444p", "yuv420p10le"):
        film = Film(save_film(tmp_path / f"{pix_fmt}.mkv", flat, pix_fmt=pix_fmt, codec_options={"qp": "0"}))
        assert np.abs(film.frame(1).astype(int) - flat[0]).max() <= 3
    film = Film(save_film(tmp_path / "tagged.mkv", flat, **tagged))
    light, blue, red = 127.94, (40 - 127.94) / 1.772, (20 - 127.94) / 1.402
    expected = light + 1.5748 * red, light - 0.1873 * blue - 0.4681 * red, light + 1.8556 * blue
    assert film.frame(1)[30, 40] == pytest.approx(expected, abs=4), "made as BT.601, and read by its tag"


def test_what_could_be_read_of_a_truncated_film_is_given_and_said(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, 64, 96, 3), np.uint8)
    film = Film(save_film(tmp_path / "film.mp4", list(noise), format_options={"movflags": "faststart"}))
    whole = {frame.number: frame.pixels for frame in film.read(0, None, 1, pytest.fail)}
    broken = Film(cut_off(film.path, 0.6))
    said: list[str] = []
    there = list(broken.read(0, None, 1, said.append))
    assert 10 < len(there) == broken.count < 30
    assert all(np.array_equal(frame.pixels, whole[frame.number]) for frame in there)
    assert len(said) == 1
    assert "film.mp4: the file breaks off within frame" in said[0]
    assert not list(broken.read(0, 5, 1, said.append))[5:]
    assert len(said) == 1, "nothing is missing of the first five"


@pytest.mark.parametrize(
    ("ending", "more"), [("mkv", LOSSLESS), ("gif", {"codec": "gif", "pix_fmt": "rgb8"})]
)
def test_other_truncated_films_are_noticed(tmp_path: Path, ending: str, more: dict[str, Any]) -> None:
    film = Film(cut_off(save_film(tmp_path / f"film.{ending}", FRAMES, **more), 0.6))
    said: list[str] = []
    there = list(film.read(0, None, 1, said.append))
    assert 5 < len(there) < 24
    assert len(said) == 1
    assert "truncated" in said[0]


def test_a_damaged_frame_is_left_out_and_the_rest_keeps_its_numbers(tmp_path: Path) -> None:
    path = save_film(tmp_path / "film.mov", FRAMES, codec="png", pix_fmt="rgb24")
    data = bytearray(path.read_bytes())
    starts = [place for place in range(len(data)) if data.startswith(b"\x89PNG", place)]
    assert len(starts) == 24
    data[starts[7] : starts[7] + 40] = bytes(40)
    path.write_bytes(data)
    said: list[str] = []
    shown = list(Film(path).read(0, None, 1, said.append))
    assert [frame.number for frame in shown] == [*range(7), *range(8, 24)]
    assert np.array_equal(shown[7].pixels, FRAMES[8])
    assert len(said) == 1
    assert "1 of its frames" in said[0]


def test_one_frame_by_its_number(tmp_path: Path) -> None:
    film = Film(save_film(tmp_path / "film.mkv", FRAMES, **LOSSLESS))
    assert np.array_equal(film.frame(17), FRAMES[17])
    assert np.array_equal(pickle.loads(pickle.dumps(film)).frame(3), FRAMES[3])  # noqa: S301
    with pytest.raises(SamscopeError, match=r"film\.mkv: frame 24 cannot be decoded"):
        film.frame(24)


MEASURED = """
import resource, sys
from pathlib import Path
from typing import Any
from samscope.videos.films.film import Film, Turning, pixels_of
film = Film(Path(sys.argv[1]))
frames = sum(1 for _ in film.read(0, int(sys.argv[2]), 1, print))
print(frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_a_long_film_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    small, _ = moving_square(100, size=(90, 160))
    frames = [pixels.repeat(4, 0).repeat(4, 1) for pixels in small]
    path = save_film(tmp_path / "film.mp4", frames * 12, codec="mpeg4")
    peaks = {}
    for count in (200, 1200):
        out = subprocess.run(
            [sys.executable, "-c", MEASURED, str(path), str(count)],
            capture_output=True,
            text=True,
            check=True,
        )
        shown, peaks[count] = map(int, out.stdout.split())
        assert shown == count
    assert peaks[1200] < 1.05 * peaks[200]
