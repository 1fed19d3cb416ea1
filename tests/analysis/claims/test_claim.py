import re
from dataclasses import replace

import numpy as np
import pytest

from samscope.analysis.claims.claim import (
    Claim,
    Definition,
    HoldsIf,
    Measure,
    Measured,
    answer_family,
    decide,
    measured,
    p_of,
)
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.analysis.statistics.bootstrap import UNDEFINED, Estimate
from samscope.analysis.statistics.resampled import mean, undefined
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from tests.planted_claims import bare, evidence

NO_INTERVAL = Estimate(1.0, np.nan, np.nan)


def _measured(low: float, high: float, videos: int = LEAST_VIDEOS, doubt: str = "") -> Measured:
    return Measured(Estimate((low + high) / 2, low, high), videos, 2 * videos, doubt)


@pytest.mark.parametrize(
    ("holds_if", "low", "high", "expected"),
    [
        ("above", 0.6, 0.9, "holds"),
        ("above", 0.1, 0.4, "fails"),
        ("above", 0.4, 0.6, "undecided"),
        ("above", 0.5, 0.9, "undecided"),
        ("below", 0.1, 0.4, "holds"),
        ("below", 0.6, 0.9, "fails"),
        ("below", 0.4, 0.6, "undecided"),
        ("within", -0.4, 0.4, "holds"),
        ("within", -0.5, 0.5, "holds"),
        ("within", 0.6, 0.9, "fails"),
        ("within", -0.9, -0.6, "fails"),
        ("within", 0.4, 0.6, "undecided"),
        ("within", -0.6, 0.6, "undecided"),
    ],
)
def test_the_whole_interval_decides(holds_if: HoldsIf, low: float, high: float, expected: str) -> None:
    verdict, reason = decide(_measured(low, high), holds_if, 0.5)
    assert verdict == expected
    assert reason.startswith("the interval spans the threshold") == (expected == "undecided")
    assert bool(reason) == (expected == "undecided")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Measured(UNDEFINED, 0, 0), "the records do not define it"),
        (Measured(UNDEFINED, 0, 0, "no maps"), "no maps"),
        (_measured(0.6, 0.9, doubt="it does not follow"), "it does not follow"),
        (Measured(NO_INTERVAL, 8, 8), "there is no interval"),
    ],
)
def test_what_cannot_decide_says_why(found: Measured, reason: str) -> None:
    assert decide(found, "above", 0.5) == ("undecided", reason)


@pytest.mark.parametrize(
    ("videos", "partners", "reason"),
    [
        (7, 0, "7 source videos; 8 are needed"),
        (1, 0, "1 source video; 8 are needed"),
        (30, 7, "30 source videos and 7 partner videos; 8 are needed"),
        (7, 30, "7 source videos and 30 partner videos; 8 are needed"),
    ],
)
def test_too_few_videos_of_either_kind_decide_nothing(videos: int, partners: int, reason: str) -> None:
    found = replace(_measured(0.6, 0.9, videos), partners=partners)
    assert decide(found, "above", 0.5) == ("too few videos", reason)
    assert np.isnan(p_of(found, "above", 0.5))


def test_what_is_undecided_says_how_many_videos_would_do() -> None:
    found = mean(np.array([1.0, -0.5] * 8), plan_of_videos(np.arange(16)))
    verdict, reason = decide(measured(found), "above", 0.0)
    assert verdict == "undecided"
    told = re.fullmatch(r"the interval spans the threshold; some (\d+) source videos would .*", reason)
    assert told is not None
    # The same values of so many videos leave 0 out, those of a tenth fewer do not.
    for share, decided in ((1.0, True), (0.9, False)):
        videos = 2 * round(share * int(told[1]) / 2 + 0.5 * decided)
        values = 0.25 + 0.75 * np.sqrt(16 / 15 * (videos - 1) / videos) * np.sign(np.arange(videos) % 2 - 0.5)
        low = mean(values, plan_of_videos(np.arange(videos))).estimate.low
        assert (low > 0) == decided


