"""The main job, from videos and a model to records, and each stage alone."""

import csv
import hashlib
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors import safe_open

from samscope.clips import source as clip_source
from samscope.clips.clip import SETS, Clip, Material, SetName, Timeline
from samscope.clips.material import load_material
from samscope.clips.sets import make_clip
from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.observation.observe import ClipRecords, observe_clips
from samscope.records.schema import TABLES, TWIN_TABLES
from samscope.records.store import open_study
from samscope.records.twins import TWIN_SETS
from samscope.report.study_report import run_report
from samscope.studies import stages, study_recording
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record, run_study
from samscope.support.errors import SamscopeError
from samscope.support.progress import Advance, Silent
from samscope.support.result_folder import read_json
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.sam2.loading import Model
from tests.command import SHORT, samscope, save_model, save_videos
from tests.quick_decoding import quick_page
from tests.report.reading import read

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
    with quick_page():
        run_study(settings(out, model, videos), Silent())
    return out


def settings(out: Path, model: Path, videos: Path | None, count: int = 2) -> StudySettings:
    clips = ClipSettings(videos=videos, count=count, seed=5, timeline=TIMELINE)
    return StudySettings(out=out, clips=clips, model=str(model), threads=1)


def with_sets(asked: StudySettings, sets: tuple[SetName, ...]) -> StudySettings:
    return replace(asked, clips=replace(asked.clips, sets=sets))


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
    assert result.map_keys() == sorted((name, clip) for name in SETS for clip in range(2))


def test_clips_of_a_draw_share_their_source(study: Path) -> None:
    drawn = ["clip", "source_video", "start", "stride", "partner_video", "partner_start", "seed"]
    assert len(open_study(study).clips[drawn].drop_duplicates()) == 2


def test_study_json_has_what_is_needed_to_run_again(study: Path, model: Path, videos: Path) -> None:
    written = read_json(study / "study.json")
    asked = replace(settings(study, model, videos), image_size=64, batch=len(SETS), mode="fast")
    assert StudySettings.from_json(written) == asked
    assert written["collection"] == videos.name
    assert set(written["videos_used"]) <= {"first", "second", "third"}
    assert (written["videos_left_out"], written["model"]) == ([], str(model))
    assert len(written["weights_sha256"]) == 64
    of_page = ["decoders", "statistics", "figures", "page"]
    assert list(written["seconds"]) == ["videos", "model", "draws", "tracking", *of_page]
    assert written["peak_memory_bytes"] > 1e7
    assert pd.Timestamp(written["created"]).tzinfo is not None


def test_the_same_settings_give_the_same_bytes(study: Path, tmp_path: Path) -> None:
    again = replace(StudySettings.from_json(read_json(study / "study.json")), out=tmp_path / "again")
    run_record(again, Silent())
    assert record_files(again.out) == record_files(study)


def test_more_clips_begin_with_the_same_ones_and_are_dropped_before_the_next_but_one(
    study: Path, model: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[Clip]] = []
    alive: list[int] = []

    def observe(tracker: Model, clips: Sequence[Clip], **options: Any) -> list[ClipRecords]:
        seen.extend(weakref.ref(clip) for clip in clips if all(known() is not clip for known in seen))
        alive.append(sum(reference() is not None for reference in seen))
        return observe_clips(tracker, clips, **options)

    monkeypatch.setattr(study_recording, "observe_clips", observe)
    run_record(settings(tmp_path / "more", model, videos, count=4), Silent())
    assert len(alive) == 4 + 2, "the random twin tracks every second draw too"
    assert max(alive) <= 2 * len(SETS)
    more, fewer = record_files(tmp_path / "more"), record_files(study)
    assert fewer.items() <= more.items()
    assert len(more) == len(fewer) + 2 * len(TABLES) + len(TWIN_TABLES)


@pytest.mark.slow
def test_the_stages_one_by_one_give_the_same_study(
    study: Path, model: Path, videos: Path, tmp_path: Path
) -> None:
    built, out = tmp_path / "built", tmp_path / "records"
    making = ("--videos", videos, "--clips", "2", "--seed", "5", *SHORT)
    assert samscope("build", *making, "--image-format", "png", "--out", built).status == 0
    tracked = samscope("record", "--videos", built, "--model", model, "--out", out)
    assert (tracked.status, tracked.out) == (
        0,
        f"records are in {out}; draw them with: samscope report {out}\n",
    )
    assert record_files(out) == record_files(study)
    for name in ("seed", "sets", "prefix", "rejected", "collection", "videos_used"):
        assert read_json(out / "study.json")[name] == read_json(study / "study.json")[name]
    with quick_page():
        drawn = samscope("report", out)
    assert drawn.status == 0
    *findings, last = drawn.out.splitlines()
    assert last == f"open {out / 'report.html'}"
    told = pd.read_csv(out / "tables" / "findings.csv", keep_default_na=False)
    assert told["about"].iloc[0] == "Limits"
    assert findings == [f"{row['about']}: {row['text']}" for row in told.head(3).to_dict("records")]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert all(text in read(page).text for text in told["text"])
    assert (out / "report.html").is_file()
    tables = sorted(file.name for file in (study / "tables").iterdir())
    for name in tables:
        assert (out / "tables" / name).read_bytes() == (study / "tables" / name).read_bytes()
    assert tables == sorted(file.name for file in (out / "tables").iterdir())


