"""The main job, from videos and a model to records, and each stage alone."""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from safetensors import safe_open

from samscope import recording
from samscope.clips.clip import SETS, Clip, Timeline
from samscope.models.loading import Model
from samscope.models.positions import POSITION_NAMES
from samscope.observation.observe import ClipRecords, observe_clips
from samscope.output import read_json
from samscope.progress import Advance, Silent
from samscope.records.store import open_study
from samscope.settings import ClipSettings, StudySettings
from samscope.study import run_study, run_track
from tests.command import SHORT, samscope, save_model, save_videos

TIMELINE = Timeline(3, 2, 3)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_videos(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, model: Path, videos: Path) -> Path:
    out = tmp_path_factory.mktemp("results") / "study"
    run_study(settings(out, model, videos), Silent())
    return out


def settings(out: Path, model: Path, videos: Path | None, count: int = 2) -> StudySettings:
    clips = ClipSettings(videos=videos, count=count, seed=5, timeline=TIMELINE)
    return StudySettings(out=out, clips=clips, model=str(model), threads=1)


def record_files(folder: Path) -> dict[str, bytes]:
    records = folder / "records"
    return {
        str(file.relative_to(records)): file.read_bytes() for file in records.rglob("*") if file.is_file()
    }


def test_every_clip_and_frame_is_recorded(study: Path) -> None:
    result = open_study(study)
    assert sorted(zip(result.clips["set"], result.clips["clip"], strict=True)) == sorted(
        (name, clip) for name in SETS for clip in range(2)
    )
    assert len(result.frames) == len(SETS) * 2 * TIMELINE.length
    assert set(result.features["set"]) == {*SETS, "clean_gap"}
    absent = result.frames.query("set == 'interjection' and not present")["frame"]
    assert set(absent) == set(TIMELINE.middle_frames)
    assert result.map_keys() == sorted((name, 0) for name in SETS)


def test_clips_of_a_draw_share_their_source(study: Path) -> None:
    drawn = ["clip", "source_video", "start", "stride", "partner_video", "partner_start", "seed"]
    assert len(open_study(study).clips[drawn].drop_duplicates()) == 2


def test_study_json_has_what_is_needed_to_run_again(study: Path, model: Path, videos: Path) -> None:
    written = read_json(study / "study.json")
    assert StudySettings.from_json(written) == replace(settings(study, model, videos), image_size=64)
    assert written["collection"] == videos.name
    assert set(written["videos_used"]) <= {"first", "second", "third"}
    assert (written["videos_left_out"], written["model"]) == ([], str(model))
    assert len(written["weights_sha256"]) == 64
    assert list(written["seconds"]) == ["videos", "model", "draws", "tracking", "report"]
    assert written["peak_memory_bytes"] > 1e7
    assert pd.Timestamp(written["created"]).tzinfo is not None


def test_the_same_settings_give_the_same_bytes(study: Path, tmp_path: Path) -> None:
    again = replace(StudySettings.from_json(read_json(study / "study.json")), out=tmp_path / "again")
    run_track(again, Silent())
    assert record_files(again.out) == record_files(study)


def test_more_clips_begin_with_the_same_ones(study: Path, model: Path, videos: Path, tmp_path: Path) -> None:
    run_track(settings(tmp_path / "more", model, videos, count=3), Silent())
    more, fewer = record_files(tmp_path / "more"), record_files(study)
    assert fewer.items() <= more.items()
    assert len(more) == len(fewer) + 3


