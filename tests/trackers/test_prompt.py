from typing import Any

import numpy as np
import pytest
import torch

from samscope.support.errors import UsageError
from samscope.trackers.prompt import make_prompt

SIZE = (48, 80)


def disc(radius: int = 10) -> np.ndarray:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    marked: np.ndarray = (x - 30) ** 2 + (y - 20) ** 2 <= radius**2
    return marked


def test_a_mask_is_resized_to_zeros_and_ones() -> None:
    prompt = make_prompt(SIZE, 64, mask=disc())
    assert prompt.mask is not None
    assert prompt.mask.shape == (1, 1, 64, 64)
    assert set(prompt.mask.flatten().tolist()) == {0.0, 1.0}
    share = prompt.mask.mean().item()
    assert share == pytest.approx(disc().mean(), rel=0.05)


def test_a_mask_of_the_models_size_is_taken_as_it_is() -> None:
    mask = np.random.default_rng(0).random((64, 64)) > 0.5
    prompt = make_prompt((64, 64), 64, mask=mask)
    assert prompt.mask is not None
    assert torch.equal(prompt.mask[0, 0].bool(), torch.from_numpy(mask))


def test_a_mask_may_keep_the_frames_size() -> None:
    prompt = make_prompt(SIZE, 16, mask=disc(0), resize_mask=False)
    assert prompt.mask is not None
    assert prompt.mask.shape == (1, 1, *SIZE)
    assert np.array_equal(prompt.mask[0, 0].numpy(), disc(0))


def test_points_are_scaled_and_labelled() -> None:
    prompt = make_prompt(SIZE, 64, points=[[80, 48], [40, 12]], labels=[1, 0])
    assert prompt.points is not None
    assert prompt.labels is not None
    assert prompt.points.tolist() == [[[64, 64], [32, 16]]]
    assert prompt.labels.tolist() == [[1, 0]]


def test_a_box_is_its_corners_before_the_points() -> None:
    prompt = make_prompt(SIZE, 64, box=[0, 0, 40, 24], points=[[20, 12]])
    assert prompt.points is not None
    assert prompt.labels is not None
    assert prompt.points.tolist() == [[[0, 0], [32, 32], [16, 16]]]
    assert prompt.labels.tolist() == [[2, 3, 1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give either mask=, or points="),
        ({"mask": disc(), "box": [0, 0, 1, 1]}, "give either mask=, or points="),
        ({"mask": np.zeros(SIZE, bool)}, "no pixel of the object on the first frame"),
        ({"mask": np.ones((10, 10), bool)}, r"mask of shape \(10, 10\) for frames of shape \(48, 80\)"),
        ({"points": [[81, 10]]}, "not within the frame of 80 x 48 pixels"),
        ({"points": [[-1, 10]]}, "not within the frame"),
        ({"points": [[float("nan"), 10]]}, "not within the frame"),
        ({"points": [10, 10]}, r"points have the shape \[P, 2\]"),
        ({"points": np.zeros((0, 2))}, r"points have the shape \[P, 2\]"),
        ({"points": [[1, 1]], "labels": [2]}, "labels are one 0 or 1 for each point"),
        ({"points": [[1, 1]], "labels": [1, 1]}, "labels are one 0 or 1 for each point"),
        ({"box": [0, 0, 1, 1], "labels": [1]}, "labels= belongs to points="),
        ({"box": [5, 5, 5, 9]}, "has no area"),
        ({"box": [0, 0, 1]}, "a box has four numbers"),
    ],
)
def test_bad_prompts(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_prompt(SIZE, 64, **arguments)


def test_a_mask_too_small_for_the_model_is_refused() -> None:
    mask = np.zeros((1000, 1000), bool)
    mask[500, 500] = True
    with pytest.raises(UsageError, match="1 pixels vanish at image size 64"):
        make_prompt((1000, 1000), 64, mask=mask)
