"""Studies from strangers, drawn again by ``samscope report``; and builds, tracked by ``samscope record``."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from samscope.records.schema import TABLES
from samscope.records.store import open_study
from samscope.support.errors import SamscopeError
from tests.bad_input.crafted import safetensors_file
from tests.command import SHORT, message, samscope, save_videos
from tests.planted import FEW_POSITIONS, planted


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with made-up records."""
    small = planted(clips=2, sets=("clean", "obscuration"), positions=FEW_POSITIONS, maps=False)
    folder = small.write(tmp_path / "study")
    assert len(open_study(folder).clips) == 4
    return folder


def refused_report(folder: Path, *said: str) -> None:
    before = sorted(folder.parent.rglob("*"))
    outcome = samscope("report", folder)
    assert outcome.status == 1, outcome.err
    told = message(outcome)
    assert told.isprintable()
    for words in said:
        assert words in told
    assert sorted(folder.parent.rglob("*")) == before


def change(folder: Path, table: str, column: str, value: Any) -> None:
    file = folder / "records" / table / "part-00000.parquet"
    rows = pq.read_table(file).to_pylist()
    rows[0][column] = value
    pq.write_table(pa.Table.from_pylist(rows, schema=TABLES[table]), file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "damaged"),
        (b"[]", "expected an object"),
        (b"[" * 200_000, "damaged"),
        (b'{"samscope": "\xff"}', "damaged"),
        (b'{"model": {"<script>": 1}}', "model is dict; expected str"),
        (b'{"strides": "all"}', "strides is str; expected list"),
        (b'{"peak_memory_bytes": "9e9"}', "peak_memory_bytes is str"),
        (b'{"seconds": {"\\u001b[2J": []}}', r"seconds of '\x1b[2J'"),
    ],
    ids=["cut", "list", "deep", "latin", "object", "text", "number", "escapes"],
)
def test_settings_that_are_none(study: Path, content: bytes, said: str) -> None:
    (study / "study.json").write_bytes(content)
    refused_report(study, "study.json", said)


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("clips", "source_video", "=1+cmd", "is a formula to a spreadsheet"),
        ("clips", "set", "<img src=x onerror=alert(1)>", "set is '<img"),
        ("frames", "segment", "\x1b[2J", r"segment is '\x1b[2J'"),
        ("frames", "clip", 2**31 - 1, "which is no clip of the study"),
        ("features", "position", "../../x", "position is '../../x'"),
    ],
)
def test_records_that_no_study_has_written(
    study: Path, table: str, column: str, value: object, said: str
) -> None:
    change(study, table, column, value)
    refused_report(study, f"records/{table}", said)


@pytest.mark.parametrize("name", ["figures", "tables", "records", "study.json"])
def test_a_link_that_leads_out_of_a_study_is_neither_read_nor_written_through(
    tmp_path: Path, study: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    if (study / name).exists():
        (study / name).rename(outside)
    else:
        outside.mkdir()
    (study / name).symlink_to(outside)
    refused_report(study, f"{name}: a link out of")


def test_maps_that_are_none(study: Path) -> None:
    maps = study / "records" / "maps"
    maps.mkdir()
    file = maps / "clean-00000.safetensors"
    header = {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}
    lists, more = safetensors_file(b"[]"), safetensors_file({}, b"x")
    for content in (b"", bytes(100), safetensors_file(header), lists, more):
        file.write_bytes(content)
        with pytest.raises(SamscopeError, match=r"clean-00000\.safetensors is damaged"):
            open_study(study).maps("clean", 0)


def test_a_build_of_settings_that_are_none(tmp_path: Path) -> None:
    videos, built = save_videos(tmp_path / "videos"), tmp_path / "built"
    assert samscope("build", "--videos", videos, "--clips", "1", *SHORT, "--out", built).status == 0
    good = json.loads((built / "build.json").read_text())
    for changed, said in (
        ({}, "missing or damaged"),
        ({**good, "sets": 3}, "not a build's settings"),
        ({**good, "prefix": "many"}, "not a build's settings"),
        ({**good, "background": "\x1b[2J"}, ""),
        ({name: value for name, value in good.items() if name != "seed"}, "not a build's settings"),
        ({name: value for name, value in good.items() if name != "rejected"}, "lacks rejected"),
    ):
        (built / "build.json").write_text(json.dumps(changed))
        outcome = samscope("record", "--videos", built, "--out", tmp_path / "records")
        if said:
            assert outcome.status == 1, outcome.err
            assert "build.json" in message(outcome)
            assert said in message(outcome)
        assert "\x1b" not in outcome.err
