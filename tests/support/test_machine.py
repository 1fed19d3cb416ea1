import os
from pathlib import Path

import pytest

from samscope.support import machine
from samscope.support.machine import machine_memory


@pytest.mark.parametrize(
    ("limit", "expected"), [("4096", 4096), ("max", 8000), ("99999", 8000), (None, 8000)]
)
def test_memory_is_the_machines_or_its_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, expected: int
) -> None:
    file = tmp_path / "memory.max"
    if limit is not None:
        file.write_text(f"{limit}\n")
    monkeypatch.setattr(machine, "_CONTAINER_LIMIT", file)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 8, "SC_PHYS_PAGES": 1000}.__getitem__)
    assert machine_memory() == expected
