from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import samscope
from samscope.clips.clip import Timeline
from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Memory
from samscope.trackers.registry import load_model
from samscope.trackers.rules.gate import Gate
from samscope.trackers.rules.naming import memory_rule, rule_text
from samscope.trackers.rules.presence import PresenceMemory, measure
from samscope.trackers.shared import PromptedClip, track_together
from tests.small_model import small_model
from tests.trackers.rules.banks import Said, new_bank, recalled

DIGEST = "ab" * 32


def rule(folder: Path, weights: dict[str, float], intercept: float = 0.0) -> PresenceMemory:
    """Return the rule with a gate of some weights."""
    Gate(DIGEST, 64, intercept, weights).write(folder / "gate.json")
    return PresenceMemory(str(folder / "gate.json"))


def memory(frame: int, value: float = 1.0) -> Memory:
    return Memory(frame, torch.full((1, 2, 2, 2), value), torch.full((1, 4), value))


def said(object_score: float = 5.0, iou: float = 0.9, covered: int = 4) -> Said:
    mask = torch.full((1, 1, 4, 4), -1.0)
    mask.view(-1)[:covered] = 1.0
    return Said(torch.tensor([iou]), torch.tensor([object_score]), mask)


def bank_of(rule: PresenceMemory) -> Bank:
    return Bank(rule, new_bank(rule).limits, (memory(0),))


def test_only_frames_that_the_gate_lets_in_leave_a_trace(tmp_path: Path) -> None:
    bank = bank_of(rule(tmp_path, {"predicted_iou": 10.0}, intercept=-5.0))
    for frame, iou in enumerate([0.9, 0.4, 0.6, 0.1, 0.9, 0.2], start=1):
        bank = bank.remember(memory(frame), said(iou=iou))
    read = recalled(bank, 7)
    assert read["memory_frames"] == [0, 1, 3, 5]
    assert read["memory_ages"] == [0, 3, 2, 1]
    assert read["pointer_frames"] == [0, 5, 3, 1]
    assert read["pointer_distances"] == [7, 2, 4, 6]
    assert len(bank.state) == 3


def test_a_frame_without_a_mask_is_never_remembered(tmp_path: Path) -> None:
    bank = bank_of(rule(tmp_path, {"predicted_iou": 1.0}, intercept=100.0))
    assert bank.remember(memory(1), said(object_score=0.0)) is bank
    assert len(bank.remember(memory(1), said(object_score=0.1)).tracked) == 1


def test_what_is_measured_is_measured_against_what_is_remembered(tmp_path: Path) -> None:
    own = rule(tmp_path, {"predicted_iou": 1.0}, intercept=100.0)
    bank = bank_of(own)
    first = measure(own, bank, memory(1, 3.0), said())
    assert first["pointer_distance"] == first["area_change"] == 0
    assert first["memory_distance"] == pytest.approx(np.sqrt(8) * 2)
    bank = bank.remember(memory(1, 3.0), said(covered=4)).remember(memory(2, 5.0), said(covered=8))
    third = measure(own, bank, memory(3, 7.0), said(object_score=2.5, iou=0.75, covered=3))
    assert third["object_score"] == 2.5
    assert third["predicted_iou"] == 0.75
    assert third["area"] == 3 / 16
    assert third["candidate_disagreement"] == 0
    assert third["pointer_distance"] == pytest.approx(np.sqrt(4) * 3)
    assert third["area_change"] == pytest.approx(np.log(6 / 3))
    assert third["memory_distance"] == pytest.approx(np.sqrt(8) * 2)


def test_candidates_that_disagree_are_measured(tmp_path: Path) -> None:
    own = rule(tmp_path, {"candidate_disagreement": -1.0})
    answer = said(covered=4)
    half = answer.mask_logits.clone()
    half.view(-1)[2:4] = -1.0
    both = replace(answer, candidate_logits=torch.cat([answer.mask_logits, half], dim=1))
    assert measure(own, bank_of(own), memory(1), both)["candidate_disagreement"] == 0.5


