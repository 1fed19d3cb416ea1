from pathlib import Path

import av
import numpy as np
import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.films.container import opened_film
from tests.clips.folders import moving_square
from tests.videos.films.making import cut_off, save_film

FRAMES, _ = moving_square(6, size=(64, 96))


def refused(path: Path, match: str) -> None:
    with pytest.raises(SamscopeError, match=match) as error, opened_film(path):
        pytest.fail("it was opened")
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def renamed_codec(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    place = data.rindex(old)
    path.write_bytes(data[:place] + new + data[place + len(old) :])
    return path


def test_the_picture_track_of_a_film_is_opened(tmp_path: Path) -> None:
    with opened_film(save_film(tmp_path / "film.mp4", FRAMES)) as (container, track):
        assert "mp4" in container.format.name
        assert (track.type, track.codec_context.name) == ("video", "h264")


@pytest.mark.parametrize(
    "content", [b"", b"no film", b"\0" * 4096, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hosts\n"]
)
def test_what_is_no_film(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    refused(path, "not a film, or damaged .* expected mp4, mov")


def test_lists_of_other_files_are_not_followed(tmp_path: Path) -> None:
    save_film(tmp_path / "secret.mp4", FRAMES)
    path = tmp_path / "film.mp4"
    path.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    refused(path, "a list of other files, which is not followed")


def test_a_film_that_breaks_off_before_its_index(tmp_path: Path) -> None:
    refused(cut_off(save_film(tmp_path / "film.mp4", FRAMES), 0.6), r"its index \(moov\) .*\(truncated\)")


def test_a_film_without_pictures(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    refused(path, "no picture track in this film, it has audio")


def test_unknown_codecs_are_named(tmp_path: Path) -> None:
    path = renamed_codec(save_film(tmp_path / "film.mp4", FRAMES), b"avc1", b"xq7z")
    refused(path, "are of the codec xq7z, which is not known")
    path = save_film(tmp_path / "film.webm", FRAMES, codec="libvpx-vp9")
    refused(renamed_codec(path, b"V_VP9", b"V_QP9"), "are of the codec V_QP9, which is not known")


def test_encrypted_films_are_told(tmp_path: Path) -> None:
    path = renamed_codec(save_film(tmp_path / "film.mp4", FRAMES), b"avc1", b"encv")
    refused(path, "its pictures are encrypted; give a film without copy protection")


def test_files_that_are_not_there_or_not_regular(tmp_path: Path) -> None:
    refused(tmp_path / "film.mp4", "cannot be read: No such file")
    refused(tmp_path, "cannot be read: Is a directory")


def test_enormous_films_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = save_film(
        tmp_path / "film.avi", [np.zeros((8, 16_400, 3), np.uint8)], codec="mjpeg", pix_fmt="yuvj420p"
    )
    refused(path, "16400 x 8 pixels; at most 16,384 a side")
