from typing import Any

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.masks.accuracy import ACCURACY_COLUMNS, accuracy
from samscope.clips.clip import Timeline
from tests.planted import planted


def _accuracy(clips: pd.DataFrame, frames: pd.DataFrame, set_name: str) -> Any:
    found = accuracy(clips, frames)
    return found.loc[found["set"] == set_name].set_index(["segment", "measure"])


def test_planted_means_by_segment() -> None:
    study = planted(clips=4)
    found = _accuracy(study.clips, study.frames, "interjection")
    assert found.loc[("prefix", "j"), "mean"] == pytest.approx(0.9)
    assert found.loc[("middle", "j"), "mean"] == pytest.approx(1.0)
    assert found.loc[("suffix", "f"), "mean"] == pytest.approx(0.6)
    assert found.loc[("suffix", "j_and_f"), "mean"] == pytest.approx(0.65)
    assert found.loc[("whole", "j"), "mean"] == pytest.approx((11 * 0.9 + 4 * 1.0 + 11 * 0.7) / 26)


def test_the_prompted_and_the_last_frame_are_left_out() -> None:
    study = planted(clips=4, timeline=Timeline(3, 2, 3))
    frames = study.frames
    frames.loc[frames["frame"].isin([0, 7]), ["j", "f"]] = 1000.0
    found = _accuracy(study.clips, frames, "clean")
    assert found.loc[("prefix", "j"), ["mean", "frames"]].tolist() == pytest.approx([0.9, 2 * 4])
    assert found.loc[("suffix", "j"), ["mean", "frames"]].tolist() == pytest.approx([0.7, 2 * 4])
    assert found.loc[("whole", "j"), "frames"] == 6 * 4


def test_mean_over_frames_then_clips_with_intervals_over_videos() -> None:
    study = planted(clips=4, videos=["a", "b"], sets=["clean"])
    frames = study.frames
    middle = frames["segment"] == "middle"
    frames.loc[middle & (frames["clip"] == 0), "j"] = [0.0, 0.0, np.nan, np.nan]
    for clip, value in ((1, 1.0), (2, 0.0), (3, 1.0)):
        frames.loc[middle & (frames["clip"] == clip), "j"] = value
    found = _accuracy(study.clips, frames, "clean").loc[("middle", "j")]
    assert found["mean"] == 0.5
    assert (found["low"], found["high"]) == pytest.approx((0.0, 1.0), abs=1e-6)  # two videos: all there is
    assert found[["frames", "clips", "videos", "undefined"]].tolist() == [14, 4, 2, 2]


def test_a_clip_that_ends_early_loses_its_own_last_frame() -> None:
    study = planted(clips=2, sets=["clean"])
    frames = study.frames.loc[(study.frames["clip"] == 0) | (study.frames["frame"] < 20)].copy()
    frames.loc[(frames["clip"] == 1) & (frames["frame"] == 19), "j"] = 1000.0
    found = _accuracy(study.clips, frames, "clean").loc[("suffix", "j")]
    assert found["mean"] == pytest.approx(0.7)
    assert found["frames"] == 11 + 3


def test_one_video_has_no_interval() -> None:
    study = planted(clips=2, videos=["goat"])
    assert accuracy(study.clips, study.frames)["low"].isna().all()


def test_no_frames_no_rows() -> None:
    study = planted(clips=2)
    assert list(accuracy(study.clips, study.frames.iloc[:0]).columns) == list(ACCURACY_COLUMNS)
