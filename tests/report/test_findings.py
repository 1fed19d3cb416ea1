from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from samscope.report.findings import Finding, findings, headline_feature
from samscope.report.results import Results, compute_results
from tests.planted import AGE_ONLY, FEW_POSITIONS, NULL, SEPARATING, Planted, planted

LEADS: dict[str, tuple[float, ...]] = {"follows": (0.5, 0.1, 0.9), "frames_at_position": (0.0, -1.0, 1.0)}


def _said(answer: list[Finding]) -> dict[str, str]:
    return {finding.about: f"{finding.text} {finding.more}" for finding in answer}


def _found(study: Planted) -> dict[str, str]:
    return _said(findings(compute_results(study.study)))


@pytest.fixture(scope="module")
def answer() -> list[Finding]:
    videos = [f"video {number}" for number in range(8)]
    study = planted(clips=8, videos=videos, positions=FEW_POSITIONS, maps=False)
    return findings(compute_results(study.study))


@pytest.fixture(scope="module")
def found(answer: list[Finding]) -> dict[str, str]:
    return _said(answer)


def test_names_the_planted_positions(found: dict[str, str]) -> None:
    for set_name in ("Interjection", "Object removal"):
        text = found[set_name]
        assert "AUROC 1.00 (1.00\N{EN DASH}1.00)" in text
    assert "its absence from chance is position 4 (object pointer, ungated)" in found["Scene or object"]
    score = found["The tracker's own answer"]
    assert "AUROC 1.00 (1.00\N{EN DASH}1.00) (interjection) and 1.00" in score
    assert "Against clean frames of the same numbers it reaches 1.00" in score


def test_the_answer_is_ten_short_entries_at_most(answer: list[Finding]) -> None:
    assert 8 <= len(answer) <= 10
    assert len({finding.about for finding in answer}) == len(answer)
    assert all(len(finding.text) < 320 for finding in answer)
    assert answer[0].about == "The paper's claims"


def test_what_rests_on_old_references_alone_does_not_survive_the_control() -> None:
    study = planted(
        clips=6, videos=[f"video {number}" for number in range(6)], positions=(AGE_ONLY,), maps=False
    )
    found = _found(study)
    assert "best at position 1 (image embeddings)" in found["Interjection"]
    assert "the age of the references may be all of it" in found["Interjection"]
    assert "no position tells its absence from chance" in found["Scene or object"]


def test_what_separates_for_another_reason_survives_it() -> None:
    study = planted(
        clips=6, videos=[f"video {number}" for number in range(6)], positions=(NULL, SEPARATING), maps=False
    )
    text = _found(study)["Object removal"]
    assert "best at position 4 (object pointer, ungated)" in text
    assert "it survives that control" in text


def test_masks_absence_and_pointer(found: dict[str, str]) -> None:
    assert found["Masks"].startswith("J&F is 0.75 (0.75\N{EN DASH}0.75) over the clean clips")
    assert "0.65 after interjection" in found["Masks"]
    assert (
        "100 % (100\N{EN DASH}100) of the absent frames of interjection (3.8 % of the picture on average)"
        in found["While it is gone"]
    )
    assert "by 0.00 (0.00\N{EN DASH}0.00) with interjection" in found["While it is gone"]
    assert found["Object pointer"].startswith("The more of the object is hidden, the farther")


@pytest.mark.parametrize(("sign", "said"), [(-1.0, "the nearer"), (0.0, "No sure relation")])
def test_the_pointer_sentence_follows_the_correlation(sign: float, said: str) -> None:
    study = planted(clips=6, positions=FEW_POSITIONS[:1], maps=False)
    rng = np.random.default_rng(1)
    frames = study.frames
    obscured = (frames["set"] == "obscuration").to_numpy()
    length = int(obscured.sum())
    frames.loc[obscured, "obscured"] = 1 - frames.loc[obscured, "obscured"] if sign else rng.random(length)
    assert said in _found(study)["Object pointer"]


@cache
def _clean_results() -> Results:
    return compute_results(planted(clips=2, sets=["clean"], positions=FEW_POSITIONS[:1], maps=False).study)


