"""A track that is made up: two objects, one of which goes out of sight and comes back."""

from pathlib import Path

import numpy as np
import pytest

from samscope.exports.frame import ResultFrame, TrackFacts, tracked_object
from samscope.exports.result import Result, ResultWriter, open_result

SIZE = (45, 63)
LENGTH = 7
ABSENT = (3, 4)
"""Frames on which the first object is out of sight."""
BEGINS = 2
"""The frame on which the second object is prompted, and so tracked for the first time."""
NAMES = {1: "duck", 7: "boat"}


@pytest.fixture(scope="session")
def facts() -> TrackFacts:
    prompts = {
        "objects": [
            {"id": 1, "name": "duck", "prompts": [{"frame": 0, "box": [5, 5, 15, 14]}]},
            {"id": 7, "name": "boat", "prompts": [{"frame": BEGINS, "points": [[42, 22]], "labels": [1]}]},
        ]
    }
    return TrackFacts("pond.mp4", "pond", SIZE, 12.5, NAMES, model="nano", prompts=prompts)


@pytest.fixture(scope="session")
def frames() -> list[ResultFrame]:
    rng = np.random.default_rng(0)
    ground = rng.integers(60, 120, (9, 13, 3), dtype=np.uint8).repeat(5, axis=0).repeat(5, axis=1)
    return [_frame(index, ground[: SIZE[0], : SIZE[1]].copy()) for index in range(LENGTH)]


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory, facts: TrackFacts, frames: list[ResultFrame]) -> Result:
    folder = tmp_path_factory.mktemp("result")
    with ResultWriter(folder, facts) as writer:
        for frame in frames:
            writer.add(frame)
        writer.finish()
    return open_result(folder)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def _frame(index: int, pixels: np.ndarray) -> ResultFrame:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    labels = np.zeros(SIZE, dtype=np.uint8)
    if index not in ABSENT:
        labels[(rows - 10 - index) ** 2 + (columns - 10 - 2 * index) ** 2 < 30] = 1
        labels[10 + index, 10 + 2 * index] = 0  # a hole
        labels[0, 0] = 1  # and a speck far from the rest, in the corner
    scores = {1: -3.5 if index in ABSENT else 14.25 - index}
    if index >= BEGINS:
        labels[20:26, 40:50] = 7
        labels[SIZE[0] - 1, SIZE[1] - 1] = 7
        scores[7] = 9.0
    pixels[labels == 1] = (200, 40, 40)
    objects = {
        object_id: tracked_object(labels, object_id, score, 0.75) for object_id, score in scores.items()
    }
    return ResultFrame(index, 10 + 2 * index, 0.4 + 0.08 * index, labels, objects, pixels)
