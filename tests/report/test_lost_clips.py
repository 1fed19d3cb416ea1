import numpy as np

from samscope.report.lost_clips import COLUMNS, lost_clips, lost_rows
from tests.planted import FEW_POSITIONS, Planted, planted


def _study(j: dict[tuple[str, int], dict[int, float]]) -> Planted:
    """A study in which J is 0.9 everywhere but on some frames of some clips."""
    study = planted(clips=2, positions=FEW_POSITIONS[:1], maps=False)
    frames = study.frames
    frames["j"] = 0.9
    for (set_name, clip), values in j.items():
        for frame, value in values.items():
            at = (frames["set"] == set_name) & (frames["clip"] == clip) & (frames["frame"] == frame)
            frames.loc[at, "j"] = value
    return study


def test_lost_is_what_is_not_found_again() -> None:
    study = _study(
        {
            ("overlay", 0): dict.fromkeys(range(20, 28), 0.2),
            ("overlay", 1): dict.fromkeys(range(10, 20), 0.2),
            ("clean", 1): dict.fromkeys(range(5, 28), 0.3),
        }
    )
    lost = lost_clips(study.clips, study.frames)
    assert list(lost.columns) == list(COLUMNS)
    assert list(zip(lost["set"], lost["clip"], lost["lost_from"], strict=True)) == [
        ("clean", 1, 5),
        ("overlay", 0, 20),
    ]
    assert list(lost["frames_lost"]) == [23, 8]
    np.testing.assert_allclose(lost["j_lost"], [0.3, 0.2])
    np.testing.assert_allclose(lost["j_before"], 0.9)
    assert lost_rows(lost)[0].cells[:3] == ("23 of 27", "0.90", "0.30")


def test_frames_without_the_object_count_neither_way() -> None:
    low = dict.fromkeys(range(12, 16), 0.0)
    study = _study(
        {("interjection", 0): low, ("interjection", 1): {**low, **dict.fromkeys(range(16, 28), 0.1)}}
    )
    lost = lost_clips(study.clips, study.frames)
    assert list(lost["clip"]) == [1]
    assert list(lost["lost_from"]) == [16]
    assert list(lost["frames_present"]) == [23]


def test_one_that_was_never_followed_has_nothing_before() -> None:
    study = _study({("clean", 0): dict.fromkeys(range(28), 0.0)})
    lost = lost_clips(study.clips, study.frames)
    assert np.isnan(lost["j_before"].iloc[0])
    assert lost_rows(lost)[0].cells[0] == "27 of 27"
    assert lost_rows(lost)[0].cells[1] == "\N{EN DASH}"


def test_of_equally_many_frames_the_lower_j_is_worse() -> None:
    study = _study({("clean", 0): {27: 0.4}, ("clean", 1): {27: 0.1}})
    assert list(lost_clips(study.clips, study.frames)["clip"]) == [1, 0]
