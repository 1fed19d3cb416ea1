import json
from pathlib import Path

import numpy as np
import pytest

from samscope.exports.frame import ResultFrame, TrackFacts
from tests.exports.conftest import ABSENT, BEGINS, LENGTH
from tests.exports.writing import write


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in pycocotools itself
def test_pycocotools_reads_the_masks(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    write("coco", out, facts, frames)
    read = coco.COCO(str(out))
    assert sorted(read.imgs) == list(range(LENGTH))
    assert {category["name"] for category in read.loadCats(read.getCatIds())} == {"duck", "boat"}
    for frame in frames:
        labels = np.zeros(facts.size, dtype=np.uint8)
        for annotation in read.loadAnns(read.getAnnIds(imgIds=[frame.index])):
            object_id = annotation["track_id"]
            mask = read.annToMask(annotation).astype(bool)
            labels[mask] = object_id
            seen = frame.objects[object_id]
            assert annotation["area"] == seen.area == mask.sum()
            assert annotation["object_score"] == seen.object_score
            x, y, width, height = annotation["bbox"]
            assert (x, y, x + width, y + height) == seen.box
            assert read.cats[annotation["category_id"]]["name"] == facts.objects[object_id]
        np.testing.assert_array_equal(labels, frame.labels)


def test_what_is_out_of_sight_has_no_annotation(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    write("coco", out, facts, frames)
    content = json.loads(out.read_text())
    shown = {(annotation["image_id"], annotation["track_id"]) for annotation in content["annotations"]}
    expected = {(index, 1) for index in range(LENGTH) if index not in ABSENT}
    assert shown == expected | {(index, 7) for index in range(BEGINS, LENGTH)}
    assert [image["file_name"] for image in content["images"]][:2] == ["00000.jpg", "00001.jpg"]
    assert [image["frame_number"] for image in content["images"]] == [frame.number for frame in frames]
