"""Every reader of files from strangers takes any bytes: it reads them, or refuses them in one line."""

import base64
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samscope.support.errors import SamscopeError
from tests.fuzzing.readers import READERS, Reader

FOUND = Path(__file__).parent / "found"
"""Files that once made a reader fail otherwise: ``<reader>-<what it did>``."""

MOST_TRACED = 256 * 2**20

SLOW = {"configuration": 12, "checkpoint": 25, "clips": 40, "frames": 40}
EXAMPLES = 60


@st.composite
def mutations(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Draw a file that is a good one but for some changes, or that is anything."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        where = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 64))
        kind = draw(st.sampled_from(["flip", "set", "insert", "delete", "repeat", "cut", "zero"]))
        if kind == "flip" and where < len(data):
            data[where] ^= 1 << draw(st.integers(0, 7))
        elif kind == "set":
            new = draw(
                st.sampled_from([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0", b"\x01"])
            )
            data[where : where + len(new)] = new
        elif kind == "insert":
            data[where:where] = draw(st.binary(max_size=64))
        elif kind == "delete":
            del data[where : where + length]
        elif kind == "repeat":
            data[where:where] = data[where : where + length] * draw(st.integers(1, 50))
        elif kind == "cut":
            del data[where:]
        else:
            data[where : where + length] = bytes(length)
    return bytes(data)


def refused_or_read(reader: Reader, path: Path, data: bytes) -> None:
    """Let a reader read bytes; what it raises must be the one kind of error, in one line."""
    path.write_bytes(data)
    told = "nothing"
    try:
        reader.read(path)
    except SamscopeError as error:
        told = str(error)
    assert len(told.splitlines()) == 1, told


@pytest.mark.parametrize("name", READERS)
def test_the_files_to_begin_from(name: str, tmp_path: Path) -> None:
    """At least one of them is good, or the others would tell nothing."""
    reader = READERS[name]
    path = reader.place(tmp_path)
    good = 0
    for seed in reader.seeds():
        path.write_bytes(seed)
        try:
            reader.read(path)
            good += 1
        except SamscopeError:
            pass
    assert good >= 1


@pytest.mark.parametrize("name", READERS)
def test_any_bytes(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    reader = READERS[name]
    path = reader.place(tmp_path_factory.mktemp(name))
    seeds = reader.seeds()

    @settings(
        max_examples=SLOW.get(name, EXAMPLES),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(mutations(seeds), mutations(seeds), mutations(seeds), st.binary(max_size=200)))
    def check(data: bytes) -> None:
        refused_or_read(reader, path, data)

    tracemalloc.start()
    try:
        check()
        assert tracemalloc.get_traced_memory()[1] < MOST_TRACED
    finally:
        tracemalloc.stop()


def found_cases() -> list[tuple[str, str]]:
    """Return reader and name of every case on record; the files are kept as base64 in one JSON a reader."""
    return [
        (file.stem, case)
        for file in sorted(FOUND.glob("*.json"))
        for case in json.loads(file.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("name", "case"), found_cases())
def test_files_that_were_found_by_fuzzing(name: str, case: str, tmp_path: Path) -> None:
    cases = json.loads((FOUND / f"{name}.json").read_text(encoding="utf-8"))
    refused_or_read(READERS[name], READERS[name].place(tmp_path), base64.b64decode(cases[case]))
