from dataclasses import dataclass

import pytest

from samscope.report import room
from samscope.report.downloads import Download
from samscope.report.room import LARGEST, MARKUP, characters, room_left


@dataclass(frozen=True)
class Shown:
    title: str
    files: tuple[Download, ...]
    size: int


def test_every_text_is_counted_wherever_it_is() -> None:
    file = Download("a.csv", "x" * 1000, "1 kB")
    assert characters(file) == 5 + 1000 + 4
    assert characters({"shown": [Shown("four", (file, file), 7)], "none": None, "number": 12}) == 4 + 2 * 1009


def test_what_is_carried_leaves_less_room(monkeypatch: pytest.MonkeyPatch) -> None:
    assert room_left({}) == LARGEST - MARKUP
    assert room_left({"figure": "x" * 1_000_000}) == LARGEST - MARKUP - 1_000_000
    monkeypatch.setattr(room, "LARGEST", MARKUP + 10)
    assert room_left({"figure": "x" * 1_000_000}) == 0
