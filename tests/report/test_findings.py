from dataclasses import replace

import pandas as pd
import pytest

from samscope.analysis.absence.separability import headline_feature
from samscope.analysis.claims.every_claim import FAMILIES
from samscope.report.claims_table import COLUMNS
from samscope.report.findings import TOPICS, Finding, findings
from samscope.report.results import Results, compute_results
from tests.planted import FEW_POSITIONS, planted


def _said(results: Results) -> dict[str, str]:
    return {finding.about: f"{finding.text} {finding.more}" for finding in findings(results)}


@pytest.fixture(scope="module")
def results() -> Results:
    videos = [f"video {number}" for number in range(8)]
    return compute_results(planted(clips=8, videos=videos, positions=FEW_POSITIONS, maps=False).study)


def _test(
    claim: str, family: str, definition: str, verdict: str | None, value: float = 0.7
) -> dict[str, object]:
    return {
        **dict.fromkeys(COLUMNS),
        "claim": claim,
        "family": family,
        "section": "A",
        "sentence": f"The sentence of {claim}.",
        "definition": definition,
        "statistic": "a statistic",
        "value": value,
        "low": value - 0.1,
        "high": value + 0.1,
        "holds_if": "above",
        "threshold": 0.5,
        "verdict": verdict,
        "videos": 8,
        "clips": 8,
    }


def _with_claims(results: Results, *tests: dict[str, object]) -> dict[str, str]:
    return _said(replace(results, claims=pd.DataFrame(list(tests))))


def test_every_family_has_one_topic() -> None:
    placed = [family for families in TOPICS.values() for family in families]
    assert len(placed) == len(set(placed))
    assert set(placed) <= set(FAMILIES)


def test_limits_come_first_and_topics_follow(results: Results) -> None:
    answer = findings(results)
    assert answer[0].about == "Limits"
    assert "8 draws of clips from 8 source videos: what follows holds for this model" in answer[0].text
    assert len({finding.about for finding in answer}) == len(answer) <= 8
    assert all(len(finding.text) < 500 for finding in answer)


def test_only_decided_claims_are_said_and_the_control_goes_first(results: Results) -> None:
    said = _with_claims(
        results,
        _test("one", "clean-level", "paper", "holds"),
        _test("one", "clean-level", "gap control", "undecided"),
        _test("two", "scene-and-object", "paper", "fails"),
        _test("two", "scene-and-object", "gap control", "holds", 0.8),
        _test("three", "pointer-box", "paper", "fails", 0.2),
        _test("three", "pointer-box", "gap control", None),
        _test("four", "separability-grows", "paper", "too few videos"),
        _test("four", "separability-grows", "gap control", "too few videos"),
    )
    text = said["Scene or object"]
    assert f"Holds: \N{LEFT DOUBLE QUOTATION MARK}{FAMILIES['scene-and-object']}" in text
    assert FAMILIES["clean-level"] not in text
    assert "Undecided: 1 of 2." in text
    assert "The sentence of two: holds, a statistic 0.80 (0.70\N{EN DASH}0.90)." in text
    assert "The sentence of one" not in text
    assert f"Does not hold: \N{LEFT DOUBLE QUOTATION MARK}{FAMILIES['pointer-box']}" in said["Object pointer"]
    assert said["Where absence shows"].startswith(
        "Nothing is decided of the 1 thing that the paper says, 1 for want of videos."
    )


def test_below_the_least_videos_nothing_is_said() -> None:
    few = compute_results(planted(clips=4, positions=FEW_POSITIONS[:1], maps=False).study)
    (limits,) = findings(few)
    assert limits.about == "Limits"
    assert "from 4 source videos: too few for any answer" in limits.text


def test_what_the_tracker_did_is_said_with_its_intervals(results: Results) -> None:
    said = _said(results)
    assert "J&F is 0.75 (0.75\N{EN DASH}0.75) on the clean clips" in said["How well it tracks"]
    assert (
        "100 % (100\N{EN DASH}100) of the absent frames of interjection (3.8 % of the picture on average)"
        in said["While it is gone"]
    )
    assert "by 0.00 (0.00\N{EN DASH}0.00) with interjection" in said["While it is gone"]


def test_nothing_run_nothing_found() -> None:
    study = planted(clips=6, sets=["overlay"], positions=FEW_POSITIONS[:1], maps=False)
    results = compute_results(study.study)
    assert headline_feature(results.separability) == "short"
    assert [finding.about for finding in findings(results)] == ["Limits"]
    assert isinstance(findings(results)[0], Finding)
