"""Draws that no worker survives are given up, are tried again on resume, and cost others nothing."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from samscope.clips.clip import Timeline
from samscope.clips.settings import ClipSettings
from samscope.studies import stages
from samscope.studies.ray.worker import Task, Worker
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.errors import SamscopeError
from samscope.support.progress import Silent
from samscope.support.result_folder import read_json

on_ray = pytest.importorskip("samscope.studies.ray.on_ray", reason="samscope[ray] is not installed")
ray = pytest.importorskip("ray")


@dataclass
class ClusterInThisProcess:
    """What the driver needs of Ray, with real workers that work when they are asked for what they made.

    Attributes:
        deadly: numbers of the draws over which a worker is lost.
    """

    deadly: frozenset[int]
    exceptions: Any = ray.exceptions
    __version__: str = "in this process"
    waiting: dict[int, Callable[[], Any]] = field(default_factory=dict)
    asked: int = 0

    def init(self, **_: object) -> None: ...

    def shutdown(self) -> None: ...

    def kill(self, _: object) -> None: ...

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": 2}}]

    def put(self, value: object) -> object:
        return value

    def remote(self, _: type[Worker]) -> Any:
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=self._actor))

    def wait(self, references: Sequence[int], **_: object) -> tuple[list[int], list[int]]:
        return [min(references)], []

    def get(self, reference: int) -> Any:
        return self.waiting.pop(reference)()

    def _actor(self) -> Any:
        worker = Worker()

        def record(task: Task) -> Any:
            if self.deadly & {draw.clip for draw in task.group}:
                raise ray.exceptions.RayActorError
            return worker.record(task)

        return SimpleNamespace(prepare=self._later(worker.prepare), record=self._later(record))

    def _later(self, call: Callable[..., Any]) -> Any:
        def remote(*given: Any, **options: Any) -> int:
            self.asked += 1
            self.waiting[self.asked] = lambda: call(*given, **options)
            return self.asked

        return SimpleNamespace(remote=remote)


def settings(material: Path, out: Path) -> StudySettings:
    clips = ClipSettings(material / "videos", count=4, seed=5, sets=("clean",), timeline=Timeline(3, 2, 3))
    return StudySettings(
        out, clips, model=str(material / "model"), threads=1, batch=2, maps=3, engine="ray", control="none"
    )


def records(study: Path) -> dict[str, bytes]:
    files = (file for file in (study / "records").rglob("*") if file.is_file())
    return {str(file.relative_to(study)): file.read_bytes() for file in files}


def test_what_was_given_up_is_tried_again_on_resume(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_record(replace(settings(material, tmp_path / "whole"), engine="local"), Silent())
    study, partial = settings(material, tmp_path / "study"), tmp_path / "study.partial"

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(on_ray, "ray", ClusterInThisProcess(frozenset({1})))
        patch.setattr(stages, "write_manifest", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_record(study, Silent())
    given_up, made = json.loads((partial / "parts" / "part-00001.json").read_text()), records(partial)
    assert [(one["kind"], one["stage"]) for one in given_up["failures"]] == [("memory", "tracking")]
    assert given_up["failures"][0]["reason"] == "3 workers were lost over it, as by a lack of memory"
    kept = [name for name in made if name.startswith("records/clips/")]
    assert sorted(kept) == ["records/clips/part-00002.parquet", "records/clips/part-00003.parquet"]

    monkeypatch.setattr(on_ray, "ray", ClusterInThisProcess(frozenset()))
    out = run_record(replace(study, resume=True), Silent())
    manifest = read_json(out / "study.json")
    assert (manifest["clips_recorded"], manifest["failures"]) == (4, [])
    assert records(out) == records(whole)
    assert made.items() <= records(out).items()


def test_fail_fast_stops_where_a_draw_is_given_up(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray, "ray", ClusterInThisProcess(frozenset({1})))
    with pytest.raises(SamscopeError, match=r"3 workers were lost over it.* \(stopped at the first failure"):
        run_record(replace(settings(material, tmp_path / "study"), fail_fast=True), Silent())
