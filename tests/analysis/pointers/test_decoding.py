import numpy as np
import pytest

from samscope.analysis.pointers.decoding import (
    READINGS,
    decode_pointers,
    held_out_folds,
)
from samscope.analysis.pointers.frames import TARGETS, pointer_frames
from samscope.support.errors import SamscopeError
from tests.moving_boxes import ONE_POINTER, RIDGE, moving_boxes, ridge_decoded
from tests.planted import TIMELINE

BOTH_SETS = ("clean", "object_removal")


@pytest.mark.parametrize("count", [2, 3, 6])
def test_no_video_is_trained_and_tested_on(count: int) -> None:
    study = moving_boxes(
        clips=12, videos=["camel", "dog", "goat", "horse", "lynx", "swan"][:count], sets=BOTH_SETS
    )
    frames = pointer_frames(study.clips, study.frames)
    folds = list(held_out_folds(frames))
    assert 2 <= len(folds) <= 5
    for train, test in folds:
        assert frames.usable[train].all()
        trained = {*frames.videos[train], *frames.object_videos[train]}
        assert not trained & {*frames.videos[test], *frames.object_videos[test]}
    tested = np.sum([test for _, test in folds], axis=0)
    assert tested.max() == 1
    assert (tested[(frames.keys["set"] == "clean").to_numpy()] == 1).all()


def test_all_sets_of_a_draw_are_in_the_same_fold() -> None:
    study = moving_boxes(clips=6, sets=["clean", "overlay"])
    frames = pointer_frames(study.clips, study.frames)
    for _, test in held_out_folds(frames):
        clips = frames.keys.loc[test].groupby("set")["clip"].apply(set)
        assert clips["clean"] == clips["overlay"]


def test_an_object_out_of_a_video_that_is_no_source_is_tested() -> None:
    study = moving_boxes(clips=6, videos=["camel", "dog", "goat"], sets=BOTH_SETS)
    clips = study.clips.assign(partner_video="unicorn")
    frames = pointer_frames(clips, study.frames)
    tested = np.any([test for _, test in held_out_folds(frames)], axis=0)
    pasted = (frames.keys["set"] == "object_removal").to_numpy()
    assert not tested[pasted].any()  # each fold's training shows the unicorn in the other removal clips
    only = study.clips.assign(partner_video=[f"partner of {video}" for video in study.clips["source_video"]])
    frames = pointer_frames(only, study.frames)
    assert np.any([test for _, test in held_out_folds(frames)], axis=0).all()


def test_decoders_answer_where_there_is_a_pointer_that_is_no_prompts() -> None:
    study = moving_boxes(clips=4, sets=["interjection"])
    decoding = decode_pointers(study.clips, study.frames)
    frame = decoding.frames.keys["frame"].to_numpy()
    assert decoding.tested.tolist() == decoding.frames.usable.tolist()
    for reading in READINGS:
        answered = np.isfinite(decoding.readings[reading]).all(axis=1)
        first = 1 if reading.input == "pointer" else 2
        np.testing.assert_array_equal(answered, frame >= first)
    absent = np.isin(frame, TIMELINE.middle_frames)
    assert np.isnan(decoding.frames.truth[absent, TARGETS["box"]]).all()
    assert np.isfinite(decoding.readings[RIDGE][absent]).all()


def test_the_mean_is_that_of_the_training_frames() -> None:
    decoding = ridge_decoded(moving_boxes(clips=6))
    for train, test in held_out_folds(decoding.frames):
        expected = decoding.frames.truth[train].mean(axis=0)
        np.testing.assert_allclose(decoding.baselines["mean"][test], expected[None].repeat(test.sum(), 0))


def test_a_decoder_is_not_moved_by_the_truth_of_the_frames_that_it_is_tested_on() -> None:
    study = moving_boxes(clips=6)
    changed = study.frames.copy()
    of_camel = changed["clip"].isin(study.clips.loc[study.clips["source_video"] == "camel", "clip"])
    changed["true_area"] = changed["true_area"].where(~of_camel, 0.9)
    one, other = (decode_pointers(study.clips, frames, ONE_POINTER[:2]) for frames in (study.frames, changed))
    camel = one.frames.videos == "camel"
    area = TARGETS["log_area"]
    for reading in ONE_POINTER[:2]:
        np.testing.assert_array_equal(one.readings[reading][camel], other.readings[reading][camel])
    assert (one.baselines["mean"][~camel, area] != other.baselines["mean"][~camel, area]).any()


@pytest.mark.parametrize("videos", [["goat"], ["goat", "swan"]])
def test_few_videos_are_no_error(videos: list[str]) -> None:
    study = moving_boxes(clips=2, videos=videos)
    decoding = ridge_decoded(study)
    assert decoding.tested.any() == (len(videos) == 2)
    assert np.isfinite(decoding.readings[RIDGE]).any() == (len(videos) == 2)
    assert np.isfinite(decoding.baselines["previous_frame"]).any()


def test_no_records() -> None:
    study = moving_boxes(clips=1)
    decoding = decode_pointers(study.clips.iloc[:0], study.frames.iloc[:0])
    assert not decoding.tested.size
    assert [name for name, _ in decoding.sets()] == ["all"]


def test_rows_of_a_clip() -> None:
    decoding = ridge_decoded(moving_boxes(clips=4))
    rows = decoding.rows("clean", 3)
    assert decoding.frames.keys["frame"].iloc[rows].tolist() == list(range(TIMELINE.length))
    with pytest.raises(SamscopeError, match="no clip 77 of the set clean"):
        decoding.rows("clean", 77)
