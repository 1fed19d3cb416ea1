import numpy as np
import pytest
import torch

from samscope.observation.kinds import REGIONS
from samscope.observation.map_levels import (
    LEVEL_COLUMNS,
    NO_LEVELS,
    correlation_over_places,
    edge_strength,
    frame_levels,
    region_levels,
    shrunk,
)
from samscope.observation.measurement_cache import StepCaches
from samscope.observation.observe import observe
from samscope.trackers.positions import MAPPED
from tests.observation.fakes import SIZE, fake_clip, fake_track

SIDE = 16
OBJECT = np.zeros((SIDE, SIDE), dtype=bool)
OBJECT[4:8, 3:9] = True
RIVAL = np.zeros((SIDE, SIDE), dtype=bool)
RIVAL[11:15, 8:13] = True
FRAME = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def test_levels_in_standard_deviations_worked_out_by_hand() -> None:
    values = np.array([[1.0, 1.0], [1.0, 5.0]])
    weights = np.array([[[0.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.0, 1.0]]])
    expected = [(5 - 2) / np.std([1, 1, 1, 5]), ((0.5 + 0.5 + 5) / 2 - 2) / np.std([1, 1, 1, 5])]
    np.testing.assert_allclose(region_levels(values, weights), expected)


@pytest.mark.parametrize(
    ("values", "weights"),
    [([1.0, 2.0], [0.0, 0.0]), ([2.0, 2.0], [1.0, 0.0]), ([np.nan, 2.0], [1.0, 0.0])],
)
def test_undefined_levels(values: list[float], weights: list[float]) -> None:
    assert np.isnan(region_levels(np.array([values]), np.array([[weights]]))).all()


def test_maps_together_are_told_as_each_alone() -> None:
    rng = np.random.default_rng(3)
    values, weights = rng.normal(size=(2, 3, 5, 7)), rng.uniform(size=(4, 5, 7))
    values[1, 0, 2, 2], values[1, 2], weights[3] = np.nan, 4.0, 0.0
    together = region_levels(values, weights), correlation_over_places(values, weights[0])
    for place in np.ndindex(2, 3):
        np.testing.assert_allclose(together[0][place], region_levels(values[place], weights), rtol=1e-12)
        np.testing.assert_allclose(
            together[1][place], correlation_over_places(values[place], weights[0]), rtol=1e-12
        )
    assert np.isnan(together[0][1, [0, 2]]).all()
    assert np.isnan(together[1][1, [0, 2]]).all()


def _levels(
    variance_of: np.ndarray | None = None, rivals: np.ndarray | None = RIVAL, frame: np.ndarray = FRAME
) -> dict[str, dict[str, float | None]]:
    """Return the levels of maps whose two channels differ by twice a pattern."""
    pattern = np.zeros((SIDE, SIDE)) if variance_of is None else variance_of
    channels = torch.from_numpy(np.stack([pattern, -pattern])).float()
    tensors = dict.fromkeys(MAPPED, channels) | {"memory_conditioned": None}
    return frame_levels(tensors, frame, OBJECT, rivals, StepCaches(0))


def test_each_region_is_told_from_the_others() -> None:
    at = _levels(OBJECT * 1.0 + RIVAL * 2.0)["prompt_conditioned"]
    values = {name: at[f"variance_{name}"] for name in REGIONS}
    variance = OBJECT * 1.0 + RIVAL * 4.0
    scaled = (variance - variance.mean()) / variance.std()
    assert values["object"] == pytest.approx(scaled[OBJECT].mean())
    assert values["rival"] == pytest.approx(scaled[RIVAL].mean())
    assert values["ground"] == pytest.approx(scaled[0, 0])
    assert values["border"] is not None
    assert scaled[0, 0] < values["border"] < scaled[OBJECT].mean()
    assert at["mean_object"] is None  # the mean of both channels is 0 everywhere


def test_a_position_that_does_not_exist_has_none() -> None:
    assert _levels(OBJECT * 1.0)["memory_conditioned"] == NO_LEVELS


def test_without_rivals_there_is_no_level_of_them() -> None:
    at = _levels(OBJECT * 1.0, rivals=None)["prompt_conditioned"]
    assert at["variance_rival"] is None
    assert at["variance_ground"] is not None


def test_edges_are_where_the_brightness_changes() -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[:, 32:] = 200
    strength = edge_strength(shrunk(frame[..., 0].astype(np.float32), (SIDE, SIDE)))
    assert (strength[:, 7:9] > 0).all()
    assert not strength[:, :6].any()
    at = _levels(np.sqrt(strength), frame=frame)["image_embeddings"]
    assert at["variance_edges"] == pytest.approx(1.0)
    assert at["mean_edges"] is None


def test_a_smaller_map_is_told_as_if_it_were_the_only_one() -> None:
    """Regions and edges are shrunk from a larger map's where its places fit."""
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 256, (60, 96, 3), np.uint8)
    mask, rivals = np.zeros((2, 60, 96), dtype=bool)
    mask[13:37, 20:50], rivals[30:55, 61:90] = True, True
    small = torch.from_numpy(rng.normal(size=(3, 6, 8))).float()
    large = torch.from_numpy(rng.normal(size=(3, 24, 32))).float()
    nothing = dict.fromkeys(MAPPED)
    alone = frame_levels(nothing | {"memory_features": small}, frame, mask, rivals, StepCaches(0))
    both = frame_levels(
        nothing | {"image_embeddings": large, "memory_features": small}, frame, mask, rivals, StepCaches(0)
    )
    for column in LEVEL_COLUMNS:
        assert both["memory_features"][column] == pytest.approx(alone["memory_features"][column], abs=1e-5)


def test_correlation_over_places_is_pearsons() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 5, 7))
    assert correlation_over_places(one, other) == pytest.approx(np.corrcoef(one.ravel(), other.ravel())[0, 1])
    assert np.isnan(correlation_over_places(one, np.ones((5, 7))))


def test_rows_carry_the_levels_of_the_clip_and_none_for_its_control() -> None:
    clip = fake_clip()
    rows = observe(fake_track(clip), clip).features
    spatial = [row for row in rows if row["set"] == "clean" and row["position"] == "image_embeddings"]
    assert len(spatial) == clip.timeline.length
    assert all(row["variance_object"] is not None and row["variance_rival"] is None for row in spatial)
    others = [row for row in rows if row["set"] == "clean_gap" or row["position"] not in MAPPED]
    assert {row[column] for row in others for column in LEVEL_COLUMNS} == {None}
    first = next(row for row in rows if row["position"] == "prompt_conditioned")
    assert first["variance_object"] is None  # the prompted frame's pass only makes the pointer


def test_masks_are_laid_over_maps_of_any_size() -> None:
    clip = fake_clip()
    assert clip.masks.shape[1:] == SIZE
    values = torch.zeros(2, 6, 10)
    values[0, 1:3, :2] = 2.0
    tensors = dict.fromkeys(MAPPED, values)
    at = frame_levels(tensors, clip.frames[0], clip.masks[0], None, StepCaches(0))["memory_features"]
    map_of = np.zeros((6, 10))
    map_of[1:3, :2] = 1.0
    assert at["mean_object"] == pytest.approx((1 - map_of.mean()) / map_of.std())
