"""The log: quiet by default, reasons with -v, and lines for machines with --log-json."""

import io
import json
import logging
from contextlib import redirect_stderr
from datetime import datetime
from pathlib import Path

import pytest

from samscope.cli.logs import log_on_standard_error
from samscope.support.lock import locked
from tests.command import SHORT, samscope, save_model, save_videos

logger = logging.getLogger("samscope.tests")


def logged(verbosity: int, *, as_json: bool = False) -> list[str]:
    """Return what a log writes of a line of each level."""
    err = io.StringIO()
    with redirect_stderr(err), log_on_standard_error(verbosity, as_json=as_json):
        logger.debug("all of it")
        logger.info("draw %d", 3, extra={"draw": 3, "path": Path("x")})
        try:
            raise ValueError("a\nbug")
        except ValueError:
            logger.warning("failed", exc_info=as_json)
    return err.getvalue().splitlines()


def test_levels() -> None:
    assert logged(0) == ["samscope: failed"]
    assert logged(1) == ["samscope: draw 3", "samscope: failed"]
    assert logged(2) == ["samscope: all of it", *logged(1)]
    assert logged(9) == logged(2)


def test_lines_for_machines() -> None:
    about, failed = (json.loads(line) for line in logged(0, as_json=True))
    assert datetime.fromisoformat(about.pop("time")).tzinfo is not None
    assert about == {
        "level": "info", "logger": "samscope.tests", "message": "draw 3", "draw": 3, "path": "x"
    }  # fmt: skip
    assert failed["traceback"].endswith("ValueError: a\nbug")


def test_the_log_is_gone_afterwards() -> None:
    before = list(logging.getLogger("samscope").handlers), logging.getLogger("samscope").level
    logged(2)
    assert before == (logging.getLogger("samscope").handlers, logging.getLogger("samscope").level)


@pytest.fixture
def track(tmp_path: Path) -> list[str | Path]:
    videos, model = save_videos(tmp_path / "videos"), save_model(tmp_path / "model")
    return [
        "record", "--videos", videos, "--model", model, *SHORT, "--clips", "1", "--sets", "clean",
        "--out", tmp_path / "study",
    ]  # fmt: skip


def test_quiet_by_default_and_reasons_on_request(track: list[str | Path]) -> None:
    stages = ["videos", "model", "draws", "tracking (8)"]
    assert samscope(*track).err.splitlines() == stages
    told = samscope(*track, "-v", "--overwrite").err.splitlines()
    assert told == [*stages, "samscope: draw 0: 1 clips recorded, 0 failed"]


def test_every_line_is_json_where_machines_read(track: list[str | Path], tmp_path: Path) -> None:
    lines = [json.loads(line) for line in samscope(*track, "--log-json").err.splitlines()]
    begun = [line["stage"] for line in lines if "total" in line]
    assert begun == ["videos", "model", "draws", "tracking"]
    assert [line["draw"] for line in lines if "draw" in line] == [0]
    again = samscope(*track, "--log-json")
    (refused,) = [json.loads(line) for line in again.err.splitlines()]
    assert (again.status, refused["status"], refused["level"]) == (2, 2, "error")
    assert f"--out {tmp_path / 'study'}: exists" in refused["message"]


def test_the_second_of_two_studies_is_refused(track: list[str | Path], tmp_path: Path) -> None:
    with locked(tmp_path / ".study.lock", "--out study"):
        refused = samscope(*track)
    assert refused.status == 2
    assert "is writing there; wait until it has ended, or name another folder" in refused.err
    assert not (tmp_path / "study").exists()
    assert samscope(*track).status == 0
