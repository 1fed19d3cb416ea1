from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.labelled import (
    frame_rate,
)
from samscope.videos.layouts.reading import read_videos
from samscope.videos.object_names import NamesObjects
from tests.videos.layouts.making import LAYOUTS, written


@pytest.mark.parametrize("layout", [name for name, (_, every) in LAYOUTS.items() if every > 1])
def test_frames_without_masks_are_told_and_not_made_up(tmp_path: Path, layout: str) -> None:
    video = written(tmp_path, layout)["first"]
    with pytest.raises(SamscopeError, match="has no mask"):
        video.labels(1)


def test_what_a_layout_knows_of_time_and_names(tmp_path: Path) -> None:
    rates = {layout: frame_rate(written(tmp_path / layout, layout)["first"]) for layout in LAYOUTS}
    assert rates == {
        "DAVIS": None,
        "YouTube-VOS": None,
        "LVOS": None,
        "SA-V validation": 24.0,
        "SA-V training": 24.0,
        "VOT": 25.0,
    }
    youtube = read_videos(tmp_path / "YouTube-VOS")["first"]
    assert isinstance(youtube, NamesObjects)
    assert youtube.object_names == {1: "kind 1", 2: "kind 2"}
