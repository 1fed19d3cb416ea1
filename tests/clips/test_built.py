from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from samscope.clips.built import BuiltClips, is_built
from samscope.clips.clip import Clip
from samscope.clips.writing import finish_build, write_clip
from samscope.support.errors import SamscopeError
from tests.clips.folders import small_clip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clips = [small_clip(0), small_clip(1, size=(44, 70)), small_clip(0, "clean")]
    finish_build(tmp_path, [write_clip(tmp_path, clip, "png") for clip in clips])
    return tmp_path


def assert_equal(first: Clip, second: Clip) -> None:
    for field in fields(Clip):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other


def test_clips_come_back_as_they_were_written(folder: Path) -> None:
    built = BuiltClips(folder)
    assert len(built) == 3
    read = list(built)
    for clip, number, set_name, size in zip(
        read,
        (0, 1, 0),
        ("object_removal", "object_removal", "clean"),
        ((40, 60), (44, 70), (40, 60)),
        strict=True,
    ):
        assert_equal(clip, small_clip(number, set_name, size))  # type: ignore[arg-type]
    assert [clip.name for clip in built] == [clip.name for clip in read]


def test_other_objects_come_back_where_they_are_known(tmp_path: Path) -> None:
    clip = replace(small_clip(), rivals=np.roll(small_clip().masks, 7, axis=2) & ~small_clip().masks)
    finish_build(tmp_path, [write_clip(tmp_path, clip, "png"), write_clip(tmp_path, small_clip(1), "png")])
    first, second = BuiltClips(tmp_path)
    assert_equal(first, clip)
    assert second.rivals is None
    damaged = tmp_path / "object_removal" / "RivalAnnotations" / "40p" / "00000-goat" / "00001.png"
    damaged.unlink()
    with pytest.raises(SamscopeError, match=r"RivalAnnotations/40p/00000-goat/00001\.png: cannot be read"):
        next(iter(BuiltClips(tmp_path)))


def test_jpg_clips_differ_in_their_frames_alone(tmp_path: Path) -> None:
    finish_build(tmp_path, [write_clip(tmp_path, small_clip())])
    (read,) = BuiltClips(tmp_path)
    written = small_clip()
    np.testing.assert_array_equal(read.masks, written.masks)
    np.testing.assert_array_equal(read.obscured, written.obscured)
    assert read.origins == written.origins
    assert 0 < np.abs(read.frames.astype(int) - written.frames).mean() < 2


def test_build_is_finished_when_both_tables_are_there(folder: Path) -> None:
    assert is_built(folder)
    for name in ("clips.parquet", "frames.parquet"):
        path = folder / name
        path.rename(folder / "aside")
        assert not is_built(folder)
        with pytest.raises(
            SamscopeError, match=r"no finished build, as it lacks .* make one with: samscope build"
        ):
            BuiltClips(folder)
        (folder / "aside").rename(path)


def test_folders_that_are_no_build(tmp_path: Path) -> None:
    assert not is_built(tmp_path)
    assert not is_built(tmp_path / "nowhere")
    write_clip(tmp_path, small_clip())
    assert not is_built(tmp_path)


def test_damaged_tables(folder: Path) -> None:
    table = pq.read_table(folder / "frames.parquet")
    pq.write_table(table.slice(1), folder / "frames.parquet")
    with pytest.raises(
        SamscopeError, match=r"frames\.parquet: 3 frames of object_removal clip 0; expected 4"
    ):
        list(BuiltClips(folder))
    pq.write_table(table.drop_columns(["origin"]), folder / "frames.parquet")
    with pytest.raises(SamscopeError, match=r"frames\.parquet: not a table of this version of samscope"):
        list(BuiltClips(folder))
    (folder / "clips.parquet").write_bytes(b"PAR1 not a table")
    with pytest.raises(SamscopeError, match=r"clips\.parquet: damaged or truncated"):
        len(BuiltClips(folder))


def test_missing_and_damaged_pictures(folder: Path) -> None:
    amodal = folder / "object_removal" / "AmodalAnnotations" / "40p" / "00000-goat" / "00002.png"
    content = amodal.read_bytes()
    amodal.unlink()
    with pytest.raises(SamscopeError, match=r"AmodalAnnotations/40p/00000-goat/00002\.png: cannot be read"):
        list(BuiltClips(folder))
    other = folder / "object_removal" / "AmodalAnnotations" / "44p" / "00001-goat" / "00002.png"
    amodal.write_bytes(other.read_bytes())
    with pytest.raises(SamscopeError, match=r"00002\.png: 70x44 pixels, but the clip's frames have 60x40"):
        list(BuiltClips(folder))
    amodal.write_bytes(content)
    for kind, suffix in (("JPEGImages", "png"), ("Annotations", "png")):
        (folder / "object_removal" / kind / "40p" / "00000-goat" / f"00003.{suffix}").unlink()
    with pytest.raises(SamscopeError, match=r"00000-goat: 3 frames of 60x40 pixels; expected 4 of 60x40"):
        list(BuiltClips(folder))
