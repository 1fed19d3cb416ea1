"""Batches: a function of the seed and the step alone, so that a resumed run sees what it would have seen."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from nano.training.clips import ClipMix, TrainingClip, draw_clip
from nano.training.forward import Recall
from nano.training.frames import normalised
from nano.training.pictures import Pictures, draw_pictures
from nano.training.prompting import PromptedScenes, Prompting, draw_prompted_scenes
from nano.training.sources import Sources
from samscope.trackers.drawn_prompts import PromptKind, draw_prompts
from samscope.trackers.prompt import Prompt, on_device

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Plan:
    """What all clips of one batch share.

    Attributes:
        frames: length T of the clips.
        prompt: kind of their prompt.
        recall: what memory attention may read.
        told: whether the truth says if the object is there, and not the object score.
    """

    frames: int
    prompt: PromptKind
    recall: Recall
    told: bool = False


@dataclass(frozen=True)
class PlanMix:
    """How often batches have what.

    Attributes:
        point: share prompted by one click.
        box: share prompted by a box; the others have a mask.
        pointers_only: share of batches without spatial memories.
        lapses: share without them on every other frame.
        foreign_memories: share with another clip's on every other frame.
        prompt_only: share with the prompted frame's alone.
        whole_until: share of the run in which all batches have a mask and all memories.
        told_until: share of the run in which the truth says whether the object is there. An object score that
            is not yet learnt empties masks and memories of objects that are there, and nothing is learnt of
            them.
        lengths: for each part of the run, the share of the run at which it ends and the range of clip
            lengths in it: a curriculum from short to long.
    """

    point: float = 0.14
    box: float = 0.11
    pointers_only: float = 0.08
    lapses: float = 0.12
    foreign_memories: float = 0.14
    prompt_only: float = 0.03
    whole_until: float = 0.2
    told_until: float = 0.5
    lengths: tuple[tuple[float, int, int], ...] = (
        (0.2, 3, 3),
        (0.5, 5, 5),
        (0.76, 5, 8),
        (0.95, 5, 6),
        (1.0, 8, 10),
    )

    def recalls(self) -> tuple[tuple[float, Recall], ...]:
        """Return what memory attention may read in which share of batches; in the others, everything."""
        return (
            (self.pointers_only, Recall.POINTERS),
            (self.lapses, Recall.LAPSES),
            (self.foreign_memories, Recall.FOREIGN_MEMORIES),
            (self.prompt_only, Recall.PROMPT),
        )


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch of clips as tensors.

    Attributes:
        pixels: float32 [T, B, 3, S, S], preprocessed frames.
        masks: bool [T, B, S, S].
        present: bool [T, B].
        prompt: of frame 0.
        kind: of the prompt.
        recall: what memory attention may read.
        told: whether the truth says if the object is there, and not the object score.
        skipped: unusable sources met while drawing, by reason.
        scenes: single frames with prompts that go beside the clips, or None.
    """

    pixels: Tensor
    masks: Tensor
    present: Tensor
    prompt: Prompt
    kind: PromptKind
    recall: Recall
    told: bool
    skipped: Mapping[str, int]
    scenes: PromptedScenes | None = None

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        return replace(
            self,
            pixels=self.pixels.to(device),
            masks=self.masks.to(device),
            present=self.present.to(device),
            prompt=on_device(self.prompt, device),
            scenes=None if self.scenes is None else self.scenes.to(device),
        )


def draw_plan(seed: int, step: int, steps: int, mix: PlanMix, first: int = 0) -> Plan:
    """Return the plan of a training step: the same for the same arguments.

    Args:
        seed: of the run.
        step: number of the training step.
        steps: of the whole run.
        mix: how often batches have what.
        first: the run's first step that tracks; its progress is measured from there.
    """
    rng = np.random.default_rng([seed, step])
    progress = (step - first) / (steps - first)
    low, high = next((low, high) for end, low, high in mix.lengths if progress < end or end >= 1)
    prompt, recall = rng.random(2)
    kinds = ((mix.point, PromptKind.POINT), (mix.box, PromptKind.BOX))
    whole = progress < mix.whole_until
    return Plan(
        frames=int(rng.integers(low, high + 1)),
        prompt=PromptKind.MASK if whole else _pick(prompt, kinds, PromptKind.MASK),
        recall=Recall.ALL if whole else _pick(recall, mix.recalls(), Recall.ALL),
        told=progress < mix.told_until,
    )


def _pick(chance: float, shares: tuple[tuple[float, Choice], ...], rest: Choice) -> Choice:
    for share, choice in shares:
        if chance < share:
            return choice
        chance -= share
    return rest


