import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.exports.frame import ResultFrame, TrackFacts
from tests.exports.conftest import LENGTH
from tests.exports.writing import write


def test_labels_are_etas(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    write("fiftyone", out, facts, frames)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["index"] == [{"data": "data/pond.mp4", "labels": "labels/pond.json"}]
    labels = json.loads((out / "labels" / "pond.json").read_text())["frames"]
    assert list(labels) == [str(number) for number in range(1, LENGTH + 1)]
    for frame in frames:
        objects = labels[str(frame.index + 1)]["objects"]["objects"]
        masks = {}
        for one in objects:
            mask = np.load(io.BytesIO(zlib.decompress(base64.b64decode(one["mask"]))))
            box = one["bounding_box"]
            corners = (*box["top_left"].values(), *box["bottom_right"].values())
            masks[one["index"]] = placed(mask, corners, facts.size)
        check(masks, frame)


@pytest.mark.filterwarnings("ignore")  # FiftyOne's own, and of what it is made of
def test_fiftyone_imports_the_folder(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    fo = pytest.importorskip("fiftyone", reason="FiftyOne, which needs MongoDB, is not installed")
    write("fiftyone", out, facts, frames)
    dataset = fo.Dataset.from_dir(str(out), dataset_type=fo.types.FiftyOneVideoLabelsDataset, progress=False)
    try:
        (sample,) = dataset
        assert len(sample.frames) == LENGTH
        assert sample.filepath.endswith("pond.mp4")
        for frame in frames:
            found: list[Any] = sample.frames[frame.index + 1].objects.detections
            masks = {}
            for one in found:
                x, y, width, height = one.bounding_box
                masks[one.index] = placed(one.mask, (x, y, x + width, y + height), facts.size)
                seen = frame.objects[one.index]
                assert one.label == facts.objects[one.index]
                assert one.confidence == pytest.approx(seen.predicted_iou)
                assert one.object_score == pytest.approx(seen.object_score)
            check(masks, frame)
    finally:
        dataset.delete()


def placed(mask: Any, corners: tuple[float, ...], size: tuple[int, int]) -> NDArray[np.bool_]:
    height, width = size
    left, top, right, bottom = (round(at * of) for at, of in zip(corners, (width, height) * 2, strict=True))
    whole = np.zeros(size, dtype=bool)
    whole[top:bottom, left:right] = mask
    return whole


def check(masks: dict[int, NDArray[np.bool_]], frame: ResultFrame) -> None:
    assert sorted(masks) == sorted(set(np.unique(frame.labels).tolist()) - {0})
    for object_id, mask in masks.items():
        np.testing.assert_array_equal(mask, frame.labels == object_id)
