"""How far memory rules are from their official trackers on the clips of ``reference/rules``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.trackers.memory import held
from samscope.trackers.rules.box_filter import EMPTY, mask_boxes
from samscope.trackers.rules.dam4sam import at_size, size_ratio
from samscope.trackers.sam2.step import Step
from tests.trackers.rules.reference_cases import SIZE, Case, Rebuilt

FAR = -32.0
"""Mask logits below this are compared as this: -1024 stands for an object that is absent."""


@dataclass
class Errors:
    """What differs in one run.

    ``unequal`` has what must be the same and is not; ``largest`` the largest difference of numbers by name.
    """

    frames: int
    unequal: list[str] = field(default_factory=list)
    largest: dict[str, float] = field(default_factory=dict)

    def same(self, frame: int, name: str, got: object, wanted: object) -> None:
        if got != wanted:
            self.unequal.append(f"{frame}: {name} {got}, officially {wanted}")

    def near(self, name: str, got: Any, wanted: Any) -> None:
        got, wanted = np.asarray(got, np.float64), np.asarray(wanted, np.float64)
        assert got.shape == wanted.shape, name
        assert (np.isnan(got) == np.isnan(wanted)).all(), name
        error = float(np.nan_to_num(np.abs(got - wanted)).max(initial=0))
        self.largest[name] = max(self.largest.get(name, 0.0), error)


def measure(rebuilt: Rebuilt, case: Case, rule: str) -> tuple[Errors, Errors]:
    """Return the errors of a rule in a case, and those of plain SAM 2 on the same weights and clip."""
    plain = {key[6:]: value for key, value in case.expected.items() if key.startswith("plain/")}
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return (
            _compare(rebuilt.track(case, rule), case.expected),
            _compare(rebuilt.track(case, "sam2"), plain),
        )
    finally:
        torch.set_num_threads(before)


def _compare(steps: list[Step], expected: Mapping[str, NDArray[Any]]) -> Errors:
    errors = Errors(len(steps))
    for step in steps:
        wanted = {key: value[step.frame] for key, value in expected.items() if len(value) == len(steps)}
        _compare_answer(errors, step, wanted)
        if step.recall is not None:
            _compare_recall(errors, step, wanted)
            if "boxes" in wanted:
                _compare_motion(errors, step, wanted)
            if "size_ratio" in wanted:
                _compare_promotion(errors, step, wanted)
    if "promoted_frames" in expected:
        promoted = [step for step in steps[1:] if step.bank.prompted[-1].frame == step.frame]
        errors.same(
            len(steps), "promoted", [step.frame for step in promoted], _listed(expected["promoted_frames"])
        )
        for step, before in zip(promoted, expected["memory_before_promotion"], strict=True):
            errors.near("memory_before_promotion", *_in_steps(_thinned(step.memory_features), before))
    return errors


def _compare_answer(errors: Errors, step: Step, wanted: Mapping[str, NDArray[Any]]) -> None:
    answer = step.decoded
    logits = answer.mask_logits[0, 0]
    errors.near("masks", logits[::2, ::2].clamp(min=FAR), wanted["masks"].clip(min=FAR))
    errors.near("object_score", answer.appears[0], wanted["object_score"])
    if step.recall is not None:
        errors.same(step.frame, "chosen", int(answer.chosen[0]), int(wanted["chosen"]))
    if "predicted_ious" in wanted:
        ious = np.full(3, np.nan)
        ious[: answer.candidate_ious.shape[1]] = answer.candidate_ious[0]
        errors.near("predicted_ious", ious, wanted["predicted_ious"])
    if "area" in wanted:
        errors.near("area", int((logits > 0).sum()), wanted["area"])
        errors.near("pointers", answer.pointer[0, ::4], wanted["pointers"])
        errors.near("memory", *_in_steps(_thinned(_stored(step)), wanted["memory"]))


def _stored(step: Step) -> Tensor:
    """Return the memory of a frame as the bank has it in the end."""
    for kept in (*step.bank.prompted, *step.bank.tracked):
        if kept.frame == step.frame and kept.features is not None:
            return held(kept.features)
    return step.memory_features


def _thinned(features: Tensor) -> Tensor:
    return features[0, ::8, ::4, ::4].float()


def _in_steps(got: Tensor, wanted: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both in steps of bfloat16; small elements are held to the steps of 1/64."""
    step = 2.0 ** (np.floor(np.log2(np.abs(wanted).clip(min=2.0**-6))) - 7)
    return got.numpy() / step, wanted / step


def _compare_recall(errors: Errors, step: Step, wanted: Mapping[str, NDArray[Any]]) -> None:
    recall = step.recall
    if recall is None:
        raise ValueError(step.frame)
    frames = [memory.frame for _, memory in recall.memories]
    errors.same(step.frame, "memory_frames", frames, _listed(wanted["memory_frames"]))
    if "memory_time_index" not in wanted:
        return
    ages = [age for age, _ in recall.memories]
    errors.same(
        step.frame,
        "memory_time_index",
        [(age or 7) - 1 for age in ages],
        _listed(wanted["memory_time_index"]),
    )
    prompted = {kept.frame for kept in step.bank.prompted}
    errors.same(
        step.frame,
        "memory_is_prompt",
        [int(frame in prompted) for frame in frames],
        _listed(wanted["memory_is_prompt"]),
    )
    pointing = [memory.frame for _, memory in recall.pointers]
    errors.same(step.frame, "pointer_frames", pointing, _listed(wanted["pointer_frames"]))
    errors.same(step.frame, "pointer_divisor", recall.farthest, int(wanted["pointer_divisor"]))
    positions = wanted["pointer_positions"][~np.isnan(wanted["pointer_positions"])]
    errors.near(
        "pointer_positions", [distance / recall.farthest for distance, _ in recall.pointers], positions
    )


def _compare_motion(errors: Errors, step: Step, wanted: Mapping[str, NDArray[Any]]) -> None:
    """Compare SAMURAI's filter after the frame, and its say in the choice."""
    motion = step.bank.state
    errors.same(step.frame, "stable_frames", motion.stable, int(wanted["stable_frames"]))
    errors.near("kf_mean", motion.filter.mean, wanted["kf_mean"])
    errors.near("kf_covariance", motion.filter.covariance, wanted["kf_covariance"])
    kf_score = float("nan") if motion.kf_score is None else motion.kf_score
    errors.near("kf_score", kf_score, wanted["kf_score"])
    if motion.kf_score is not None:
        boxes = (
            mask_boxes(step.decoded.candidate_logits[0], step.encoded.pixels.shape[-1])
            if step.decoded.present[0]
            else [EMPTY] * 3
        )
        errors.same(step.frame, "boxes", [list(map(int, box)) for box in boxes], wanted["boxes"].tolist())


def _compare_promotion(errors: Errors, step: Step, wanted: Mapping[str, NDArray[Any]]) -> None:
    """Compare what DAM4SAM's promotion goes by."""
    area = int(at_size(step.decoded.mask_logits[0], SIZE).sum())
    errors.near("pixels", area, wanted["pixels"])
    errors.near("low_res_pixels", int((step.decoded.mask_logits > 0).sum()), wanted["low_res_pixels"])
    errors.near("size_ratio", size_ratio(step.bank.state), wanted["size_ratio"])
    errors.same(step.frame, "added", int(step.bank.prompted[-1].frame == step.frame), int(wanted["added"]))


def _listed(row: NDArray[Any]) -> list[int]:
    return [int(value) for value in row if value >= 0]
