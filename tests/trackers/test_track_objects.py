import gc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.prompts import FramePrompt, PromptedObject
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.sam3.tracker import Sam3Tracker
from tests.extension_package.samscope_example.family import ColourTracker
from tests.small_model import small_model
from tests.small_sam3 import IMAGE_SIZE, small_sam3_network
from tests.trackers.objects import HEIGHT, WIDTH, Counting, counting, equal, frames, mask, masked, tensors


@dataclass(frozen=True)
class Single:
    """A rule that knows of one prompted frame."""

    name: ClassVar[str] = "single"

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        return Sam2Memory().remember(bank, memory, answer)

    def recall(self, bank: Bank, frame: int) -> Recall:
        return Sam2Memory().recall(bank, frame)


class Film:
    """A video that can be iterated over again, unless it is live."""

    def __init__(self, pixels: NDArray[np.uint8], *, live: bool = False, count: int | None = None) -> None:
        self.live, self.count, self.begun = live, count, 0
        self._pixels = pixels

    def __iter__(self) -> Iterator[Any]:
        self.begun += 1
        return (Frame(number, pixels) for number, pixels in enumerate(self._pixels))


@dataclass(frozen=True, eq=False)
class Frame:
    index: int
    pixels: NDArray[np.uint8]


def test_one_object_from_a_mask_on_frame_0_is_what_track_yields() -> None:
    model, clip = small_model(), frames(12)
    alone = list(samscope.track(model, clip, mask=mask()))
    tracked = list(samscope.track_objects(model, clip, [masked(7, 0)]))
    assert [frame.frame_index for frame in tracked] == list(range(12))
    assert all(list(frame.objects) == [7] for frame in tracked)
    assert all(equal(frame.objects[7], seen) for frame, seen in zip(tracked, alone, strict=True))


def test_several_objects_are_tracked_as_alone_and_share_the_encoder() -> None:
    clip = frames(6)
    objects = [masked(1, 0), masked(2, 0, left=40), masked(9, 0, left=5)]
    model = counting(small_model())
    together = list(samscope.track_objects(model, clip, objects))
    assert Counting.encoded == len(clip)
    for prompted in objects:
        alone = samscope.track_objects(model, clip, [prompted])
        for own, frame in zip(alone, together, strict=True):
            assert list(frame.objects) == [1, 2, 9]
            assert equal(own.objects[prompted.id], frame.objects[prompted.id])


def test_an_object_begins_at_its_own_prompt_and_as_released_at_the_first_of_any() -> None:
    model, clip = small_model(), frames(7)
    objects = [masked(2, 4, left=40), masked(1, 1)]
    own = list(samscope.track_objects(model, clip, objects))
    assert [list(frame.objects) for frame in own] == [[], *[[1]] * 3, *[[1, 2]] * 3]
    released = list(samscope.track_objects(model, clip, objects, as_released=True))
    assert [list(frame.objects) for frame in released] == [[], *[[1, 2]] * 6]
    assert not released[1].objects[2].prompted
    assert released[4].objects[2].prompted
    assert equal(own[4].objects[2], released[4].objects[2])


def test_a_late_object_is_tracked_as_in_the_rest_of_the_video() -> None:
    model, clip = small_model(), frames(20)
    late = list(samscope.track_objects(model, clip, [masked(1, 3)]))[3:]
    rest = samscope.track(model, clip[3:], mask=mask())
    for frame, seen in zip(late, rest, strict=True):
        assert torch.equal(frame.objects[1].mask_logits, seen.mask_logits)
        assert frame.objects[1].frame_index == seen.frame_index + 3


