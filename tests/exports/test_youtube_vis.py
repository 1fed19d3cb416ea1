import json
from pathlib import Path

import numpy as np
import pytest

from samscope.exports.frame import ResultFrame, TrackFacts
from tests.exports.conftest import ABSENT, BEGINS, LENGTH
from tests.exports.writing import write


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in pycocotools itself
def test_pycocotools_decodes_a_mask_a_frame(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    decode = pytest.importorskip("pycocotools.mask", reason="pycocotools is not installed").decode
    write("youtube-vis", out, facts, frames)
    content = json.loads(out.read_text())
    (video,) = content["videos"]
    assert (video["length"], video["height"], video["width"]) == (LENGTH, *facts.size)
    assert video["file_names"][3] == "pond/00003.jpg"
    assert [track["id"] for track in content["annotations"]] == [1, 7]
    for track in content["annotations"]:
        assert {len(track[name]) for name in ("segmentations", "bboxes", "areas", "object_scores")} == {
            LENGTH
        }
        for frame, rle, area, box in zip(
            frames, track["segmentations"], track["areas"], track["bboxes"], strict=True
        ):
            expected = frame.labels == track["id"]
            if rle is None:
                assert (area, box) == (None, None)
                assert not expected.any()
            else:
                np.testing.assert_array_equal(decode(rle), expected)
                assert area == expected.sum()
                assert box[2] * box[3] >= area


def test_null_stands_where_an_object_is_not_seen(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    write("youtube-vis", out, facts, frames)
    tracks = {track["id"]: track for track in json.loads(out.read_text())["annotations"]}
    absent = [index for index, rle in enumerate(tracks[1]["segmentations"]) if rle is None]
    assert tuple(absent) == ABSENT
    assert tracks[7]["object_scores"] == [None] * BEGINS + [9.0] * (LENGTH - BEGINS)