def _pointer_holds(
    iou: tuple[float, ...], gain: tuple[float, ...], lead: dict[str, tuple[float, ...]]
) -> str:
    """Return the finding for planted scores of the decoded box and measures of the lead."""
    named = {"set": "all", "pointer": "object_pointer_ungated", "decoder": "ridge"}
    of_mask = {"set": "all", "pointer": None, "decoder": "predicted_mask"}
    scores = pd.DataFrame(
        [
            {**row, "target": "box", "measure": "iou", **_ends("", iou), **_ends("gain", gain)}
            for row in ({**named, "input": "pointer"}, {**of_mask, "input": None})
        ]
    )
    measures = pd.DataFrame([{**named, "measure": name, **_ends("", ends)} for name, ends in lead.items()])
    planted_results = replace(_clean_results(), decoding_scores=scores, motion_lead=measures)
    (text,) = [
        f"{of.text} {of.more}" for of in findings(planted_results) if of.about == "What the pointer holds"
    ]
    return text


def _ends(name: str, values: tuple[float, ...]) -> dict[str, float]:
    columns = (name, f"{name}_low", f"{name}_high") if name else ("value", "low", "high")
    return dict(zip(columns, values, strict=True))


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.2, 0.1, 0.3), "better by 0.20 (0.10\N{EN DASH}0.30) than the mean box"),
        ((-0.2, -0.3, -0.1), "worse by 0.20 (0.10\N{EN DASH}0.30) than the mean box"),
        ((0.1, -0.1, 0.3), "not surely unlike the mean box"),
    ],
)
def test_what_the_pointer_holds_is_held_against_the_mean(gain: tuple[float, ...], said: str) -> None:
    text = _pointer_holds((0.5, 0.4, 0.6), gain, LEADS)
    assert "IoU of 0.50 (0.40\N{EN DASH}0.60)" in text
    assert said in text


@pytest.mark.parametrize(
    ("follows", "ahead", "said"),
    [
        ((0.5, -0.1, 0.9), (2.0, 1.0, 3.0), "so no lead is read off it"),
        ((0.5, np.nan, np.nan), (2.0, 1.0, 3.0), "so no lead is read off it"),
        ((np.nan, np.nan, np.nan), (np.nan, np.nan, np.nan), "Too little moves"),
        ((0.5, 0.1, 0.9), (2.0, 1.0, 3.0), "leads its motion, by 2.00 (1.00\N{EN DASH}3.00) frames"),
        ((0.5, 0.1, 0.9), (-2.0, -3.0, -1.0), "lags behind"),
        ((0.5, 0.1, 0.9), (0.5, -1.0, 1.0), "no sure lead or lag"),
    ],
)
def test_a_lead_is_read_only_where_the_centre_follows(
    follows: tuple[float, ...], ahead: tuple[float, ...], said: str
) -> None:
    lead = {"follows": follows, "frames_at_position": ahead}
    assert said in _pointer_holds((0.5, 0.4, 0.6), (0.2, 0.1, 0.3), lead)


def test_few_source_videos_are_said_so() -> None:
    one = _found(planted(clips=2, videos=["goat"], positions=FEW_POSITIONS[:1], maps=False))
    assert "There is one source video" in one["Limits"]
    assert "without an interval" in one["Interjection"]
    assert "short-term distance" in one["Interjection"]
    assert "without an interval" in one["Object pointer"]
    two = _found(planted(clips=2, positions=FEW_POSITIONS[:1], maps=False))
    assert "There are only 2 source videos" in two["Limits"]


def test_nothing_run_nothing_found() -> None:
    study = planted(clips=6, sets=["overlay"], positions=FEW_POSITIONS[:1], maps=False)
    results = compute_results(study.study)
    assert headline_feature(results) == "short"
    pointer, limits = findings(results)
    assert pointer.about == "What the pointer holds"
    assert "not surely unlike the mean box" in pointer.text
    assert limits == Finding(
        "Limits", "There are only 4 source videos: the intervals are narrower than they should be."
    )
