from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from samscope.records.record_checks import check_settings, check_tables
from samscope.support.errors import SamscopeError

FOLDER = Path("study/records")


def tables() -> dict[str, pd.DataFrame]:
    """Two clips of two frames, as a study holds them, with the columns that are checked."""
    key = {"source_video": "goat", "partner_video": "dog", "object_id": 1, "start": 0, "stride": 1}
    partner = {"partner_object_id": 1, "partner_start": 0, "partner_stride": 1, "seed": 1}
    size = {"prefix": 2, "middle": 1, "suffix": 1, "height": 40, "width": 60}
    overlays = {f"overlay_{name}": [1, 2, 3] for name in ("object_ids", "starts", "strides")}
    rest = {**key, **partner, **size, **overlays, "overlay_videos": ["dog", "dog", "cow"]}
    pairs = [("clean", 0), ("overlay", 0)]
    frames = [
        {
            "set": name, "clip": clip, "frame": frame, "segment": "prefix", "present": True,
            "transformed": False, "origin": "goat/0", "prompted": not frame,
            "object_pointer": np.zeros(4, np.float32), "object_pointer_ungated": None,
        }
        for name, clip in pairs
        for frame in range(2)
    ]  # fmt: skip
    features = [
        {"set": name, "clip": clip, "frame": frame, "position": "object_pointer"}
        for name, clip in [*pairs, ("clean_gap", 0)]
        for frame in range(2)
    ]
    return {
        "clips": pd.DataFrame([{"set": name, "clip": clip, **rest} for name, clip in pairs]),
        "frames": pd.DataFrame(frames),
        "features": pd.DataFrame(features),
    }


def test_tables_of_a_study_are_taken() -> None:
    check_tables(**tables(), folder=FOLDER)


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("clips", "set", "../../etc", "row 0: set is"),
        ("clips", "source_video", "=HYPERLINK(1)", "is a formula to a spreadsheet"),
        ("clips", "overlay_videos", None, "differ in length"),
        ("clips", "height", np.nan, "height is nan"),
        ("frames", "set", None, "a row without set, clip, frame"),
        ("frames", "frame", -1, "a frame of a negative number"),
        ("frames", "frame", 1, "occurs twice"),
        ("frames", "clip", 7, "which is no clip of the study"),
        ("frames", "segment", "end", "segment is 'end'; expected one of middle, prefix, suffix"),
        ("frames", "present", None, "present of a frame is missing"),
        ("frames", "object_pointer", np.zeros(5), "object_pointer has 4, 5 channels"),
        ("features", "position", "soul", "position is 'soul'; expected one of"),
        ("features", "set", "clean_gape", "which is no clip of the study"),
    ],
)
def test_tables_that_no_study_has_written(table: str, column: str, value: Any, said: str) -> None:
    damaged = tables()
    changed = damaged[table].astype({column: object})
    changed.at[0, column] = value  # noqa: PD008 (the value may be an array)
    damaged[table] = changed
    with pytest.raises(SamscopeError, match=said) as refused:
        check_tables(**damaged, folder=FOLDER)
    assert str(refused.value).startswith(f"{FOLDER / table}: ")


def test_settings_are_taken_with_and_without_what_may_be_missing() -> None:
    check_settings({}, Path("study.json"))
    check_settings(
        {"model": "nano", "strides": [1], "seconds": {"tracking": 1.5}, "rejected": {}, "threads": None},
        Path("study.json"),
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"model": ["nano"]},
        {"strides": 3},
        {"strides": {"a": 1}},
        {"seconds": [1, 2]},
        {"seconds": {"tracking": "long"}},
        {"peak_memory_bytes": "much"},
        {"rejected": "none"},
        {"image_size": True},
        {"versions": "new"},
        {"command": {"a": "b"}},
    ],
)
def test_settings_of_other_types(settings: dict[str, Any]) -> None:
    with pytest.raises(SamscopeError, match=r"^study\.json: .*expected .*; run the study again$"):
        check_settings(settings, Path("study.json"))
