from pathlib import Path

import numpy as np
from PIL import Image

from samscope.exports.frame import ResultFrame, TrackFacts
from samscope.videos.palette import davis_palette
from tests.exports.conftest import LENGTH
from tests.exports.writing import write


def test_masks_have_davis_palette_and_objects_in_a_row(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    write("davis", out, facts, frames)
    assert (out / "ImageSets" / "2017" / "val.txt").read_text() == "pond\n"
    masks = sorted((out / "Annotations" / "45p" / "pond").iterdir())
    assert [mask.name for mask in masks] == [f"{index:05d}.png" for index in range(LENGTH)]
    for mask, frame in zip(masks, frames, strict=True):
        with Image.open(mask) as image:
            assert image.mode == "P"
            assert bytes(image.getpalette() or ()) == davis_palette()
            stored = np.asarray(image)
        np.testing.assert_array_equal(stored, np.where(frame.labels == 7, 2, frame.labels))