def test_frames_before_a_second_prompt_read_it_where_the_frames_can_be_read_again() -> None:
    model, clip = small_model(), frames(8)
    once = list(samscope.track_objects(model, iter(clip), [masked(1, 0, 5)], length=8))
    first = list(samscope.track_objects(model, clip, [masked(1, 0, 5)]))
    alone = list(samscope.track_objects(model, clip, [masked(1, 0)]))
    changed = [not equal(left.objects[1], right.objects[1]) for left, right in zip(once, first, strict=True)]
    assert changed == [False, True, True, True, True, False, True, True]
    assert all(equal(once[index].objects[1], alone[index].objects[1]) for index in range(5))
    as_they_come = list(samscope.track_objects(model, clip, [masked(1, 0, 5)], prompts_first=False))
    assert all(equal(a.objects[1], b.objects[1]) for a, b in zip(once, as_they_come, strict=True))


def test_a_video_that_is_only_iterated_over_is_read_twice_for_coming_prompts() -> None:
    model, clip = small_model(), frames(6)
    film = Film(clip, count=6)
    of_film = list(samscope.track_objects(model, film, [masked(1, 0, 4)]))
    assert film.begun == 2
    of_array = samscope.track_objects(model, clip, [masked(1, 0, 4)])
    assert all(equal(a.objects[1], b.objects[1]) for a, b in zip(of_film, of_array, strict=True))
    assert [frame.source.index for frame in of_film] == list(range(6))
    live = Film(clip, live=True)
    assert len(list(samscope.track_objects(model, live, [masked(1, 0, 4)]))) == 6
    assert live.begun == 1


def test_a_pass_in_reverse_is_one_forwards_through_the_reversed_video() -> None:
    model, clip = small_model(), frames(20)
    reverse = list(samscope.track_objects(model, clip, [masked(1, 19)], reverse=True))
    assert [frame.frame_index for frame in reverse] == list(range(19, -1, -1))
    forwards = samscope.track_objects(model, clip[::-1], [masked(1, 0)])
    for backward, forward in zip(reverse, forwards, strict=True):
        assert equal(backward.objects[1], forward.objects[1])
        assert backward.objects[1].frame_index == backward.frame_index
        assert np.array_equal(backward.source, clip[backward.frame_index])


def test_a_mask_and_a_click_on_one_frame_refine_the_mask() -> None:
    model, clip = small_model(), frames(2)
    click = FramePrompt(frame=0, points=[[30, 20]], labels=[0])
    refined = PromptedObject(1, (FramePrompt(frame=0, mask=mask()), click))
    (first, _), (bare, _) = (
        list(samscope.track_objects(model, clip, [prompted]))
        for prompted in (refined, PromptedObject(1, (click,)))
    )
    assert not first.objects[1].prompted_by_mask
    assert not torch.equal(first.objects[1].mask_logits, bare.objects[1].mask_logits)


def test_masks_that_do_not_overlap_leave_memory_as_it_is() -> None:
    model, clip = small_model(), frames(5)
    objects = [masked(1, 0), masked(2, 0, left=30)]
    overlapping = list(samscope.track_objects(model, clip, objects))
    apart = list(samscope.track_objects(model, clip, objects, non_overlap_masks=True))
    assert any((frame.objects[1].mask & frame.objects[2].mask).any() for frame in overlapping)
    for with_overlap, without in zip(overlapping, apart, strict=True):
        masks = [seen.mask for seen in without.objects.values()]
        assert not (masks[0] & masks[1]).any()
        assert torch.equal(masks[0] | masks[1], with_overlap.objects[1].mask | with_overlap.objects[2].mask)
        for object_id, seen in without.objects.items():
            same = replace(seen, mask=with_overlap.objects[object_id].mask)
            assert equal(same, with_overlap.objects[object_id])


def test_a_stream_of_any_length_holds_the_same_tensors() -> None:
    alive: list[weakref.ref[torch.Tensor]] = []
    one = frames(1)[0]
    objects = [masked(1, 0), masked(2, 3), masked(3, 0, 6)]
    counts = []
    for frame in samscope.track_objects(small_model(), (one for _ in range(90)), objects):
        for seen in frame.objects.values():
            alive.extend(weakref.ref(value) for value in tensors(seen).values())
        if frame.frame_index in {29, 59, 89}:
            gc.collect()
            counts.append(sum(reference() is not None for reference in alive))
    assert counts[0] == counts[1] == counts[2]


