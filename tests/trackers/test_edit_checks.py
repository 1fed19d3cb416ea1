"""What is refused of edits, before anything is tracked where it can be known by then."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.edit_checks import check_edits
from samscope.trackers.edits import Edit, Noise, Put, Remove, Zero
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, track_together
from tests.extension_package.samscope_example.family import ColourTracker
from tests.small_model import small_model
from tests.trackers.edited import clip, first_difference, mask, tracker

MEMORY = torch.zeros(64, 4, 4, dtype=torch.bfloat16)


@pytest.fixture(scope="module")
def run() -> list[Seen]:
    return list(samscope.track(tracker("sam2"), clip(), mask=mask(), banks=True))


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (["frame"], "edit 0 is 'frame'; expected an Edit"),
        (
            [Edit("memory", 2, Zero())],
            "edit 0: small has no site 'memory'; its sites are remembered_frame, att",
        ),
        ([Edit("frame", 5, Zero())], "edit 0 (Zero at 'frame'): frame 5 is after the last one, 4"),
        (
            [Edit("frame", 2, Zero()), Edit("frame", [3, 9], Zero())],
            "edit 1 (Zero at 'frame'): frame 9 is after",
        ),
        (
            [Edit("memory_conditioned", range(3), Zero())],
            "there is none on frame 0, which is prompted; leave it out",
        ),
        ([Edit("frame", 2, Zero(), of=1)], "it has no remembered frames to choose by of="),
        ([Edit("recalled_memory", 2, Zero(), of=2)], "on frame 2 no frame from 2 on is remembered"),
        ([Edit("attention_to_memory", 2, Zero())], "there is no tensor; it can only be removed"),
        ([Edit("memory_features", 2, Remove())], "a tensor cannot be removed"),
        ([Edit("memory_features", 2, Put(MEMORY[None]))], "the value is [1, 64, 4, 4], the site [64, 4, 4]"),
        ([Edit("memory_features", 2, Put(1.0))], "the value is [], the site [64, 4, 4]"),
        ([Edit("object_score", 2, Put(torch.zeros(1)))], "the value is [1], the site []"),
        ([Edit("memory_features", 2, Put("all"))], "of the type str; expected a tensor, a Seen, or"),  # type: ignore[arg-type]
        (
            [Edit("memory_features", 2, Put([MEMORY]))],  # type: ignore[list-item]
            "of the type list; expected a tensor, a Seen, or a list",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_frame_is_tracked(edits: list[Edit], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        samscope.track(tracker("sam2"), clip(), mask=mask(), edits=edits)
    with pytest.raises(UsageError, match=re.escape(message)):
        track_together(tracker("sam2"), [PromptedClip(clip(), mask(), edits=tuple(edits))])


def test_another_run_must_have_the_frames_and_be_of_the_same_size(run: list[Seen]) -> None:
    with pytest.raises(UsageError, match="the other run has frames 0 to 2, and frame 4 is taken of it"):
        check_edits(tracker("sam2"), [Edit("frame", range(2, 5), Put(run[:3]))], 5)
    with pytest.raises(UsageError, match="the other run has frames 0 to 0, and frame 3 is taken of it"):
        check_edits(tracker("sam2"), [Edit("recalled_memory", 4, Put(run[:1]))], 5)
    other = list(samscope.track(small_model(128), clip(), mask=mask()))
    with pytest.raises(
        UsageError, match=r"the value is \[64, 8, 8\], the site \[64, 4, 4\]; take it from the"
    ):
        check_edits(tracker("sam2"), [Edit("memory_features", 2, Put(other))], 5)
    model, frames = tracker("sam2"), clip()
    part = samscope.track(
        model, frames, mask=mask(), edits=[Edit("memory_features", [2, 3], Put([run[0], run[3]]))]
    )
    with pytest.raises(UsageError, match="the other run has no frame 2; give all that was seen"):
        list(part)
    with pytest.raises(UsageError, match="the other run is empty, and frame 2 is taken of it"):
        check_edits(model, [Edit("frame", 2, Put([]))], 5)
    without = samscope.track(model, frames, mask=mask(), edits=[Edit("memory_conditioned", 2, Put(run[0]))])
    with pytest.raises(UsageError, match="nothing was seen there on frame 0 of the other run"):
        list(without)


def test_of_another_run_a_part_will_do(run: list[Seen]) -> None:
    edit = Edit("memory_features", range(2, 4), Put(run[2:4]))
    edited = list(samscope.track(tracker("sam2"), clip(), mask=mask(), edits=[edit]))
    assert first_difference(run, edited) is None


def test_a_single_edit_is_told_to_be_put_in_a_list() -> None:
    with pytest.raises(UsageError, match=r"edits are Edit.*; expected several of them"):
        samscope.track(tracker("sam2"), clip(), mask=mask(), edits=Edit("frame", 2, Zero()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edits", "contradict"),
    [
        ([Edit("object_score", 2, Zero()), Edit("object_score", range(1, 4), Put(1.0))], True),
        ([Edit("frame", 2, Zero()), Edit("frame", 2, Noise(1.0))], False),
        ([Edit("frame", 2, Noise(1.0)), Edit("frame", 2, Zero())], True),
        ([Edit("frame", range(1, 3), Zero()), Edit("frame", range(3, 5), Zero())], False),
        ([Edit("recalled_memory", 4, Zero(), of=1), Edit("recalled_memory", 4, Zero(), of=[2, 3])], False),
        ([Edit("recalled_memory", 4, Zero(), of=1), Edit("recalled_memory", 4, Zero())], True),
        ([Edit("recalled_memory", 4, Zero(), of=1), Edit("attention_to_memory", 4, Remove(), of=1)], True),
        ([Edit("recalled_pointer", 4, Zero(), of=1), Edit("attention_to_memory", 4, Remove(), of=1)], False),
    ],
)
def test_a_later_edit_may_not_undo_an_earlier_one(edits: list[Edit], contradict: bool) -> None:
    if contradict:
        with pytest.raises(UsageError, match=r"edits 0 .* and 1 .* they are done in the order given"):
            check_edits(tracker("sam2"), edits, 5)
    else:
        assert check_edits(tracker("sam2"), edits, 5) == tuple(edits)


def test_what_is_remembered_no_more_cannot_be_changed() -> None:
    forgotten = Edit("remembered_frame", 3, Remove(), of=2)
    for edit in (Edit("recalled_memory", 4, Zero(), of=2), Edit("remembered_frame", 4, Remove(), of=2)):
        tracked = samscope.track(tracker("sam2"), clip(), mask=mask(), edits=[forgotten, edit])
        with pytest.raises(UsageError, match=r"nothing is remembered there; frames that are: 0, 1, 3$"):
            list(tracked)


def test_a_stream_that_ends_before_an_edit_says_so() -> None:
    stream = samscope.track(tracker("sam2"), iter(clip()), mask=mask(), edits=[Edit("frame", 9, Zero())])
    with pytest.raises(UsageError, match="frame 9 is after the last one, 4"):
        list(stream)


def test_a_tracker_without_sites_cannot_be_edited_nor_tell_its_attention() -> None:
    model = ColourTracker("colour", 64, torch.device("cpu"), "exact")
    with pytest.raises(UsageError, match="colour has no sites: its family cannot be edited"):
        samscope.track(model, clip(), mask=mask(), edits=[Edit("frame", 2, Zero())])
    with pytest.raises(UsageError, match="attention: colour does not tell them"):
        samscope.track(model, clip(), mask=mask(), attention=True)
    with pytest.raises(UsageError, match="attention: colour does not tell them"):
        track_together(model, [PromptedClip(clip(), mask())], attention=True)
    assert len(list(samscope.track(model, clip(), mask=mask()))) == 5


@pytest.mark.parametrize("asked", [[(80, 10)], [(-1, 0)], [(1, 2, 3)], []])
def test_attention_of_what_is_no_pixel_is_refused(asked: list[tuple[float, float]]) -> None:
    with pytest.raises(UsageError, match="attention"):
        samscope.track(tracker("sam2"), clip(), mask=mask(), attention=asked)


def test_what_cannot_be_gone_on_from(run: list[Seen]) -> None:
    model, frames = tracker("sam2"), clip()[3:]
    with pytest.raises(UsageError, match="has no bank; have the track keep it"):
        samscope.continue_track(model, frames, replace(run[2], bank=None))
    with pytest.raises(UsageError, match="of another model or image size: its frame is"):
        samscope.continue_track(small_model(128), frames, run[2])
    with pytest.raises(UsageError, match="frame 2 is before 3, the first one here"):
        samscope.continue_track(model, frames, run[2], edits=[Edit("frame", 2, Zero())])
    with pytest.raises(UsageError, match="frame 5 is after the last one, 4"):
        samscope.continue_track(model, frames, run[2], edits=[Edit("frame", 5, Zero())])
    with pytest.raises(UsageError, match=r"frame 3 is \[40, 80, 3\], frame 0 \[48, 80, 3\]"):
        list(samscope.continue_track(model, np.ascontiguousarray(frames[:, :40]), run[2]))
