"""Folders of built clips from strangers: paths in their tables, links in their folders."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from samscope.clips.built import BuiltClips
from samscope.clips.facts import CLIPS
from samscope.clips.writing import CLIPS_TABLE, finish_build, write_clip
from samscope.support.errors import SamscopeError
from tests.clips.folders import small_clip

PICTURES = "object_removal/{}/40p/00000-goat"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    finish_build(folder, [write_clip(folder, small_clip())])
    assert len(list(BuiltClips(folder))) == 1
    return folder


def change(folder: Path, **values: Any) -> None:
    rows = [{**row, **values} for row in pq.read_table(folder / CLIPS_TABLE).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=CLIPS), folder / CLIPS_TABLE)


@pytest.mark.parametrize(
    "values",
    [{"set": "../secret"}, {"source_video": "x/../../../../secret"}, {"source_video": "/secret"}],
    ids=["set", "video", "root"],
)
def test_a_path_in_the_place_of_a_name(built: Path, values: dict[str, Any]) -> None:
    change(built, **values)
    with pytest.raises(SamscopeError, match=r"clips\.parquet: row 0: .*; make the clips again"):
        list(BuiltClips(built))


def test_a_clip_of_more_frames_than_memory(built: Path) -> None:
    change(built, suffix=2**31 - 1)
    with pytest.raises(SamscopeError, match=r"clips\.parquet: row 0: suffix is 2147483647"):
        list(BuiltClips(built))


@pytest.mark.parametrize("kind", ["JPEGImages", "Annotations", "AmodalAnnotations"])
@pytest.mark.parametrize("whole", [False, True])
def test_a_link_out_of_the_folder(tmp_path: Path, built: Path, kind: str, *, whole: bool) -> None:
    inside = built / PICTURES.format(kind)
    if not whole:
        inside = sorted(inside.iterdir())[2]
    outside = tmp_path / "secret"
    inside.rename(outside)
    inside.symlink_to(outside)
    with pytest.raises(SamscopeError, match=r"a link out of .*built, to .*secret.*: put a copy"):
        list(BuiltClips(built))


def test_a_table_that_is_json(built: Path) -> None:
    (built / CLIPS_TABLE).write_text(json.dumps({"set": "clean"}))
    with pytest.raises(SamscopeError, match=r"clips\.parquet: damaged or truncated .*; make the clips again"):
        list(BuiltClips(built))
