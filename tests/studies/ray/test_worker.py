"""A worker makes the parts that this process would make, and refuses to make others."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from samscope.clips.clip import Timeline
from samscope.clips.settings import ClipSettings
from samscope.records.parts import Parts
from samscope.studies.engine import engine_of
from samscope.studies.identity import job_digest, versions
from samscope.studies.ray.packed import unpack
from samscope.studies.ray.worker import Task, Worker
from samscope.studies.rule_recording import RuleRecorder
from samscope.studies.settings import StudySettings
from samscope.studies.stages import Ready, prepare, run_build
from samscope.studies.study_recording import Recorder
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from samscope.trackers.rules.naming import memory_rule
from tests.command import save_model, save_videos


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    save_videos(folder / "videos")
    save_model(folder / "model")
    clips = ClipSettings(folder / "videos", count=3, sets=("clean",), timeline=Timeline(3, 2, 3))
    run_build(clips, folder / "built", Silent())
    return folder


def ready(material: Path, videos: str) -> Ready:
    clips = ClipSettings(material / videos, count=3, sets=("clean",), timeline=Timeline(3, 2, 3))
    model = str(material / "model")
    return prepare(StudySettings(material / "out", clips, model=model, threads=1, maps=2), Silent())


@pytest.mark.parametrize("videos", ["videos", "built"])
def test_its_parts_are_the_ones_made_here(material: Path, tmp_path: Path, videos: str) -> None:
    study = ready(material, videos)
    here = Recorder(
        study.settings, study.model, study.source, Parts(tmp_path / "here", job_digest(study.job))
    )
    there = Parts(tmp_path / "there", job_digest(study.job))
    worker = Worker()
    worker.prepare(study.settings, versions(), study.model.digest(), there.job)
    for number, group in enumerate(here.groups()):
        (own,) = here.record(group, lambda _: None)
        source = study.source.only(group)
        assert [draw.clip for draw in source.draws] == [number]
        (packed,) = worker.record(Task(group, source, maps=int(number < 2)))
        assert replace(unpack(there, packed), made={}) == replace(own, made={})
    for file in (tmp_path / "here" / "records").rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "there" / file.relative_to(tmp_path / "here")).read_bytes()
    assert list(there.finished()) == [0, 1, 2]


def test_parts_of_memory_rules_are_the_ones_made_here(material: Path, tmp_path: Path) -> None:
    study = ready(material, "videos")
    rules = {name: memory_rule(name) for name in ("sam2", "sam2:stride=2", "oracle")}
    parts = Parts(tmp_path / "here", "job")
    here = RuleRecorder(study.settings, study.model, study.source, parts, rules=rules)
    worker = Worker()
    maker = pickle.loads(pickle.dumps(here.maker))  # noqa: S301 - as it travels to a worker
    worker.prepare(study.settings, versions(), study.model.digest(), parts.job, maker=maker)
    there = Parts(tmp_path / "there", parts.job)
    for group in here.groups():
        own = here.record(group, lambda _: None)
        packed = worker.record(Task(group, study.source.only(group), maps=0))
        made = [unpack(there, one) for one in packed]
        assert [replace(part, made={}) for part in made] == [replace(part, made={}) for part in own]
    files = [file.relative_to(parts.folder) for file in (parts.folder / "records").rglob("*.parquet")]
    assert {file.parts[1] for file in files} == {"clips", "rule_frames"}
    assert all((parts.folder / file).read_bytes() == (there.folder / file).read_bytes() for file in files)


def test_another_model_or_version_is_refused(material: Path) -> None:
    study = ready(material, "videos")
    with pytest.raises(SamscopeError, match="other weights than on the driver"):
        Worker().prepare(study.settings, versions(), "0" * 64, "job")
    with pytest.raises(SamscopeError, match="and the driver samscope 9, torch"):
        Worker().prepare(study.settings, {**versions(), "samscope": "9"}, study.model.digest(), "job")
    with pytest.raises(RuntimeError, match="before it was prepared"):
        Worker().record(Task([], study.source, 0))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"keep": True}, "--keep: whole tensors are too much to travel"),
        ({"device": "cuda:1", "batch": 4}, "--device cuda:1: under Ray each worker has a GPU of its own"),
        ({"device": "cuda"}, "--engine ray: the driver does not see the workers' GPUs"),
        ({"engine": "local", "address": "auto"}, "--address is the one of a Ray cluster: add --engine ray"),
    ],
)
def test_what_ray_cannot_do_is_said_at_once(changed: dict[str, object], said: str, tmp_path: Path) -> None:
    settings = StudySettings(tmp_path / "out", engine="ray")
    with pytest.raises(UsageError, match=said):
        engine_of(replace(settings, **changed))  # type: ignore[arg-type]
