from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.measurements import measurements
from samscope.analysis.absence.timecourse import timecourse
from samscope.analysis.claims.levels import Part, curve, level
from samscope.analysis.claims.positions import PLACES
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from tests.planted_claims import CLIPS, PARTS, Raised, raised

RAISED = Raised("interjection", 1, "middle", 1.7)
POSITION = PLACES[1]


def _rows(set_name: str, **values: Any) -> pd.DataFrame:
    features = raised(RAISED).study.features
    rows = features.loc[(features["set"] == set_name) & (features["position"] == POSITION)]
    for name, value in values.items():
        rows = rows.loc[rows[name].isin(value)]
    return rows


@pytest.mark.parametrize("part", get_args(Part))
def test_a_level_is_the_mean_over_its_frames_with_the_interval_of_videos(part: Part) -> None:
    found = level(raised(RAISED), "interjection", POSITION, "short", part)
    rows = _rows("interjection", frame=PARTS[part])
    by_clip = rows.groupby("clip")["short"].mean().to_numpy()
    videos = np.arange(CLIPS) % 8
    expected = mean(by_clip, plan_of_videos(videos, [[str((video + 1) % 8)] for video in videos])).estimate
    assert found.estimate.value == pytest.approx(expected.value)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((expected.low, expected.high))
    assert (len(found.clips), len(found.videos)) == (CLIPS, 8)


def test_curves_are_those_of_the_time_course() -> None:
    of = raised(RAISED)
    means = curve(of, "interjection", POSITION, "short").values  # noqa: PD011
    table = timecourse(of.study.clips, of.study.frames, of.study.features, measurements()[:1])
    rows = table.loc[(table["set"] == "interjection") & (table["position"] == POSITION)]
    np.testing.assert_allclose(means[0], rows["mean"])
    assert np.isnan(means[:, 0]).all()  # nothing is compared on the prompted frame


def test_what_was_not_recorded_is_missing() -> None:
    for set_name, position in (("overlay", POSITION), ("interjection", PLACES[2])):
        found = level(raised(RAISED), set_name, position, "short", "middle")
        assert found.missing == f"the records hold no features of {set_name} at {position}"
        assert curve(raised(RAISED), set_name, position, "short").missing == found.missing
