import itertools
from typing import Any

import pytest
import torch

import samscope
from samscope import Released, Seen, TrackedFrame, TrackingSession
from samscope.support.errors import UsageError
from samscope.trackers.edgetam.network import build_network, released_configuration
from samscope.trackers.edgetam.tracker import EdgeTam
from samscope.trackers.family import Tracker
from samscope.trackers.sam2.decoding import NO_OBJECT_LOGIT
from samscope.trackers.sam3.tracker import Sam3Tracker
from tests.extension_package.samscope_example.family import ColourTracker
from tests.small_model import small_model
from tests.small_sam3 import IMAGE_SIZE, small_sam3_network
from tests.trackers.objects import Counting, counting, equal, frames, mask, masked
from tests.trackers.test_track_objects import Film, Single

CPU = torch.device("cpu")


def indices(tracked: list[TrackedFrame]) -> list[int]:
    return [frame.frame_index for frame in tracked]


def same(one: list[TrackedFrame], other: list[TrackedFrame], object_id: int = 1) -> list[bool]:
    """Tell frame by frame whether the same was seen of an object."""
    pairs = zip(one, other, strict=True)
    return [equal(left.objects[object_id], right.objects[object_id]) for left, right in pairs]


def tracked_once(session: TrackingSession) -> list[TrackedFrame]:
    session.prompt(1, 0, mask=mask())
    return list(session.propagate())


def test_a_pass_from_a_mask_on_frame_0_is_what_track_yields() -> None:
    model, clip = small_model(), frames(12)
    tracked = tracked_once(TrackingSession(model, clip))
    alone = samscope.track(model, clip, mask=mask())
    assert all(equal(frame.objects[1], seen) for frame, seen in zip(tracked, alone, strict=True))


@pytest.mark.parametrize("as_released", [False, True])
def test_prompts_and_one_pass_are_what_track_objects_yields(as_released: bool) -> None:
    model, clip = small_model(), frames(9)
    session = TrackingSession(model, clip, as_released=as_released)
    for frame in (2, 6):
        session.prompt(1, frame, mask=mask())
    session.prompt(2, 4, mask=mask(40))
    objects = [masked(1, 2, 6), masked(2, 4, left=40)]
    streamed = list(samscope.track_objects(model, clip, objects, as_released=as_released))
    held = list(session.propagate())
    assert indices(held) == list(range(2, 9))
    for one, other in zip(held, streamed[2:], strict=True):
        assert list(one.objects) == list(other.objects)
        assert all(equal(seen, other.objects[key]) for key, seen in one.objects.items())


def test_objects_of_a_frame_share_the_encoder() -> None:
    model = counting(small_model())
    session = TrackingSession(model, frames(5))
    for object_id in (1, 2, 3):
        session.prompt(object_id, 0, mask=mask(10 * object_id))
    assert Counting.encoded == 1
    list(session.propagate())
    assert Counting.encoded == 5


def test_clicks_one_by_one_refine_and_differ_from_all_at_once() -> None:
    points, labels = [[30, 20], [40, 25], [60, 40]], [1, 1, 0]
    one_by_one = TrackingSession(small_model(), frames(2))
    answers = [
        one_by_one.prompt(1, 0, points=[point], labels=[label])
        for point, label in zip(points, labels, strict=True)
    ]
    assert not torch.equal(answers[0].mask_logits, answers[1].mask_logits)
    at_once = TrackingSession(small_model(), frames(2)).prompt(1, 0, points=points, labels=labels)
    assert not torch.equal(at_once.mask_logits, answers[-1].mask_logits)
    replaced = TrackingSession(small_model(), frames(2))
    replaced.prompt(1, 0, points=points[:1])
    with_mask = replaced.prompt(1, 0, points=points, labels=labels, clear_old_points=True)
    assert not torch.equal(with_mask.mask_logits, at_once.mask_logits)


def test_a_box_and_then_a_click_is_the_box_and_the_click_with_the_boxs_mask() -> None:
    box = [20, 10, 50, 30]
    added, together = (TrackingSession(small_model(), frames(1)) for _ in range(2))
    for session in (added, together):
        session.prompt(1, 0, box=box)
    one = added.prompt(1, 0, points=[[60, 40]], labels=[0])
    other = together.prompt(1, 0, box=box, points=[[60, 40]], labels=[0], clear_old_points=True)
    assert equal(one, other)
    with pytest.raises(UsageError, match="frame 0: a box comes before all clicks"):
        added.prompt(1, 0, box=box)


def test_a_click_after_a_mask_refines_it_and_a_mask_forgets_the_clicks() -> None:
    session = TrackingSession(small_model(), frames(1))
    first = session.prompt(1, 0, mask=mask())
    assert not torch.equal(session.prompt(1, 0, points=[[60, 40]], labels=[0]).mask, first.mask)
    assert equal(session.prompt(1, 0, mask=mask()), first)
    again = session.prompt(1, 0, points=[[60, 40]], labels=[0])
    fresh = TrackingSession(small_model(), frames(1))
    fresh.prompt(1, 0, mask=mask())
    assert equal(again, fresh.prompt(1, 0, points=[[60, 40]], labels=[0]))


