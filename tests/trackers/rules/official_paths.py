"""Whether SAM2Long's paths are the official ones: their choices, memories and masks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from samscope.trackers.family import BranchedStep, Step
from samscope.trackers.memory import Paths, Recall
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.settling import Unsettled, see_paths
from tests.trackers.rules.reference_cases import SIZE, Case, Rebuilt

OF_MASKS = 2e-4
"""Of the low-resolution logits; the same official code with other kernels differs by as much."""

OF_IOUS = 6e-5
OF_OBJECT_SCORES = 2e-4

OF_SCORES = 2e-3
"""Of a sum of 47 logarithms of predicted IoUs, some of which are .1."""

OF_MEMORY = 1.0
"""Steps of bfloat16, of elements below 1 those from 1 to 2."""


def expected_scales(scores: NDArray[Any]) -> list[float]:
    """Say how the keys of what has these object scores are scaled; nan: there is none."""
    given = scores[~np.isnan(scores)]
    rank_of = {place: rank for rank, place in enumerate(np.argsort(given, kind="stable"))}
    return [0.95 + 0.1 * rank_of[place] / max(1, len(given) - 1) for place in range(len(given))]


def told(values: NDArray[Any]) -> list[int]:
    """Return the numbers that are not -1."""
    return [int(value) for value in values if value >= 0]


class History:
    """The history of paths, by the slots that they held."""

    def __init__(self) -> None:
        self.of_slots: list[list[int]] = [[0]]

    def grow(self, parents: Sequence[int], slots: Sequence[int]) -> None:
        self.of_slots = [[*self.of_slots[parent], slot] for parent, slot in zip(parents, slots, strict=True)]


def check_recall(
    recall: Recall, expected: dict[str, NDArray[Any]], place: tuple[Any, ...], alone: bool
) -> None:
    """Hold what a path reads against the reference's row."""
    assert [memory.frame for _, memory in recall.memories] == told(expected["memory_frames"][place])
    rows = [(age or 7) - 1 for age, _ in recall.memories]
    assert rows == told(expected["memory_time_index"][place])
    assert [memory.frame for _, memory in recall.pointers] == told(expected["pointer_frames"][place])
    assert (recall.scales is None) == alone
    if recall.scales is not None:
        for name, scales in (("memory", recall.scales.memories), ("pointer", recall.scales.pointers)):
            wanted = expected_scales(expected[f"{name}_scores"][place])
            assert scales[:, 0].tolist() == pytest.approx(wanted, abs=1e-6)


def require_official_paths(rebuilt: Rebuilt, case: Case) -> None:
    """Track a case's clip, and hold every path of every frame against the reference."""
    expected = dict(case.expected)
    model, encoded = rebuilt.model(case).with_memory_rule(Sam2LongMemory()), rebuilt.encoded(case)
    step: Step
    (step,) = model.start(encoded[:1], [case.prompt()], length=len(encoded))
    settled, unsettled = Unsettled().after(see_paths(step, SIZE))
    answers, paths = list(settled), History()
    for frame in range(1, len(encoded)):
        banks = step.bank.banks if isinstance(step.bank, Paths) else [step.bank]
        for path in range(3):
            recall = banks[min(path, len(banks) - 1)].recall(frame)
            check_recall(recall, expected, (frame, path), alone=frame == 1)
            places = [distance / recall.farthest for distance, _ in recall.pointers]
            wanted = expected["pointer_positions"][frame, path]
            assert places == pytest.approx(wanted[~np.isnan(wanted)].tolist(), rel=1e-6)
        (step,) = model.follow([encoded[frame]], [step.bank], frame)
        assert isinstance(step, BranchedStep)
        parents = [parent for parent, _ in step.paths]
        paths.grow(parents, [0] * 3 if frame == 1 else list(range(3)))
        assert paths.of_slots == expected["history"][frame, :, : frame + 1].tolist()
        for slot, (parent, own) in enumerate(step.paths):
            answer: Any = own.answer
            if frame > 1:
                assert (parent, int(answer.chosen)) == (
                    expected["parent"][frame, slot],
                    expected["candidate"][frame, slot],
                )
            assert abs(own.bank.state.score - expected["score"][frame, slot]) < OF_SCORES
            ious = torch.from_numpy(expected["predicted_ious"][frame, parent])
            assert (answer.candidate_ious[0] - ious).abs().max() < OF_IOUS
            assert (
                abs(float(answer.object_score) - expected["object_score"][frame, parent]) < OF_OBJECT_SCORES
            )
            masks = torch.from_numpy(expected["path_masks"][frame, slot])
            assert (answer.mask_logits[0, 0, ::4, ::4] - masks).abs().max() < OF_MASKS
        settled, unsettled = unsettled.after(see_paths(step, SIZE))
        answers += settled
    answers += unsettled.best
    assert paths.of_slots[0] == expected["final_history"].tolist()
    assert [seen.frame_index for seen in answers] == list(range(len(encoded)))
    for seen in answers:
        masks = torch.from_numpy(expected["masks"][seen.frame_index])
        assert (seen.mask_logits[::2, ::2] - masks).abs().max() < OF_MASKS
        stored = torch.from_numpy(expected["memory"][seen.frame_index])
        steps = torch.exp2(stored.abs().clamp(min=1).log2().floor() - 7)
        features = seen.at("memory_features")[::8, ::4, ::4].float()
        assert ((features - stored).abs() / steps).max() <= OF_MEMORY
