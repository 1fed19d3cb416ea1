"""The table of attention is read back draw by draw, and damage is told."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from samscope.observation.observe import ClipRecords, observe
from samscope.records.encoding import encoded_table
from samscope.records.schema import ATTENTION
from samscope.records.store import RecordWriter, open_study
from samscope.support.errors import SamscopeError, UsageError
from tests.observation.fakes import FAKE_POSITIONS, fake_clip, fake_track

Rows = list[dict[str, Any]]


def rows_of(draw: int) -> Rows:
    """Two frames, of which the second reads one memory more."""
    return [
        {
            "set": "clean",
            "clip": draw,
            "frame": frame,
            "layer": 0,
            "kind": kind,
            "remembered_frame": remembered,
            "age": frame - remembered,
            "share": 0.25,
            "share_from_object": 0.5,
            "share_from_rest": 0.125,
            "share_from_rival": None,
        }
        for frame in (1, 2)
        for kind in ("memory", "pointer")
        for remembered in range(frame)
    ]


@cache
def observed(draw: int) -> ClipRecords:
    clip = fake_clip(number=draw)
    return observe(fake_track(clip), clip, positions=FAKE_POSITIONS)


def write(folder: Path, change: Callable[[Rows], Rows] = list, draws: int = 2) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "study.json").write_text(json.dumps({"attention": True}))
    for draw in range(draws):
        RecordWriter(folder).write(draw, [replace(observed(draw), attention=change(rows_of(draw)))])
    return folder


def test_it_is_read_back_as_it_was_written_draw_by_draw(tmp_path: Path) -> None:
    study = open_study(write(tmp_path))
    table = study.attention()
    assert list(table.columns) == ATTENTION.names
    expected = pd.DataFrame([*rows_of(0), *rows_of(1)]).astype({"share_from_rival": float})
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)
    pd.testing.assert_frame_equal(study.attention(1), expected[6:].reset_index(drop=True), check_dtype=False)


def test_a_draw_is_found_in_a_file_of_many(tmp_path: Path) -> None:
    study = open_study(write(tmp_path))
    second = study.attention(1)
    folder = tmp_path / "records" / "attention"
    (folder / "part-00001.parquet").unlink()
    (folder / "part-00000.parquet").write_bytes(encoded_table("attention", [*rows_of(0), *rows_of(1)]))
    pd.testing.assert_frame_equal(study.attention(1), second)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    study = open_study(write(tmp_path))
    with pytest.raises(UsageError, match="has no draw 5; its numbers are 0 to 1"):
        study.attention(5)
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(UsageError, match="run the study again with --attention"):
        open_study(tmp_path).attention()


def test_a_missing_part_is_a_study_that_was_not_finished(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "records" / "attention" / "part-00001.parquet").unlink()
    with pytest.raises(SamscopeError, match=r"attention/part-00001.parquet is missing: the study was not"):
        open_study(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [*rows, rows[0]], "occurs twice"),
        (lambda rows: [{**rows[0], "clip": 9}], "which is no clip of the study"),
        (lambda rows: [{**rows[0], "kind": "frame"}], "kind is 'frame'; expected one of memory, pointer"),
        (lambda rows: [{**rows[0], "layer": None}], "a row without"),
        (lambda rows: [{**rows[0], "remembered_frame": -1}], "of a negative number"),
    ],
)
def test_rows_that_no_study_has_written_are_refused(
    tmp_path: Path, change: Callable[[Rows], Rows], message: str
) -> None:
    study = open_study(write(tmp_path, change, draws=1))
    with pytest.raises(SamscopeError, match=message):
        study.attention()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    study = open_study(write(tmp_path))
    (tmp_path / "records" / "attention" / "part-00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(SamscopeError, match=r"part-00000.parquet: .*run the study again"):
        study.attention()
