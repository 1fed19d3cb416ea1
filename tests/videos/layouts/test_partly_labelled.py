from pathlib import Path

import numpy as np
import pytest

from samscope.evaluation.sequences import find_targets
from samscope.support.errors import SamscopeError
from samscope.videos.labelled import (
    labelled_frames,
)
from samscope.videos.layouts.reading import read_videos
from samscope.videos.stretches import labelled_throughout
from tests.videos.layouts.making import (
    FRAMES,
    LABELS,
    save_youtube,
)


def test_first_masks_alone_are_prompts_and_no_truth(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save_youtube(tmp_path, name, FRAMES, LABELS, 5)
        for mask in sorted((tmp_path / "Annotations" / name).iterdir())[2:]:
            mask.unlink()
    video = read_videos(tmp_path)["first"]
    assert list(labelled_frames(video)) == []
    assert np.array_equal(video.labels(5), LABELS[5]), "they can be prompted by"
    assert len(labelled_throughout(read_videos(tmp_path))["first"]) == 0
    with pytest.raises(SamscopeError, match="no video of 3 frames or more"):
        find_targets(read_videos(tmp_path))
