from typing import Any

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.measurements import all_measurements, measurements
from samscope.analysis.absence.timecourse import COLUMNS, choose_timecourse, timecourse
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import plan_of_clips
from tests.planted import Planted, planted


def _cell(table: pd.DataFrame, set_name: str, position: str, feature: str) -> Any:
    chosen = (table["set"] == set_name) & (table["position"] == position) & (table["feature"] == feature)
    return table.loc[chosen].set_index("frame")


def _course(study: Planted) -> pd.DataFrame:
    return timecourse(study.clips, study.frames, study.features)


def test_averages_over_clips_and_counts_them() -> None:
    study = planted(clips=6)
    found = _cell(_course(study), "interjection", "frame", "short")
    rows = study.features.query("set == 'interjection' and position == 'frame' and frame == 13").sort_values(
        "clip"
    )
    of_set = study.clips.query("set == 'interjection'").sort_values("clip")
    expected = mean(rows["short"].to_numpy(), plan_of_clips(of_set)).estimate
    assert found.loc[13, "mean"] == pytest.approx(expected.value)
    assert found.loc[13, ["low", "high"]].tolist() == pytest.approx([expected.low, expected.high])
    assert found.loc[13, ["clips", "videos", "undefined", "absent"]].tolist() == [6, 4, 0, 6]
    assert found.loc[11, "absent"] == 0


def test_absence_lifts_the_separating_position_in_the_middle_alone() -> None:
    found = _cell(_course(planted()), "object_removal", "object_pointer_ungated", "long")
    assert (found.loc[12:15, "low"] > found.loc[2:11, "high"].max()).all()
    assert found.loc[16, "mean"] == pytest.approx(10, abs=0.2)


def test_undefined_values_are_counted_and_never_averaged() -> None:
    study = planted(clips=4)
    features = study.features
    chosen = (features["set"] == "clean") & (features["position"] == "frame") & (features["frame"] == 9)
    features.loc[chosen & (features["clip"] == 0), "short"] = np.inf
    features.loc[chosen & (features["clip"] == 1), "short"] = np.nan
    found = _cell(_course(study), "clean", "frame", "short").loc[9]
    assert found["mean"] == pytest.approx(features.loc[chosen & (features["clip"] >= 2), "short"].mean())
    assert (found["clips"], found["undefined"]) == (2, 2)


def test_nothing_is_compared_on_the_prompted_frame() -> None:
    found = _course(planted(clips=4)).query("frame == 0")
    assert found["mean"].isna().all()
    assert (found["undefined"] == 0).all()


def test_the_gap_control_is_a_set_of_its_own_in_which_nothing_is_absent() -> None:
    found = _course(planted(clips=4)).query("set == 'clean_gap'")
    assert len(found)
    assert (found["absent"] == 0).all()


def test_one_source_video_has_means_but_no_intervals() -> None:
    found = _course(planted(clips=3, videos=["goat"])).query("frame > 2")
    assert found["mean"].notna().all()
    assert found[["low", "high"]].isna().all(axis=None)


def test_every_measurement_can_be_asked_for() -> None:
    study = planted(clips=2, sets=["clean"])
    found = timecourse(study.clips, study.frames, study.features, all_measurements())
    assert set(found.columns) == set(COLUMNS)
    assert found.groupby(["feature", "spread", "references"]).ngroups == 18


def test_one_measurement_can_be_chosen_from_all() -> None:
    study = planted(clips=2, sets=["clean"], positions=["frame"])
    every = timecourse(study.clips, study.frames, study.features, all_measurements())
    for spread, references in (("std", "present"), ("variance_without_floor", "online")):
        chosen = choose_timecourse(every, spread, references)  # type: ignore[arg-type]
        alone = timecourse(
            study.clips,
            study.frames,
            study.features,
            measurements(spread, references),  # type: ignore[arg-type]
        )
        key = ["set", "feature", "frame"]
        found, expected = (of.sort_values(key, ignore_index=True) for of in (chosen, alone))
        pd.testing.assert_frame_equal(found, expected)


def test_no_features_no_rows() -> None:
    study = planted(clips=2)
    assert list(timecourse(study.clips, study.frames, study.features.iloc[:0]).columns) == list(COLUMNS)