def _claim(name: str, value: float, threshold: float = 0.0, reach: float = 1.0) -> Claim:
    found = Measured(Estimate(value, value - reach, value + reach, freedom=19), 20, 40)
    return Claim(name, "one", "4", "words", "says", "a number", "above", threshold, lambda _: found)


def test_the_tests_of_a_family_are_made_together() -> None:
    """One that holds by itself may be chance among twenty, one that is beyond doubt is not."""
    nothing = evidence(bare(("clean",)))
    alone = _claim("a", 1.1).answer(nothing, "paper")
    assert (alone.verdict, alone.p) == ("holds", alone.p_family)
    family = [_claim("a", 1.1), _claim("b", 4.0), *(_claim(str(number), 0.1) for number in range(18))]
    found = answer_family(family, nothing, "paper")
    assert [one.verdict for one in found] == ["undecided", "holds", *["undecided"] * 18]
    assert "20 tests of this kind" in found[0].reason
    assert found[0].p == alone.p
    assert found[0].p_family == pytest.approx(19 * alone.p)


def test_the_variance_without_a_floor_decides_nothing_alone() -> None:
    nothing = evidence(bare(("clean",)))
    for value, verdict, told in (
        (4.0, "holds", ""),
        (-4.0, "undecided", "it fails"),
        (0.1, "undecided", "spans"),
    ):
        steadier: dict[Definition, Measure] = {"paper": _claim("b", value).paper}
        found = replace(_claim("a", 4.0), steadier=steadier).answer(nothing, "paper")
        assert found.verdict == verdict
        assert told in found.reason
        assert ("without a floor alone" in found.reason) == (verdict == "undecided")


def test_a_range_over_videos_is_no_test_of_chance() -> None:
    """It decides by itself, and takes nothing from the others of its family."""
    nothing = evidence(bare(("clean",)))
    estimate = Estimate(-1.0, -3.0, -0.5)
    claim = replace(_claim("a", 0.0), paper=lambda _: Measured(estimate, 20, 40, ranges=True))
    found = answer_family([claim, _claim("b", 1.1)], nothing, "paper")
    assert [one.verdict for one in found] == ["fails", "holds"]
    assert np.isnan(found[0].p_family)
    assert found[1].p == found[1].p_family
    spans = Measured(replace(estimate, high=0.5), 20, 40, ranges=True)
    assert decide(spans, "above", 0.0)[0] == "undecided"
    assert decide(spans, "above", 0.0)[1].startswith("it hangs on one video")


def test_what_nothing_refutes_never_fails() -> None:
    nothing = evidence(bare(("clean",)))
    claim = replace(_claim("a", -4.0), never_fails="it says nothing")
    found = claim.answer(nothing, "paper")
    assert (found.verdict, found.reason) == ("undecided", "it says nothing")
    assert (
        replace(_claim("a", 4.0), never_fails="it says nothing").answer(nothing, "paper").verdict == "holds"
    )


@pytest.mark.parametrize(
    ("holds_if", "said"),
    [
        ("above", "an interval wholly below 0.5"),
        ("below", "an interval wholly above 0.5"),
        ("within", "an interval wholly beyond 0.5 or -0.5"),
    ],
)
def test_what_would_refute_a_claim(holds_if: HoldsIf, said: str) -> None:
    claim = replace(_claim("a", 1.0, 0.5), holds_if=holds_if)
    assert claim.refuted_by == said
    assert replace(claim, never_fails="it says nothing").refuted_by == "nothing here: it says nothing"


def test_a_claim_without_a_control_has_no_verdict_under_it() -> None:
    nothing = Measured(UNDEFINED, 0, 0)
    claim = Claim("a", "b", "4", "words", "c", "d", "above", 0.0, lambda _: nothing, no_control="no ages")
    found = claim.answer(evidence(bare(("clean",))), "gap control")
    assert (found.verdict, found.measured, found.reason) == (None, None, "no ages")


def test_measured_rests_on_what_the_statistic_rests_on() -> None:
    found = measured(mean(np.array([3.0, 2.0, 4.0]), plan_of_videos(["goat", "swan", "goat"])))
    assert (found.estimate.value, found.videos, found.clips, found.doubt) == (3.0, 2, 3, "")
    assert measured(undefined("not run")).doubt == "not run"
