import copy
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from samscope.clips.clip import SetName
from samscope.observation.observe import ClipRecords, observe
from samscope.records.schema import LATER, TABLES
from samscope.records.store import RecordWriter, open_study
from samscope.support.errors import SamscopeError, UsageError
from tests.observation.fakes import FAKE_POSITIONS, fake_clip, fake_track


@cache
def _observed(number: int, set_name: SetName = "clean", *, maps: bool = False) -> ClipRecords:
    clip = fake_clip(set_name, number=number, absent=[5] if set_name == "interjection" else [])
    return observe(fake_track(clip, number), clip, positions=FAKE_POSITIONS, maps=maps)


def _records(number: int, set_name: SetName = "clean", *, maps: bool = False) -> ClipRecords:
    """Return records that may be changed."""
    return copy.deepcopy(_observed(number, set_name, maps=maps))


def _study(folder: Path) -> Path:
    """Write a study of two draws with two sets."""
    (folder / "study.json").write_text(json.dumps({"samscope": "0.1", "seed": 3}))
    writer = RecordWriter(folder)
    writer.write(1, [_observed(1), _observed(1, "interjection")])
    writer.write(0, [_observed(0, maps=True), _observed(0, "interjection", maps=True)])
    return folder


def _parts(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _same(stored: Any, value: Any) -> bool:
    if value is None:
        return stored is None or (isinstance(stored, float) and math.isnan(stored))
    if isinstance(value, float):
        return bool(np.float32(value) == stored)
    if isinstance(value, list):
        return len(value) == len(stored) and all(map(_same, stored, value))
    return bool(stored == value)


def test_files_of_a_study(tmp_path: Path) -> None:
    folder = _study(tmp_path)
    tables = [f"records/{table}/part-{number:05d}.parquet" for table in TABLES for number in (0, 1)]
    maps = ["records/maps/clean-00000.safetensors", "records/maps/interjection-00000.safetensors"]
    assert _parts(folder) == sorted([*tables, *maps, "study.json"])
    for name, schema in TABLES.items():
        part = folder / "records" / name / "part-00001.parquet"
        assert pq.read_schema(part).equals(schema)
        assert pq.ParquetFile(part).metadata.row_group(0).column(0).compression == "ZSTD"


def test_reads_back_as_it_was_written(tmp_path: Path) -> None:
    study = open_study(_study(tmp_path), prompted_pointer=True)
    assert study.path == tmp_path
    assert study.settings == {"samscope": "0.1", "seed": 3}
    written = [_records(0), _records(0, "interjection"), _records(1), _records(1, "interjection")]
    for name in TABLES:
        frame: pd.DataFrame = getattr(study, name)
        rows = [row for one in written for row in getattr(one, name)]
        assert list(frame.columns) == TABLES[name].names
        assert frame.index.tolist() == list(range(len(rows)))
        for stored, row in zip(frame.to_dict("records"), rows, strict=True):
            assert all(_same(stored[key], value) for key, value in row.items())


def test_kinds_of_the_columns(tmp_path: Path) -> None:
    study = open_study(_study(tmp_path))
    assert study.frames["present"].dtype == bool
    assert study.frames["clip"].dtype == study.features["references"].dtype == np.int32
    assert study.features["short"].dtype == np.float32
    assert study.features["age"].dtype == np.float64
    assert study.features["age"].isna().sum() > 0
    assert np.stack(study.frames["object_pointer"].to_list()).shape == (40, 8)
    absent = study.frames[~study.frames["present"]]
    assert set(absent["frame"]) == {5}
    assert all(box is None for box in absent["true_box"])


def test_undefined_and_infinite_values_are_null(tmp_path: Path) -> None:
    records = _records(0)
    records.features[20] |= {"short": math.nan, "long": math.inf, "long_variance": 1e60, "ratio": -math.inf}
    records.frames[3]["obscured"] = math.nan
    RecordWriter(tmp_path).write(0, [records])
    features = pq.read_table(tmp_path / "records" / "features" / "part-00000.parquet").to_pylist()
    assert [features[20][name] for name in ("short", "long", "long_variance", "ratio")] == [None] * 4
    frames = pq.read_table(tmp_path / "records" / "frames" / "part-00000.parquet").to_pylist()
    assert frames[3]["obscured"] is None


def test_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _observed.cache_clear()
        (tmp_path / name).mkdir()
        _study(tmp_path / name)
    for part in _parts(tmp_path / "one"):
        assert (tmp_path / "one" / part).read_bytes() == (tmp_path / "two" / part).read_bytes()


def test_maps(tmp_path: Path) -> None:
    study = open_study(_study(tmp_path))
    assert study.map_keys() == [("clean", 0), ("interjection", 0)]
    maps, written = study.maps("clean", 0), _records(0, maps=True).maps
    assert written is not None
    assert maps.keys() == written.keys() | {"frame/mean", "frame/variance"}
    for key, values in written.items():
        assert maps[key].dtype == values.dtype
        if key == "frames":  # as JPEG keeps them
            assert np.abs(maps[key].astype(int) - values).mean() < 4
        else:
            assert np.array_equal(maps[key], values, equal_nan=values.dtype == np.float16)
    with pytest.raises(UsageError, match=r"no maps of clip 1 of clean; it has: clean 0, interjection 0"):
        study.maps("clean", 1)
    assert np.array_equal(study.maps("clean", 0, frames=[1])["masks"], maps["masks"][[1]])
    with pytest.raises(
        UsageError, match=r"clip 0 of the set clean has no frame 99; its frames are 0 to \d+$"
    ):
        study.maps("clean", 0, frames=[99])
    path = tmp_path / "records" / "maps" / "clean-00000.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SamscopeError, match=r"clean-00000\.safetensors is damaged or truncated"):
        study.maps("clean", 0)


def test_a_study_without_maps_has_no_keys(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{}")
    RecordWriter(tmp_path).write(0, [_records(0)])
    assert open_study(tmp_path).map_keys() == []


def test_refuses_rows_of_other_columns(tmp_path: Path) -> None:
    records = _records(0)
    records.frames[0]["jf"] = 1.0
    del records.frames[0]["j"]
    with pytest.raises(ValueError, match="a row of frames has not exactly the table's columns: j, jf"):
        RecordWriter(tmp_path).write(0, [records])
    assert _parts(tmp_path) == []


def test_a_draw_counts_only_when_all_of_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part of ``clips`` comes last, and a file that cannot be finished leaves nothing under its name."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "frames").write_text("in the way")
    with pytest.raises(SamscopeError, match=r"cannot write .*frames/part-00000\.parquet"):
        RecordWriter(tmp_path).write(0, [_records(0)])
    assert _parts(tmp_path) == ["records/features/part-00000.parquet", "records/frames"]


@pytest.mark.parametrize("content", [b"", b"PAR1", None])
def test_truncated_table(tmp_path: Path, content: bytes | None) -> None:
    part = _study(tmp_path) / "records" / "features" / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-50] if content is None else content)
    with pytest.raises(
        SamscopeError, match=r"features/part-00001\.parquet: .*damaged or truncated"
    ) as raised:
        open_study(tmp_path)
    assert "\n" not in str(raised.value)


