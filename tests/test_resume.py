"""A study that is killed, or fills the disk, at any moment goes on and ends with the same records."""

import functools
import itertools
import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from samscope.clips.clip import SetName, Timeline
from samscope.clips.settings import ClipSettings
from samscope.records.store import open_study
from samscope.report.page import FIGURES
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support import disk
from samscope.support.disk import sync
from samscope.support.progress import Progress, Silent
from samscope.support.result_folder import PARTS, STUDY_FILE, read_json
from tests.command import SHORT, message, samscope, save_model, save_videos
from tests.preloaded import preloaded
from tests.quick_decoding import run_quick_study
from tests.small_disk import grow, small_disk

DRAWS = 6
SETS: tuple[SetName, ...] = ("clean", "interjection", "overlay")


def settings(
    material: Path, out: Path, sets: tuple[SetName, ...] = SETS, draws: int = DRAWS
) -> StudySettings:
    clips = ClipSettings(
        videos=material / "videos", count=draws, seed=5, sets=sets, timeline=Timeline(3, 2, 3)
    )
    return StudySettings(out, clips, model=str(material / "model"), threads=1, keep=True)


@pytest.fixture(scope="module")
def unbroken(material: Path) -> dict[str, bytes]:
    return records(run_record(settings(material, material / "unbroken"), Silent()))


def records(study: Path) -> dict[str, bytes]:
    """Return every file of the records and of the kept tensors by its name."""
    return {
        str(file.relative_to(study)): file.read_bytes()
        for folder in ("records", "tensors")
        for file in (study / folder).rglob("*")
        if file.is_file()
    }


def part_times(folder: Path, sets: Sequence[SetName] = SETS) -> dict[str, int]:
    """Return when each part that is finished was."""
    return {
        file.name: file.stat().st_mtime_ns
        for file in (folder / PARTS).glob("part-*.json")
        if json.loads(file.read_text())["clips"] == len(sets)
    }


def start(study: StudySettings, job: Callable[..., Path] = run_record) -> BaseProcess:
    """Run a study in a process that begins with everything imported, so that kills do not only meet that."""
    process = preloaded().Process(target=job, args=(study, Silent()))
    process.start()
    return process


def killed_after(process: BaseProcess, folder: Path, parts: int, seconds: float) -> bool:
    """Kill a process some time after it has finished some parts; tell whether it was still running then."""
    goal = len(part_times(folder)) + parts
    while process.exitcode is None and len(part_times(folder)) < goal:
        process.join(0.01)
    process.join(seconds)
    killed = process.exitcode is None
    process.kill()
    process.join()
    assert killed or process.exitcode == 0
    return killed


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_records(
    material: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    study = replace(settings(material, tmp_path / "study"), resume=True)
    partial = tmp_path / "study.partial"
    seconds_of_a_draw = read_json(material / "unbroken" / "study.json")["work"]["seconds"] / DRAWS
    rng = np.random.default_rng(6)
    finished: dict[str, int] = {}
    kills = 0
    while killed_after(start(study), partial, int(rng.integers(2)), rng.uniform(0, 1.5) * seconds_of_a_draw):
        kills += 1
        now = part_times(partial if partial.is_dir() else study.out)
        assert finished.items() <= now.items(), "finished work was done again, or lost"
        finished = now
    assert kills >= 3
    assert records(study.out) == unbroken
    assert finished.items() <= part_times(study.out).items()
    clips = open_study(study.out).clips
    assert len(clips) == len(clips[["set", "clip"]].drop_duplicates()) == DRAWS * len(SETS)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]
    assert not list(study.out.rglob("*.unfinished"))


def run_until_drawn(files: int, study: StudySettings, progress: Progress) -> Path:
    """Run a study, and kill this process when it has drawn so many files and is about to name another."""
    written = itertools.count()

    def killing(path: Path) -> None:
        if path.suffix == ".unfinished" and path.parent.name == FIGURES and next(written) == files:
            os.kill(os.getpid(), signal.SIGKILL)
        sync(path)

    with patch.object(disk, "sync", killing):
        return run_quick_study(study, progress)


