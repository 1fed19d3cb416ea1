import numpy as np
import pytest

from samscope.analysis.pointers.frames import TARGETS, pointer_frames
from tests.moving_boxes import PICTURE, moving_boxes
from tests.planted import TIMELINE


def test_targets_are_what_the_records_say() -> None:
    study = moving_boxes(clips=2)
    found = pointer_frames(study.clips, study.frames)
    rows = study.frames.query("clip == 1").sort_values("frame")
    boxes = np.stack(rows["true_box"].to_list()) / (*PICTURE, *PICTURE)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    truth = found.truth[(found.keys["clip"] == 1).to_numpy()]
    np.testing.assert_allclose(truth[:, TARGETS["box"]], boxes)
    np.testing.assert_allclose(truth[:, TARGETS["centre"]], centre)
    np.testing.assert_allclose(truth[1:, TARGETS["velocity"]], np.diff(centre, axis=0))
    assert np.isnan(truth[0, TARGETS["velocity"]]).all()
    np.testing.assert_allclose(np.exp(truth[:, TARGETS["log_area"]])[:, 0], rows["true_area"])
    previous = found.previous_frame[(found.keys["clip"] == 1).to_numpy()]
    np.testing.assert_array_equal(previous[1:, TARGETS["box"]], truth[:-1, TARGETS["box"]])
    assert np.isnan(previous[0]).all()
    assert np.isnan(previous[:, TARGETS["velocity"]]).all()
    predicted = found.predicted_mask[(found.keys["clip"] == 1).to_numpy()]
    np.testing.assert_allclose(predicted[:, 0] - truth[:, 0], 1 / PICTURE[0], atol=1e-6)
    np.testing.assert_allclose(predicted[1:, TARGETS["velocity"]], np.diff(centre, axis=0), atol=1e-6)
    assert np.isnan(predicted[:, TARGETS["obscured"]]).all()


def test_usable_frames_have_a_pointer_of_their_own_and_one_before() -> None:
    study = moving_boxes(clips=1, sets=["clean", "interjection"])
    found = pointer_frames(study.clips, study.frames)
    usable = found.keys.loc[found.usable].groupby("set")["frame"].apply(list)
    assert usable["clean"] == list(range(2, TIMELINE.length))
    gone = [*TIMELINE.middle_frames, TIMELINE.middle_frames[-1] + 1]
    assert usable["interjection"] == [frame for frame in range(2, TIMELINE.length) if frame not in gone]


def test_a_missing_frame_breaks_the_neighbourhood() -> None:
    study = moving_boxes(clips=2)
    gap = (study.frames["clip"] == 0) & (study.frames["frame"] == 5)
    found = pointer_frames(study.clips, study.frames.loc[~gap])
    frame = found.keys["frame"].to_numpy()
    first = (found.keys["clip"] == 0).to_numpy()
    assert found.before[first & (frame == 6)].tolist() == [-1]
    assert found.after[first & (frame == 4)].tolist() == [-1]
    starts = frame == 0
    assert (found.before[starts] == -1).all()
    assert (
        frame[found.before[~starts & (found.before >= 0)]] == frame[~starts & (found.before >= 0)] - 1
    ).all()
    assert not found.usable[first & (frame == 6)].any()


def test_the_order_of_the_rows_does_not_matter() -> None:
    study = moving_boxes(clips=2, sets=["overlay", "clean"])
    found = pointer_frames(study.clips, study.frames)
    shuffled = pointer_frames(study.clips, study.frames.sample(frac=1, random_state=0).sort_values("set"))
    assert found.keys["set"].unique().tolist() == ["overlay", "clean"]
    order = np.concatenate([np.flatnonzero(found.keys["set"] == name) for name in ("clean", "overlay")])
    np.testing.assert_array_equal(shuffled.truth, found.truth[order])
    for name, pointer in found.pointers.items():
        np.testing.assert_array_equal(shuffled.pointers[name], pointer[order])


@pytest.mark.parametrize(("set_name", "pasted"), [("object_removal", True), ("obscuration", False)])
def test_a_pasted_object_comes_from_the_partners_video(set_name: str, pasted: bool) -> None:
    study = moving_boxes(clips=3, sets=[set_name])
    found = pointer_frames(study.clips, study.frames)
    clip = study.clips.set_index("clip").loc[found.keys["clip"]]
    assert found.videos.tolist() == clip["source_video"].tolist()
    assert found.object_videos.tolist() == clip["partner_video" if pasted else "source_video"].tolist()


def test_null_pointers_and_areas_are_not_usable() -> None:
    study = moving_boxes(clips=1)
    frames = study.frames.copy()
    frames.loc[frames["frame"] == 9, "obscured"] = np.nan
    frames["object_pointer"] = [
        pointer * np.nan if frame == 20 else pointer
        for pointer, frame in zip(frames["object_pointer"], frames["frame"], strict=True)
    ]
    found = pointer_frames(study.clips, frames)
    left_out = set(range(2, TIMELINE.length)) - set(found.keys["frame"][found.usable])
    assert left_out == {9, 20, 21}


def test_no_frames() -> None:
    study = moving_boxes(clips=1)
    found = pointer_frames(study.clips, study.frames.iloc[:0])
    assert found.truth.shape == (0, 10)
    assert found.usable.shape == (0,)


def test_a_model_without_pointers_has_frames_and_none_that_is_usable() -> None:
    study = moving_boxes(clips=1)
    frames = study.frames.assign(object_pointer=None, object_pointer_ungated=None)
    found = pointer_frames(study.clips, frames)
    assert len(found.keys) == len(frames)
    assert not found.with_pointer.any()
    assert not found.usable.any()


def test_a_frame_without_a_pointer_is_not_usable_and_the_others_are() -> None:
    study = moving_boxes(clips=1, sets=["clean"])
    pointers = study.frames["object_pointer"].where(study.frames["frame"] != 9, None)
    found = pointer_frames(study.clips, study.frames.assign(object_pointer=pointers))
    assert found.keys.loc[~found.with_pointer, "frame"].tolist() == [0, 9]
