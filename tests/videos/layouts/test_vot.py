from pathlib import Path

import numpy as np
import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.labelled import (
    labelled_frames,
    object_mask,
)
from samscope.videos.layouts.reading import read_videos
from tests.videos.layouts.making import FRAMES, LABELS, save_vot, written


def test_boxes_of_vot_are_no_masks_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("boxed", "masked"):
        save_vot(tmp_path, name, FRAMES[:8], [np.minimum(labels, 1) for labels in LABELS[:8]])
    (tmp_path / "boxed" / "groundtruth.txt").write_text("5,10,10,10\n1,1,9,1,9,9,1,9\nnan,nan,nan,nan\n")
    collection = read_videos(tmp_path)
    assert "boxed: the truth is rectangles or polygons, which are no masks" in caplog.text
    assert list(labelled_frames(collection["boxed"])) == []
    assert collection["boxed"].object_ids == ()
    assert len(labelled_frames(collection["masked"])) == 8
    with pytest.raises(SamscopeError, match=r"boxed/groundtruth\.txt: line 1 is no mask"):
        collection["boxed"].mask_of(0, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"m1,2\n", r"object1\.txt: the mask in line 1 cannot be read"),
        (b"m0,0,0,0\n" * 99, r"object1\.txt: 99 lines, but 21 frames"),
        (b"\xff\xfe\x00", r"object1\.txt: no text of a VOT sequence"),
    ],
)
def test_damaged_truth_of_vot_is_named(tmp_path: Path, content: bytes, match: str) -> None:
    written(tmp_path, "VOT")
    (tmp_path / "first" / "groundtruth_object1.txt").write_bytes(content)
    with pytest.raises(SamscopeError, match=match):
        object_mask(read_videos(tmp_path)["first"], 0, 1)


@pytest.mark.parametrize("properties", ["fps=soon\n", "fps=nan\n", "channels.color=../secret/%08d.jpg\n"])
def test_properties_of_vot_that_cannot_be(tmp_path: Path, properties: str) -> None:
    written(tmp_path, "VOT")
    (tmp_path / "first" / "sequence").write_text(properties)
    with pytest.raises(SamscopeError, match="first/sequence: "):
        read_videos(tmp_path)
    assert list(read_videos(tmp_path, leave_out=True)) == ["second", "third"]
