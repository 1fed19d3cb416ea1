from pathlib import Path
from unittest.mock import patch

import pytest

from samscope.report import page_processes
from samscope.report.page_processes import begin_processes, clips_recorded, enough_processes
from samscope.support.result_folder import STUDY_FILE, write_json
from samscope.support.side_by_side import usual_processes


def test_few_clips_are_drawn_by_this_process_alone() -> None:
    assert enough_processes(6) == 1
    assert enough_processes(144) == usual_processes()


def test_the_others_import_the_page() -> None:
    with patch.object(page_processes, "doing") as doing:
        begin_processes(144)
    doing.assert_called_once_with(usual_processes(), "samscope.report.page")


def test_a_study_says_how_many_clips_it_has(tmp_path: Path) -> None:
    write_json(tmp_path / STUDY_FILE, {"clips_recorded": 144})
    assert clips_recorded(tmp_path) == 144


@pytest.mark.parametrize("content", [None, b"{", b"[]", b"{}", b'{"clips_recorded": "many"}', b"\xff"])
def test_what_says_nothing_of_clips_has_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / STUDY_FILE).write_bytes(content)
    assert clips_recorded(tmp_path) == 0
