from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from samscope.exports.frame import ResultFrame, TrackFacts
from tests.exports.conftest import ABSENT, BEGINS, LENGTH
from tests.exports.writing import write


def test_the_toolkit_reads_masks_and_rectangles(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    read = pytest.importorskip("vot.region.io", reason="vot-toolkit is not installed").read_trajectory
    write("vot", out, facts, frames)
    for object_id in facts.objects:
        masks = read(str(out / "masks" / f"pond_{object_id}_001.txt"))
        boxes = read(str(out / "rectangles" / f"pond_{object_id}_001.txt"))
        for frame, mask, box in zip(frames, masks, boxes, strict=True):
            if object_id not in frame.objects:
                assert (mask.code, box.code) == (0, 0)
                continue
            height, width = facts.size
            placed = mask.rasterize((0, 0, width - 1, height - 1))
            np.testing.assert_array_equal(placed.astype(bool), frame.labels == object_id)
            seen = frame.objects[object_id]
            if seen.box is None:
                assert mask.is_empty()
                assert box.code == 0
            else:
                assert (box.x, box.y, box.x + box.width, box.y + box.height) == seen.box


def test_a_line_a_frame(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    write("vot", out, facts, frames)
    lines = (out / "masks" / "pond_1_001.txt").read_text().splitlines()
    assert len(lines) == LENGTH
    assert [index for index, line in enumerate(lines) if line == "m0,0,0,0,0"] == list(ABSENT)
    late = (out / "rectangles" / "pond_7_001.txt").read_text().splitlines()
    assert late == ["0"] * BEGINS + ["40,20,23,25"] * (LENGTH - BEGINS)


def test_a_single_object_has_no_number(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    write("vot", out, replace(facts, objects={1: "duck"}), frames)
    assert [file.name for file in (out / "masks").iterdir()] == ["pond_001.txt"]
