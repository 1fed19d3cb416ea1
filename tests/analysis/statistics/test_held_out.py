from dataclasses import replace

import numpy as np
import pytest

from samscope.analysis.absence.contrasts import Contrast, column_scores, contrast
from samscope.analysis.statistics.combination import FOLDS
from samscope.analysis.statistics.held_out import (
    LabelledFrames,
    detectors_by_part,
    labelled_frames,
    outcome,
    parts_of_videos,
)
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from samscope.analysis.statistics.thresholds import Detector
from tests.planted import SEPARATING, Planted, planted


def _contrast(study: Planted, set_name: str = "interjection") -> Contrast:
    return contrast(study.clips, study.frames, set_name, "present")


def _frames(values: list[float], absent: list[int], parts: list[int]) -> LabelledFrames:
    """Lay out frames, one clip and source video a part."""
    codes = np.array(parts, dtype=np.int64)
    features = np.array(values, dtype=np.float64)[:, None]
    plan = plan_of_videos(np.arange(codes.max(initial=-1) + 1))
    return LabelledFrames(features, np.array(absent, dtype=bool), codes, codes, codes, 0, plan)


@pytest.mark.parametrize(("count", "expected"), [(2, 2), (4, 4), (13, FOLDS)])
def test_every_source_video_is_in_one_part(count: int, expected: int) -> None:
    study = planted(
        clips=2 * count, videos=[f"video {n}" for n in range(count)], positions=[SEPARATING], maps=False
    )
    every = [_contrast(study, name) for name in ("interjection", "object_removal")]
    parts = parts_of_videos(every)
    assert set(parts) == set(study.clips["source_video"])
    assert set(parts.values()) == set(range(expected))
    sizes = np.bincount(list(parts.values()))
    assert sizes.max() - sizes.min() <= 1
    assert parts_of_videos(every) == parts


def test_fewer_than_two_source_videos_cannot_be_split() -> None:
    assert parts_of_videos([]) == {}
    assert (
        parts_of_videos([_contrast(planted(clips=3, videos=["goat"], positions=[SEPARATING], maps=False))])
        == {}
    )


def test_frames_keep_what_they_belong_to() -> None:
    study = planted(clips=6, videos=["camel", "dog", "goat"], positions=[SEPARATING], maps=False)
    sides = _contrast(study)
    rows = study.features.loc[study.features["set"] == "interjection"]
    rows = rows.assign(long=rows["long"].mask((rows["clip"] == 4) & (rows["frame"] == 14)))
    scores = [column_scores(sides, rows, rows, column) for column in ("short", "long")]
    parts = parts_of_videos([sides])
    found = labelled_frames(sides, scores, parts)
    # Frame 1 has no long distance, and neither has the frame that was taken out.
    assert found.undefined == 6 + 1
    assert found.absent.sum() == 6 * 4 - 1
    assert len(found.features) == 6 * 26 - 1
    names = np.array([study.clips["source_video"].iloc[6 * clip] for clip in range(6)])
    assert found.parts.tolist() == [parts[name] for name in names[found.clips]]
    assert [len(set(names[found.clips[found.videos == code]])) for code in range(3)] == [1, 1, 1]
    absent_rows = rows.query("12 <= frame <= 15 and not (clip == 4 and frame == 14)")
    np.testing.assert_array_equal(found.features[found.absent], absent_rows[["short", "long"]])


def test_a_detector_never_learns_from_its_own_part() -> None:
    frames = _frames([1, 0, 11, 10, 21, 20], [1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2])
    detectors = detectors_by_part(frames, 3)
    assert detectors is not None
    # Without part 0 the best threshold parts 20 from 21, without part 2 it parts 10 from 11.
    assert [detector.threshold for detector in detectors] == [20.5, 20.5, 10.5]
    changed = replace(frames, features=frames.features + 1000 * (frames.parts == 2)[:, None])
    again = detectors_by_part(changed, 3)
    assert again is not None
    assert again[2].threshold == detectors[2].threshold


def test_one_part_with_one_kind_alone_to_learn_from_leaves_none() -> None:
    frames = _frames([1, 0, 3, 2], [1, 0, 0, 0], [0, 0, 1, 1])
    assert detectors_by_part(frames, 2) is None
    assert detectors_by_part(frames, 0) is None


def test_a_set_may_be_tested_on_parts_that_the_other_lacks() -> None:
    detectors = detectors_by_part(_frames([1, 0, 1, 0], [1, 0, 1, 0], [0, 0, 1, 1]), 3)
    assert detectors is not None
    found = outcome(detectors, _frames([1, 0, 0.7, 0.2], [1, 0, 1, 0], [2, 2, 2, 2]))
    assert (found.sensitivity, found.specificity, len(found.balanced.videos)) == (1, 1, 1)
    assert not found.balanced_accuracy.has_interval


def test_balanced_accuracy_and_what_is_lost_over_videos() -> None:
    frames = _frames([1, 0, 1, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0, 0], [0, 0, 1, 1, 2, 2, 2])
    perfect, never = [Detector(0.5)] * 3, [Detector(np.inf)] * 3
    found, nothing = outcome(perfect, frames), outcome(never, frames)
    assert (found.sensitivity, found.specificity) == (1, 0.5)
    assert found.balanced_accuracy.value == 0.75
    assert found.balanced.resampled.tolist() == pytest.approx([0.5 + 0.5 / 3, 0.5 + 0.5 / 3, 1])
    assert 0 < found.balanced_accuracy.low < 0.75 < found.balanced_accuracy.high < 1
    assert nothing.balanced_accuracy.value == 0.5
    lost = nothing.less_than(found)
    assert lost.value == 0.25
    assert lost.low < 0.25 < lost.high


def test_no_frame_is_undefined() -> None:
    found = outcome([Detector(0.5)], _frames([], [], []))
    assert np.isnan([found.sensitivity, found.specificity, found.balanced_accuracy.value]).all()
    assert not found.balanced.videos
