from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.presence_gate import ALL, ablation, fitted_gate, gate_frames
from samscope.records.store import Study
from samscope.support.errors import UsageError
from samscope.trackers.rules.gate import MEASUREMENTS
from tests.command import message, samscope
from tests.planted import planted

SETTINGS = {"weights_sha256": "ab" * 32, "image_size": 192}
WEIGHTS = {"object_score": 1.5, "memory_distance": -2.0}
"""The planted weights: what a unit adds to the log odds of a good frame."""


def study(clips: int = 120, seed: int = 0, videos: int = 12) -> Study:
    """Return a study in which good frames follow from two measurements by ``WEIGHTS``."""
    rng = np.random.default_rng(seed)
    names = [f"video-{number}" for number in range(videos)]
    made = planted(clips=clips, videos=names, sets=["clean"], positions=["memory_features"], maps=False).study
    frames, features = made.frames.copy(), made.features.copy()
    frames["object_score"] = rng.uniform(0.5, 4.5, len(frames)).astype(np.float32)
    distances = rng.uniform(0, 3, len(frames)).astype(np.float32)
    odds = WEIGHTS["object_score"] * frames["object_score"] + WEIGHTS["memory_distance"] * distances
    frames["j"] = np.where(rng.random(len(frames)) < 1 / (1 + np.exp(-odds)), 0.9, 0.1)
    key = ["set", "clip", "frame"]
    features = features.drop(columns="short").merge(frames[key].assign(short=distances), how="left", on=key)
    return replace(made, settings={**made.settings, **SETTINGS}, frames=frames, features=features)


@pytest.fixture(scope="module")
def large() -> Study:
    return study()


def test_the_fit_finds_the_planted_weights(large: Study) -> None:
    gate = fitted_gate([large], list(WEIGHTS))
    assert gate.weights == pytest.approx(WEIGHTS, rel=0.1)
    assert (gate.weights_sha256, gate.image_size) == (SETTINGS["weights_sha256"], 192)
    frames = gate_frames([large], list(WEIGHTS))
    share = frames.good.mean()
    assert gate.intercept == pytest.approx(-np.log(share / (1 - share)), abs=0.3)
    assert gate.fitted["clips"] == 120
    assert gate.fitted["source_videos"] == 12


def test_what_tells_nothing_has_no_weight_and_an_auroc_of_a_half(large: Study) -> None:
    gate = fitted_gate([large], ["predicted_iou", *WEIGHTS])
    assert gate.weights["predicted_iou"] == pytest.approx(0, abs=1e-9)
    found = ablation([large], ["pointer_distance", *WEIGHTS])
    assert found["pointer_distance"].value == pytest.approx(0.5, abs=0.05)
    assert found[ALL].value > max(found["object_score"].value, found["memory_distance"].value) + 0.03
    assert found[ALL].low < found[ALL].value < found[ALL].high


def test_one_measurement_has_no_combination(large: Study) -> None:
    assert list(ablation([large], ["object_score"])) == ["object_score"]


def test_frames_without_a_mask_and_the_prompted_one_are_left_out() -> None:
    made = study(clips=4, videos=2)
    made.frames.loc[made.frames["frame"] == 5, "object_score"] = -1.0
    assert len(gate_frames([made]).good) == 4 * (28 - 2)


def test_pointer_and_area_are_compared_with_the_good_frames_before() -> None:
    made = study(clips=2, videos=2)
    frames = made.frames
    frames["object_score"], frames["present"] = 5.0, True
    frames["j"] = np.where(frames["frame"] == 2, 0.1, 0.9)
    frames["predicted_area"] = np.where(frames["frame"] == 2, 0.4, 0.1)
    pointers = [np.full(4, 3.0 * (frame == 2), np.float32) for frame in frames["frame"]]
    frames["object_pointer"] = pd.Series(pointers, index=frames.index)
    found = gate_frames([made], ["pointer_distance", "area_change"])
    per_clip = found.measured.reshape(2, 27, 2)
    assert per_clip[:, 0].tolist() == [[0, 0]] * 2
    assert per_clip[:, 1].tolist() == [[6.0, pytest.approx(np.log(4))]] * 2
    np.testing.assert_allclose(per_clip[:, 2:], 0, atol=1e-6)
    assert found.good.reshape(2, 27)[:, 1].tolist() == [False, False]


def test_several_studies_share_their_videos() -> None:
    one = gate_frames([study(clips=4, videos=2)])
    two = gate_frames([study(clips=4, videos=2), study(clips=4, seed=1, videos=2)])
    assert len(two.good) == 2 * len(one.good)
    assert len(np.unique(two.clips)) == 8
    assert len(np.unique(two.videos)) == 2


def test_studies_of_different_models_are_refused_and_both_digests_are_named() -> None:
    other = replace(study(clips=4), settings={**SETTINGS, "weights_sha256": "cd" * 32})
    with pytest.raises(UsageError, match=f"weights_sha256 is {'cd' * 32}.* is {'ab' * 32}"):
        fitted_gate([study(clips=4), other])
    with pytest.raises(UsageError, match="has no weights_sha256"):
        fitted_gate([replace(other, settings={"image_size": 192})])


@pytest.mark.parametrize("names", [[], ["colour"], ["object_score", "object_score"]])
def test_measurements_that_are_none_are_refused(names: list[str]) -> None:
    with pytest.raises(UsageError, match="expected each once of object_score, "):
        fitted_gate([study(clips=4)], names)


def test_studies_that_do_not_suffice_are_refused() -> None:
    good = study(clips=4, videos=2)
    with pytest.raises(UsageError, match="is the mask another"):
        fitted_gate([replace(good, frames=good.frames.assign(j=0.9))])
    with pytest.raises(UsageError, match="is the mask the object's"):
        fitted_gate([replace(good, frames=good.frames.assign(j=0.1))])
    with pytest.raises(UsageError, match="of one source video"):
        fitted_gate([study(clips=4, videos=1)])
    unrecorded: pd.DataFrame = good.features.assign(short=np.nan)
    with pytest.raises(UsageError, match="do not suffice"):
        fitted_gate([replace(good, features=unrecorded)])


def test_the_command_writes_a_gate_and_says_what_each_measurement_tells(tmp_path: Path) -> None:
    made = planted(clips=8, sets=["clean", "interjection"], maps=False)
    made.frames["object_score"] = 5.0
    made.frames["j"] = np.where(made.frames["frame"] % 3 == 0, 0.2, made.frames["j"])
    made.settings.update(SETTINGS)
    folder, out = made.write(tmp_path / "study"), tmp_path / "gate.json"
    outcome = samscope("fit-rule", folder, "--out", out)
    assert outcome.status == 0, outcome.err
    assert all(name in outcome.out for name in (*MEASUREMENTS, ALL, f"--memory presence:gate={out}"))
    first = out.read_bytes()
    assert message(samscope("fit-rule", folder, "--out", out)).startswith(f"--out {out}: exists")
    assert samscope("fit-rule", folder, "--out", out, "--overwrite").status == 0
    assert out.read_bytes() == first
    assert "expected each once of" in message(
        samscope("fit-rule", folder, "--measurements", "colour", "--out", tmp_path / "other.json")
    )
    assert not (tmp_path / "other.json").exists()
