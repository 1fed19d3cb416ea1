from fractions import Fraction
from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.films.index import FilmIndex, read_index
from tests.clips.folders import moving_square
from tests.videos.films.making import cut_off, save_film

FRAMES, _ = moving_square(20, size=(64, 96))


def test_frames_are_numbered_in_the_order_in_which_they_are_shown(tmp_path: Path) -> None:
    index = read_index(save_film(tmp_path / "film.mp4", FRAMES, codec_options={"bf": "3"}))
    assert (index.count, index.rate, index.cut_off) == (20, 25.0, None)
    assert [index.seconds(stamp, 0) for stamp in index.stamps] == pytest.approx([n / 25 for n in range(20)])
    assert [index.number(stamp, 99) for stamp in index.stamps] == list(range(20))
    assert index.number(index.stamps[3] + 1, 99) == 99


def test_hidden_frames_of_vp8_are_no_frames(tmp_path: Path) -> None:
    hiding = {"auto-alt-ref": "1", "lag-in-frames": "16", "b": "50k"}
    film = save_film(tmp_path / "film.webm", FRAMES * 3, codec="libvpx", codec_options=hiding)
    assert read_index(film).count == 60


def test_a_film_whose_frames_are_encrypted_is_refused(tmp_path: Path) -> None:
    key = {"encryption_key": "76a6c65c5ea762046bd749a2e632ccbb", "encryption_kid": "a7" * 16}
    film = save_film(
        tmp_path / "film.mp4", FRAMES, format_options={"encryption_scheme": "cenc-aes-ctr", **key}
    )
    with pytest.raises(SamscopeError, match="its pictures are encrypted; give a film without copy protec"):
        read_index(film)


def test_a_film_that_lacks_frames_says_so(tmp_path: Path) -> None:
    path = save_film(tmp_path / "film.mp4", FRAMES, format_options={"movflags": "faststart"})
    index = read_index(cut_off(path, 0.93))
    assert index.count < 20
    assert "truncated" in str(index.cut_off)


def test_without_stamps_numbers_are_counted_and_times_follow_the_rate() -> None:
    index = FilmIndex((), 50, Fraction(1, 25), 0, 25.0)
    assert index.number(None, 7) == index.number(1234, 7) == 7
    assert index.seconds(None, 10) == pytest.approx(0.4)
    assert [index.first_at(seconds) for seconds in (0.0, 0.4, 0.41, 99.0)] == [0, 10, 11, 50]
    assert FilmIndex((), 50, Fraction(1, 25), 0, None).first_at(1.0) is None