def test_a_correction_acts_and_as_released_it_is_lost() -> None:
    model, clip = small_model(), frames(9)
    for as_released, acts in ((False, True), (True, False)):
        session = TrackingSession(model, clip, as_released=as_released)
        before = tracked_once(session)
        corrected = session.prompt(1, 5, points=[[60, 40]])
        assert corrected.memory_conditioned is not None
        assert not torch.equal(corrected.mask_logits, before[5].objects[1].mask_logits)
        after = list(session.propagate())
        assert same(before, after) == ([True, *[False] * 8] if acts else [True] * 9)
        assert session.conditioning_frames(1) == ((0, 5) if acts else (0,))
        assert equal(after[5].objects[1], corrected) == acts


def test_a_corrections_first_click_reads_what_tracking_the_frame_read() -> None:
    model, clip = small_model(), frames(9)
    for as_released, reverse in itertools.product((False, True), (False, True)):
        session = TrackingSession(model, clip, as_released=as_released)
        session.prompt(1, 8 if reverse else 0, mask=mask())
        start = 8 if reverse else 0
        tracked = {t.frame_index: t.objects[1] for t in session.propagate(start=start, reverse=reverse)}
        corrected = session.prompt(1, 5, points=[[60, 40]])
        assert torch.equal(corrected.at("memory_conditioned"), tracked[5].at("memory_conditioned"))


def test_the_same_answer_again_after_a_prompt_was_taken_back() -> None:
    session = TrackingSession(small_model(), frames(7))
    before = tracked_once(session)
    session.prompt(1, 4, points=[[60, 40]])
    session.clear(1, 4)
    assert all(same(before, list(session.propagate())))
    session.prompt(1, 4, points=[[60, 40]])
    list(session.propagate())
    session.clear(1, 4)
    assert all(same(before, list(session.propagate())))
    with pytest.raises(UsageError, match="object 1, frame 4: there is no prompt to take back"):
        session.clear(1, 4)


def test_each_pass_starts_clean_and_as_released_passes_leak() -> None:
    model, clip = small_model(), frames(9)
    for as_released in (False, True):
        alone, after = (TrackingSession(model, clip, as_released=as_released) for _ in range(2))
        for session in (alone, after):
            session.prompt(1, 4, mask=mask())
        list(after.propagate())
        one, other = (list(session.propagate(start=4, reverse=True)) for session in (alone, after))
        leaked = [not unchanged for unchanged in same(one, other)]
        assert leaked == ([False, True, True, True, True] if as_released else [False] * 5)


def test_a_pass_that_starts_where_one_came_by_goes_on_from_it() -> None:
    session = TrackingSession(small_model(), frames(9))
    whole = tracked_once(session)
    assert all(same(whole[5:], list(session.propagate(start=5))))


def test_without_a_start_a_pass_begins_at_the_prompt_that_is_first_in_its_direction() -> None:
    for as_released, yielded in ((False, [6, 5, 4, 3, 2, 1, 0]), (True, [2, 1, 0])):
        session = TrackingSession(small_model(), frames(9), as_released=as_released)
        session.prompt(1, 2, mask=mask())
        session.prompt(2, 6, mask=mask(40))
        reverse = list(session.propagate(reverse=True))
        assert indices(reverse) == yielded
        assert list(reverse[0].objects) == ([1, 2] if as_released else [2])
    nothing = TrackingSession(small_model(), frames(3), as_released=True)
    nothing.prompt(1, 0, mask=mask())
    assert list(nothing.propagate(reverse=True)) == []


def test_a_removed_object_leaves_the_others_as_if_it_had_never_been() -> None:
    model, clip = small_model(), frames(6)
    alone = tracked_once(TrackingSession(model, clip))
    session = TrackingSession(model, clip)
    session.prompt(2, 0, mask=mask(40))
    tracked_once(session)
    session.remove(2)
    assert session.object_ids == (1,)
    assert all(same(alone, list(session.propagate())))
    with pytest.raises(UsageError, match="there is no object 2; there are 1"):
        session.remove(2)


def test_a_pass_may_be_left_at_any_frame_and_an_object_added_meanwhile() -> None:
    session = TrackingSession(small_model(), frames(6))
    session.prompt(1, 0, mask=mask())
    running = session.propagate()
    assert [next(running).frame_index for _ in range(3)] == [0, 1, 2]
    session.prompt(2, 1, mask=mask(40))
    assert [list(frame.objects) for frame in running] == [[1]] * 3
    assert [list(frame.objects) for frame in session.propagate()] == [[1], *[[1, 2]] * 5]


def test_what_is_held_of_a_frame_is_the_latest_answer() -> None:
    session = TrackingSession(small_model(), frames(4))
    assert session.mask_logits(0) == {}
    tracked = tracked_once(session)
    session.prompt(2, 3, mask=mask(40))
    held = session.mask_logits(1)
    assert torch.equal(held[1], tracked[1].objects[1].mask_logits)
    assert (held[2] == NO_OBJECT_LOGIT).all()
    corrected = session.prompt(1, 1, points=[[60, 40]])
    assert torch.equal(session.mask_logits(1)[1], corrected.mask_logits)


