import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA

from samscope.analysis.pointers.distances import (
    clip_pointers,
    distance_correlations,
    distance_correlations_within,
    pointer_distances,
    principal_axes,
)
from samscope.clips.clip import Timeline
from samscope.support.errors import SamscopeError
from tests.planted import FEW_POSITIONS, POINTER_DRIFT, POINTER_SPREAD, fraction_obscured, planted


def test_projection_equals_scikit_learn() -> None:
    pointers = np.random.default_rng(0).normal(size=(40, 12)) * np.linspace(4, 1, 12)
    found, expected = principal_axes(pointers), PCA(2).fit(pointers)
    np.testing.assert_allclose(found.explained, expected.explained_variance_ratio_, rtol=1e-10)
    signs = np.sign((found.axes * expected.components_).sum(axis=1))
    np.testing.assert_allclose(found.axes, expected.components_ * signs[:, None], atol=1e-10)
    np.testing.assert_allclose(found.points, expected.transform(pointers) * signs, atol=1e-9)


def test_finds_the_planted_axes() -> None:
    frames = planted(clips=8, sets=["clean"], positions=FEW_POSITIONS).frames
    pointers = np.concatenate([clip_pointers(frames, "clean", clip)[1] for clip in range(8)])
    found = principal_axes(pointers)
    np.testing.assert_allclose(found.axes[:, :2], np.eye(2), atol=0.1)
    np.testing.assert_allclose(found.points.std(axis=0), POINTER_SPREAD, rtol=0.1)
    assert found.explained.sum() == pytest.approx(1, abs=0.01)
    assert (np.take_along_axis(found.axes, np.abs(found.axes).argmax(axis=1)[:, None], 1) > 0).all()


def test_pointers_that_do_not_vary_explain_nothing() -> None:
    found = principal_axes(np.ones((5, 4)))
    np.testing.assert_array_equal(found.points, 0)
    assert np.isnan(found.explained).all()


def test_pointers_of_a_clip_in_order() -> None:
    study = planted(clips=2)
    frames, pointers = clip_pointers(study.frames.sample(frac=1, random_state=1), "clean", 1)
    assert frames.tolist() == list(range(28))
    row = study.frames.query("set == 'clean' and clip == 1 and frame == 9").iloc[0]
    np.testing.assert_array_equal(pointers[9], row["object_pointer_ungated"])
    with pytest.raises(SamscopeError, match="no clip 7 of the set clean"):
        clip_pointers(study.frames, "clean", 7)


def test_distance_follows_the_planted_drift() -> None:
    study = planted(clips=4)
    found = pointer_distances(study.clips, study.frames)
    assert len(found) == 4 * 27
    expected = POINTER_DRIFT * fraction_obscured("obscuration", Timeline())[1:]
    for _, rows in found.groupby("clip"):
        np.testing.assert_allclose(rows["distance"], expected, atol=0.2)
    assert found.query("clip == 2")["source_video"].unique().tolist() == ["goat"]
    assert found["transformed"].tolist() == (found["obscured"] > 0).tolist()


def test_the_prompted_frame_is_compared_where_it_is_asked_for() -> None:
    study = planted(clips=2)
    found = pointer_distances(study.clips, study.frames, prompted=True)
    assert found["frame"].tolist() == [*range(28)] * 2
    tracked = found.query("frame > 0").reset_index(drop=True)
    assert tracked.equals(pointer_distances(study.clips, study.frames))


def test_the_gated_pointer_can_be_asked_for() -> None:
    study = planted(clips=1)
    frames = study.frames
    far = (frames["set"] == "obscuration") & (frames["frame"] == 14)
    pointers = zip(frames["object_pointer"], far, strict=True)
    frames["object_pointer"] = [pointer + 100 * moved for pointer, moved in pointers]
    gated = pointer_distances(study.clips, frames, pointer="object_pointer").set_index("frame")["distance"]
    ungated = pointer_distances(study.clips, frames).set_index("frame")["distance"]
    assert gated[14] > 300
    assert gated.drop(14).tolist() == ungated.drop(14).tolist()


def test_correlations_with_the_fraction_obscured() -> None:
    study = planted(clips=6)
    frames = study.frames
    frames.loc[(frames["clip"] == 1) & (frames["frame"] == 3), "obscured"] = np.nan
    distances = pointer_distances(study.clips, frames)
    known = distances.dropna(subset="obscured")
    pooled, within = distance_correlations(distances), distance_correlations_within(distances)
    expected = spearmanr(known["obscured"], known["distance"]).statistic
    assert pooled["spearman"].estimate.value == pytest.approx(expected)
    assert pooled["pearson"].estimate.value > 0.99
    assert within["pearson"].estimate.value > 0.99
    assert pooled["spearman"].pairs == within["spearman"].pairs == 6 * 27 - 1
    one = distance_correlations(distances.query("clip == 0"))["spearman"]
    assert one.pairs == 27
    assert not one.estimate.has_interval


def test_a_set_that_was_not_run_has_no_distances() -> None:
    study = planted(clips=2, sets=["clean"])
    found = pointer_distances(study.clips, study.frames)
    assert found.empty
    facts = ["clip", "source_video", "frame", "obscured", "distance", "transformed", "partner_videos"]
    assert list(found.columns) == facts
    assert np.isnan(distance_correlations(found)["spearman"].estimate.value)
