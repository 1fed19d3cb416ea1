from pathlib import Path

import numpy as np
import pytest

from samscope.support.errors import UsageError
from samscope.videos.opened import open_video
from tests.videos.layouts.making import LABELS, LAYOUTS, LENGTH, written


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_video_of_a_data_set_is_opened_to_be_tracked(tmp_path: Path, layout: str) -> None:
    written(tmp_path / "videos", layout)
    every = LAYOUTS[layout][1]
    video = open_video(tmp_path / "videos" / "third", every=2, max_side=48)
    if layout == "VOT":
        assert video.rate == 12.5
    assert (video.name, video.size, video.count) == ("third", (32, 48), 11)
    shown = list(video)
    assert [frame.number for frame in shown] == list(range(0, LENGTH, 2))
    for frame in shown:
        labels = video.labels(frame)
        assert (labels is not None) == (frame.number % every == 0)
        if labels is not None:
            assert labels.shape == (32, 48)
            assert np.array_equal(np.unique(labels), np.unique(LABELS[frame.number]))
    with pytest.raises(UsageError, match="fourth"):
        open_video(tmp_path / "videos" / "fourth")
    with pytest.raises(UsageError, match=r"holds videos \(first, second, third, \.\.\.\); name one of them"):
        open_video(tmp_path / "videos")
