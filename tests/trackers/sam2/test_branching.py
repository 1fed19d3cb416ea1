"""Tracks that keep several paths, driven as any others: alone, together, as streams, in every mode."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

import samscope
from samscope.trackers.memory import Answer, Bank, Candidates, Memory, Recall
from samscope.trackers.registry import load_model
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.sam2 import branching
from samscope.trackers.sam2.decoding import decode_masks
from samscope.trackers.sam2.step import answered_tensors
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, SeenTogether, track_together
from tests.small_model import small_model
from tests.trackers.test_shared import CLIPS, differing, fast_model, frames, mask, tracked_together

PARTING = Sam2LongMemory(uncertainty=1000)
"""Takes every frame for uncertain, so that paths part on the first that they can."""


def tracked(model: Any, clip: Any, **options: Any) -> list[Seen]:
    return list(samscope.track(model, clip, mask=mask(), **options))


@dataclass(frozen=True)
class OnePath:
    """What a single path of SAM2Long's comes to, written as a rule that knows of no paths."""

    name: ClassVar[str] = "one-path"

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        assert answer.candidate_ious is not None
        assert answer.object_score is not None
        candidates = Candidates(
            answer.candidate_logits[0], answer.candidate_ious[0], answer.object_score[0], 64
        )
        rule = Sam2LongMemory(num_pathway=1)
        (branch,) = rule.branch([bank], [candidates])
        return rule.remember(replace(bank, state=branch.choice.state), memory, answer)

    def recall(self, bank: Bank, frame: int) -> Recall:
        return Sam2LongMemory().recall(bank, frame)


def test_a_single_path_is_a_plain_rule() -> None:
    model = small_model()
    ours = tracked(model, CLIPS["all"], memory=Sam2LongMemory(num_pathway=1))
    plain = tracked(model, CLIPS["all"], memory=OnePath())
    assert [differing(*pair) for pair in zip(ours, plain, strict=True)] == [[]] * len(plain)
    other = tracked(model, CLIPS["all"])
    assert any(differing(*pair) for pair in zip(ours, other, strict=True))


def test_paths_that_have_gone_the_same_way_are_tracked_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    decode, answer = decode_masks, answered_tensors

    def counting(function: Any) -> Any:
        def counted(network: Any, encoded: Any, *args: Any, **options: Any) -> Any:
            counts.append(len(encoded.pixels))
            return function(network, encoded, *args, **options)

        return counted

    monkeypatch.setattr(branching, "decode_masks", counting(decode))
    monkeypatch.setattr(branching, "answered_tensors", counting(answer))
    tracked(small_model(), CLIPS["all"], memory=Sam2LongMemory(uncertainty=0, num_pathway=1))
    alone = sum(counts)
    assert alone == 2 * 8
    counts.clear()
    tracked(small_model(), CLIPS["all"], memory=Sam2LongMemory(uncertainty=0))
    assert sum(counts) == alone
    counts.clear()
    tracked(small_model(), CLIPS["all"], memory=PARTING)
    assert sum(counts) == 1 + 1 + 1 + 3 + 6 * (3 + 3)


def test_a_clips_answer_is_the_best_path_at_its_end_and_a_streams_the_best_so_far() -> None:
    model = small_model()
    final = tracked(model, CLIPS["all"], memory=PARTING)
    so_far = tracked(model, iter(CLIPS["all"]), memory=PARTING)
    told = tracked(model, iter(CLIPS["all"]), memory=PARTING, length=len(CLIPS["all"]))
    assert [seen.frame_index for seen in final] == list(range(len(CLIPS["all"])))
    assert [differing(*pair) for pair in zip(final, told, strict=True)] == [[]] * len(told)
    assert any(
        seen.mask_logits.ne(other.mask_logits).any() for seen, other in zip(final, so_far, strict=True)
    )


def test_a_stream_without_a_length_is_answered_frame_by_frame() -> None:
    read: list[int] = []

    def stream() -> Iterator[np.ndarray]:
        for index, frame in enumerate(CLIPS["all"]):
            read.append(index)
            yield frame

    for seen in samscope.track(small_model(), stream(), mask=mask(), memory=PARTING):
        assert read[-1] == seen.frame_index


