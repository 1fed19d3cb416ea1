from dataclasses import replace

import numpy as np
import pytest
import torch

from samscope.observation.maps import channel_maps, clip_maps, frame_maps, map_size
from samscope.observation.measurement_cache import StepCaches
from samscope.trackers.family import PlacedPosition
from samscope.trackers.positions import MAPPED
from tests.observation.fakes import FAKE_POSITIONS, SIZE, fake_clip, fake_track


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((480, 854), (216, 384)),
        ((480, 640), (256, 341)),
        ((854, 480), (256, 144)),
        ((100, 200), (100, 200)),
        ((1024, 1024), (256, 256)),
        ((2, 5000), (1, 384)),
    ],
)
def test_size_of_a_map(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert map_size(*size) == expected


def test_mean_and_variance_over_the_channels() -> None:
    tensor = torch.tensor([[[0.0, 1.0]], [[4.0, 1.0]]], dtype=torch.bfloat16)
    mean, variance = channel_maps(tensor)
    assert mean.dtype == variance.dtype == np.float16
    assert mean.tolist() == [[2, 1]]
    assert variance.tolist() == [[4, 0]]


def test_a_large_map_is_averaged_after_its_variance_is_taken() -> None:
    tensor = torch.zeros(2, 512, 512)
    tensor[0, ::2] = 2.0  # mean and variance 1 in every other row
    mean, variance = channel_maps(tensor)
    assert mean.shape == (256, 256)
    assert np.all(mean == 0.5)
    assert np.all(variance == 0.5)


def test_what_float16_cannot_hold_becomes_its_largest_value() -> None:
    mean, variance = channel_maps(torch.tensor([[[-1e6]], [[-2e6]]]))
    assert mean.item() == np.finfo(np.float16).min
    assert variance.item() == np.finfo(np.float16).max


def test_maps_of_a_clip() -> None:
    clip = fake_clip()
    predicted = np.zeros(SIZE, bool)
    maps = clip_maps(
        [
            frame_maps(
                seen,
                clip.frames[frame],
                clip.masks[frame],
                predicted,
                StepCaches(frame),
                positions=FAKE_POSITIONS,
            )
            for frame, seen in enumerate(fake_track(clip))
        ]
    )
    count = clip.timeline.length
    expected = {f"{name}/{kind}" for name in MAPPED for kind in ("mean", "variance")}
    assert set(maps) == {"frames", "masks", "predicted"} | expected
    assert all(len(values) == count for values in maps.values())
    assert np.array_equal(maps["frames"], clip.frames)
    assert np.array_equal(maps["masks"], clip.masks)
    assert not maps["predicted"].any()
    assert maps["masks"].dtype == np.uint8
    # The prompted frame has passed no memory attention.
    for kind in ("mean", "variance"):
        assert np.all(np.isnan(maps[f"memory_conditioned/{kind}"][0]))
        assert np.all(np.isfinite(maps[f"memory_conditioned/{kind}"][1:]))
    assert np.isfinite(maps["prompt_conditioned/mean"]).all()
    assert "frame/mean" not in maps


def test_a_position_that_is_never_there_has_no_map() -> None:
    clip = fake_clip()
    first = next(fake_track(clip))
    maps = clip_maps(
        [
            frame_maps(
                first, clip.frames[0], clip.masks[0], clip.masks[0], StepCaches(0), positions=FAKE_POSITIONS
            )
        ]
    )
    assert "memory_conditioned/mean" not in maps
    assert "image_embeddings/mean" in maps


def test_a_map_within_a_position_is_taken_out_of_it() -> None:
    clip = fake_clip()
    latents = torch.randn(12, 6, generator=torch.Generator().manual_seed(0))
    first = replace(next(iter(fake_track(clip))), memory_features=latents)
    half = PlacedPosition("memory_features", (12, 6), lambda tensor: tensor[8:].T.reshape(6, 2, 2))
    maps = frame_maps(first, clip.frames[0], clip.masks[0], clip.masks[0], StepCaches(0), positions=[half])
    assert set(maps) == {"frames", "masks", "predicted", "memory_features/mean", "memory_features/variance"}
    expected = latents[8:].mean(dim=1).reshape(2, 2).half().numpy()
    np.testing.assert_array_equal(maps["memory_features/mean"], expected)
