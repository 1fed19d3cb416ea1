from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from samscope.exports.frame import ResultFrame, TrackFacts
from tests.exports.conftest import ABSENT, BEGINS, LENGTH
from tests.exports.writing import write


def read(file: Path) -> tuple[dict[str, list[tuple[int, dict[str, Any]]]], dict[str, dict[str, Any]]]:
    """Return the rows of each entity with their frames, and what is static, by Rerun's own reader."""
    chunk = pytest.importorskip("rerun.chunk", reason="rerun-sdk is not installed")
    rows: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    static: dict[str, dict[str, Any]] = {}
    for part in chunk.RrdReader(file).stream():
        batch = part.to_record_batch().to_pylist()
        if part.is_static:
            static.setdefault(part.entity_path, {}).update(batch[0])
            continue
        assert part.timeline_names == ["frame"]
        for row in batch:
            kept = {name: value for name, value in row.items() if value is not None}
            rows[part.entity_path].append((row["frame"], kept))
    return {name: sorted(of, key=lambda row: row[0]) for name, of in rows.items()}, static


def test_rerun_reads_everything_on_one_timeline(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    write("rerun", out, facts, frames)
    rows, static = read(out)
    assert [frame for frame, _ in rows["/film/masks"]] == list(range(LENGTH))
    for (_, row), frame in zip(rows["/film/masks"], frames, strict=True):
        (stored,) = row["SegmentationImage:buffer"]
        labels = np.array(stored, dtype=np.uint8).reshape(facts.size)
        np.testing.assert_array_equal(labels, frame.labels)
    scores = {frame: row["Scalars:scalars"] for frame, row in rows["/object_score/1"]}
    assert scores == {frame.index: [frame.objects[1].object_score] for frame in frames}
    assert [frame for frame, _ in rows["/object_score/7"]] == list(range(BEGINS, LENGTH))
    assert [frame for frame, _ in rows["/film"]] == list(range(LENGTH))
    told = [(frame, row["TextLog:text"][0]) for frame, row in rows["/events/1"]]
    assert told == [(ABSENT[0], "1 duck: absent"), (ABSENT[-1] + 1, "1 duck: back")]
    assert static["/object_score/7"]["SeriesLines:names"] == ["7 boat"]
    ground, *_ = static["/film"]["AnnotationContext:context"][0]
    assert ground["class_id"] == 0
    assert ground["class_description"]["info"]["color"] == 0  # nothing of the frame is covered


def test_frames_without_pixels_have_their_masks(out: Path, facts: TrackFacts, result: Any) -> None:
    write("rerun", out, facts, result)
    rows, _ = read(out)
    assert "/film/masks" in rows
    assert "/film" not in rows
