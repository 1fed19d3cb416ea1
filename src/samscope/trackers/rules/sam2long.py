"""SAM2Long's tree of memories: several paths are followed, and the best one at the end is the answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from samscope.trackers.memory import (
    Answer,
    Bank,
    Branch,
    Candidates,
    Choice,
    KeyScales,
    Memory,
    Recall,
)
from samscope.trackers.needs import Need, given
from samscope.trackers.rules.by_rank import recall_by_rank, with_latest
from samscope.trackers.rules.ranges import require_range

LOWEST_SCALE, HIGHEST_SCALE = 0.95, 1.05
"""Factors of the keys of what is recalled, from the lowest object score to the highest."""

PROMPTED_SCORE = 10.0
"""What a prompted frame's object score counts as in that order."""

_LEAST_IOU = 1e-5
"""Added to a predicted IoU before its logarithm is taken."""


@dataclass(frozen=True)
class _Path:
    """What is carried along a path.

    Attributes:
        score: the sum of the logarithms of the predicted IoUs along it, from frame 2 on.
        predicted_iou: of the latest frame, 0..1.
        object_score: of the latest frame, a logit.
    """

    score: float
    predicted_iou: float
    object_score: float


@dataclass(frozen=True)
class Sam2LongMemory:
    """Several ways that the track may have taken, each with the latest frames that were good on it.

    On each frame every path offers all its masks, and those live on whose sum of logarithms of predicted IoUs
    is the highest; where no path is certain of the object, such of them as differ in their IoU, or lie on
    other paths. What is recalled counts the more the higher its object score is. The answer is the best path
    at the end of the clip: see ``samscope.track``. Published in "SAM2Long" (Ding et al., 2024).

    Attributes:
        num_pathway: how many paths are kept, from 1.
        iou_thre: a frame is remembered where the predicted IoU is above this, 0..1, and its object score
            above 0; the previous frame in any case.
        uncertainty: a frame is uncertain where no path's object score is farther from 0 than this, a logit.

    Raises:
        UsageError: a setting is out of its range.
    """

    num_pathway: int = 3
    iou_thre: float = 0.1
    uncertainty: float = 2.0

    name: ClassVar[str] = "sam2long"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTED_IOUS, Need.OBJECT_SCORES, Need.PATHS})

    def __post_init__(self) -> None:
        require_range(self, "num_pathway", low=1)
        require_range(self, "iou_thre", low=0, high=1)
        require_range(self, "uncertainty", low=0)

    def branch(self, banks: Sequence[Bank], candidates: Sequence[Candidates]) -> Sequence[Branch]:
        """Return the paths that live on; after the prompted frame all go on from its best mask."""
        first = banks[0].state is None
        scores = [0.0 if first else bank.state.score for bank in banks]
        branches = [
            Branch(path, _choice(place, _Path(score + _gain(iou), iou, object_score)))
            for path, (score, (*ious, object_score)) in enumerate(
                zip(scores, _numbers(candidates), strict=True)
            )
            for place, iou in enumerate(ious)
        ]
        branches.sort(key=lambda branch: -branch.choice.state.score)
        if first:
            best = replace(branches[0].choice, state=replace(branches[0].choice.state, score=0.0))
            return [Branch(0, best)] * self.num_pathway
        if max(abs(branch.choice.state.object_score) for branch in branches) > self.uncertainty:
            return branches[: self.num_pathway]
        unlike: dict[float, Branch] = {}
        of_paths: dict[int, Branch] = {}
        for branch in branches:
            unlike.setdefault(_kind(branch.choice.state), branch)
            of_paths.setdefault(branch.path, branch)
        kept = list(unlike.values())[: self.num_pathway]
        other_paths = sorted(of_paths.keys() - {branch.path for branch in kept})
        return [*kept, *(of_paths[path] for path in other_paths)][: self.num_pathway]

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one.

        Raises:
            UsageError: the tracker keeps no paths.
        """
        path: _Path = given(self, bank.state, Need.PATHS)
        sure = path.predicted_iou > self.iou_thre and path.object_score > 0
        scored = replace(memory, score=path.object_score if sure else None)
        return with_latest(bank, scored, lambda kept: kept.score is not None)

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return what is read on frame ``frame``; keys are scaled unless the prompt is alone."""
        recall = recall_by_rank(bank, frame, bank.tracked)
        if not bank.tracked:
            return recall
        *earlier, latest = bank.tracked
        scores = {kept: kept.score for kept in earlier} | {latest: bank.state.object_score}
        memories, pointers = (
            _scales([scores.get(memory, PROMPTED_SCORE) for _, memory in recalled])
            for recalled in (recall.memories, recall.pointers)
        )
        return replace(recall, scales=KeyScales(memories, pointers))


def _numbers(candidates: Sequence[Candidates]) -> list[list[float]]:
    """Return each path's predicted IoUs and, last, its object score; a device is waited for once."""
    tensors = [
        torch.cat([path_candidates.ious, path_candidates.object_score[None]])
        for path_candidates in candidates
    ]
    numbers: list[list[float]] = torch.stack(tensors).float().tolist()
    return numbers


def _gain(iou: float) -> float:
    """Return what a mask adds to the score of a path that takes it."""
    return math.log(iou + _LEAST_IOU)


def _choice(candidate: int, path: _Path) -> Choice:
    return Choice(candidate, path.object_score > 0, state=path)


def _kind(path: _Path) -> float:
    """Return the same number for branches that are alike: the IoU to two digits, below 0 without object."""
    return round(path.predicted_iou if path.object_score > 0 else -path.predicted_iou, 2)


def _scales(scores: Sequence[float]) -> Tensor:
    """Return the factors [N, 1] of what has so high an object score: evenly spread, by rank."""
    order = torch.tensor(scores, dtype=torch.float64).argsort(stable=True)
    return torch.linspace(LOWEST_SCALE, HIGHEST_SCALE, len(scores))[order.argsort()][:, None]
