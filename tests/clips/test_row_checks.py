from pathlib import Path
from typing import Any

import pytest

from samscope.clips.facts import clip_row, frame_fact_rows
from samscope.clips.row_checks import check_clip_rows, check_frame_rows
from samscope.support.errors import SamscopeError
from tests.clips.folders import small_clip

TABLE = Path("built/clips.parquet")


def test_rows_of_a_build_are_taken() -> None:
    clips = [small_clip(0), small_clip(1), small_clip(0, "clean")]
    check_clip_rows([clip_row(clip) for clip in clips], TABLE)
    check_frame_rows([row for clip in clips for row in frame_fact_rows(clip)], TABLE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"set": "../../etc"}, r"set is '../../etc'; expected one of clean"),
        ({"set": None}, "set is None"),
        ({"source_video": "../../../goat"}, "'../../../goat' of a video is a path"),
        ({"partner_video": "/etc/passwd"}, "is a path"),
        ({"overlay_videos": ["dog", "..", "dog"]}, "is a path"),
        ({"source_video": "goat\x1b[2J"}, r"'goat\\x1b\[2J' of a video holds line breaks"),
        ({"source_video": None}, "the name of a video is missing"),
        ({"overlay_videos": None}, "differ in length"),
        ({"overlay_starts": [1]}, "differ in length"),
        ({"overlay_starts": [1, None, 2]}, "a value of an overlay is missing"),
        ({"clip": -1}, "clip is -1; expected 0"),
        ({"stride": 0}, "stride is 0; expected 1"),
        ({"prefix": None}, "prefix is None; expected 2"),
        ({"suffix": 2**31 - 1}, "suffix is 2147483647; expected 1 to 100000"),
        ({"prefix": 60_000, "middle": 60_000}, "more than 100000 frames"),
        ({"height": 30_000}, "height is 30000; expected 1 to 16384"),
    ],
)
def test_rows_that_no_build_has_written(change: dict[str, Any], said: str) -> None:
    rows = [clip_row(small_clip(0)), {**clip_row(small_clip(1)), **change}]
    with pytest.raises(SamscopeError, match=rf"clips\.parquet: row 1: .*{said}.*; make the clips again"):
        check_clip_rows(rows, TABLE)


def test_a_clip_that_occurs_twice() -> None:
    with pytest.raises(SamscopeError, match="row 1: object_removal clip 0 occurs twice"):
        check_clip_rows([clip_row(small_clip(0))] * 2, TABLE)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"present": None}, "present is missing"), ({"origin": "a\nb"}, r"origin is 'a\\nb'")],
)
def test_frames_that_no_build_has_written(change: dict[str, Any], said: str) -> None:
    row = {**frame_fact_rows(small_clip())[0], **change}
    with pytest.raises(SamscopeError, match=f"row 0: {said}"):
        check_frame_rows([row], TABLE)