@pytest.mark.slow
def test_only_the_sets_that_are_asked_for(model: Path, videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    with quick_page():
        made = samscope(
            "study", "--videos", videos, "--model", model, *SHORT, "--clips", "1",
            "--sets", "obscuration,clean", "--source", "second", "--object", "1", "--partner", "third",
            "--out", out,
        )  # fmt: skip
    assert (made.status, made.out.splitlines()[-1]) == (0, f"open {out / 'report.html'}")
    stages = ["videos", "model", "draws", "tracking (16)", "decoders (0)", "statistics (10)"]
    assert made.err.splitlines()[:6] == stages
    assert [line.partition(" ")[0] for line in made.err.splitlines()[6:]] == ["figures", "page"]
    clips = open_study(out).clips
    assert list(clips["set"]) == ["clean", "obscuration"]
    assert set(clips["source_video"]) == {"second"}
    assert set(clips["partner_video"]) == {"third"}


def test_whole_tensors_are_kept_where_asked(model: Path, videos: Path, tmp_path: Path) -> None:
    clips = ClipSettings(videos=videos, count=1, sets=("clean",), timeline=TIMELINE)
    out = tmp_path / "study"
    run_record(StudySettings(out, clips, model=str(model), keep=True), Silent())
    (file,) = (out / "tensors").rglob("*.safetensors")
    assert file.parent.name == "clean"
    with safe_open(file, "np") as tensors:
        kept = set(tensors.keys())
    everything = {f"{frame:03d}/{name}" for frame in range(TIMELINE.length) for name in POSITION_NAMES}
    assert everything - kept == {"000/memory_conditioned"}


def test_made_up_videos_serve_where_none_are_given(model: Path, tmp_path: Path) -> None:
    clips = ClipSettings(count=1, sets=("clean",), timeline=Timeline(2, 1, 1))
    out = run_record(StudySettings(tmp_path / "study", clips, model=str(model)), Silent())
    assert read_json(out / "study.json")["videos"] is None
    assert len(open_study(out).frames) == 4


def draw_of(file: str) -> int:
    """Return the number of the draw that a file of records belongs to."""
    return int(file.partition(".")[0][-5:])


@pytest.mark.slow
def test_one_bad_frame_costs_only_the_clips_that_are_made_of_it(model: Path, tmp_path: Path) -> None:
    """Same seed, same draws: what is intact has the records that it has beside intact videos."""
    videos = save_videos(tmp_path / "videos")
    sets: tuple[SetName, ...] = ("clean", "interjection", "overlay")
    asked = with_sets(settings(tmp_path / "intact", model, videos, count=3), sets)
    intact = run_record(asked, Silent())
    source = open_source(asked.clips, open_videos(asked.clips))
    frame = videos / "JPEGImages" / "480p" / "second" / "00011.jpg"
    hit = {draw.clip for draw in source.draws if frame in source.inputs(draw).get("second", [])}
    assert 0 < len(hit) < 3
    frame.write_bytes(frame.read_bytes()[:-200])
    out = tmp_path / "study"
    with quick_page():
        outcome = samscope(
            "study", "--videos", videos, "--model", model, "--clips", "3", "--seed", "5", *SHORT,
            "--sets", ",".join(sets), "--threads", "1", "-v", "--out", out,
        )  # fmt: skip
    assert outcome.status == 1
    lost = len(hit) * len(sets)
    told = f"samscope: {lost} of {3 * len(sets)} clips failed and are left out; the reasons are in {out}"
    assert outcome.err.splitlines()[-1] == f"{told}/failures.csv"
    assert outcome.err.count("00011.jpg: the file breaks off") == lost
    assert outcome.out.splitlines()[-1] == f"open {out / 'report.html'}"
    written, kept = record_files(out), record_files(intact)
    assert written == {name: content for name, content in kept.items() if draw_of(name) not in hit}
    stated = read_json(out / "study.json")
    assert (stated["clips_failed"], stated["clips_recorded"]) == (lost, 3 * len(sets) - lost)
    with (out / "failures.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{key: str(value) for key, value in failure.items()} for failure in stated["failures"]]
    assert {int(row["draw"]) for row in rows} == hit
    assert {(row["stage"], row["kind"]) for row in rows} == {("making", "input")}
    assert all("00011.jpg" in row["reason"] and row["clip"].endswith(row["video"]) for row in rows)


@pytest.mark.slow
def test_a_clip_that_cannot_be_made_or_tracked_is_left_out_alone(
    model: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(name: SetName, *given: Any) -> Clip:
        if name == "overlay":
            raise SamscopeError("no place for the object")
        return make_clip(name, *given)

    def observe(tracker: Model, clips: Sequence[Clip], **options: Any) -> list[ClipRecords]:
        if any(clip.set == "context_removal" and clip.draw.clip == 1 for clip in clips):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return observe_clips(tracker, clips, **options)

    # One at a time: in a batch the last bits depend on the others.
    asked = replace(settings(tmp_path / "study", model, videos), batch=1)
    asked = with_sets(asked, ("clean", "context_removal", "obscuration", "overlay"))
    study = run_record(replace(asked, out=tmp_path / "whole"), Silent())
    monkeypatch.setattr(clip_source, "make_clip", make)
    monkeypatch.setattr(study_recording, "observe_clips", observe)
    out = run_record(asked, Silent())
    failures = read_json(out / "study.json")["failures"]
    assert [(one["draw"], one["set"], one["stage"], one["kind"]) for one in failures] == [
        (0, "overlay", "making", "input"),
        (1, "overlay", "making", "input"),
        (1, "context_removal", "tracking", "memory"),
    ]
    assert failures[0]["reason"] == "no place for the object"
    assert "--device cpu: its memory is full; take a smaller --model" in failures[2]["reason"]
    left = open_study(out)
    for name in ("clips", "frames", "features"):
        whole: pd.DataFrame = getattr(open_study(study), name)
        lost = (whole["set"] == "overlay") | ((whole["set"] == "context_removal") & (whole["clip"] == 1))
        pd.testing.assert_frame_equal(getattr(left, name), whole[~lost].reset_index(drop=True))
    with quick_page():
        assert run_report(out, Silent()).is_file()


def test_fail_fast_stops_at_the_first_failure(
    model: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def make(name: SetName, material: Material, *given: Any) -> Clip:
        made.append(material.draw.clip)
        if material.draw.clip == 1:
            raise SamscopeError("no place for the object")
        return make_clip(name, material, *given)

    monkeypatch.setattr(clip_source, "make_clip", make)
    asked = replace(settings(tmp_path / "study", model, videos, count=3), fail_fast=True)
    with pytest.raises(
        SamscopeError, match=r"clean 00001-.*, making: no place for the object \(stopped at the"
    ):
        run_record(asked, Silent())
    assert made == [0] * len(SETS) + [1]
    assert [path.name for path in tmp_path.iterdir()] == ["study.partial"]


def test_clips_lost_to_memory_are_tried_again_on_resume(
    study: Path, model: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe(tracker: Model, clips: Sequence[Clip], **options: Any) -> list[ClipRecords]:
        if any(clip.draw.clip == 0 and clip.set == "clean" for clip in clips):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return observe_clips(tracker, clips, **options)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(study_recording, "observe_clips", observe)
        patch.setattr(stages, "write_manifest", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_record(settings(tmp_path / "study", model, videos), Silent())
    out = run_record(replace(settings(tmp_path / "study", model, videos), resume=True), Silent())
    assert read_json(out / "study.json")["failures"] == []
    assert record_files(out) == record_files(study)


def test_clips_whose_files_could_not_be_read_are_tried_again_on_resume(
    study: Path, model: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise OSError("the disk is gone")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    asked = settings(tmp_path / "study", model, videos)
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", unreachable)
        patch.setattr(clip_source, "load_material", unreachable)
        patch.setattr(stages, "write_manifest", interrupt)
        with pytest.raises(SamscopeError, match="none of 12 clips could be recorded"):
            run_record(asked, Silent())
        patch.setattr(clip_source, "load_material", load_material)
        with pytest.raises(KeyboardInterrupt):
            run_record(asked, Silent())
    with monkeypatch.context() as patch:
        patch.setattr(stages, "write_manifest", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_record(replace(asked, resume=True), Silent())
        patch.setattr(hashlib, "file_digest", unreachable)
        with pytest.raises(SamscopeError, match=r"--resume: video .* has a file that cannot be read, unlike"):
            run_record(replace(asked, resume=True), Silent())
    out = run_record(replace(asked, resume=True), Silent())
    assert record_files(out) == record_files(study)


def test_progress_hears_of_every_frame(model: Path, videos: Path, tmp_path: Path) -> None:
    heard: dict[str, tuple[int | None, list[str]]] = {}

    class Listener:
        def stage(self, title: str, total: int | None = None) -> AbstractContextManager[Advance]:
            heard[title] = total, []

            @contextmanager
            def stage() -> Iterator[Advance]:
                yield heard[title][1].append

            return stage()

    run_record(settings(tmp_path / "study", model, videos, count=1), Listener())
    assert list(heard) == ["videos", "model", "draws", "tracking"]
    total, frames = heard["tracking"]
    assert total == len(frames) == (len(SETS) + len(TWIN_SETS)) * TIMELINE.length
    assert {frame.split()[0] for frame in frames} == set(SETS)