@pytest.mark.slow
def test_killed_while_its_page_is_drawn_it_is_drawn_whole(material: Path, tmp_path: Path) -> None:
    sets: tuple[SetName, ...] = ("clean", "context_removal")  # of which there are few statistics
    study = settings(material, tmp_path / "study", sets, draws=2)
    partial = run_record(study, Silent()).rename(tmp_path / "study.partial")
    (partial / STUDY_FILE).unlink()
    unbroken, tracked = records(partial), part_times(partial, sets)
    assert len(tracked) == 2
    study = replace(study, resume=True)
    for files in (0, 2, 5):
        process = start(study, functools.partial(run_until_drawn, files))
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert len([*partial.glob("figures/.*.unfinished")]) == 1
        assert not study.out.exists()
        assert part_times(partial, sets) == tracked
    page = run_quick_study(study, Silent())
    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert records(study.out) == unbroken
    assert part_times(study.out, sets) == tracked
    assert not list(study.out.rglob("*.unfinished"))
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_after_a_full_disk_it_goes_on(material: Path, unbroken: dict[str, bytes], tmp_path: Path) -> None:
    size = sum(map(len, unbroken.values()))
    with small_disk(tmp_path / "disk", size * 2 // 3) as disk:
        out = disk / "study"
        arguments = (
            "record", "--videos", material / "videos", "--model", material / "model", "--clips", str(DRAWS),
            "--seed", "5", "--sets", ",".join(SETS), *SHORT, "--threads", "1", "--keep", "--out", out,
        )  # fmt: skip
        full = samscope(*arguments)
        assert full.status == 1
        assert message(full).startswith(f"--out {out}: the disk is full; free some space, or name a folder")
        assert f"go on with: samscope record --videos {material / 'videos'} --model" in message(full)
        assert message(full).endswith(f"--out {out} --resume")
        done = part_times(disk / "study.partial")
        assert 0 < len(done) < DRAWS
        assert not out.exists()
        refused = samscope(*arguments)
        assert (refused.status, "go on with --resume" in message(refused)) == (2, True)
        grow(disk, size * 4)
        resumed = samscope(*arguments, "--resume")
        assert resumed.status == 0, resumed.err
        assert records(out) == unbroken
        assert done.items() <= part_times(out).items()


def test_resume_refuses_other_settings_videos_and_weights(material: Path, tmp_path: Path) -> None:
    videos, model = save_videos(tmp_path / "videos"), save_model(tmp_path / "model")
    out = tmp_path / "study"
    clips = ClipSettings(videos=videos, count=2, sets=("clean",), timeline=Timeline(3, 2, 3))
    study = StudySettings(out, clips, model=str(model), threads=1)
    run_record(study, Silent())
    out.rename(tmp_path / "study.partial")

    def go_on(*more: str) -> str:
        outcome = samscope(
            "record", "--videos", videos, "--model", model, "--clips", "2", "--sets", "clean", *SHORT,
            "--threads", "1", "--out", out, "--resume", *more,
        )  # fmt: skip
        assert outcome.status in {1, 2}
        assert not out.exists()
        return message(outcome)

    assert "seed was 0 and is 3" in go_on("--seed", "3")
    assert "mode was fast and is exact" in go_on("--mode", "exact")
    assert "memory was not set and is sam2:stride=2" in go_on("--memory", "sam2:stride=2")
    used = open_study(tmp_path / "study.partial").clips.iloc[0]
    name = f"{used['start'] + 7 * used['stride']:05d}.jpg"
    frame = videos / "JPEGImages" / "480p" / str(used["source_video"]) / name
    content = frame.read_bytes()
    frame.write_bytes(frame.with_name("00000.jpg").read_bytes())
    assert f"video {used['source_video']} has other content than when draw 0 was made of it" in go_on()
    frame.write_bytes(content)
    weights = load_file(model / "model.safetensors")
    name = min(weights)
    save_file({**weights, name: weights[name] + 1}, model / "model.safetensors", {"format": "pt"})
    assert "the model's weights differ (SHA-256 was " in go_on()
    save_file(weights, model / "model.safetensors", {"format": "pt"})
    resumed = run_record(replace(study, resume=True), Silent())
    assert read_json(resumed / "study.json")["clips_recorded"] == 2


def test_a_study_whose_answers_come_late_goes_on_to_the_same_records(material: Path, tmp_path: Path) -> None:
    clips = ClipSettings(
        videos=material / "videos", count=2, sets=("clean", "interjection"), timeline=Timeline(3, 2, 3)
    )
    study = StudySettings(
        tmp_path / "study",
        clips,
        model=str(material / "model"),
        memory="sam2long:uncertainty=1000",
        threads=1,
    )
    whole = records(run_record(study, Silent()))
    partial = tmp_path / "study.partial"
    (tmp_path / "study").rename(partial)
    (partial / PARTS / "part-00001.json").unlink()
    resumed = run_record(replace(study, resume=True), Silent())
    assert read_json(resumed / "study.json")["memory_rule"] == "sam2long:uncertainty=1000.0"
    assert records(resumed) == whole


def test_a_finished_study_is_left_as_it_is(material: Path, tmp_path: Path) -> None:
    clips = ClipSettings(videos=material / "videos", count=1, sets=("clean",), timeline=Timeline(3, 2, 3))
    study = StudySettings(tmp_path / "study", clips, model=str(material / "model"), resume=True)
    before = {file: file.stat().st_mtime_ns for file in run_record(study, Silent()).rglob("*")}
    assert {file: file.stat().st_mtime_ns for file in run_record(study, Silent()).rglob("*")} == before
