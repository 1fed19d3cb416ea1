from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.layouts.reading import read_videos
from tests.videos.layouts.making import written


def test_masks_without_frames_and_objects_without_numbers(tmp_path: Path) -> None:
    written(tmp_path, "SA-V validation")
    masks = tmp_path / "Annotations_6fps"
    (masks / "first" / "person").mkdir()
    with pytest.raises(SamscopeError, match="person: not the number of an object"):
        read_videos(tmp_path)
    (masks / "first" / "person").rmdir()
    (masks / "first" / "000" / "00000.png").rename(masks / "first" / "000" / "00999.png")
    with pytest.raises(SamscopeError, match="000: mask 00999 has no frame"):
        read_videos(tmp_path)
