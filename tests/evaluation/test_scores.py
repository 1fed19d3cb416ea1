import numpy as np
import pytest

from samscope.evaluation.davis_statistics import davis_statistics
from samscope.evaluation.scores import MEANS, frame_scores, object_scores, sequence_scores, summary
from samscope.evaluation.sequences import ObjectTrack


def planted(
    video: str, object_id: int = 1, frames: int = 28, j: float = 0.8, late: float | None = None
) -> ObjectTrack:
    """A track of constant J, from frame 16 on ``late``, and half that F; the object is gone at the end."""
    values = np.full(frames, j)
    values[16:] = j if late is None else late
    present = np.arange(frames) < frames - 3
    return ObjectTrack(
        video,
        object_id,
        tracked=frames,
        frame=np.arange(frames),
        j=values,
        f=values / 2,
        copied_j=np.linspace(1, 0, frames),
        object_score=np.where(present, 5.0, -5.0),
        present=present,
    )


def test_only_the_frames_that_davis_counts_are_counted() -> None:
    track = planted("goat", frames=10)
    values = np.random.default_rng(0).random(10)
    track = ObjectTrack(
        "goat", 1, 10, np.arange(10), values, values / 2, values, track.object_score, track.present
    )
    row = object_scores([track]).iloc[0]

    inside = davis_statistics(values[1:-1])
    assert (row["j_mean"], row["j_recall"], row["j_decay"]) == (inside.mean, inside.recall, inside.decay)
    assert row["j_and_f"] == pytest.approx(0.75 * values[1:-1].mean())
    assert row["copied_j"] == pytest.approx(values[1:-1].mean())
    assert (row["frames"], row["absent_frames"]) == (10, 3)


def test_drift_is_late_over_early_and_needs_28_frames() -> None:
    objects = object_scores([planted("goat", late=0.4), planted("dog", frames=27)])

    assert objects["early_j"].tolist() == pytest.approx([0.8, np.nan], nan_ok=True)
    assert objects["late_j"].tolist() == pytest.approx([0.4, np.nan], nan_ok=True)
    assert objects["drift"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def test_late_frames_include_the_last_tracked_one() -> None:
    track = planted("goat", late=0.0)
    track.j[27] = 1
    track.j[0] = 0  # the prompted frame is none of the early ones
    row = object_scores([track]).iloc[0]

    assert row["late_j"] == pytest.approx(1 / 12)
    assert row["early_j"] == pytest.approx(0.8)


def test_a_sequence_is_the_mean_over_its_objects() -> None:
    tracks = [planted("goat", 1, j=0.8, late=0.8), planted("dog"), planted("goat", 2, j=0.4, late=0.0)]
    sequences = sequence_scores(object_scores(tracks))

    assert sequences["video"].tolist() == ["goat", "dog"]
    assert sequences["objects"].tolist() == [2, 1]
    assert sequences["early_j"].tolist() == pytest.approx([0.6, 0.8])
    assert sequences["drift"].tolist() == pytest.approx([0.4 / 0.6, 1])


def test_the_summary_weighs_objects_alike_and_resamples_videos() -> None:
    tracks = [planted("goat", 1, j=0.9), planted("goat", 2, j=0.6), planted("dog", j=0.3)]
    tables = object_scores(tracks), frame_scores(tracks)
    estimates = summary(*tables)

    assert estimates["j_mean"].value == pytest.approx(0.6)
    assert estimates["j_and_f"].value == pytest.approx(0.45)
    assert (estimates["j_mean"].low, estimates["j_mean"].high) == pytest.approx(
        (0.3, 0.75)
    )  # dog twice, goat twice
    assert set(estimates) == {*MEANS, "drift", "auroc", "missed_absences", "false_absences"}
    assert estimates == summary(*tables)


def test_the_drift_of_all_is_the_ratio_of_the_means() -> None:
    tracks = [planted("goat", late=0.8), planted("dog", j=0.4, late=0.1), planted("brief", frames=5)]
    drift = summary(object_scores(tracks), frame_scores(tracks))["drift"]

    assert drift.value == pytest.approx(0.9 / 1.2)
    assert (drift.low, drift.high) == pytest.approx((0.25, 1))


def test_presence_by_hand() -> None:
    track = planted("goat", frames=6)  # frame 0 is prompted; 1 and 2 show the object, 3, 4 and 5 do not
    track.object_score[:] = [-9, 2, -1, 1, -2, -3]
    tracks = [track, planted("dog", frames=6)]
    estimates = summary(object_scores(tracks), frame_scores(tracks))

    assert estimates["auroc"].value == pytest.approx(1 - 1 / 24)  # of 24 pairs, -1 against 1 is wrong
    assert estimates["missed_absences"].value == pytest.approx(1 / 6)
    assert estimates["false_absences"].value == pytest.approx(1 / 4)


def test_undefined_is_undefined() -> None:
    track = planted("goat", frames=6)
    track.present[:] = True
    estimates = summary(object_scores([track]), frame_scores([track]))

    for name in ("auroc", "missed_absences", "drift", "early_j"):
        assert np.isnan(estimates[name].value)
    assert np.isfinite(estimates["j_mean"].value)
    assert not estimates["j_mean"].has_interval  # one video says nothing of others


def test_a_lost_object_counts_in_j_and_not_in_the_scores() -> None:
    lost = planted("speck", frames=6, j=0)
    lost.object_score[:] = np.nan
    tracks = [lost, planted("dog", frames=6)]
    estimates = summary(object_scores(tracks), frame_scores(tracks))

    assert estimates["j_mean"].value == pytest.approx(0.4)
    assert estimates["auroc"].value == 1
    assert estimates["false_absences"].value == 0


def test_every_frame_has_a_row() -> None:
    frames = frame_scores([planted("goat", frames=4), planted("dog", frames=3)])

    assert frames["frame"].tolist() == [0, 1, 2, 3, 0, 1, 2]
    assert frames["counted"].tolist() == [False, True, True, False, False, True, False]
