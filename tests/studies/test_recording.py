"""Draws are tracked in groups that memory has room for, and a batch that was too large is not tried again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from samscope.clips.clip import SETS, Timeline
from samscope.clips.settings import ClipSettings
from samscope.clips.source import ClipSource, open_source, open_videos
from samscope.observation.observe import observe_clips
from samscope.records.parts import Parts
from samscope.studies import recording, study_recording
from samscope.studies.settings import StudySettings
from samscope.studies.study_recording import Recorder
from tests.command import save_videos
from tests.small_model import small_model

DRAWS = 8


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    save_videos(folder / "videos")
    return folder


def recorder(material: Path, tmp_path: Path, batch: int) -> Recorder:
    clips = ClipSettings(
        material / "videos", count=DRAWS, sets=("clean", "interjection"), timeline=Timeline(3, 2, 3)
    )
    settings = StudySettings(tmp_path / "study", clips, batch=batch, control="none")
    model = replace(small_model(), mode="fast")
    return Recorder(settings, model, open_source(clips, open_videos(clips)), Parts(tmp_path / "parts", "job"))


@pytest.mark.parametrize(("batch", "draws"), [(1, 1), (2, 1), (3, 2), (8, 4), (64, DRAWS)])
def test_as_many_draws_go_together_as_fill_a_batch(
    material: Path, tmp_path: Path, batch: int, draws: int
) -> None:
    groups = recorder(material, tmp_path, batch).groups()
    assert len(groups[0]) == draws
    assert [draw.clip for group in groups for draw in group] == list(range(DRAWS))


def test_and_no_more_than_their_clips_have_room(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_draw = 2 * 8 * 96 * 64 * 7
    monkeypatch.setattr(recording, "GROUP_BYTES", 3 * of_draw)
    assert [len(group) for group in recorder(material, tmp_path, 64).groups()] == [3, 3, 2]
    monkeypatch.setattr(recording, "GROUP_BYTES", of_draw // 2)
    assert [len(group) for group in recorder(material, tmp_path, 64).groups()] == [1] * DRAWS


def test_groups_are_the_same_beside_a_device(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "GROUP_BYTES", 2 * 2 * 8 * 96 * 64 * 7)
    on_cpu = recorder(material, tmp_path, 64)
    on_device = replace(on_cpu, model=on_cpu.model.said_to_be_on(torch.device("cuda")))
    assert [len(group) for group in on_cpu.groups()] == [2] * (DRAWS // 2)
    assert on_device.groups() == on_cpu.groups()


def test_clips_wait_beside_a_device_and_small_ones_beside_a_cpu(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_cpu = recorder(material, tmp_path, 2)
    on_device = replace(on_cpu, model=on_cpu.model.said_to_be_on(torch.device("cuda")))
    groups, of_draw = on_cpu.groups(), 2 * 8 * 96 * 64 * 7
    monkeypatch.setattr(recording, "GROUP_BYTES_BESIDE_A_CPU", of_draw)
    assert [one.groups_ahead(groups) for one in (on_cpu, on_device)] == [1, 2]
    monkeypatch.setattr(recording, "GROUP_BYTES_BESIDE_A_CPU", of_draw - 1)
    assert [one.groups_ahead(groups) for one in (on_cpu, on_device)] == [0, 2]


def test_a_full_batch_of_480p_has_eight_draws_of_six_sets(material: Path, tmp_path: Path) -> None:
    one = recorder(material, tmp_path, 64)
    clips = replace(one.source.settings, sets=SETS, timeline=Timeline())
    videos = dict.fromkeys(one.source.videos, (28, 480, 854))
    source = SimpleNamespace(draws=list(range(12)), settings=clips, videos=videos)
    assert [len(group) for group in replace(one, source=cast(ClipSource, source)).groups()] == [8, 4]


def test_a_clip_that_no_batch_can_track_leaves_the_batch_of_others_as_it_is(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def too_large_for_one(model: Any, clips: Sequence[Any], *, batch: int, **more: Any) -> Any:
        asked.append(batch)
        if any(clip.draw.clip == 0 for clip in clips):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return observe_clips(model, clips, batch=batch, **more)

    monkeypatch.setattr(study_recording, "observe_clips", too_large_for_one)
    made = recorder(material, tmp_path, 2)
    first, second, *_ = made.groups()
    (lost,) = made.record(first, lambda _: None)
    assert [failure.kind for failure in lost.failures] == ["memory", "memory"]
    asked.clear()
    made.record(second, lambda _: None)
    assert asked == [2]


def test_a_batch_that_was_halved_is_not_tried_whole_again(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    observe = observe_clips

    def with_room_for_two(model: Any, clips: Sequence[Any], *, batch: int, **more: Any) -> Any:
        asked.append(batch)
        if batch > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return observe(model, clips, batch=batch, **more)

    monkeypatch.setattr(study_recording, "observe_clips", with_room_for_two)
    made = recorder(material, tmp_path, 8)
    first, second = made.groups()
    for group in (first, second):
        for part in made.record(group, lambda _: None):
            assert (part.clips, part.failures) == (2, ())
    assert asked == [8, 4, 2, 2]
