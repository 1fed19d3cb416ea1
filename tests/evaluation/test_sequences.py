from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from samscope.evaluation.frame_time import frame_time
from samscope.evaluation.prompts import draw_prompt, prompt_generator
from samscope.evaluation.sequences import LeftOut, Target, evaluate_sequences, find_targets, truth_for
from samscope.observation.davis_measures import contour_accuracy
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.rules.dam4sam import Dam4SamMemory
from samscope.trackers.rules.oracle import OracleMemory
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.track import track
from samscope.videos.video import Collection
from tests.clips.folders import ArrayVideo, square_collection, square_video
from tests.evaluation.videos import several_objects_video
from tests.small_model import small_model


def targets_of(*videos: ArrayVideo, frames: int | None = None) -> tuple[Target, ...]:
    return find_targets(Collection("videos", videos), frames)[0]


def test_the_objects_on_the_first_frame_are_tracked_and_the_others_named() -> None:
    videos = (several_objects_video(), square_video("brief", 2))
    targets, left_out = find_targets(Collection("videos", videos))

    assert [target.name for target in targets] == ["several/1", "several/2"]
    assert left_out == (
        LeftOut("several", 3, "not on the first frame"),
        LeftOut("brief", 1, "video shorter than 3 frames"),
    )


def test_tracks_are_as_long_as_asked_and_no_longer_than_the_video() -> None:
    targets = targets_of(square_video("short", 4), square_video("long", 9), frames=5)

    assert [target.frames for target in targets] == [range(4), range(5)]
    assert [list(target.labelled) for target in targets_of(square_video("long", 9))] == [list(range(9))]


def test_nothing_to_track() -> None:
    hidden = square_video("hidden", 5)
    hidden.masks[0][:] = 0
    with pytest.raises(
        SamscopeError, match="squares: no video of 3 frames or more has an object on its first"
    ):
        find_targets(square_collection({"brief": 2}))
    with pytest.raises(SamscopeError, match=r"videos: no video .* give videos whose first mask shows"):
        find_targets(Collection("videos", (hidden,)))
    with pytest.raises(UsageError, match="frames is 2"):
        find_targets(square_collection({"first": 5}), 2)


def test_each_object_is_compared_with_its_own_truth_by_the_protocol() -> None:
    video = several_objects_video()
    model = small_model()
    tracks = evaluate_sequences(model, targets_of(video))

    labels = np.stack(video.masks)
    void = labels == 255
    for scored, object_id in zip(tracks, (1, 2), strict=True):
        truth = labels == object_id
        seen = list(track(model, np.stack(video.frames), mask=truth[0]))
        masks = np.stack([one.mask.numpy() for one in seen])
        either = ((truth | masks) & ~void).sum(axis=(1, 2))
        both = (truth & masks & ~void).sum(axis=(1, 2))
        copied = (truth & truth[0]).sum(axis=(1, 2)) / (truth | truth[0]).sum(axis=(1, 2))
        assert scored.object_id == object_id
        assert scored.j == pytest.approx(np.where(either > 0, both / np.maximum(either, 1), 1))
        assert scored.f == pytest.approx(
            [contour_accuracy(*three) for three in zip(truth, masks, void, strict=True)]
        )
        assert scored.copied_j == pytest.approx(copied)
        assert scored.object_score == pytest.approx([one.object_score for one in seen])
        assert scored.counted.tolist() == [False, True, True, True, True, False]
    assert tracks[0].present.all()
    assert tracks[1].present.tolist() == [True, True, True, False, False, False]


