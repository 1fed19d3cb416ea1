from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from samscope.analysis.pointers.decoding import Decoding
from samscope.analysis.pointers.frames import TARGETS
from samscope.analysis.pointers.motion import LEAD_COLUMNS, MEASURES, motion_lead
from tests.moving_boxes import PICTURE, RIDGE, moving_boxes, ridge_decoded
from tests.planted import Planted, row

SIDES = np.array(PICTURE) / np.hypot(*PICTURE)


def _centres(decoding: Decoding) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the true centres, how far they move a frame, and the mean of the training frames."""
    centre = decoding.frames.truth[:, TARGETS["centre"]]
    velocity = (centre[decoding.frames.after] - centre[decoding.frames.before]) / 2
    return centre, velocity, decoding.baselines["mean"][:, TARGETS["centre"]]


def _answering(decoding: Decoding, centre: NDArray[np.float64]) -> Decoding:
    """Return the decoding with these centres [N, 2] for those that the ridge decoded."""
    estimate = decoding.readings[RIDGE].copy()
    estimate[:, TARGETS["centre"]] = centre
    return replace(decoding, readings=decoding.readings | {RIDGE: estimate})


def _found(decoding: Decoding, measure: str, **keywords: Any) -> Any:
    named = {"set": "all", "pointer": RIDGE.pointer, "decoder": RIDGE.decoder}
    return row(motion_lead(decoding, **keywords), **named, measure=measure)


@pytest.mark.parametrize("lead", [-1.5, 0.0, 2.0])
def test_a_planted_lead_is_found_in_frames(lead: float) -> None:
    decoding = ridge_decoded(moving_boxes())
    centre, velocity, _ = _centres(decoding)
    leading = _answering(decoding, centre + lead * velocity)
    for measure in ("frames", "frames_at_position"):
        found = _found(leading, measure)
        assert [found["value"], found["low"], found["high"]] == pytest.approx([lead] * 3, abs=1e-9)
    assert _found(leading, "follows")["value"] == pytest.approx(1)
    assert _found(leading, "ahead")["value"] == (lead > 0)


def test_the_offset_is_a_share_of_the_diagonal() -> None:
    decoding = ridge_decoded(moving_boxes())
    centre, velocity, _ = _centres(decoding)
    speed = np.linalg.norm(velocity * SIDES, axis=1)
    ahead = _answering(decoding, centre + 0.03 * velocity / np.where(speed > 0, speed, np.nan)[:, None])
    assert _found(ahead, "offset")["value"] == pytest.approx(0.03)


@pytest.mark.parametrize("gain", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("lead", [0.0, 2.0])
def test_shrinkage_is_no_lead_at_a_given_position(gain: float, lead: float) -> None:
    decoding = _moving_inwards()
    centre, velocity, mean = _centres(decoding)
    shrunk = _answering(decoding, mean + gain * (centre + lead * velocity - mean))
    assert _found(shrunk, "frames_at_position")["value"] == pytest.approx(gain * lead, abs=1e-6)
    assert _found(shrunk, "follows")["value"] == pytest.approx(gain, abs=1e-6)
    raw = _found(shrunk, "frames")
    assert (raw["low"] > 0) == (gain < 1 or lead > 0)


def test_what_the_position_explains_is_numpys_least_squares() -> None:
    decoding = ridge_decoded(moving_boxes(clips=6))
    centre, velocity, mean = (values * SIDES for values in _centres(decoding))
    decoded = decoding.readings[RIDGE][:, TARGETS["centre"]] * SIDES
    speed = np.linalg.norm(velocity, axis=1)
    frames = decoding.frames
    chosen = decoding.tested & (frames.before >= 0) & (frames.after >= 0) & (speed > 0.005)
    offset, place, velocity, speed = (
        values[chosen] for values in (decoded - centre, centre - mean, velocity, speed)
    )
    known = np.zeros((2, len(offset), 5))
    for axis in (0, 1):
        known[axis, :, 2 * axis : 2 * axis + 2] = np.stack([np.ones(len(offset)), place[:, axis]], axis=1)
        known[axis, :, 4] = velocity[:, axis]
    effects, *_ = np.linalg.lstsq(np.concatenate(known), offset.T.ravel(), rcond=None)
    assert _found(decoding, "follows")["value"] == pytest.approx(1 + (effects[1] + effects[3]) / 2)
    rest = offset - (known[:, :, :4] @ effects[:4]).T
    along = (rest * velocity).sum(axis=1) / speed
    assert _found(decoding, "offset_at_position")["value"] == pytest.approx(along.mean())
    assert _found(decoding, "offset")["frames"] == len(offset)


def test_the_mean_shows_what_shrinkage_looks_like() -> None:
    table = motion_lead(_moving_inwards())
    found = row(table, set="all", decoder="mean", measure="offset")
    assert found["low"] > 0
    assert set(table.loc[table["decoder"] == "mean", "measure"]) == {"offset", "frames", "ahead"}


def _moving_inwards() -> Decoding:
    """Return a decoding of objects that all move towards the middle of the picture, at random speeds."""
    study = moving_boxes()
    rng = np.random.default_rng(3)
    boxes: dict[int, Any] = {}
    for number in study.clips["clip"]:
        direction = rng.normal(size=2)
        start = np.array(PICTURE) / 2 - 20 * direction / np.linalg.norm(direction)
        steps = rng.uniform(0.2, 1.2, size=28)[:, None] * direction / np.linalg.norm(direction)
        middle = start + np.cumsum(steps, axis=0)
        boxes[number] = np.concatenate([middle - 5, middle + 5], axis=1).astype(np.float32)
    keys = zip(study.frames["clip"], study.frames["frame"], strict=True)
    moved = pd.Series([boxes[clip][frame] for clip, frame in keys], index=study.frames.index)
    return ridge_decoded(Planted(study.clips, study.frames.assign(true_box=moved), study.features))


def test_only_fast_frames_between_two_uncovered_ones_count() -> None:
    study = moving_boxes(clips=6)
    frames = study.frames.copy()
    frames.loc[frames["frame"] == 9, "obscured"] = 0.3
    decoding = ridge_decoded(Planted(study.clips, frames, study.features))
    _, velocity, _ = _centres(decoding)
    speed = np.linalg.norm(velocity * SIDES, axis=1)
    frame = decoding.frames.keys["frame"].to_numpy()
    inside = (frame >= 2) & (frame <= 26) & ~np.isin(frame, [8, 9, 10])
    for least in (0.005, 0.02):
        assert _found(decoding, "offset", least_speed=least)["frames"] == (inside & (speed > least)).sum()


def test_an_empty_predicted_mask_is_undefined() -> None:
    study = moving_boxes(clips=6)
    frames = study.frames.copy()
    empty = (frames["frame"] == 9).to_numpy()
    boxes = [None if gone else box for gone, box in zip(empty, frames["predicted_box"], strict=True)]
    frames["predicted_box"] = pd.Series(boxes, index=frames.index, dtype=object)
    table = motion_lead(ridge_decoded(Planted(study.clips, frames, study.features)), least_speed=0.0)
    found = row(table, set="all", decoder="predicted_mask", measure="offset")
    assert (found["frames"], found["undefined"]) == (6 * 24, 6)


@pytest.mark.parametrize("videos", [["goat"], ["goat", "swan"]])
def test_few_videos_are_no_error(videos: list[str]) -> None:
    study = moving_boxes(clips=2, videos=videos)
    table = motion_lead(ridge_decoded(study))
    assert list(table.columns) == list(LEAD_COLUMNS)
    assert len(table) == 2 * (3 * len(MEASURES) - 3)
    assert table["value"].isna().all() == (len(videos) == 1)
    assert set(table["frames"] > 0) == {len(videos) == 2}


def test_objects_that_stand_still_have_no_lead() -> None:
    table = motion_lead(ridge_decoded(moving_boxes("video")))
    assert table["value"].isna().all()
    assert set(table["frames"]) == {0}


def test_positions_that_determine_nothing_leave_the_raw_offset_alone() -> None:
    decoding = ridge_decoded(moving_boxes())
    centre, _, _ = _centres(decoding)
    one = replace(
        decoding, tested=decoding.tested & (np.arange(len(centre)) == np.flatnonzero(decoding.tested)[5])
    )
    table = motion_lead(one, least_speed=0.0)
    found = row(table, set="all", pointer=RIDGE.pointer, decoder="ridge", measure="frames_at_position")
    assert np.isnan(found["value"])
    assert np.isfinite(
        row(table, set="all", pointer=RIDGE.pointer, decoder="ridge", measure="frames")["value"]
    )
