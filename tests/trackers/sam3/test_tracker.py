"""SAM 3's tracker driven as any other, by ``samscope.track`` and for several clips together."""

from pathlib import Path

import numpy as np
import pytest
import torch

from samscope.support.errors import UsageError
from samscope.trackers.random_twin import random_twin
from samscope.trackers.registry import load_model
from samscope.trackers.sam3.tracker import Sam3Tracker
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.track import track
from tests.small_sam3 import IMAGE_SIZE, small_sam3_network


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Sam3Tracker:
    folder = tmp_path_factory.mktemp("model")
    small_sam3_network().save_pretrained(folder)
    loaded = load_model(folder, mode="exact")
    assert isinstance(loaded, Sam3Tracker)
    return loaded


def clip() -> tuple[np.ndarray, np.ndarray]:
    """Return frames uint8 [5, 40, 60, 3] of a square that moves, and its mask on the first."""
    frames = np.full((5, 40, 60, 3), 60, np.uint8)
    for index, frame in enumerate(frames):
        frame[10:26, 8 + 3 * index : 28 + 3 * index] = (220, 120, 40)
    return frames, (frames[0, :, :, 0] > 100)


def test_every_position_has_the_stated_shape(tracker: Sam3Tracker) -> None:
    frames, mask = clip()
    seen = list(track(tracker, frames, mask=mask))
    assert len(seen) == 5
    prompted = seen[0].mask.numpy()
    assert (prompted & mask).sum() / (prompted | mask).sum() > 0.8  # it went through 16 x 16 places
    for position in tracker.positions:
        assert seen[-1].at(position.name).shape == position.shape, position.name


def test_clips_together_are_what_each_is_alone(tracker: Sam3Tracker) -> None:
    frames, mask = clip()
    other = frames.copy()
    other[3:] = 255 - other[3:]
    alone = [[seen.mask_logits for seen in track(tracker, one, mask=mask)] for one in (frames, other)]
    together: list[list[torch.Tensor]] = [[], []]
    for step in track_together(tracker, [PromptedClip(frames, mask), PromptedClip(other, mask)]):
        for place in step.clips:
            together[place].append(step.seen.mask_logits)
    for ours, theirs in zip(together, alone, strict=True):
        assert all(torch.equal(one, another) for one, another in zip(ours, theirs, strict=True))


def test_its_twin_is_another(tracker: Sam3Tracker) -> None:
    assert random_twin(tracker).digest() != tracker.digest()


def test_its_memory_rule_can_be_taken_from_sam_2(tracker: Sam3Tracker) -> None:
    frames, mask = clip()
    own, latest, strided = (
        [seen.mask_logits for seen in track(tracker, frames, mask=mask, memory=memory)]
        for memory in (None, "sam2", "sam2:stride=2")
    )
    explicit = [seen.mask_logits for seen in track(tracker, frames, mask=mask, memory="sam3")]
    assert all(map(torch.equal, own, explicit))
    assert not torch.equal(own[-1], latest[-1])
    assert not torch.equal(latest[-1], strided[-1])


def test_clips_in_a_batch_under_the_selection_stay_within_rounding(tracker: Sam3Tracker) -> None:
    frames, mask = clip()
    other = 255 - frames
    alone = [[seen.mask_logits for seen in track(tracker, one, mask=mask)] for one in (frames, other)]
    for step in track_together(tracker, [PromptedClip(frames, mask), PromptedClip(other, mask)], batch=2):
        (place,) = step.clips
        wanted = alone[place][step.seen.frame_index]
        assert (step.seen.mask_logits - wanted).norm() <= 1e-3 * wanted.norm()


def test_a_size_that_does_not_fit(tmp_path: Path) -> None:
    small_sam3_network().save_pretrained(tmp_path)
    with pytest.raises(UsageError, match=f"choose a positive multiple of {IMAGE_SIZE}"):
        load_model(tmp_path, image_size=100)
