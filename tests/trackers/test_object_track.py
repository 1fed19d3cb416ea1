from collections.abc import Iterable

import pytest

from samscope.trackers.memory import Bank, Limits
from samscope.trackers.object_track import Answered, ObjectTrack, Passed, Released, in_time
from samscope.trackers.rules.sam2 import Sam2Memory
from tests.trackers.rules.banks import NOTHING, memory, recalled

KEEP = Released(legacy=True)
CLEAR = Released(legacy=True, add_all_frames_to_correct_as_cond=True, clear_non_cond_mem_around_input=True)


def answered(frame: int) -> Answered:
    return Answered(memory(frame), NOTHING, None)


def track_of(conditioning: Iterable[int] = (), tracked: Iterable[int] = (), stride: int = 1) -> ObjectTrack:
    return ObjectTrack(
        Bank(Sam2Memory(stride), Limits(), ()),
        conditioning={frame: answered(frame) for frame in conditioning},
        tracked={frame: answered(frame) for frame in tracked},
    )


def test_prompts_wait_for_the_next_pass() -> None:
    before = track_of([0], range(1, 9))
    pending = before.answered(5, answered(5), None, conditions=True)
    assert list(pending.conditioning) == [0]
    assert pending.conditioning_frames == (0, 5)
    settled = pending.settled(None)
    assert list(settled.conditioning) == [0, 5]
    assert list(settled.tracked) == [1, 2, 3, 4, 6, 7, 8]
    assert not settled.pending
    assert not before.pending


def test_the_order_of_prompts_is_kept_also_where_one_is_prompted_again() -> None:
    track = track_of([8, 0])
    for frame in (3, 8):
        track = track.answered(frame, answered(frame), None, conditions=True)
    assert list(track.settled(None).conditioning) == [8, 0, 3]


def test_a_correction_may_be_an_ordinary_frame_and_on_a_conditioning_one_it_is_dropped() -> None:
    track = track_of([0], [1, 2])
    for frame in (0, 2):
        track = track.answered(frame, answered(frame), None, conditions=False)
    settled = track.settled(Released())
    assert settled.conditioning[0] is track.conditioning[0]
    assert settled.tracked[2] is track.pending[2][0]
    assert settled.kept == frozenset()
    assert track.settled(KEEP).kept == {2}


@pytest.mark.parametrize(("stride", "left"), [(1, [1, 2, 18, 19]), (2, [])])
def test_what_is_near_a_prompt_is_forgotten_where_asked_for(stride: int, left: list[int]) -> None:
    track = track_of([0], range(1, 20), stride).answered(10, answered(10), None, conditions=True)
    assert list(track.settled(CLEAR).tracked) == left
    assert len(track.settled(None).tracked) == 18
    came_by = track_of([0], range(1, 20), stride).came_by(0, Passed(False, None), CLEAR)
    assert min(came_by.tracked, default=20) == 7 * stride + 1


def test_a_frame_whose_prompts_are_taken_back_is_one_to_be_tracked() -> None:
    track = track_of([0, 4], [5]).came_by(4, Passed(False, None), None)
    cleared = track.answered(4, answered(4), None, conditions=True).without_prompts(4)
    assert list(cleared.conditioning) == [0]
    assert list(cleared.tracked) == [5, 4]
    assert not cleared.pending
    assert not cleared.passed


def test_in_reverse_frames_are_counted_by_the_negative_of_their_index() -> None:
    assert in_time(memory(5), reverse=True).frame == -5
    assert in_time(memory(5), reverse=False).frame == 5
    track = track_of([0, 9], range(1, 9))
    forwards = recalled(track.bank_of_frames(5, reverse=False), 5)
    assert forwards["memory_frames"] == [0, 9, 1, 2, 3, 4]
    assert forwards["memory_ages"] == [0, 0, 4, 3, 2, 1]
    assert forwards["pointer_frames"] == [0, 4, 3, 2, 1]
    reverse = recalled(track.bank_of_frames(5, reverse=True), -5)
    assert reverse["memory_frames"] == [0, -9, -8, -7, -6]
    assert reverse["memory_ages"] == [0, 0, 3, 2, 1]
    assert reverse["pointer_frames"] == [-9, -6, -7, -8]
    assert reverse["pointer_distances"] == [4, 1, 2, 3]


def test_strides_in_reverse_are_multiples_of_the_frames_own_index() -> None:
    track = track_of([19], range(19), stride=3)
    read = recalled(track.bank_of_frames(4, reverse=True), -4)
    assert read["memory_frames"] == [-19, -18, -15, -12, -9, -6, -5]


def test_a_clean_bank_holds_what_is_prompted_alone() -> None:
    bank = track_of([3, 7], [4, 5]).clean_bank(reverse=True)
    assert [kept.frame for kept in bank.prompted] == [-3, -7]
    assert bank.tracked == ()