def test_a_rule_that_needs_the_truth_is_told_it_and_others_are_not() -> None:
    targets = targets_of(several_objects_video())
    model = small_model().with_memory_rule(OracleMemory("absent"))
    told = [truth_for(model, target) for target in targets]
    assert [None if truth is None else truth.tolist() for truth in told] == [
        [True] * 6,
        [True] * 3 + [False] * 3,
    ]
    assert truth_for(small_model(), targets[0]) is None
    assert [len(track.j) for track in evaluate_sequences(model, targets)] == [6, 6]
    assert frame_time(model, targets).frames > 0
    sparse = replace(targets[0], labelled=[0, 2, 4])
    with pytest.raises(
        SamscopeError, match="several: 3 of 6 frames have labels, and this memory rule has to know"
    ):
        truth_for(model, sparse)


def test_answers_that_come_when_the_clip_ends_are_scored_as_the_final_ones() -> None:
    video = several_objects_video()
    model = small_model().with_memory_rule(Sam2LongMemory(uncertainty=1000))
    for scored in evaluate_sequences(model, targets_of(video)):
        first = video.masks[0] == scored.object_id
        seen = list(track(model, np.stack(video.frames), mask=first))
        assert scored.object_score == pytest.approx([one.object_score for one in seen])


@pytest.mark.parametrize("kind", list(PromptKind))
def test_every_kind_of_prompt(kind: PromptKind) -> None:
    targets = targets_of(several_objects_video(), square_video("square", 5))
    tracks = evaluate_sequences(small_model(), targets, prompt=kind, seed=3)

    assert [(one.video, one.object_id) for one in tracks] == [("several", 1), ("several", 2), ("square", 1)]
    for one in tracks:
        assert np.isfinite(one.object_score).all()
        assert ((one.j >= 0) & (one.j <= 1) & (one.f >= 0) & (one.f <= 1)).all()


def test_a_prompt_depends_on_seed_video_and_object_alone() -> None:
    several, square = several_objects_video(), square_video("square", 5)
    model = small_model()
    both = evaluate_sequences(model, targets_of(several, square), prompt=PromptKind.POINT)
    alone = evaluate_sequences(model, targets_of(square), prompt=PromptKind.POINT)

    assert np.array_equal(both[-1].object_score, alone[0].object_score)
    mask = square.masks[0] == 1
    clicks = [
        draw_prompt(mask, PromptKind.POINT, prompt_generator(seed, "square", 1))["points"]
        for seed in range(9)
    ]
    assert len({tuple(click.ravel()) for click in clicks}) > 3
    assert all(mask[int(y), int(x)] for click in clicks for x, y in click)


def test_a_mask_that_vanishes_at_the_models_size_counts_as_lost() -> None:
    video = square_video("speck", 6)
    for mask in video.masks:
        mask[mask == 1] = 0
        mask[3, 5] = 1
    model = small_model(image_size=32)
    (lost,) = evaluate_sequences(model, targets_of(video))
    (told,) = evaluate_sequences(model, targets_of(video), prompt=PromptKind.BOX)

    assert lost.vanished
    assert (lost.j == 0).all()
    assert (lost.f == 0).all()
    assert np.isnan(lost.object_score).all()
    assert not told.vanished
    assert np.isfinite(told.object_score).all()


def test_a_box_in_which_the_model_finds_nothing_counts_as_lost_where_it_is_to_become_a_mask() -> None:
    model = small_model().with_memory_rule(Dam4SamMemory())
    with torch.no_grad():
        for masks in model.network.mask_decoder.output_hypernetworks_mlps:
            masks.proj_out.weight.zero_()
            masks.proj_out.bias.zero_()
    targets = targets_of(several_objects_video())
    assert [track.vanished for track in evaluate_sequences(model, targets, prompt=PromptKind.BOX)] == [
        True
    ] * 2


def test_progress_hears_of_every_frame() -> None:
    heard: list[str] = []

    class Heard:
        def stage(self, title: str, total: int | None = None) -> Any:
            from contextlib import nullcontext

            heard.append(f"{title} {total}")
            return nullcontext(heard.append)

    evaluate_sequences(small_model(), targets_of(several_objects_video(frames=3)), progress=Heard())
    assert heard == ["tracking 6", *["several/1"] * 3, *["several/2"] * 3]