def test_what_was_tracked_before_a_frame_failed_is_yielded() -> None:
    def breaking() -> Iterator[np.ndarray]:
        yield from CLIPS["all"][:5]
        raise OSError("the camera is gone")

    answers = samscope.track(small_model(), breaking(), mask=mask(), memory=PARTING, length=9)
    assert [next(answers).frame_index for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(OSError, match="the camera is gone"):
        next(answers)


@pytest.mark.parametrize("rule", [PARTING, Sam2LongMemory(uncertainty=0)])
def test_together_every_bit_is_that_of_each_clip_alone(rule: Sam2LongMemory) -> None:
    model = small_model().with_memory_rule(rule)
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    for clip, seen in zip(clips, tracked_together(model, clips), strict=True):
        alone = tracked(model, clip.frames)
        assert [differing(*pair) for pair in zip(seen, alone, strict=True)] == [[]] * len(alone)


def test_clips_of_one_track_that_end_at_different_times_have_their_own_answers() -> None:
    model = small_model().with_memory_rule(PARTING)
    long = frames(*range(22))
    clips = [PromptedClip(long, mask()), PromptedClip(long[:18], mask())]
    for clip, seen in zip(clips, tracked_together(model, clips), strict=True):
        alone = tracked(model, clip.frames)
        assert [differing(*pair) for pair in zip(seen, alone, strict=True)] == [[]] * len(alone)


def test_batches_stay_within_rounding() -> None:
    model = small_model().with_memory_rule(PARTING)
    clips = [PromptedClip(clip, mask(left)) for clip in CLIPS.values() for left in (10, 40)]
    alone, together = tracked_together(model, clips), tracked_together(model, clips, batch=4)
    for one, other in zip((s for t in alone for s in t), (s for t in together for s in t), strict=True):
        for name in ("mask_logits", "object_pointer_ungated", "memory_conditioned", "memory_features"):
            left, right = getattr(one, name), getattr(other, name)
            if left is not None:
                assert (left.float() - right.float()).norm() <= 3e-4 * right.float().norm(), name


@pytest.mark.parametrize("cores", [None, 1, 3])
def test_every_step_is_watched_once_before_it_is_yielded_each_clips_in_their_order(
    cores: int | None,
) -> None:
    model = (small_model() if cores is None else fast_model()).with_memory_rule(PARTING)
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    watched: list[SeenTogether] = []
    yielded = []
    for together in track_together(model, clips, cores=cores, watch=watched.append):
        assert any(together is one for one in watched)
        yielded.append(together)
    assert len(watched) == len(yielded)
    for place, clip in enumerate(clips):
        seen = [one.seen.frame_index for one in watched if place in one.clips]
        assert seen == list(range(len(clip.frames)))


def test_fast_reads_scaled_keys_within_rounding_of_exact_and_the_same_on_any_cores() -> None:
    clips = [PromptedClip(clip, mask()) for clip in CLIPS.values()]
    exact = tracked_together(small_model().with_memory_rule(PARTING), clips)
    fast, on_cores = (
        tracked_together(fast_model().with_memory_rule(PARTING), clips, cores=cores) for cores in (1, 3)
    )
    for one, other in zip((s for t in fast for s in t), (s for t in exact for s in t), strict=True):
        for name in ("memory_conditioned", "mask_logits", "object_pointer_ungated"):
            left, right = getattr(one, name), getattr(other, name)
            if right is not None:
                assert (left - right).norm() <= 3e-4 * right.norm(), name
    for ours, theirs in zip(fast, on_cores, strict=True):
        assert [differing(*pair) for pair in zip(ours, theirs, strict=True)] == [[]] * len(ours)


def test_another_family_keeps_paths_as_well() -> None:
    model = load_model("random-edgetam", image_size=256)
    clip = frames(*range(5))
    final = tracked(model, clip, memory=PARTING)
    assert [seen.frame_index for seen in final] == list(range(5))
    plain = tracked(model, clip)
    assert any(seen.mask_logits.ne(other.mask_logits).any() for seen, other in zip(final, plain, strict=True))
