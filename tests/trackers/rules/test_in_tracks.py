"""Rules in tracks: in batches, on shared beginnings and in other families as alone."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.prompt import make_prompt
from samscope.trackers.registry import load_model
from samscope.trackers.rules.naming import memory_rule, rule_text
from samscope.trackers.rules.oracle import OracleMemory
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam3.tracker import Sam3Tracker
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.shared_work import shared_work
from tests.small_model import small_model
from tests.small_sam3 import small_sam3_network

SIZE = (48, 80)
RULES = (
    "samurai:stable_frames_threshold=1,stable_ious_threshold=0,memory_bank_iou_threshold=0.4",
    "dam4sam:memory_temporal_stride_for_eval=2",
    "oracle",
    "oracle:write=absent,gates=memories",
)


def frames(*seeds: int) -> np.ndarray:
    return np.stack(
        [np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8) for seed in seeds]
    )


def mask(left: int = 20) -> np.ndarray:
    marked = np.zeros(SIZE, bool)
    marked[10:30, left : left + 30] = True
    return marked


def clips() -> list[PromptedClip]:
    """Return clips of which two share a beginning, and two are the same but for the truth of frame 4."""
    whole, other = frames(*range(9)), frames(0, 1, 2, 3, 60, 5, 6, 7, 8)
    present = np.array([frame % 3 < 2 for frame in range(9)])
    otherwise = present.copy()
    otherwise[4] = not present[4]
    return [
        PromptedClip(whole, mask(), present),
        PromptedClip(other, mask(), present),
        PromptedClip(whole, mask(), otherwise),
        PromptedClip(whole, mask(40), present),
    ]


def together(model: Any, given: list[PromptedClip], **options: Any) -> tuple[list[list[Seen]], int]:
    """Return what is seen in each clip, and how many steps were taken."""
    tracks: list[list[Seen]] = [[] for _ in given]
    steps = 0
    for step in track_together(model, given, **options):
        steps += 1
        for place in step.clips:
            tracks[place].append(step.seen)
    return tracks, steps


def alone(model: Any, clip: PromptedClip) -> list[Seen]:
    return list(samscope.track(model, clip.frames, mask=clip.mask, truth=clip.present))


@pytest.mark.parametrize("text", RULES)
def test_shared_beginnings_change_no_bit_and_batches_no_more_than_the_last_ones(text: str) -> None:
    model = small_model().with_memory_rule(memory_rule(text))
    given = clips()
    wanted = [alone(model, clip) for clip in given]
    shared, steps = together(model, given)
    batched, _ = together(model, given, batch=4)
    for own, one, several in zip(wanted, shared, batched, strict=True):
        for name in ("mask_logits", "object_pointer", "memory_features"):
            for seen, same, near in zip(own, one, several, strict=True):
                expected = getattr(seen, name).float()
                assert torch.equal(getattr(same, name).float(), expected), (text, name, seen.frame_index)
                assert (getattr(near, name).float() - expected).norm() <= 1e-3 * expected.norm()
    assert steps == sum(shared_work(model, given).steps)
    # The second parts from the first at frame 4, the third only where the truth counts, the last at once.
    assert steps == 9 + 5 + (5 if text.startswith("oracle") else 0) + 9


@cache
def fast_model() -> Model:
    stock = small_model()
    return replace(stock, network=prepare(stock.network, "fast", stock.device), mode="fast")


@cache
def without_a_rule() -> list[list[Seen]]:
    tracks, _ = together(fast_model(), clips(), cores=1)
    return tracks


@pytest.mark.parametrize("text", RULES)
def test_a_rule_makes_a_difference_and_is_the_same_on_several_cores(text: str) -> None:
    model: Model = fast_model().with_memory_rule(memory_rule(text))
    given, plain = clips(), without_a_rule()
    one, _ = together(model, given, cores=1)
    two, _ = together(model, given, cores=2)
    assert all(
        torch.equal(left.mask_logits, right.mask_logits)
        for a, b in zip(one, two, strict=True)
        for left, right in zip(a, b, strict=True)
    )
    assert any(
        not torch.equal(left.at("object_pointer_ungated"), right.at("object_pointer_ungated"))
        for a, b in zip(one, plain, strict=True)
        for left, right in zip(a, b, strict=True)
    )


@dataclass(frozen=True)
class HardMemory:
    """SAM 2's rule, with every memory of an even frame encoded again."""

    name: ClassVar[str] = "hard"

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        return Sam2Memory().remember(bank, memory, answer)

    def recall(self, bank: Bank, frame: int) -> Recall:
        return Sam2Memory().recall(bank, frame)

    def encodes_again(self, bank: Bank, frame: int) -> bool:
        return frame % 2 == 0


def steps_of(model: NetworkTracker, clip: np.ndarray) -> list[Any]:
    encoded = model.encode(torch.stack([model.preprocess(frame) for frame in clip]))
    prompts = [make_prompt(SIZE, model.image_size, mask=mask(), resize_mask=model.resizes_masks)]
    steps: list[Any] = list(model.start(encoded[:1], prompts, length=len(clip)))
    for frame in range(1, len(clip)):
        steps += model.follow([encoded[frame]], [steps[-1].bank], frame)
    return steps


