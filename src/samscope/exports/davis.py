"""Masks in the layout of DAVIS 2017: palette pictures, and a list with the film's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.clips.writing import resolution_name
from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.result import mask_name
from samscope.videos.layout import LISTS_FOLDER, MASKS_FOLDER
from samscope.videos.palette import palette_image


@contextmanager
def davis(folder: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write ``Annotations/<height>p/<name>/00000.png`` and ``ImageSets/2017/val.txt`` into a folder.

    Objects are numbered 1, 2, ... in the order of their ids, as DAVIS' tools expect.
    """
    masks = folder / MASKS_FOLDER / resolution_name(facts.size[0]) / facts.name
    masks.mkdir(parents=True)
    numbers = _numbers(facts)

    def add(frame: ResultFrame) -> None:
        palette_image(numbers[frame.labels]).save(masks / mask_name(frame.index))

    yield add
    names = folder / LISTS_FOLDER / "2017" / "val.txt"
    names.parent.mkdir(parents=True)
    names.write_text(f"{facts.name}\n", encoding="utf-8")


def _numbers(facts: TrackFacts) -> NDArray[np.uint8]:
    """Return by label the number of its object, uint8 [256]; 0 where the label is no object's."""
    numbers = np.zeros(256, dtype=np.uint8)
    for number, object_id in enumerate(sorted(facts.objects), start=1):
        numbers[object_id] = number
    return numbers
