import os
import signal
import time
from pathlib import Path

import pytest

from samscope.exports.result import open_result
from tests.command import message, samscope
from tests.exports.films import save_frames
from tests.ready_python import started_ready
from tests.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_frames(tmp_path_factory.mktemp("films") / "square", 4)


def test_a_film_is_tracked_and_exported(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "masks"
    told = ("--point", "20,30", "--negative", "70,50", "--object", "4", "--every", "2", "--export", "davis")
    outcome = samscope("track", video, *told, "--out", out)
    assert outcome.status == 0, outcome
    assert f"masks of 2 frames are in {out}" in outcome.out
    result = open_result(out)
    assert result.facts.prompts["objects"][0]["prompts"] == [
        {"frame": 0, "points": [[20.0, 30.0], [70.0, 50.0]], "labels": [1, 0]}
    ]
    assert result.facts.objects == {4: "4"}
    assert (tmp_path / "masks-davis").is_dir()
    again = samscope("export", out, "--to", "cvat")
    assert again.status == 0
    assert again.out.strip().endswith("masks-cvat.xml")


def test_formats_are_listed() -> None:
    outcome = samscope("export")
    assert outcome.status == 0
    for name in ("davis", "film", "coco", "youtube-vis", "vot", "cvat", "rerun", "fiftyone"):
        assert name in outcome.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--point", "20"), "'20' is no click; expected X,Y in pixels, such as 190,160"),
        ((), "which object? tell it by --box X0 Y0 X1 Y1"),
        (("--box", "1", "2", "3"), "--box"),
    ],
)
def test_a_prompt_that_is_none(
    arguments: tuple[str, ...], expected: str, video: Path, tmp_path: Path
) -> None:
    outcome = samscope("track", video, *arguments, "--out", tmp_path / "masks")
    assert outcome.status == 2
    assert expected in message(outcome)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_result(tmp_path: Path) -> None:
    outcome = samscope("export", tmp_path, "--to", "coco")
    assert outcome.status == 2
    assert "no tracked film: it has no track.json; name a folder that `samscope track --out`" in message(
        outcome
    )


def test_an_older_result_is_replaced_when_told(video: Path, tmp_path: Path) -> None:
    arguments = ("track", video, "--box", "10", "20", "34", "40", "--end", "1", "--out", tmp_path / "masks")
    assert samscope(*arguments).status == 0
    refused = samscope(*arguments)
    assert refused.status == 2
    assert "exists; name another folder, or replace it with --overwrite" in message(refused)
    assert samscope(*arguments, "--overwrite").status == 0


def test_a_disk_that_is_really_full(video: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 12 * 1024) as disk:
        out = disk / "masks"
        outcome = samscope("track", video, "--box", "10", "20", "34", "40", "--out", out)
        assert outcome.status == 1
        assert f"--out {out}: the disk is full" in message(outcome)
        assert list(disk.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_tracked(tmp_path: Path) -> None:
    film, out = save_frames(tmp_path / "long", 400), tmp_path / "masks"
    box = ("--box", "10", "20", "34", "40")
    command = ["-m", "samscope", "track", str(film), *box, "--out", str(out)]
    with started_ready(command, tmp_path, (ROOT / "src",)) as running:
        while not list(tmp_path.glob(".masks.partial-*/masks/00003.png")):
            assert not running.has_ended()
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGINT)
        done = running.wait()
    assert done.status == 130
    assert "stopped; " in " ".join(done.text.split())
    assert 4 <= len(open_result(out)) < 400