def test_damage_in_the_middle_of_a_table(tmp_path: Path) -> None:
    part = _study(tmp_path) / "records" / "features" / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[40 : len(data) // 2] = bytes(len(data) // 2 - 40)
    part.write_bytes(data)
    with pytest.raises(SamscopeError, match=r"features/part-00000\.parquet: .*damaged or truncated"):
        open_study(tmp_path)


def test_missing_part(tmp_path: Path) -> None:
    (_study(tmp_path) / "records" / "frames" / "part-00001.parquet").unlink()
    with pytest.raises(SamscopeError, match=r"frames/part-00001\.parquet is missing: the study was not"):
        open_study(tmp_path)


def test_table_of_another_version(tmp_path: Path) -> None:
    part = _study(tmp_path) / "records" / "clips" / "part-00000.parquet"
    pq.write_table(pq.read_table(part).drop_columns("seed"), part)
    with pytest.raises(SamscopeError, match=r"clips/part-00000\.parquet: not a table of this version"):
        open_study(tmp_path)


def test_columns_that_an_older_version_did_not_record_are_null(tmp_path: Path) -> None:
    whole = open_study(_study(tmp_path))
    later = list(LATER["features"])
    for part in (tmp_path / "records" / "features").iterdir():
        pq.write_table(pq.read_table(part).drop_columns(later), part)
    features = open_study(tmp_path).features
    assert features[later].isna().all(axis=None)
    recorded = [name for name in TABLES["features"].names if name not in later]
    pd.testing.assert_frame_equal(features[recorded], whole.features[recorded])
    assert list(features.columns) == TABLES["features"].names
    part = tmp_path / "records" / "features" / "part-00000.parquet"
    pq.write_table(pq.read_table(part).drop_columns("short"), part)
    with pytest.raises(SamscopeError, match=r"features/part-00000\.parquet: not a table of this version"):
        open_study(tmp_path)


def test_no_such_folder_and_no_study(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="nowhere: no such folder; name one that `samscope study --out` has made"
    ):
        open_study(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"is no study: it has no study\.json"):
        open_study(tmp_path)
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(SamscopeError, match="has no records"):
        open_study(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_damaged_settings(tmp_path: Path, content: str) -> None:
    (_study(tmp_path) / "study.json").write_text(content)
    with pytest.raises(SamscopeError, match=r"study\.json is damaged"):
        open_study(tmp_path)


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    folder = _study(tmp_path)
    assert len(open_study(str(folder)).clips) == len(open_study(folder).clips) == 4