def draw_batch(
    sources: Sources,
    plan: Plan,
    *,
    places: range,
    side: int,
    seed: int,
    step: int,
    mix: ClipMix | None = None,
) -> Batch:
    """Draw the batch of a step, or some of its clips: the same for the same arguments.

    Args:
        sources: what clips are composed of.
        plan: what they share.
        places: numbers of the batch's clips that are drawn.
        side: S in pixels.
        seed: of the run.
        step: number of the training step.
        mix: of the clips.

    Raises:
        SamscopeError: the sources give no usable clip.
    """
    generators = [np.random.default_rng([seed, step, place]) for place in places]
    clips = [draw_clip(sources, plan.frames, side, rng, mix) for rng in generators]
    return make_batch(clips, plan, generators)


def make_batch(clips: list[TrainingClip], plan: Plan, generators: list[np.random.Generator]) -> Batch:
    """Stack clips of one length and draw a prompt for each; one generator a clip."""
    frames = np.stack([clip.frames for clip in clips], axis=1)
    masks = np.stack([clip.masks for clip in clips], axis=1)
    skipped: Counter[str] = Counter()
    for clip in clips:
        skipped.update(clip.skipped)
    return Batch(
        pixels=normalised(frames),
        masks=torch.from_numpy(masks),
        present=torch.from_numpy(masks.any(axis=(2, 3))),
        prompt=draw_prompts(masks[0], plan.prompt, generators),
        kind=plan.prompt,
        recall=plan.recall,
        told=plan.told,
        skipped=dict(skipped),
    )


class TrainingBatches(Dataset[Batch | Pictures | PromptedScenes]):
    """The batches of a run by the number of the step.

    First pictures, as long as the encoder alone is taught; then prompted scenes, as long as the decoder alone
    learns; then clips, with prompted scenes beside them where the run wants that.

    Args:
        sources: what clips are composed of.
        rank: which process's share of every batch is drawn.
        size: how many processes share them.
        batch: clips of a batch, of all processes.
        pictures: of a batch of pictures, of all processes.
        prompting: how many scenes and prompts, of all processes, and what they show.
        phases: the run's first step of prompted scenes, and its first step of clips.
        side_at: gives the side of a step's frames in pixels.
        seed: of the run.
        steps: of the whole run, which the curriculum is measured by.
        plans: how often batches have what.
        clips: how often clips have what.
    """

    def __init__(
        self,
        sources: Sources,
        *,
        rank: int,
        size: int,
        batch: int,
        pictures: int,
        prompting: Prompting,
        phases: tuple[int, int],
        side_at: Callable[[int], int],
        seed: int,
        steps: int,
        plans: PlanMix,
        clips: ClipMix,
    ) -> None:
        self._sources, self._side_at, self._phases = sources, side_at, phases
        self._clip_places = _share(batch, rank, size)
        self._picture_places = _share(pictures, rank, size)
        self._scene_places = _share(prompting.scenes, rank, size)
        self._seed, self._steps, self._plans, self._clips = seed, steps, plans, clips
        self._prompting = prompting

    def __len__(self) -> int:
        """Return the number of steps."""
        return self._steps

    def __getitem__(self, step: int) -> "Batch | Pictures | PromptedScenes":
        """Draw the batch of a step."""
        side = self._side_at(step)
        prompted, tracked = self._phases
        if step < prompted:
            return draw_pictures(self._sources, side, places=self._picture_places, seed=self._seed, step=step)
        if step < tracked:
            return self._scenes(step, (step - prompted) / (tracked - prompted))
        plan = draw_plan(self._seed, step, self._steps, self._plans, tracked)
        batch = draw_batch(
            self._sources,
            plan,
            places=self._clip_places,
            side=side,
            seed=self._seed,
            step=step,
            mix=self._clips,
        )
        return batch if not self._prompting.weight else _with_scenes(batch, self._scenes(step, 1.0))

    def _scenes(self, step: int, progress: float) -> PromptedScenes:
        return draw_prompted_scenes(
            self._sources,
            self._prompting,
            places=self._scene_places,
            side=self._side_at(step),
            seed=self._seed,
            step=step,
            progress=progress,
        )


def _with_scenes(batch: Batch, scenes: PromptedScenes) -> Batch:
    return replace(batch, scenes=scenes, skipped=Counter(batch.skipped) + Counter(scenes.skipped))


def _share(count: int, rank: int, size: int) -> range:
    """Return the numbers of a batch's parts that a process draws."""
    share = count // size
    return range(rank * share, (rank + 1) * share)


def batches_from(
    batches: TrainingBatches, first: int, workers: int
) -> Iterator[Batch | Pictures | PromptedScenes]:
    """Yield the batches from a step on, in order, drawn here (0 workers) or ahead in other processes."""
    loader = DataLoader(
        batches,
        batch_size=None,
        sampler=range(first, len(batches)),
        num_workers=workers,
        prefetch_factor=2 if workers else None,
        generator=torch.Generator().manual_seed(0),  # else it takes a number from torch's own
    )
    return iter(loader)
