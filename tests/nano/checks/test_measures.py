import json

import numpy as np
import pytest

from nano.checks.measures import Measure, mean_of_clips, mean_of_frames, plain


def test_mean_of_clips_leaves_out_what_is_not_defined() -> None:
    measure = mean_of_clips([0.2, np.nan, 0.4], "J")

    assert measure.value == pytest.approx(0.3)
    assert measure.clips == 2
    assert measure.interval[0] <= 0.3 <= measure.interval[1]


def test_frames_of_one_clip_are_no_evidence_of_their_own() -> None:
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 200)
    of_clips = mean_of_frames(values, np.repeat(np.arange(4), 200), "")
    of_frames = mean_of_frames(values, np.arange(800), "")

    assert of_clips.clips == 4
    assert np.diff(of_clips.interval) > 5 * np.diff(of_frames.interval)


def test_plain_values_are_json() -> None:
    parts = {"one": mean_of_clips([0.5], "J"), "none": mean_of_clips([], "J"), "layers": (1.0, np.nan)}
    stated = plain(parts)

    assert json.loads(json.dumps(stated, allow_nan=False)) == stated
    assert stated["one"] == {"value": 0.5, "interval": None, "clips": 1, "meaning": "J"}
    assert stated["none"]["value"] is None
    assert stated["layers"] == [1.0, None]


def test_a_measure_in_a_dataclass_is_stated() -> None:
    measure = mean_of_clips([0.1, 0.3], "J")

    assert isinstance(measure, Measure)
    assert plain([measure])[0]["interval"] == list(measure.interval)
