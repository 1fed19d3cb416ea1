"""The command line: its help, its answers and its exit statuses."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from samscope import __version__
from samscope.studies import stages
from samscope.support.errors import SamscopeError
from tests.command import SHORT, message, samscope, save_model, save_videos
from tests.ready_python import started_ready

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("study", "build", "record", "report", "figure", "download", "evaluate", "fit-rule")


def test_version() -> None:
    outcome = samscope("--version")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"samscope {__version__}\n", "")


def test_help_lists_the_commands() -> None:
    outcome = samscope("--help")
    assert outcome.status == 0
    assert all(re.search(rf"│ {command} ", outcome.out) for command in COMMANDS)
    assert "│ study " in samscope().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_by_examples(command: str) -> None:
    outcome = samscope(command, "--help")
    assert outcome.status == 0
    assert "Examples" in outcome.out
    assert f"samscope {command} " in outcome.out.split("Examples")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["study"], "Missing option '--out'"),
        (["study", "--out", "x", "--clip", "4"], "No such option: --clip"),
        (["study", "--out", "x", "--clips", "many"], "'--clips'"),
        (["study", "--out", "x", "--background", "pink"], "black"),
        (["study", "--out", "x", "--sets", "clean,dirty"], "--sets names 'dirty'; the sets are clean"),
        (["study", "--out", "x", "--strides", "fast"], "--strides is 'fast'"),
        (["study", "--out", "x", "--prefix", "1"], "--prefix is 1"),
        (["stuudy"], "stuudy"),
        (["report"], "Missing argument"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = samscope(*arguments)
    assert outcome.status == 2
    assert said in message(outcome)
    assert list(tmp_path.iterdir()) == []


def test_failure_is_status_1_and_debugging_shows_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SamscopeError("a file is\ndamaged")

    monkeypatch.setattr(stages, "run_study", fail)
    outcome = samscope("study", "--out", tmp_path / "study")
    assert (outcome.status, outcome.err) == (1, "samscope: a file is damaged\n")
    monkeypatch.setenv("SAMSCOPE_DEBUG", "1")
    with pytest.raises(SamscopeError):
        samscope("study", "--out", tmp_path / "study")


def test_a_bug_of_ours_keeps_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stages, "run_study", fail)
    with pytest.raises(ZeroDivisionError):
        samscope("study", "--out", tmp_path / "study")


def test_built_clips_take_no_options_that_would_make_others(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    built = tmp_path / "built"
    assert samscope("build", "--videos", videos, "--clips", "1", *SHORT, "--out", built).status == 0
    outcome = samscope("record", "--videos", built, "--seed", "3", "--out", tmp_path / "records")
    assert outcome.status == 2
    assert message(outcome).startswith("--seed: the clips in ")
    outcome = samscope("build", "--videos", built, "--out", tmp_path / "again")
    assert outcome.status == 2
    assert "its clips are made already" in message(outcome)
    assert not (tmp_path / "again").exists()


def test_each_takes_every_object_of_a_folder_once(tmp_path: Path) -> None:
    videos, built = save_videos(tmp_path / "videos"), tmp_path / "built"
    build: list[str | Path] = ["build", "--videos", videos, "--sets", "clean", *SHORT, "--out", built]
    outcome = samscope(*build, "--each", "--clips", "2")
    assert outcome.status == 2
    assert message(outcome).startswith("--clips and --each: every object is taken once")
    assert samscope(*build, "--each").status == 0
    clips = sorted(path.name[6:] for path in (built / "clean" / "JPEGImages").glob("*/*"))
    assert clips == sorted(path.name for path in (videos / "JPEGImages" / "480p").iterdir())
    assert json.loads((built / "build.json").read_text())["each"] is True


def test_each_needs_videos(tmp_path: Path) -> None:
    outcome = samscope("build", "--each", "--out", tmp_path / "built")
    assert outcome.status == 2
    assert message(outcome) == "--each takes every object of the videos of a folder: add --videos"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_ctrl_c_stops_soon_keeps_what_is_done_and_says_how_to_go_on(
    tmp_path: Path, sent: signal.Signals
) -> None:
    videos, model = save_videos(tmp_path / "videos"), save_model(tmp_path / "model")
    out = tmp_path / "results" / "a study"
    track = ["record", "--videos", videos, "--model", model, *SHORT, "--clips", "500", "--out", out]
    with started_ready(["-m", "samscope", *map(str, track)], tmp_path, (ROOT / "src",)) as running:
        deadline = time.monotonic() + 120
        while not list(out.parent.glob("a study.partial/parts/part-*")):
            assert not running.has_ended(), running.wait().text
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(running.pid, sent)
        begin = time.monotonic()
        done = running.wait()
    assert time.monotonic() - begin < 2
    assert done.status == 130
    assert "Traceback" not in done.text
    last = done.text.splitlines()[-1]
    told = re.fullmatch(
        rf"samscope: stopped; an unfinished study lies in {out}\.partial, with (\d+) of 500 draws done; "
        rf"go on with: samscope (.*)",
        last,
    )
    assert told is not None, last
    assert shlex.split(told[2]) == [*map(str, track), "--resume"]
    parts = list(out.parent.glob("a study.partial/parts/part-*"))
    assert 0 < len(parts) == int(told[1]) < 500
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "results", "videos"]
    assert [path.name for path in out.parent.iterdir()] == ["a study.partial"]


@pytest.mark.slow
def test_ctrl_c_before_the_first_record_leaves_nothing(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    out = tmp_path / "results" / "study"
    command = [sys.executable, "-m", "samscope", "record", "--videos", str(videos), "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while not out.parent.exists():
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert err.splitlines()[-1] == "samscope: stopped; nothing half-written is left"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["videos"]


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    """Help and refusals come at once: what is heavy is imported when it is used."""
    heavy = {"torch", "transformers", "sklearn", "matplotlib"}
    program = f"import sys, samscope.cli.main; print(sorted({heavy} & set(sys.modules)))"
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert started.stdout.strip() == "[]"