def test_frames_are_taken_one_at_a_time() -> None:
    taken = []

    def stream() -> Iterator[NDArray[np.uint8]]:
        for index, frame in enumerate(frames(5)):
            taken.append(index)
            yield frame

    tracking = samscope.track_objects(small_model(), stream(), [masked(1, 0), masked(2, 1)])
    for expected in ([0], [0, 1], [0, 1, 2]):
        next(tracking)
        assert taken == expected


def test_a_stream_that_breaks_leaves_what_was_tracked() -> None:
    def stream() -> Iterator[NDArray[np.uint8]]:
        yield from frames(3)
        raise OSError("the camera is gone")

    tracking = samscope.track_objects(small_model(), stream(), [masked(1, 0)])
    assert [next(tracking).frame_index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="the camera is gone"):
        next(tracking)


def test_a_prompt_on_a_frame_that_never_comes_is_said_at_the_end() -> None:
    tracking = samscope.track_objects(small_model(), iter(frames(3)), [masked(1, 0), masked(2, 7)])
    assert [next(tracking).frame_index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(
        UsageError, match="object 2: the video ended with frame 2, before its prompt on frame 7"
    ):
        next(tracking)


def test_each_object_has_its_own_state_of_a_rule() -> None:
    model = Sam3Tracker(small_sam3_network(), "small", IMAGE_SIZE, torch.device("cpu"))
    clip = frames(5)
    objects = [masked(1, 0), masked(2, 2, left=40)]
    together = list(samscope.track_objects(model, clip, objects))
    for prompted in objects:
        alone = samscope.track_objects(model, clip, [prompted])
        for own, frame in zip(alone, together, strict=True):
            assert own.objects.keys() <= frame.objects.keys()
            assert all(equal(seen, frame.objects[prompted.id]) for seen in own.objects.values())


def test_a_rule_for_one_prompted_frame_takes_one_and_refuses_more_by_name() -> None:
    model, clip = small_model(), frames(4)
    single = list(samscope.track_objects(model, clip, [masked(1, 0), masked(2, 2)], memory=Single()))
    usual = samscope.track_objects(model, clip, [masked(1, 0), masked(2, 2)])
    for one, other in zip(single, usual, strict=True):
        assert all(equal(one.objects[key], other.objects[key]) for key in one.objects)
    refused: list[tuple[list[PromptedObject], dict[str, Any]]] = [
        ([masked(1, 0, 2)], {}),
        ([masked(1, 3)], {"reverse": True}),
        ([masked(1, 0), masked(2, 2)], {"as_released": True}),
    ]
    for prompts, options in refused:
        with pytest.raises(UsageError, match="memory rule single: it is for one prompted frame an object"):
            samscope.track_objects(model, clip, prompts, memory=Single(), **options)


@pytest.mark.parametrize("rule", ["samurai", "dam4sam"])
def test_rules_for_one_prompted_frame_track_an_object_as_alone(rule: str) -> None:
    model, clip = small_model(image_size=128), frames(8)
    objects = [masked(1, 0), masked(2, 3, left=40)]
    tracked = list(samscope.track_objects(model, clip, objects, memory=rule))
    for frame, seen in zip(tracked, samscope.track(model, clip, mask=mask(), memory=rule), strict=True):
        assert equal(frame.objects[1], seen)
    rest = samscope.track(model, clip[3:], mask=mask(40), memory=rule, length=8)
    for frame, seen in zip(tracked[3:], rest, strict=False):
        assert torch.equal(frame.objects[2].mask_logits, seen.mask_logits)


def test_a_rule_that_needs_the_truth_is_refused_before_anything_is_tracked() -> None:
    with pytest.raises(UsageError, match="memory rule oracle: it needs the truth of every frame"):
        samscope.track_objects(small_model(), frames(3), [masked(1, 0)], memory="oracle")


def test_a_family_that_takes_a_prompt_on_frame_0_tracks_objects_that_begin_later_too() -> None:
    model, clip = ColourTracker("colour", 32, torch.device("cpu"), "exact"), frames(5)
    tracked = list(samscope.track_objects(model, clip, [masked(1, 0), masked(2, 2, left=40)]))
    assert [list(frame.objects) for frame in tracked] == [[1], [1], [1, 2], [1, 2], [1, 2]]
    rest = samscope.track(model, clip[2:], mask=mask(40))
    for frame, seen in zip(tracked[2:], rest, strict=True):
        assert torch.equal(frame.objects[2].mask, seen.mask)
        assert frame.objects[2].frame_index == seen.frame_index + 2
    with pytest.raises(UsageError, match="the model colour takes one prompt an object, in a pass forwards"):
        samscope.track_objects(model, clip, [masked(1, 0, 2)])
    refined = FramePrompt(frame=0, mask=mask(), points=[[30, 20]])
    with pytest.raises(UsageError, match=r"the model colour .* a mask here is refined by clicks"):
        samscope.track_objects(model, clip, [PromptedObject(1, (refined,))])


def test_side_by_side_on_cores_the_same_is_seen() -> None:
    stock, clip = small_model(), frames(8)
    model = replace(stock, network=prepare(stock.network, "fast", stock.device), mode="fast")
    objects = [masked(1, 0, 4), masked(2, 0, left=40), masked(3, 3)]
    one, three = (list(samscope.track_objects(model, clip, objects, threads=count)) for count in (1, 3))
    for left, right in zip(one, three, strict=True):
        assert left.objects.keys() == right.objects.keys()
        assert all(equal(seen, right.objects[key]) for key, seen in left.objects.items())
    alone = samscope.track(model, clip, mask=mask(40))
    assert all(equal(frame.objects[2], seen) for frame, seen in zip(three, alone, strict=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompts": []}, "there is no object to track"),
        ({"prompts": [masked(1, 4)]}, "object 1, frame 4: the video has 4 frames"),
        ({"prompts": [masked(1, 0), masked(1, 1)]}, "object 1 is there twice"),
        (
            {"prompts": [PromptedObject(1, (FramePrompt(frame=0, box=[70, 4, 90, 20]),))]},
            "object 1, frame 0: .* is not within the frame of 80 x 48 pixels",
        ),
        ({"frames": []}, "there is no frame to track in"),
        ({"frames": iter(frames(4)), "reverse": True}, "a pass in reverse reads frames by their index"),
        ({"frames": Film(frames(4)), "reverse": True}, "IndexedVideo"),
        ({"frames": iter(frames(4)), "prompts_first": True}, "prompts_first: these frames come once"),
        (
            {"frames": Film(frames(4), live=True), "prompts_first": True},
            "prompts_first: these frames come once",
        ),
        (
            {"frames": iter(frames(4)), "prompts": [masked(1, 0, 2)], "as_released": True},
            "as_released: the official predictor looks at all prompted frames first",
        ),
        ({"memory": "nothing"}, "there is no such rule"),
        ({"ahead": -1}, "ahead is -1"),
        ({"length": 2}, "frame 2 came after the last one: length=2"),
        ({"model": "nano"}, "the model is 'nano'; load it first"),
    ],
)
def test_what_cannot_be_tracked_is_refused(change: dict[str, Any], message: str) -> None:
    given = {"model": small_model(), "frames": frames(4), "prompts": [masked(1, 0)], **change}
    with pytest.raises(UsageError, match=message):
        list(samscope.track_objects(**given))


def test_frames_of_another_size_are_refused_when_they_come() -> None:
    clip = [*frames(2), np.zeros((HEIGHT, WIDTH + 1, 3), np.uint8)]
    tracking = samscope.track_objects(small_model(), clip, [masked(1, 0)])
    next(tracking)
    next(tracking)
    with pytest.raises(UsageError, match=r"frame 2 is \[48, 81, 3\], expected \[48, 80, 3\]"):
        next(tracking)
