from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.frame_folder import FrameFolder, open_folder, picture_names
from tests.clips.folders import moving_square

FRAMES, _ = moving_square(12, size=(64, 96))


def opened(folder: Path) -> FrameFolder:
    return open_folder(folder, picture_names(folder))


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG", "webp"])
def test_pictures_come_in_natural_order(tmp_path: Path, ending: str) -> None:
    for index, pixels in enumerate(FRAMES):
        options = {"lossless": True} if ending == "webp" else {"quality": 95} if ending != "png" else {}
        Image.fromarray(pixels).save(tmp_path / f"shot 1 frame{index}.{ending}", **options)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    source = opened(tmp_path)
    assert (source.count, source.size, source.rate, source.live) == (12, (64, 96), None, False)
    assert source.first_at(1.0) is None
    shown = list(source.read(0, None, 1, pytest.fail))
    assert [frame.number for frame in shown] == list(range(12))
    for frame, pixels in zip(shown, FRAMES, strict=True):
        assert np.abs(frame.pixels.astype(int) - pixels).mean() < (0.01 if ending in {"png", "webp"} else 12)
    assert [frame.number for frame in source.read(2, 9, 3, pytest.fail)] == [2, 5, 8]


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_a_damaged_picture_ends_it_and_is_named(tmp_path: Path, ending: str) -> None:
    for index, pixels in enumerate(FRAMES):
        Image.fromarray(pixels).save(tmp_path / f"{index}.{ending}")
    broken = tmp_path / f"5.{ending}"
    broken.write_bytes(broken.read_bytes()[:-40])
    said: list[str] = []
    assert [frame.number for frame in opened(tmp_path).read(0, None, 1, said.append)] == [0, 1, 2, 3, 4]
    assert len(said) == 1
    assert f"5.{ending}: " in said[0]
    assert ("damaged" if ending == "webp" else "truncated") in said[0]


def test_a_picture_of_another_size_ends_it(tmp_path: Path) -> None:
    for index, pixels in enumerate(FRAMES):
        Image.fromarray(pixels[: 64 - 8 * (index == 3)]).save(tmp_path / f"{index}.png")
    said: list[str] = []
    assert len(list(opened(tmp_path).read(0, None, 1, said.append))) == 3
    assert "3.png: 96x56 pixels, but the first picture has 96x64" in said[0]


def test_two_pictures_of_one_name_are_refused(tmp_path: Path) -> None:
    for ending in ("png", "jpg"):
        Image.fromarray(FRAMES[0]).save(tmp_path / f"7.{ending}")
    with pytest.raises(SamscopeError, match="a second picture of the stem 7"):
        opened(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no picture"):
        opened(tmp_path)


def test_an_orientation_tag_is_said_and_not_applied(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.fromarray(FRAMES[0]).save(tmp_path / "0.jpg", exif=tags)
    assert opened(tmp_path).size == (64, 96)
    assert "an EXIF tag asks to turn the frames" in caplog.text
