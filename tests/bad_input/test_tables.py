"""Parquet tables from strangers, as a build and a study hold them."""

import os
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from samscope.clips import tables
from samscope.clips.facts import CLIPS
from samscope.clips.tables import read_table
from samscope.support.errors import SamscopeError

SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("count", pa.int32()),
        ("names", pa.list_(pa.string())),
        ("box", pa.list_(pa.float32(), 4)),
        ("flag", pa.bool_()),
    ]
)
ROWS: list[dict[str, Any]] = [
    {"name": "goat", "count": 3, "names": ["dog", "dog"], "box": [1, 2, 3, 4], "flag": True},
    {"name": None, "count": None, "names": [], "box": None, "flag": None},
    {"name": "", "count": -1, "names": None, "box": [0, 0, 0, 0], "flag": False},
]


def save(path: Path, table: pa.Table, **options: Any) -> Path:
    pq.write_table(table, path, **options)
    return path


def test_a_good_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(ROWS * 20_000, schema=SCHEMA)
    read = read_table(save(tmp_path / "a.parquet", table, row_group_size=7_000), SCHEMA, "again")
    assert read.equals(table)
    assert read.schema.equals(SCHEMA)
    empty = save(tmp_path / "b.parquet", SCHEMA.empty_table())
    assert read_table(empty, SCHEMA, "again").num_rows == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: b"", "damaged or truncated"),
        (lambda data: b"PAR1", "damaged or truncated"),
        (lambda data: data[: len(data) // 2], "damaged or truncated"),
        (lambda data: data[:-1], "damaged or truncated"),
        (lambda data: data[:-8] + b"\xff\xff\xff\x7f" + data[-4:], "damaged or truncated"),
        (lambda data: data[:200] + bytes(200) + data[400:], "damaged or truncated"),
        (lambda data: b"name,count\ngoat,3\n", "damaged or truncated"),
    ],
    ids=["empty", "start", "half", "end", "footer-length", "hole", "csv"],
)
def test_a_damaged_table(tmp_path: Path, damage: Any, said: str) -> None:
    file = save(tmp_path / "a.parquet", pa.Table.from_pylist(ROWS * 100, schema=SCHEMA))
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(SamscopeError, match=said) as refused:
        read_table(file, SCHEMA, "make it again")
    assert str(refused.value).startswith(f"{file}: ")
    assert str(refused.value).endswith("; make it again")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA.remove(0),
        SCHEMA.append(pa.field("more", pa.int8())),
        SCHEMA.set(1, pa.field("count", pa.string())),
        SCHEMA.set(1, pa.field("count", pa.int64())),
    ],
    ids=["lacking", "more", "other-type", "wider"],
)
def test_a_table_of_other_columns(tmp_path: Path, schema: pa.Schema) -> None:
    with pytest.raises(SamscopeError, match="not a table of this version of samscope; make it again"):
        read_table(save(tmp_path / "a.parquet", schema.empty_table()), SCHEMA, "make it again")


@pytest.mark.parametrize("nested", [False, True])
def test_a_text_that_is_no_utf_8(tmp_path: Path, *, nested: bool) -> None:
    text = pa.array([b"go\xbbat"]).view(pa.string())
    column = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), text) if nested else text
    file = save(tmp_path / "a.parquet", pa.table({"name": column}))
    with pytest.raises(SamscopeError, match=r"damaged or truncated .*(UTF8|UTF-8)"):
        read_table(file, pq.read_schema(file), "make it again")


@pytest.mark.parametrize("nested", [False, True])
def test_a_text_that_is_repeated_until_memory_is_full(tmp_path: Path, *, nested: bool) -> None:
    """Gigabytes in a file of some kilobytes: one long text, in every row."""
    long = pa.array(["x" * 200_000])
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), long)
    column = pa.ListArray.from_arrays(pa.array(range(10_001), pa.int32()), texts) if nested else texts
    file = save(tmp_path / "a.parquet", pa.table({"name": column}), compression="zstd", store_schema=False)
    assert file.stat().st_size < 100_000
    with pytest.raises(SamscopeError, match="bytes in memory; a table of at most 1,073,741,824 is read"):
        read_table(file, pq.read_schema(file), "make it again")


def test_rows_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_BYTES", 2**20)
    schema = pa.schema([("count", pa.int32())])
    rows = pa.table({"count": pa.nulls(1_000_000, pa.int32())})
    file = save(tmp_path / "a.parquet", rows, compression="zstd")
    assert file.stat().st_size < 10_000
    with pytest.raises(
        SamscopeError, match="4,000,000 bytes in memory; a table of at most 1,048,576 is read"
    ):
        read_table(file, schema, "make it again")


class Evil:
    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.trace,)


def test_code_in_the_metadata_of_a_table_is_not_run(tmp_path: Path) -> None:
    code = pickle.dumps(Evil(str(tmp_path / "it-ran")))
    extension = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": code}
    schema = pa.schema([pa.field("count", pa.int32(), metadata=extension)])
    file = save(tmp_path / "a.parquet", pa.table({"count": [1]}, schema=schema))
    assert read_table(file, pa.schema([("count", pa.int32())]), "again").to_pydict() == {"count": [1]}
    assert not (tmp_path / "it-ran").exists()


def test_a_pipe_in_the_place_of_a_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clips.parquet")
    with pytest.raises(SamscopeError, match=r"clips\.parquet: a pipe; expected a regular file"):
        read_table(tmp_path / "clips.parquet", CLIPS, "make the clips again")