def test_the_stages_one_by_one_give_the_same_study(
    study: Path, model: Path, videos: Path, tmp_path: Path
) -> None:
    built, out = tmp_path / "built", tmp_path / "records"
    making = ("--videos", videos, "--clips", "2", "--seed", "5", *SHORT)
    assert samscope("build", *making, "--image-format", "png", "--out", built).status == 0
    tracked = samscope("track", "--videos", built, "--model", model, "--out", out)
    assert (tracked.status, tracked.out) == (
        0,
        f"records are in {out}; draw them with: samscope report {out}\n",
    )
    assert record_files(out) == record_files(study)
    for name in ("seed", "sets", "prefix", "rejected", "collection", "videos_used"):
        assert read_json(out / "study.json")[name] == read_json(study / "study.json")[name]
    drawn = samscope("report", out)
    assert (drawn.status, drawn.out) == (0, f"open {out / 'report.html'}\n")
    assert (out / "report.html").is_file()
    tables = sorted(file.name for file in (study / "tables").iterdir())
    for name in tables:
        assert (out / "tables" / name).read_bytes() == (study / "tables" / name).read_bytes()
    assert tables == sorted(file.name for file in (out / "tables").iterdir())


def test_only_the_sets_that_are_asked_for(model: Path, videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    made = samscope(
        "study", "--videos", videos, "--model", model, *SHORT, "--clips", "1", "--sets", "obscuration,clean",
        "--source", "second", "--object", "1", "--partner", "third", "--out", out,
    )  # fmt: skip
    assert (made.status, made.out) == (0, f"open {out / 'report.html'}\n")
    assert made.err.splitlines() == ["videos", "model", "draws", "tracking (16)", "report"]
    clips = open_study(out).clips
    assert list(clips["set"]) == ["clean", "obscuration"]
    assert set(clips["source_video"]) == {"second"}
    assert set(clips["partner_video"]) == {"third"}


def test_whole_tensors_are_kept_where_asked(model: Path, videos: Path, tmp_path: Path) -> None:
    clips = ClipSettings(videos=videos, count=1, sets=("clean",), timeline=TIMELINE)
    out = tmp_path / "study"
    run_track(StudySettings(out, clips, model=str(model), keep=True), Silent())
    (file,) = (out / "tensors").rglob("*.safetensors")
    assert file.parent.name == "clean"
    with safe_open(file, "np") as tensors:
        kept = set(tensors.keys())
    everything = {f"{frame:03d}/{name}" for frame in range(TIMELINE.length) for name in POSITION_NAMES}
    assert everything - kept == {"000/memory_conditioned"}


def test_made_up_videos_serve_where_none_are_given(model: Path, tmp_path: Path) -> None:
    clips = ClipSettings(count=1, sets=("clean",), timeline=Timeline(2, 1, 1))
    out = run_track(StudySettings(tmp_path / "study", clips, model=str(model)), Silent())
    assert read_json(out / "study.json")["videos"] is None
    assert len(open_study(out).frames) == 4


def test_the_clips_of_a_draw_are_dropped_before_the_next_but_one(
    model: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[Clip]] = []
    alive: list[int] = []

    def observe(tracker: Model, clips: Sequence[Clip], **options: Any) -> list[ClipRecords]:
        seen.extend(weakref.ref(clip) for clip in clips)
        alive.append(sum(reference() is not None for reference in seen))
        return observe_clips(tracker, clips, **options)

    monkeypatch.setattr(recording, "observe_clips", observe)
    run_track(settings(tmp_path / "study", model, videos, count=4), Silent())
    assert len(alive) == 4
    assert max(alive) <= 2 * len(SETS)


def test_progress_hears_of_every_frame(model: Path, videos: Path, tmp_path: Path) -> None:
    heard: dict[str, tuple[int | None, list[str]]] = {}

    class Listener:
        def stage(self, title: str, total: int | None = None) -> AbstractContextManager[Advance]:
            heard[title] = total, []

            @contextmanager
            def stage() -> Iterator[Advance]:
                yield heard[title][1].append

            return stage()

    run_track(settings(tmp_path / "study", model, videos, count=1), Listener())
    assert list(heard) == ["videos", "model", "draws", "tracking"]
    total, frames = heard["tracking"]
    assert total == len(frames) == len(SETS) * TIMELINE.length
    assert {frame.split()[0] for frame in frames} == set(SETS)
