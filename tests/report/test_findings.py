from dataclasses import replace

import numpy as np
import pytest

from samscope.report.findings import Finding, findings, headline_feature
from samscope.report.results import compute_results
from tests.planted import FEW_POSITIONS, Planted, planted


def _found(study: Planted) -> dict[str, str]:
    return {finding.about: finding.text for finding in findings(compute_results(study.study))}


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return _found(
        planted(
            clips=6, videos=[f"video {number}" for number in range(6)], positions=FEW_POSITIONS, maps=False
        )
    )


def test_names_the_planted_positions(found: dict[str, str]) -> None:
    for set_name in ("Interjection", "Object removal"):
        text = found[set_name]
        assert "AUROC 1.00 (1.00\N{EN DASH}1.00)" in text
        assert "The tracker's own object score reaches 1.00" in text
    assert "its absence from chance is position 4 (object pointer, ungated)" in found["Scene or object"]


def test_what_rests_on_old_references_alone_does_not_survive_the_control() -> None:
    study = planted(
        clips=6, videos=[f"video {number}" for number in range(6)], positions=FEW_POSITIONS, maps=False
    )
    study = replace(study, features=study.features.loc[study.features["position"] == "image_embeddings"])
    text = _found(study)["Interjection"]
    assert "best at position 1 (image embeddings)" in text
    assert "the age of the references may be all of it" in text
    assert "no position tells its absence from chance" in _found(study)["Scene or object"]


def test_what_separates_for_another_reason_survives_it() -> None:
    study = planted(
        clips=6, videos=[f"video {number}" for number in range(6)], positions=FEW_POSITIONS, maps=False
    )
    kept = study.features["position"].isin(["object_pointer_ungated", "frame"])
    study = replace(study, features=study.features.loc[kept])
    text = _found(study)["Object removal"]
    assert "best at position 4 (object pointer, ungated)" in text
    assert "it survives that control" in text


def test_masks_absence_and_pointer(found: dict[str, str]) -> None:
    assert found["Masks"].startswith("J&F is 0.75 (0.75\N{EN DASH}0.75) over the clean clips")
    assert "0.65 after interjection" in found["Masks"]
    assert (
        "75 % of the absent frames of interjection (3.8 % of the picture on average)"
        in found["While it is gone"]
    )
    assert found["Object pointer"].startswith("The more of the object is hidden, the farther")


@pytest.mark.parametrize(("sign", "said"), [(-1.0, "the nearer"), (0.0, "No sure relation")])
def test_the_pointer_sentence_follows_the_correlation(sign: float, said: str) -> None:
    study = planted(clips=6, positions=FEW_POSITIONS, maps=False)
    rng = np.random.default_rng(1)
    frames = study.frames
    obscured = (frames["set"] == "obscuration").to_numpy()
    length = int(obscured.sum())
    frames.loc[obscured, "obscured"] = 1 - frames.loc[obscured, "obscured"] if sign else rng.random(length)
    assert said in _found(study)["Object pointer"]


def test_few_source_videos_are_said_so() -> None:
    one = _found(planted(clips=2, videos=["goat"], positions=FEW_POSITIONS, maps=False))
    assert "There is one source video" in one["Limits"]
    assert "without an interval" in one["Interjection"]
    assert "short-term distance" in one["Interjection"]
    assert "without an interval" in one["Object pointer"]
    assert (
        "There are only 2 source videos"
        in _found(planted(clips=2, positions=FEW_POSITIONS, maps=False))["Limits"]
    )


def test_nothing_run_nothing_found() -> None:
    study = planted(clips=6, sets=["overlay"], positions=FEW_POSITIONS, maps=False)
    results = compute_results(study.study)
    assert headline_feature(results) == "short"
    assert [finding for finding in findings(results) if isinstance(finding, Finding)] == [
        Finding("Limits", "There are only 4 source videos: the intervals are narrower than they should be.")
    ]
