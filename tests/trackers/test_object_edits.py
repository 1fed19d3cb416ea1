"""Edits and attention of several objects: each has its own, by frames of the video, in either direction."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

import samscope
from samscope import Seen, TrackedFrame, TrackingSession
from samscope.support.errors import UsageError
from samscope.trackers.edits import Edit, Noise, Put, Remove, Zero
from samscope.trackers.object_edits import ObjectEdits
from samscope.trackers.sites import SITES
from tests.extension_package.samscope_example.family import ColourTracker
from tests.small_model import small_model
from tests.trackers.edited import differing
from tests.trackers.objects import frames, mask, masked
from tests.trackers.test_track_objects import Film

COUNT = 6
TENSORS = [site for site in SITES if not site.removed]
EARLY_AND_LATE = [masked(1, 0), masked(2, 2, left=40)]


def tracked(
    edits: ObjectEdits = (), objects: Sequence[Any] = EARLY_AND_LATE, **options: Any
) -> list[TrackedFrame]:
    return list(samscope.track_objects(small_model(), frames(COUNT), objects, edits=edits, **options))


@cache
def untouched(**options: Any) -> list[TrackedFrame]:
    """The pass without edits."""
    return tracked(**options)


def run_of(passed: Sequence[TrackedFrame], object_id: int) -> list[Seen]:
    return [frame.objects[object_id] for frame in passed if object_id in frame.objects]


def differ_from(one: Sequence[Seen], other: Sequence[Seen]) -> list[int]:
    """The frames on which two runs differ."""
    return [s.frame_index for s, t in zip(one, other, strict=True) if differing(s, t)]


@pytest.mark.parametrize(
    ("prompts", "options"),
    [
        ({1: [0], 2: [2]}, {}),
        ({1: [0], 2: [2]}, {"as_released": True}),
        ({1: [0], 2: [2]}, {"memory": "samurai"}),
        ({1: [0, 3], 2: [2]}, {"prompts_first": True}),
        ({1: [5], 2: [3]}, {"reverse": True}),
    ],
)
def test_what_is_put_back_everywhere_changes_no_bit(
    prompts: Mapping[int, Sequence[int]], options: dict[str, Any]
) -> None:
    objects = [masked(object_id, *at, left=20 * object_id) for object_id, at in prompts.items()]
    plain = tracked(objects=objects, **options)
    edits = {}
    for object_id, at in prompts.items():
        run = run_of(plain, object_id)
        there = [seen.frame_index for seen in run]
        followed = [frame for frame in there if frame not in at]
        if "as_released" in options:
            followed = followed[1:]  # the first frame before an object's prompt reads no pointer
        edits[object_id] = [
            Edit(site.name, there if site.on_prompted else followed, Put(run)) for site in TENSORS
        ]
    again = tracked(edits, objects=objects, **options)
    for object_id in prompts:
        assert differ_from(run_of(again, object_id), run_of(plain, object_id)) == []


def test_an_edit_of_one_object_is_that_of_its_track_alone_and_leaves_the_others() -> None:
    edits = [Edit("memory_features", 2, Noise(1.0)), Edit("attention_to_pointer", [4, 5], Remove(), of=0)]
    plain, edited = untouched(), tracked({1: edits})
    assert differ_from(run_of(edited, 2), run_of(plain, 2)) == []
    alone = list(samscope.track(small_model(), frames(COUNT), mask=mask(), edits=edits))
    assert differ_from(run_of(edited, 1), alone) == []
    assert differ_from(run_of(edited, 1), run_of(plain, 1)) == [2, 3, 4, 5]


@pytest.mark.parametrize("options", [{}, {"memory": "samurai"}])
def test_frames_of_edits_are_the_videos_for_an_object_that_begins_later(options: dict[str, Any]) -> None:
    edits = {2: [Edit("attention_to_memory", 4, Remove(), of=3), Edit("object_score", 5, Put(-9.0))]}
    late = run_of(tracked(edits, **options), 2)
    rest = samscope.track(
        small_model(),
        frames(COUNT)[2:],
        mask=mask(40),
        length=COUNT,
        edits=[Edit("attention_to_memory", 2, Remove(), of=1), Edit("object_score", 3, Put(-9.0))],
        **options,
    )
    for seen, other in zip(late, rest, strict=True):
        assert torch.equal(seen.mask_logits, other.mask_logits)
        assert seen.read == tuple(frame + 2 for frame in other.read)
    assert late[2].read == (2,)
    assert differ_from(late, run_of(untouched(**options), 2)) == [4, 5]


def test_in_reverse_edits_are_those_of_the_reversed_video() -> None:
    last = COUNT - 1
    edits = {
        1: [
            Edit("recalled_memory", [2, 1], Noise(0.5), of=[3, 4]),
            Edit("attention_to_memory", 2, Remove(), of=5),
            Edit("memory_conditioned", 0, Zero()),
        ]
    }
    backwards = run_of(tracked(edits, [masked(1, last)], reverse=True, attention=True), 1)
    mirrored = [
        Edit("attention_to_memory", last - 2, Remove(), of=0),
        Edit("memory_conditioned", last, Zero()),
    ]
    forwards = list(
        samscope.track(small_model(), frames(COUNT)[::-1], mask=mask(), edits=mirrored, attention=True)
    )
    assert [seen.frame_index for seen in backwards] == list(range(last, -1, -1))
    for frame in (5, 4, 3):
        assert torch.equal(backwards[last - frame].mask_logits, forwards[last - frame].mask_logits)
    assert not torch.equal(backwards[last - 2].mask_logits, forwards[last - 2].mask_logits)
    assert torch.equal(backwards[last].at("memory_conditioned"), forwards[last].at("memory_conditioned"))
    for seen, other in zip(backwards, forwards, strict=True):
        assert seen.read == tuple(last - frame for frame in other.read)
        if seen.attention is not None and other.attention is not None:
            there = [(entry.kind, last - entry.frame, entry.age) for entry in other.attention.read]
            assert [(entry.kind, entry.frame, entry.age) for entry in seen.attention.read] == there


def test_a_list_is_for_every_object() -> None:
    edit = Edit("memory_features", 4, Zero())
    listed, named = tracked([edit]), tracked({1: [edit], 2: [edit]})
    for object_id in (1, 2):
        assert differ_from(run_of(listed, object_id), run_of(named, object_id)) == []
        assert differ_from(run_of(listed, object_id), run_of(untouched(), object_id)) == [4, 5]


def test_attention_is_told_of_every_object_and_changes_no_bit() -> None:
    plain, looked = untouched(), tracked(attention=[(3, 3)])
    for object_id, begins in ((1, 0), (2, 2)):
        run = run_of(looked, object_id)
        assert differ_from(run, run_of(plain, object_id)) == []
        assert run[0].attention is None
        for seen in run[1:]:
            assert seen.attention is not None
            assert (seen.attention.shares.sum(dim=1) - 1).abs().max() <= 1e-6
            assert seen.attention.maps is not None
            memories = [entry.frame for entry in seen.attention.read if entry.kind == "memory"]
            assert memories == list(seen.read)
            assert min(memories) == begins


def test_a_film_is_edited_as_an_array_is() -> None:
    edits = {2: [Edit("mask_tokens", [3, 4], Zero())]}
    of_film = list(
        samscope.track_objects(small_model(), Film(frames(COUNT)), EARLY_AND_LATE, edits=edits, length=COUNT)
    )
    of_array = tracked(edits)
    for object_id in (1, 2):
        assert differ_from(run_of(of_film, object_id), run_of(of_array, object_id)) == []


@pytest.mark.parametrize(
    ("edits", "options", "message"),
    [
        ({7: [Edit("frame", 2, Zero())]}, {}, "edits: there is no object 7; there are 1, 2"),
        ({2: [Edit("frame", 1, Zero())]}, {}, "object 2: edit 0 .* on frame 1 the object is not tracked; it"),
        (
            [Edit("frame", 1, Zero())],
            {},
            "object 2: .* on frame 1 the object is not tracked; it is from frame 2",
        ),
        (
            {2: [Edit("memory_conditioned", [2, 3], Zero())]},
            {},
            "none on frame 2, which is prompted; leave it",
        ),
        ({1: [Edit("frame", 6, Zero())]}, {}, "object 1: edit 0 .*: frame 6 is after the last one, 5"),
        ({1: [Edit("recalled_memory", 3, Zero(), of=3)]}, {}, "on frame 3 no frame from 3 on is remembered"),
        ({1: Edit("frame", 3, Zero())}, {}, "object 1: edits are Edit"),
        ({1: [Edit("frame", 3, Put(torch.zeros(3)))]}, {}, "object 1: edit 0 .*: the value is"),
        ({2: [Edit("frame", 3, Zero())]}, {"reverse": True}, "not tracked; it is from frame 2 towards 0"),
        (
            {1: [Edit("recalled_memory", 0, Zero(), of=0)]},
            {"reverse": True, "objects": [masked(1, 4)]},
            "on frame 0 no frame from 0 down is remembered",
        ),
    ],
)
def test_edits_that_cannot_be_done_are_refused_before_a_frame_is_tracked(
    edits: ObjectEdits, options: dict[str, Any], message: str
) -> None:
    objects = options.pop("objects", EARLY_AND_LATE)
    with pytest.raises(UsageError, match=message):
        samscope.track_objects(small_model(), frames(COUNT), objects, edits=edits, **options)


def test_what_a_tracker_or_rule_cannot_tell_is_refused() -> None:
    colours = ColourTracker("colour", 64, torch.device("cpu"), "exact")
    with pytest.raises(UsageError, match="object 1: colour has no sites"):
        samscope.track_objects(colours, frames(3), [masked(1, 0)], edits=[Edit("frame", 1, Zero())])
    with pytest.raises(UsageError, match="attention: colour does not tell them"):
        samscope.track_objects(colours, frames(3), [masked(1, 0)], attention=True)
    with pytest.raises(UsageError, match="keeps several paths"):
        samscope.track_objects(small_model(), frames(3), [masked(1, 0)], memory="sam2long", attention=True)


def test_a_stream_that_ends_before_an_edit_says_so() -> None:
    edits = {1: [Edit("frame", 9, Zero())]}
    stream = samscope.track_objects(small_model(), iter(frames(3)), [masked(1, 0)], edits=edits)
    with pytest.raises(UsageError, match=r"object 1: edit 0 .*: frame 9 is after the last one, 2"):
        list(stream)


def session() -> TrackingSession:
    made = TrackingSession(small_model(), frames(COUNT))
    made.prompt(1, 0, mask=mask())
    made.prompt(2, 2, mask=mask(40))
    return made


def test_a_pass_of_a_session_is_edited_and_the_next_is_not() -> None:
    edits = {1: [Edit("object_pointer", 3, Zero())], 2: [Edit("attention_to_memory", 5, Remove(), of=4)]}
    clicked = session()
    passed, streamed = list(clicked.propagate(edits=edits, attention=True)), tracked(edits)
    after, plain = list(clicked.propagate()), untouched()
    for object_id in (1, 2):
        assert differ_from(run_of(passed, object_id), run_of(streamed, object_id)) == []
        assert differ_from(run_of(after, object_id), run_of(plain, object_id)) == []
    assert all(seen.attention is not None for seen in run_of(passed, 1)[1:])
    assert differ_from(run_of(passed, 1), run_of(plain, 1)) == [3, 4, 5]


def test_a_pass_in_reverse_is_edited_by_frames_of_the_video() -> None:
    clicked = TrackingSession(small_model(), frames(COUNT))
    clicked.prompt(1, 5, mask=mask())
    edits = {1: [Edit("attention_to_memory", 1, Remove(), of=4)]}
    passed = run_of(list(clicked.propagate(reverse=True, edits=edits)), 1)
    assert differ_from(passed, run_of(tracked(edits, [masked(1, 5)], reverse=True), 1)) == []
    assert 4 in passed[3].read
    assert 4 not in passed[4].read


@pytest.mark.parametrize(
    ("edits", "options", "message"),
    [
        ({3: [Edit("frame", 2, Zero())]}, {}, "there is no object 3; there are 1, 2"),
        (
            {2: [Edit("frame", [2, 3], Zero())]},
            {},
            "object 2: .*frame 2 is yielded as its prompt was answered",
        ),
        (
            {1: [Edit("frame", 2, Zero())]},
            {"start": 3},
            "on frame 2 the object is not tracked; it is from frame 3",
        ),
        ({1: [Edit("frame", 6, Zero())]}, {}, "frame 6 is after the last one, 5"),
    ],
)
def test_edits_that_a_pass_cannot_do_are_refused_and_change_nothing(
    edits: ObjectEdits, options: dict[str, Any], message: str
) -> None:
    clicked = session()
    with pytest.raises(UsageError, match=message):
        clicked.propagate(edits=edits, **options)
    assert [frame.frame_index for frame in clicked.propagate()] == list(range(COUNT))


def test_as_released_nothing_is_forgotten_for_good_so_that_it_is_refused() -> None:
    clicked = TrackingSession(small_model(), frames(COUNT), as_released=True)
    clicked.prompt(1, 0, mask=mask())
    with pytest.raises(UsageError, match="take attention_to_memory and attention_to_pointer"):
        clicked.propagate(edits=[Edit("remembered_frame", 3, Remove(), of=1)])
    plain = run_of(list(clicked.propagate()), 1)
    edits = [Edit("attention_to_memory", 3, Remove(), of=1)]
    passed = run_of(list(clicked.propagate(edits=edits)), 1)
    assert 1 in plain[3].read
    assert 1 not in passed[3].read
    assert np.isin(1, passed[4].read)
