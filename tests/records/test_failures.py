import csv
import json
from pathlib import Path

import pytest

from samscope.records.failures import Failure, kind_of, reason_of, write_failures
from samscope.support.errors import SamscopeError

FAILURE = Failure(3, "overlay", "00003-goat", "goat", "making", "input", "a, \"b\" and 'c'")


def test_a_failure_survives_json() -> None:
    assert Failure.from_json(json.loads(json.dumps(FAILURE.to_json()))) == FAILURE
    with pytest.raises(KeyError):
        Failure.from_json({"draw": 3})


def test_the_table_reads_back_whatever_a_reason_holds(tmp_path: Path) -> None:
    strange = Failure(4, "clean", "00004-a\nb", "a\nb", "tracking", "unexpected", "<b>; =1+1")
    write_failures(tmp_path / "failures.csv", [FAILURE, strange])
    with (tmp_path / "failures.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, failure in zip(rows, [FAILURE, strange], strict=True):
        assert row == {key: str(value) for key, value in failure.to_json().items()}


def test_reasons_are_one_line() -> None:
    error = SamscopeError("a file\n  is damaged")
    assert (kind_of(error, memory=False), reason_of(error, "input")) == ("input", "a file is damaged")
    assert kind_of(ValueError(), memory=True) == "memory"
    assert kind_of(ValueError(), memory=False) == "unexpected"
    assert reason_of(ValueError("x"), "unexpected") == "ValueError: x"
    assert reason_of(MemoryError(), "memory") == "MemoryError"
    assert str(FAILURE) == "overlay 00003-goat, making: a, \"b\" and 'c'"
