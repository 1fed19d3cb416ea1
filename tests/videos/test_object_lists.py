from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.layouts.reading import read_videos
from tests.videos.layouts.making import written


@pytest.mark.parametrize("content", ["[]", "{}", '{"videos": {"first": {"objects": {"x": {}}}}}', "{"])
def test_lists_of_objects_that_are_none(tmp_path: Path, content: str) -> None:
    written(tmp_path, "YouTube-VOS")
    (tmp_path / "meta.json").write_text(content)
    with pytest.raises(SamscopeError, match=r"meta\.json: not a list of the objects of videos"):
        read_videos(tmp_path)
