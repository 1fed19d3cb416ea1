"""A dry run: what it counts, estimates and refuses, and that it writes nothing."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samscope.cli.dry_runs import _duration, _size
from samscope.clips.clip import SETS, Timeline
from samscope.clips.settings import ClipSettings
from samscope.records.twins import TWIN_SETS, has_twin
from samscope.studies import dry_run
from samscope.studies.settings import StudySettings
from samscope.studies.stages import prepare, run_record
from samscope.studies.timing import _fitted
from samscope.support.progress import Silent
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.shared_work import SharedWork, shared_work
from tests.command import SHORT, message, samscope, save_videos

FRAMES = 8


def settings(material: Path, out: Path, **more: object) -> StudySettings:
    clips = ClipSettings(videos=material / "videos", count=3, timeline=Timeline(3, 2, 3))
    values = {"out": out, "clips": clips, "model": str(material / "model"), "keep": True, "maps": 1, **more}
    return StudySettings(**values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def recorded(material: Path) -> Path:
    return run_record(settings(material, material / "study", threads=1), Silent())


def everything(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))


def of_folder(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_counts_and_room_are_those_of_the_study(material: Path, recorded: Path, tmp_path: Path) -> None:
    asked = settings(material, tmp_path / "study", threads=1)
    before = everything(tmp_path), everything(material)
    tried = dry_run.run_dry(asked, Silent())
    assert (everything(tmp_path), everything(material)) == before
    assert (tried.draws, tried.clips) == (3, 3 * len(SETS))
    assert tried.frames == (3 * len(SETS) + 2 * len(TWIN_SETS)) * FRAMES
    assert (tried.done, tried.failures, tried.unreadable) == (0, (), {})
    assert tried.seconds > 0
    # Pictures are kept as JPEG: the first frames of one clip do not tell exactly what those of all take.
    assert tried.map_bytes == pytest.approx(of_folder(recorded / "records" / "maps"), rel=0.3)
    assert tried.tensor_bytes == pytest.approx(of_folder(recorded / "tensors"), rel=0.05)
    tables = of_folder(recorded / "records") - of_folder(recorded / "records" / "maps")
    assert tried.record_bytes == pytest.approx(tables, rel=0.1)
    ready = prepare(asked, Silent())
    steps, encodings = 0, 0
    for _, made in ready.source:
        clips = list(made)
        of_twin = [clip for clip in clips if has_twin(clip.set, clip.draw.clip, ready.source.settings.sets)]
        for tracked in (clips, of_twin):
            prompted = [PromptedClip(clip.frames, clip.masks[0]) for clip in tracked]
            together = list(track_together(ready.model, prompted))
            work = shared_work(ready.model, prompted)
            assert sum(work.steps) == len(together)
            assert sum(work.encodings) == len({one.frame for one in together})
            steps, encodings = steps + len(together), encodings + len({one.frame for one in together})
    assert (tried.steps, tried.encodings) == (steps, encodings)
    assert encodings <= steps < tried.frames


def test_times_are_told_apart_by_what_takes_them() -> None:
    work = SharedWork((1, 2, 2, 3, 3, 3, 3, 3, 3, 3), (1, 2, 1, 2, 3, 1, 2, 3, 1, 2))
    encoding, first, more = 0.3, 0.5, 0.1
    read = np.minimum(np.arange(1, 10), 7)
    seconds = np.array(work.encodings[1:]) * encoding + np.array(work.steps[1:]) * (first + more * (read - 1))
    assert _fitted(seconds, work, encoding) == pytest.approx((first, more, encoding))
    assert _fitted(2 * seconds, work, 2 * encoding) == pytest.approx((2 * first, 2 * more, 2 * encoding))
    falling = np.linspace(2, 1, 9)
    fitted = _fitted(falling, work, encoding)
    assert fitted[1] == 0
    assert all(value >= 0 for value in fitted)


@pytest.mark.slow
def test_the_command_tells_and_writes_nothing(material: Path, tmp_path: Path) -> None:
    where = ("--videos", material / "videos", "--model", material / "model", "--out", tmp_path / "a" / "b")
    outcome = samscope("study", *where, *SHORT, "--clips", "2", "--dry-run")
    assert outcome.status == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0] == "clips: 12 of 2 draws"
    assert lines[1].startswith("frames: 120, of which ")
    assert re.match(
        r"time: about \d+ seconds on this machine \(cpu\), by \d+ timed frames; figures", lines[2]
    )
    assert re.match(
        r"disk: about [\d.]+ [kM]B \([\d.]+ kB of tables, [\d.]+ [kM]B of position maps\), with", lines[3]
    )
    assert lines[-1] == "nothing was written; the same command without --dry-run does it"
    assert list(tmp_path.iterdir()) == []
    outcome = samscope("record", *where, *SHORT, "--clips", "2", "--shard", "1/2", "--maps", "0", "--dry-run")
    assert outcome.out.startswith("clips: 6 of 1 draws in shard 1/2\n")
    assert "figures" not in outcome.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_refuses_and_foresees_what_the_study_would(material: Path, tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    for name in ("first", "second", "third"):
        frame = videos / "JPEGImages" / "480p" / name / "00011.jpg"
        frame.write_bytes(frame.read_bytes()[:-200])
    where = ("--videos", videos, "--model", material / "model", *SHORT, "--clips", "3")
    before = everything(tmp_path)
    out = tmp_path / "study"
    tried = samscope("record", *where, "--out", out, "--dry-run")
    assert everything(tmp_path) == before
    done = samscope("record", *where, "--out", out)
    assert tried.status == done.status == 1
    failed, clips = re.findall(r"(\d+) of (\d+) clips", message(done))[0]
    assert f"{failed} of {clips} clips would fail; the first, " in message(tried)
    assert 0 < int(failed) < int(clips)
    for arguments, said in (
        (("--out", out), "--out"),
        (("--out", videos / "study", "--model", "nowhere.pt"), "no such file"),
        (("--out", videos, "--overwrite"), "would replace"),
        (("--out", tmp_path / "new", "--seed", "-1"), "seed"),
        (("--out", tmp_path / "new", "--device", "toaster"), "toaster"),
    ):
        before = everything(tmp_path)
        tried = samscope("record", *where, *arguments, "--dry-run")
        assert everything(tmp_path) == before
        done = samscope("record", *where, *arguments)
        assert message(tried) == message(done)
        assert tried.status == done.status != 0
        assert said in message(tried)


@pytest.mark.slow
def test_counts_what_is_missing_of_an_unfinished_study(
    material: Path, recorded: Path, tmp_path: Path
) -> None:
    shutil.copytree(recorded, tmp_path / "study")
    going_on = settings(material, tmp_path / "study", threads=1, resume=True)
    done = dry_run.run_dry(going_on, Silent())
    assert (done.draws, done.done) == (0, 3)
    unfinished = (tmp_path / "study").rename(tmp_path / "study.partial")
    (unfinished / "study.json").unlink()
    (unfinished / "parts" / "part-00001.json").unlink()
    before = everything(tmp_path)
    tried = dry_run.run_dry(going_on, Silent())
    assert everything(tmp_path) == before
    assert (tried.draws, tried.done) == (1, 2)
    assert tried.map_bytes == 0


@pytest.mark.slow
def test_too_little_room_is_told(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10_000})())
    where = ("--videos", material / "videos", "--model", material / "model", "--out", tmp_path / "study")
    outcome = samscope("study", *where, *SHORT, "--clips", "1", "--dry-run")
    assert outcome.status == 1
    assert re.search(r"--out .*: would take about .* and 10 kB are free; free some space", message(outcome))


@pytest.mark.slow
def test_an_object_too_small_for_the_model_is_foreseen(material: Path, tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    for mask in (videos / "Annotations" / "480p").rglob("*.png"):
        labels = np.asarray(Image.open(mask)).copy()
        rows, columns = np.nonzero(labels)
        labels[:] = 0
        labels[rows[0], columns[0]] = 1
        Image.fromarray(labels).save(mask)
    where = ("--videos", videos, "--model", material / "model", *SHORT, "--min-area", "0", "--clips", "3")
    tried = samscope(
        "record", *where, "--sets", "clean", "--maps", "0", "--out", tmp_path / "out", "--dry-run"
    )
    done = samscope("record", *where, "--sets", "clean", "--maps", "0", "--out", tmp_path / "out")
    assert tried.status == done.status
    assert ("clips would fail" in tried.err) == ("clips failed" in done.err or "none of" in done.err)


def test_sizes_and_times_in_words() -> None:
    assert [_size(count) for count in (12, 1234, 56_700, 999_900, 3.21e9)] == [
        "12 bytes",
        "1.2 kB",
        "57 kB",
        "1.0 MB",
        "3.2 GB",
    ]
    assert [_duration(seconds) for seconds in (0.2, 59, 150, 3 * 3600, 5 * 86_400)] == [
        "1 seconds",
        "59 seconds",
        "2.5 minutes",
        "3.0 hours",
        "5.0 days",
    ]
