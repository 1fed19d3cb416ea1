from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from nano.training.batches import (
    Batch,
    Plan,
    PlanMix,
    TrainingBatches,
    batches_from,
    draw_batch,
    draw_plan,
)
from nano.training.clips import ClipMix
from nano.training.forward import Recall
from nano.training.pictures import Pictures
from nano.training.prompting import PromptedScenes, Prompting
from nano.training.sources import Sources
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.prompt import Prompt


def growing(step: int) -> int:
    return 32 if step < 2 else 64


def test_plans_follow_the_curriculum() -> None:
    lengths = [draw_plan(0, step, 1000, PlanMix()).frames for step in range(1000)]

    assert set(lengths[:200]) == {3}
    assert set(lengths[200:500]) == {5}
    assert set(lengths[500:760]) == set(range(5, 9))
    assert set(lengths[760:950]) == {5, 6}
    assert set(lengths[950:]) == {8, 9, 10}


def test_the_first_plans_take_nothing_away() -> None:
    mix = PlanMix(whole_until=0.2, told_until=0.4)
    plans = [draw_plan(0, step, 500, mix) for step in range(500)]

    assert {(plan.prompt, plan.recall) for plan in plans[:100]} == {(PromptKind.MASK, Recall.ALL)}
    assert len({(plan.prompt, plan.recall) for plan in plans[100:]}) > 10
    assert [plan.told for plan in plans] == [True] * 200 + [False] * 300


def test_plans_have_the_stated_shares() -> None:
    mix = PlanMix(point=0.15, box=0.2, pointers_only=0.22, prompt_only=0.1, whole_until=0.0)
    plans = [draw_plan(1, step, 4000, mix) for step in range(4000)]
    prompts = Counter(plan.prompt for plan in plans)
    recalls = Counter(plan.recall for plan in plans)

    assert prompts[PromptKind.POINT] / 4000 == pytest.approx(0.15, abs=0.02)
    assert prompts[PromptKind.BOX] / 4000 == pytest.approx(0.2, abs=0.02)
    assert recalls[Recall.POINTERS] / 4000 == pytest.approx(0.22, abs=0.02)
    assert recalls[Recall.PROMPT] / 4000 == pytest.approx(0.1, abs=0.02)


def test_same_step_same_batch(sources: Sources) -> None:
    plan = Plan(3, PromptKind.BOX, Recall.ALL)
    first, again, other = (
        draw_batch(sources, plan, places=range(2), side=64, seed=0, step=step) for step in (7, 7, 8)
    )

    assert torch.equal(first.pixels, again.pixels)
    assert first.prompt.points is not None
    assert again.prompt.points is not None
    assert torch.equal(first.prompt.points, again.prompt.points)
    assert not torch.equal(first.pixels, other.pixels)


def batches_of(sources: Sources, **changes: Any) -> TrainingBatches:
    plain: dict[str, Any] = {
        "rank": 0, "size": 1, "batch": 2, "pictures": 4,
        "prompting": Prompting(scenes=2, prompts=2, weight=0.0),
        "phases": (0, 0), "side_at": growing, "seed": 3,
        "steps": 4, "plans": PlanMix(), "clips": ClipMix(),
    }  # fmt: skip
    return TrainingBatches(sources, **(plain | changes))


def test_a_worker_draws_the_same_batches(sources: Sources) -> None:
    batches = batches_of(sources, phases=(2, 2))
    here, there = (list(batches_from(batches, 1, workers)) for workers in (0, 1))

    assert [type(batch) for batch in here] == [type(batch) for batch in there] == [Pictures, Batch, Batch]
    for ours, theirs in zip(here, there, strict=True):
        assert torch.equal(ours.pixels, theirs.pixels)
        if isinstance(ours, Batch) and isinstance(theirs, Batch):
            assert torch.equal(ours.masks, theirs.masks)


def test_processes_share_pictures_scenes_and_clips(sources: Sources) -> None:
    whole = batches_of(sources, phases=(1, 2))
    parts = [batches_of(sources, phases=(1, 2), rank=rank, size=2) for rank in range(2)]

    for step, axis in ((0, 0), (1, 0), (2, 1)):
        shared = torch.cat([part[step].pixels for part in parts], dim=axis)
        assert torch.equal(whole[step].pixels, shared)


def test_scenes_come_between_pictures_and_clips_and_beside_them(sources: Sources) -> None:
    beside = Prompting(scenes=2, prompts=2, weight=0.5)
    for prompting in (Prompting(scenes=2, prompts=2, weight=0.0), beside):
        batches = batches_of(sources, phases=(1, 3), prompting=prompting)
        drawn_batches = [batches[step] for step in range(4)]
        assert [type(batch) for batch in drawn_batches] == [Pictures, PromptedScenes, PromptedScenes, Batch]
        clips = drawn_batches[3]
        assert isinstance(clips, Batch)
        assert (clips.scenes is not None) == (prompting is beside)


def test_the_curriculum_begins_with_the_track() -> None:
    mix = PlanMix(lengths=((0.5, 3, 3), (1.0, 7, 7)))

    assert [draw_plan(0, step, 8, mix, first=4).frames for step in range(4, 8)] == [3, 3, 7, 7]


def drawn(sources: Sources, kind: PromptKind) -> tuple[Prompt, torch.Tensor]:
    batch = draw_batch(sources, Plan(3, kind, Recall.ALL), places=range(3), side=64, seed=0, step=0)
    return batch.prompt, batch.masks[0]


def test_prompts_are_on_the_object(sources: Sources) -> None:
    prompt, masks = drawn(sources, PromptKind.MASK)
    assert prompt.mask is not None
    assert torch.equal(prompt.mask[:, 0] > 0, masks)

    prompt, masks = drawn(sources, PromptKind.POINT)
    assert prompt.points is not None
    assert prompt.labels is not None
    assert prompt.labels.tolist() == [[1]] * 3
    for mask, (point,) in zip(masks, prompt.points, strict=True):
        assert mask[int(point[1]), int(point[0])]

    prompt, masks = drawn(sources, PromptKind.BOX)
    assert prompt.labels is not None
    assert prompt.labels.tolist() == [[2, 3]] * 3


def test_present_is_whether_a_pixel_is_visible(material: Path, sources: Sources) -> None:
    batch = draw_batch(
        sources,
        Plan(6, PromptKind.MASK, Recall.ALL),
        places=range(4),
        side=64,
        seed=0,
        step=0,
        mix=ClipMix(absence=1.0),
    )

    assert torch.equal(batch.present, batch.masks.flatten(2).any(2))
    assert not batch.present.all()
    assert batch.present[0].all()
