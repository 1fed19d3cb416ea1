import json
from pathlib import Path

import numpy as np
import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.labelled import (
    frames_of,
    labelled_frames,
    object_mask,
)
from samscope.videos.layouts.reading import read_videos
from tests.videos.films.making import cut_off
from tests.videos.layouts.making import (
    FRAMES,
    LABELS,
    LENGTH,
    save_sav_film,
    written,
)


def test_objects_that_overlap_keep_their_whole_masks(tmp_path: Path) -> None:
    save_sav_film(tmp_path, "sav_000001", FRAMES, LABELS)
    content = (tmp_path / "sav_000001_manual.json").read_text()
    annotations = json.loads(content)
    for row in annotations["masklet"]:
        row.append(row[0])
    annotations["masklet_id"].append(7)
    (tmp_path / "sav_000001_manual.json").write_text(json.dumps(annotations))
    (video,) = read_videos(tmp_path).videos
    assert video.object_ids == (1, 2, 8)
    assert np.array_equal(object_mask(video, 8, 1), object_mask(video, 8, 8))
    assert set(np.unique(video.labels(8))) == {0, 2, 8}


@pytest.mark.parametrize(
    ("file", "content", "match"),
    [
        ("first_manual.json", b"no json", r"first_manual\.json: not the masks of a film of SA-V"),
        ("first_manual.json", b"{}", r"first_manual\.json: not the masks .* expected masklet"),
        (
            "first_manual.json",
            b'{"masklet": [[]], "masklet_id": [0]}',
            "of object 0 on frame 0 cannot be read",
        ),
        (
            "first_manual.json",
            b'{"masklet": [[{"size": [9, 9], "counts": "1"}]], "masklet_id": [0]}',
            "of 9x9 pixels, its film of 96x64",
        ),
        (
            "first_manual.json",
            b'{"masklet": [[{"size": [64, 96], "counts": "zzz"}]], "masklet_id": [0]}',
            r"cannot be read \(characters that are no counts\)",
        ),
        ("first_manual.json", b'{"masklet": [[]], "masklet_id": [254]}', "an object numbered 255"),
        ("first.mp4", b"no film", r"first\.mp4: not a film"),
    ],
)
def test_damaged_parts_of_sav_are_named(tmp_path: Path, file: str, content: bytes, match: str) -> None:
    video = written(tmp_path, "SA-V training")["first"]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(SamscopeError, match=match):
        video.labels(0)


def test_a_film_that_breaks_off_is_told_by_the_frame_that_lacks(tmp_path: Path) -> None:
    save_sav_film(tmp_path, "first", FRAMES, LABELS)
    cut_off(tmp_path / "first.mp4", 0.5)
    (broken,) = read_videos(tmp_path).videos
    assert len(broken) < LENGTH
    assert max(labelled_frames(broken)) < len(broken)
    with pytest.raises(SamscopeError, match=r"first\.mp4: frame 20 cannot be decoded"):
        list(frames_of(broken, [0, 20]))
