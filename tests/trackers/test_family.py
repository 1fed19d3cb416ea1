"""What every tracker keeps to, held for those that come with samscope."""

from typing import Any

import numpy as np
import pytest
import torch

import samscope
from samscope.trackers import network_tracker
from samscope.trackers.family import Step, Tracker
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.positions import BY_NAME, POSITION_NAMES
from samscope.trackers.registry import load_model
from samscope.trackers.seen import FURTHER_SITES
from samscope.trackers.shared import PromptedClip, track_together
from tests.small_model import small_model

NAMES = ("sam2", "random-edgetam")


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest) -> Tracker:
    tracker: Tracker = small_model() if request.param == "sam2" else load_model(request.param, image_size=256)
    return tracker


@pytest.fixture(scope="module")
def clip() -> PromptedClip:
    frames = np.random.default_rng(0).integers(0, 255, (4, 40, 56, 3), dtype=np.uint8)
    mask = np.zeros((40, 56), bool)
    mask[8:28, 12:40] = True
    return PromptedClip(frames, mask)


def test_it_is_a_tracker(model: Tracker) -> None:
    assert isinstance(model, Tracker)
    assert not isinstance("nano", Tracker)


def test_its_positions_have_the_shapes_that_it_says(model: Tracker, clip: PromptedClip) -> None:
    *_, seen = samscope.track(model, clip.frames, mask=clip.mask)
    for position in model.positions:
        tensor = getattr(seen, position.name)
        assert tuple(tensor.shape) == position.shape, position.name
        assert position.spatial == BY_NAME[position.name].spatial
        if position.as_map is not None:
            assert position.as_map(tensor).ndim == 3
    absent = set(POSITION_NAMES) - {position.name for position in model.positions}
    assert all(getattr(seen, name) is None for name in absent)


def test_a_step_carries_the_answer_and_the_positions_by_name(model: Tracker, clip: PromptedClip) -> None:
    prompt = samscope.trackers.prompt.make_prompt((40, 56), model.image_size, mask=clip.mask)
    pixels = model.preprocess(clip.frames[0])[None]
    (first,) = model.start(model.encode(pixels), [prompt], length=4)
    (second,) = model.follow(model.encode(pixels), [first.bank], 1)
    steps: list[Step] = [first, second]
    assert [step.frame for step in steps] == [0, 1]
    assert [step.prompt is None for step in steps] == [False, True]
    names = {position.name for position in model.positions}
    for step in steps:
        assert {*step.positions} <= {*names, *FURTHER_SITES}
        assert step.answer.mask_logits.shape[:2] == (1, 1)
    assert first.positions["memory_conditioned"] is None


def test_many_frames_are_encoded_few_at_a_time(model: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(model, NetworkTracker)
    monkeypatch.setattr(network_tracker, "MOST_ENCODED", 2)
    sizes: list[int] = []
    encode = type(model)._encoded

    def noted(tracker: NetworkTracker, pixels: torch.Tensor) -> Any:
        sizes.append(len(pixels))
        return encode(tracker, pixels)

    monkeypatch.setattr(type(model), "_encoded", noted)
    encodings = model.encode(torch.zeros(5, 3, model.image_size, model.image_size, dtype=torch.uint8))
    assert sizes == [2, 2, 1]
    assert len(encodings) == 5


def test_a_bank_is_never_changed(model: Tracker, clip: PromptedClip) -> None:
    prompt = samscope.trackers.prompt.make_prompt((40, 56), model.image_size, mask=clip.mask)
    here, there = (model.encode(model.preprocess(frame)[None]) for frame in clip.frames[:2])
    (first,) = model.start(here, [prompt], length=4)
    (once,) = model.follow(there, [first.bank], 1)
    model.follow(here, [once.bank], 2)
    (again,) = model.follow(there, [first.bank], 1)
    assert torch.equal(once.answer.mask_logits, again.answer.mask_logits)


def test_clips_side_by_side_are_tracked_as_alone(model: Tracker, clip: PromptedClip) -> None:
    other = PromptedClip(np.concatenate([clip.frames[:2], clip.frames[:1]]), clip.mask)
    alone = [list(samscope.track(model, one.frames, mask=one.mask)) for one in (clip, other)]
    count = 0
    for together in track_together(model, [clip, other]):
        for place in together.clips:
            expected = alone[place][together.seen.frame_index]
            torch.testing.assert_close(together.seen.mask_logits, expected.mask_logits, rtol=0, atol=0)
            count += 1
    assert count == 7
