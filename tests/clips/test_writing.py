import errno
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from samscope.clips.clip import Clip
from samscope.clips.facts import CLIPS, FRAME_FACTS
from samscope.clips.writing import finish_build, write_clip
from samscope.support.errors import SamscopeError
from samscope.videos.davis import read_collection
from tests.clips.folders import small_clip


def build(folder: Path, *clips: Clip, image_format: str = "jpg") -> None:
    finish_build(folder, [write_clip(folder, clip, image_format) for clip in clips])  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_file_is_where_tools_look_for_it(tmp_path: Path) -> None:
    build(tmp_path, small_clip(7))
    name = "00007-goat"
    expected = {"clips.parquet", "frames.parquet"}
    expected |= {f"object_removal/ImageSets/{folder}/val.txt" for folder in ("2017", "40p")}
    for frame in range(4):
        expected |= {
            f"object_removal/JPEGImages/40p/{name}/{frame:05d}.jpg",
            f"object_removal/Annotations/40p/{name}/{frame:05d}.png",
            f"object_removal/AmodalAnnotations/40p/{name}/{frame:05d}.png",
        }
    assert set(files(tmp_path)) == expected


def test_folder_of_480_rows_is_480p(tmp_path: Path) -> None:
    build(tmp_path, small_clip(size=(480, 60)))
    assert (tmp_path / "object_removal" / "JPEGImages" / "480p" / "00000-goat" / "00003.jpg").is_file()


def test_lists_are_in_the_forms_of_2016_and_2017(tmp_path: Path) -> None:
    build(tmp_path, small_clip(0), small_clip(1), small_clip(0, "clean"))
    lists = tmp_path / "object_removal" / "ImageSets"
    assert (lists / "2017" / "val.txt").read_text() == "00000-goat\n00001-goat\n"
    lines = (lists / "40p" / "val.txt").read_text().splitlines()
    assert len(lines) == 8
    for line in lines:
        for path in line.split():
            assert (tmp_path / "object_removal" / path.removeprefix("/")).is_file()
    assert (tmp_path / "clean" / "ImageSets" / "2017" / "val.txt").read_text() == "00000-goat\n"


def test_masks_are_palette_images_in_davis_colours(tmp_path: Path) -> None:
    clip = small_clip()
    build(tmp_path, clip)
    path = tmp_path / "object_removal" / "Annotations" / "40p" / "00000-goat" / "00000.png"
    with Image.open(path) as image:
        assert image.mode == "P"
        labels = np.asarray(image)
        colours = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(labels == 1, clip.masks[0])
    np.testing.assert_array_equal(labels == 255, clip.void[0])
    assert {tuple(colour) for colour in colours.reshape(-1, 3).tolist()} == {
        (0, 0, 0),
        (128, 0, 0),
        (255, 255, 255),
    }


def test_palette_is_that_of_davis(tmp_path: Path) -> None:
    build(tmp_path, small_clip())
    path = tmp_path / "object_removal" / "Annotations" / "40p" / "00000-goat" / "00000.png"
    with Image.open(path) as image:
        palette = image.getpalette()
    assert palette is not None
    known = {
        1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 4: (0, 0, 128), 5: (128, 0, 128),
        6: (0, 128, 128), 7: (128, 128, 128), 8: (64, 0, 0), 9: (192, 0, 0), 15: (192, 128, 128),
        16: (0, 64, 0), 20: (0, 64, 128), 21: (128, 64, 128), 22: (22, 22, 22), 254: (254, 254, 254),
    }  # fmt: skip
    for label, colour in known.items():
        assert tuple(palette[3 * label : 3 * label + 3]) == colour


def test_any_davis_reader_reads_a_set(tmp_path: Path) -> None:
    clip = small_clip()
    build(tmp_path, clip, image_format="png")
    video = read_collection(tmp_path / "object_removal", subset="val")["00000-goat"]
    assert video.object_ids == (1,)
    for frame in range(4):
        np.testing.assert_array_equal(video.frame(frame), clip.frames[frame])
        np.testing.assert_array_equal(video.labels(frame) == 1, clip.masks[frame])
        np.testing.assert_array_equal(video.labels(frame) == 255, clip.void[frame])


def test_tables_have_the_schemas(tmp_path: Path) -> None:
    build(tmp_path, small_clip(0), small_clip(1))
    assert pq.read_table(tmp_path / "clips.parquet").schema.equals(CLIPS)
    frames = pq.read_table(tmp_path / "frames.parquet")
    assert frames.schema.equals(FRAME_FACTS)
    assert frames.num_rows == 8
    assert frames["obscured"].to_pylist()[:4] == [0.0, 0.0, None, 0.5]


@pytest.mark.parametrize("image_format", ["jpg", "png"])
def test_same_clips_same_bytes(tmp_path: Path, image_format: str) -> None:
    for name in ("a", "b"):
        build(tmp_path / name, small_clip(0), small_clip(1), image_format=image_format)
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_jpg_frames_are_close(tmp_path: Path) -> None:
    clip = small_clip()
    build(tmp_path, clip)
    folder = tmp_path / "object_removal" / "JPEGImages" / "40p" / "00000-goat"
    for frame in range(4):
        with Image.open(folder / f"{frame:05d}.jpg") as image:
            difference = np.abs(np.asarray(image).astype(int) - clip.frames[frame])
        assert difference.mean() < 2


def test_full_disk_leaves_nothing_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = []
    save = Image.Image.save

    def save_until_full(image: Image.Image, path: Path, **options: Any) -> None:
        saved.append(path)
        if len(saved) > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(image, path, **options)

    monkeypatch.setattr(Image.Image, "save", save_until_full)
    with pytest.raises(SamscopeError, match="disk full: 00000-goat does not fit into"):
        write_clip(tmp_path, small_clip())
    assert not [name for name in files(tmp_path) if "unfinished" in name or "JPEGImages" in name]
    assert not (tmp_path / "clips.parquet").exists()


def test_full_disk_while_a_table_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [write_clip(tmp_path, small_clip())]

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(SamscopeError, match=r"disk full: frames\.parquet does not fit into"):
        finish_build(tmp_path, facts)
    assert not list(tmp_path.glob("*.parquet"))
    assert not list(tmp_path.glob(".*"))


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(SamscopeError, match=r"cannot write .*out/object_removal/Annotations"):
        write_clip(tmp_path / "out", small_clip())


def test_pixels_that_are_object_and_void_are_refused(tmp_path: Path) -> None:
    clip = small_clip()
    clip.void[0] |= clip.masks[0]
    with pytest.raises(ValueError, match="marked as the object and as void"):
        write_clip(tmp_path, clip)
    assert files(tmp_path) == {}


def test_other_formats_and_empty_builds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="image format 'webp'"):
        write_clip(tmp_path, small_clip(), "webp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="without a clip"):
        finish_build(tmp_path, [])