def model_of(family: str) -> NetworkTracker:
    if family == "sam2":
        return small_model()
    if family == "sam3":
        return Sam3Tracker(small_sam3_network(), "small", 56, torch.device("cpu"))
    model = load_model("random-edgetam", image_size=256)
    assert isinstance(model, NetworkTracker)
    return model


@pytest.mark.parametrize("family", ["sam2", "sam3", "edgetam"])
def test_a_memory_is_encoded_again_as_a_prompted_frames(family: str) -> None:
    model = model_of(family).with_memory_rule(HardMemory())
    steps = steps_of(model, frames(0, 1, 2))
    soft, hard = (next(kept for kept in steps[2].bank.tracked if kept.frame == frame) for frame in (1, 2))
    assert torch.equal(soft.features, steps[1].memory_features)
    assert hard.features.shape == steps[2].memory_features.shape
    assert not torch.equal(hard.features, steps[2].memory_features)


@pytest.mark.parametrize("family", ["sam3", "edgetam"])
@pytest.mark.parametrize("text", ["samurai", "dam4sam", "oracle"])
def test_rules_run_with_every_family(family: str, text: str) -> None:
    model = model_of(family).with_memory_rule(memory_rule(text))
    seen = alone(model, PromptedClip(frames(0, 1, 2, 3), mask(), np.array([True, False, True, True])))
    assert len(seen) == 4
    assert all(torch.isfinite(one.mask_logits).all() for one in seen)


def test_the_weight_of_the_filter_is_set_by_the_models_size_and_told() -> None:
    model = small_model().with_memory_rule(memory_rule("samurai"))
    assert rule_text(model.memory_rule) == "samurai:kf_score_weight=0.25"


def test_without_the_truth_the_oracle_is_refused_before_anything_is_tracked() -> None:
    model, clip = small_model(), frames(0, 1, 2)
    complaint = "memory rule oracle: it needs the truth of every frame, and there are no labels; give truth="
    with pytest.raises(UsageError, match=complaint):
        samscope.track(model, clip, mask=mask(), memory="oracle")
    with pytest.raises(UsageError, match=complaint):
        track_together(model.with_memory_rule(OracleMemory()), [PromptedClip(clip, mask())])
    first = model.with_memory_rule(OracleMemory()).start(
        model.encode(torch.stack([model.preprocess(clip[0])])),
        [make_prompt(SIZE, 64, mask=mask())],
        length=3,
    )
    with pytest.raises(UsageError, match=complaint):
        model.with_memory_rule(OracleMemory()).follow([first[0].encoded], [first[0].bank], 1)


@pytest.mark.parametrize(
    ("truth", "complaint"),
    [
        ([1, 0, 1], r"truth is .*; expected bool \[T\]"),
        (np.ones((3, *SIZE), bool), r"for masks \[T, H, W\] write masks.any"),
        ([True, False], "truth is of 2 frames, and there are 3; give one for each"),
    ],
)
def test_a_truth_that_is_none_is_refused(truth: Any, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        samscope.track(small_model(), frames(0, 1, 2), mask=mask(), memory="oracle", truth=truth)


def test_a_stream_that_goes_on_after_its_truth_is_told_of() -> None:
    seen = samscope.track(
        small_model(), iter(frames(0, 1, 2)), mask=mask(), memory="oracle", truth=[True, True]
    )
    assert [next(seen).frame_index, next(seen).frame_index] == [0, 1]
    with pytest.raises(UsageError, match="frame 2 has no truth: truth= is of 2 frames; give it for all"):
        next(seen)


def test_other_rules_leave_the_truth_alone() -> None:
    clip = frames(0, 1, 2)
    with_truth = list(samscope.track(small_model(), clip, mask=mask(), truth=[True, False, False]))
    without = list(samscope.track(small_model(), clip, mask=mask()))
    assert torch.equal(with_truth[-1].mask_logits, without[-1].mask_logits)


@dataclass(frozen=True)
class ListedMemory(Sam2Memory):
    """A rule with a setting that has no hash."""

    passed_over: list[int] = field(default_factory=list)

    name: ClassVar[str] = "listed"


def test_a_rule_without_a_hash_is_refused_by_name() -> None:
    clip, complaint = clips()[0], "memory rule listed: it cannot be hashed .*'list'.* frozen dataclass"
    with pytest.raises(UsageError, match=complaint):
        small_model().with_memory_rule(ListedMemory())
    with pytest.raises(UsageError, match=complaint):
        samscope.track(small_model(), clip.frames, mask=clip.mask, memory=ListedMemory())
    with pytest.raises(UsageError, match=complaint):
        track_together(small_model(), [clip, replace(clip, memory=ListedMemory())])


@pytest.mark.parametrize("rules", [("sam2long",), ("sam2", "sam2long", "sam2long:num_pathway=2")])
def test_several_paths_and_rules_encode_each_frame_once(
    rules: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, clip = small_model(), clips()[0]
    encode, encoded = type(model).encode, list[int]()

    def counting(self: Any, pixels: torch.Tensor) -> Any:
        encoded.append(len(pixels))
        return encode(self, pixels)

    monkeypatch.setattr(type(model), "encode", counting)
    given = [replace(clip, memory=memory_rule(rule)) for rule in rules]
    tracks, _ = together(model, given)
    assert [len(seen) for seen in tracks] == [len(clip.frames)] * len(rules)
    assert sum(encoded) == len(clip.frames)