def test_an_empty_mask_has_a_change_of_area(tmp_path: Path) -> None:
    own = rule(tmp_path, {"predicted_iou": 1.0}, intercept=100.0)
    bank = bank_of(own).remember(memory(1), said(covered=16))
    assert measure(own, bank, memory(2), said(covered=0))["area_change"] == pytest.approx(np.log(1e4))


def test_a_bank_stays_small(tmp_path: Path) -> None:
    bank = bank_of(rule(tmp_path, {"predicted_iou": 1.0}, intercept=100.0))
    for frame in range(1, 60):
        bank = bank.remember(memory(frame), said())
    assert len(bank.tracked) == len(bank.state) == 15


def test_rules_of_other_gates_are_not_equal_and_the_line_of_text_names_the_file(tmp_path: Path) -> None:
    one = rule(tmp_path, {"predicted_iou": 1.0})
    assert rule_text(one) == f"presence:gate={tmp_path / 'gate.json'}"
    assert memory_rule(rule_text(one) or "") == one
    other = rule(tmp_path, {"predicted_iou": 2.0})
    assert rule_text(other) == rule_text(one)
    assert other != one
    assert other.content_sha256 != one.content_sha256


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("presence:threshold=1.5", "threshold is 1.5; it must be within 0 and 1"),
        ("presence:fitted=3", "'fitted=3' is no setting of it; write presence:gate=nano,threshold=0.5"),
        ("presence:gate=nowhere.json", "gate nowhere.json: there is no such file"),
    ],
)
def test_settings_that_cannot_be_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        memory_rule(text)


def test_a_gate_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=DIGEST):
        load_model("nano", memory=rule(tmp_path, {"predicted_iou": 1.0}))


@dataclass(frozen=True)
class _Clip:
    frames: np.ndarray
    mask: np.ndarray


def _clip(seed: int) -> _Clip:
    frames = np.random.default_rng(seed).integers(0, 256, (6, 48, 80, 3), dtype=np.uint8)
    mask = np.zeros((48, 80), bool)
    mask[10:30, 20:50] = True
    return _Clip(frames, mask)


def test_in_batches_it_tracks_as_alone(tmp_path: Path) -> None:
    model = small_model()
    weights = {"object_score": 0.1, "pointer_distance": -0.2, "area_change": -1.0, "memory_distance": -0.001}
    Gate(model.digest(), model.image_size, 0.5, weights).write(tmp_path / "gate.json")
    ruled = model.with_memory_rule(PresenceMemory(str(tmp_path / "gate.json")))
    clips = [_clip(seed) for seed in (0, 1)]
    alone = [list(samscope.track(ruled, clip.frames, mask=clip.mask)) for clip in clips]
    together = list(track_together(ruled, [PromptedClip(clip.frames, clip.mask) for clip in clips], batch=2))
    for item in together:
        for place in item.clips:
            expected: Tensor = alone[place][item.seen.frame_index].mask_logits
            torch.testing.assert_close(item.seen.mask_logits, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
def test_the_built_in_gate_remembers_frames_with_the_object_and_not_those_of_another_place() -> None:
    settings = ClipSettings(count=2, sets=("interjection",), seed=3, timeline=Timeline(6, 4, 4))
    source = open_source(settings, open_videos(settings))
    model = load_model("nano", memory="presence")
    written: dict[bool, list[bool]] = {True: [], False: []}
    for draw in source.draws:
        clip = source.makers(draw)["interjection"]()
        for seen in samscope.track(model, clip.frames, mask=clip.masks[0], banks=True):
            if not seen.prompted:
                frame = seen.frame_index
                kept = any(memory.frame == frame for memory in seen.bank.tracked)
                written[bool(clip.present[frame])].append(kept)
    assert len(written[False]) == 8
    assert np.mean(written[False]) + 0.3 < np.mean(written[True])
