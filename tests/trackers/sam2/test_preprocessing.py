from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from samscope.trackers.sam2.preprocessing import (
    IMAGE_DEVIATION,
    IMAGE_MEAN,
    Normalisation,
    normalised,
    preprocess,
    resized,
)


def official(frame: np.ndarray, size: int) -> torch.Tensor:
    """The official predictor's arithmetic: float64 division, float32 storage, in-place normalisation."""
    resized = np.array(Image.fromarray(frame).convert("RGB").resize((size, size)))
    image = torch.zeros(3, size, size, dtype=torch.float32)
    image[:] = torch.from_numpy(resized / 255.0).permute(2, 0, 1)
    image -= torch.tensor(IMAGE_MEAN, dtype=torch.float32)[:, None, None]
    image /= torch.tensor(IMAGE_DEVIATION, dtype=torch.float32)[:, None, None]
    return image


@pytest.mark.parametrize(
    ("height", "width", "size"), [(48, 85, 64), (300, 200, 64), (64, 64, 64), (31, 17, 128)]
)
def test_bit_equal_to_the_official_arithmetic(height: int, width: int, size: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels = preprocess(frame, size)
    assert pixels.shape == (3, size, size)
    assert pixels.dtype == torch.float32
    assert torch.equal(pixels, official(frame, size))


def test_bit_equal_on_a_real_frame(shared: Path) -> None:
    file = shared / "data/davis/JPEGImages/480p/goat/00000.jpg"
    with Image.open(file) as image:
        frame = np.asarray(image.convert("RGB"))
    assert torch.equal(preprocess(frame, 1024), official(frame, 1024))


def test_what_becomes_of_a_batch_on_a_device_is_what_becomes_of_each_frame() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    batch = normalised(torch.stack([resized(frame, 64) for frame in frames]))
    assert all(torch.equal(own, preprocess(frame, 64)) for own, frame in zip(batch, frames, strict=True))


def test_every_value_is_normalised_as_the_formula_says() -> None:
    values = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16).expand(3, 16, 16)
    wanted = values.double() / 255
    wanted = (wanted - torch.tensor([0.5, 0.4, 0.3])[:, None, None]) / torch.tensor([0.5, 0.25, 0.2])[
        :, None, None
    ]
    got = normalised(values, Normalisation((0.5, 0.4, 0.3), (0.5, 0.25, 0.2)))
    torch.testing.assert_close(got, wanted.float(), rtol=1e-6, atol=1e-6)


def test_a_frame_of_the_mean_colour_becomes_nearly_zero() -> None:
    frame = np.full((8, 8, 3), np.round(np.multiply(IMAGE_MEAN, 255)), np.uint8)
    assert preprocess(frame, 32).abs().max() < 0.01