def test_corrections_of_the_legacy_predictor_are_kept_as_they_are() -> None:
    session = TrackingSession(small_model(), frames(9), as_released=Released(legacy=True))
    before = tracked_once(session)
    corrected = session.prompt(1, 5, points=[[60, 40]])
    after = list(session.propagate())
    assert same(before, after) == [True] * 5 + [False] * 4
    assert equal(after[5].objects[1], corrected)
    assert session.conditioning_frames(1) == (0,)


def edgetam() -> Tracker:
    return EdgeTam(build_network(released_configuration(256)).eval(), "small", 256, CPU)


def sam3() -> Tracker:
    return Sam3Tracker(small_sam3_network(), "small", IMAGE_SIZE, CPU)


@pytest.mark.parametrize("make", [edgetam, sam3])
def test_other_families_take_prompts_on_any_frame_too(make: Any) -> None:
    model, clip = make(), frames(5)
    session = TrackingSession(model, clip)
    before = tracked_once(session)
    alone = samscope.track(model, clip, mask=mask())
    assert all(equal(frame.objects[1], seen) for frame, seen in zip(before, alone, strict=True))
    corrected = session.prompt(1, 3, points=[[60, 40]], labels=[0])
    assert corrected.memory_conditioned is not None
    after = list(session.propagate())
    assert same(before, after) == [True, False, False, False, False]
    reverse = list(session.propagate(reverse=True))
    assert indices(reverse) == [3, 2, 1, 0]
    assert all(isinstance(frame.objects[1], Seen) for frame in reverse)


def test_a_frame_before_its_first_prompt_reads_no_pointer() -> None:
    for model in (small_model(), edgetam()):
        session = TrackingSession(model, frames(4), as_released=True)
        session.prompt(1, 0, mask=mask())
        session.prompt(2, 2, mask=mask(40))
        first = next(session.propagate())
        assert first.objects[2].memory_conditioned is not None
        assert first.objects[2].at("object_pointer").isfinite().all()


def test_the_only_frame_of_a_video_can_be_corrected() -> None:
    session = TrackingSession(small_model(), frames(1))
    tracked_once(session)
    assert session.prompt(1, 0, points=[[60, 40]]).mask_logits.isfinite().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": iter(frames(3))}, "a session reads frames again"),
        ({"frames": Film(frames(3))}, r"\[frame.pixels for frame in video\]"),
        ({"frames": []}, "there is no frame to track in"),
        ({"frames": "film.mp4"}, "the frames are 'film.mp4'"),
        ({"model": "nano"}, "load it first"),
        ({"memory": Single()}, "memory rule single: it is for one prompted frame an object"),
        ({"model": ColourTracker("colour", 32, CPU, "exact")}, "the model colour takes one prompt an object"),
        ({"memory": "sam3", "as_released": True}, "as_released: memory rule sam3 remembers by passes"),
    ],
)
def test_what_a_session_cannot_be_of_is_refused(change: dict[str, Any], message: str) -> None:
    given = {"model": small_model(), "frames": frames(3), **change}
    with pytest.raises(UsageError, match=message):
        TrackingSession(given.pop("model"), given.pop("frames"), **given)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"mask": mask(), "object_id": 0}, "an object's id is 0"),
        ({"mask": mask(), "object_id": 256}, "an object's id is 256"),
        ({"mask": mask(), "frame": 3}, "object 1, frame 3: the video has 3 frames"),
        ({"mask": mask(), "frame": -1}, "a prompt's frame is -1"),
        ({}, "frame 0: an empty prompt"),
        ({"points": [[90, 3]]}, "object 1, frame 0: .* is not within the frame"),
        ({"box": [50, 10, 20, 30]}, "object 1, frame 0: the box .* has no area"),
        ({"mask": mask()[:-1]}, "object 1, frame 0: a mask of shape"),
        ({"labels": [1]}, "frame 0: an empty prompt"),
    ],
)
def test_a_prompt_that_does_not_fit_is_refused_and_changes_nothing(
    told: dict[str, Any], message: str
) -> None:
    session = TrackingSession(small_model(), frames(3))
    told = {"object_id": 1, "frame": 0, **told}
    with pytest.raises(UsageError, match=message):
        session.prompt(told.pop("object_id"), told.pop("frame"), **told)
    assert session.object_ids == ()
    with pytest.raises(UsageError, match="there is no object to track; prompt one first"):
        session.propagate()


def test_passes_that_cannot_be_are_refused() -> None:
    session = TrackingSession(small_model(), frames(3))
    session.prompt(1, 1, mask=mask())
    with pytest.raises(UsageError, match="start is 3; the last frame is 2"):
        session.propagate(start=3)
    session.clear(1, 1)
    with pytest.raises(UsageError, match="object 1: no prompt is left"):
        session.propagate()


def test_options_that_the_official_code_cannot_do_are_refused() -> None:
    with pytest.raises(UsageError, match=r"clear_non_cond_mem_around_input: .* set legacy=True"):
        Released(clear_non_cond_mem_around_input=True)
