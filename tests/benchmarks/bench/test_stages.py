from dataclasses import replace

import pytest
import torch
from transformers import Sam2VideoModel

from benchmarks.bench.stages import PARTS, timed_stages
from samscope.trackers.sam2.speed.computing import prepare
from samscope.trackers.shared import PromptedClip, track_together
from samscope.trackers.track import track
from tests.observation.fakes import fake_clip
from tests.small_model import small_model


def hooks(network: torch.nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in network.modules())


def test_every_part_is_timed_at_every_call() -> None:
    model, clip = small_model(), fake_clip()
    with timed_stages(model.network) as stages:
        list(track(model, clip.frames, mask=clip.masks[0]))
    frames = len(clip.frames)
    assert stages.calls == dict.fromkeys(PARTS, frames) | {"memory attention": frames - 1}
    assert all(stages.seconds[part] > 0 for part in PARTS)
    assert stages.frames == frames
    places, pieces = 16, 1
    assert stages.tokens == [min(frame, 7) * places + min(frame, 10) * pieces for frame in range(1, frames)]


def test_a_batch_counts_as_its_frames() -> None:
    model, clip = small_model(), fake_clip()
    prompted = [PromptedClip(frames, clip.masks[0]) for frames in (clip.frames, 255 - clip.frames)]
    with timed_stages(model.network) as stages:
        list(track_together(model, prompted, batch=2))
    with timed_stages(model.network) as alone:
        for one in prompted:
            list(track(model, one.frames, mask=one.mask))
    assert stages.frames == alone.frames
    assert sorted(stages.tokens) == sorted(alone.tokens)
    assert stages.calls["image encoder"] == alone.calls["image encoder"] / 2


def test_steps_side_by_side_are_timed_each_on_its_own() -> None:
    clip = fake_clip()
    stock = small_model()
    model = replace(stock, network=prepare(stock.network, "fast", stock.device), mode="fast")
    prompted = [PromptedClip(frames, clip.masks[0]) for frames in (clip.frames, 255 - clip.frames)]
    with timed_stages(model.network) as stages:
        list(track_together(model, prompted, cores=3))
    frames = 2 * len(clip.frames)
    assert stages.calls == dict.fromkeys(PARTS, frames) | {"memory attention": frames - 2}
    assert stages.frames == frames
    assert all(stages.seconds[part] > 0 for part in PARTS)


def test_hooks_are_removed_whatever_happens() -> None:
    network = small_model().network
    before = hooks(network)
    with pytest.raises(RuntimeError, match="on the way"):
        _fail_while_timed(network, before)
    assert hooks(network) == before


def _fail_while_timed(network: Sam2VideoModel, before: int) -> None:
    with timed_stages(network):
        assert hooks(network) > before
        raise RuntimeError("on the way")
