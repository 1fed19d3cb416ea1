import numpy as np
import pytest

from samscope.analysis.bootstrap import UNDEFINED, Estimate
from samscope.analysis.claims.claim import Claim, HoldsIf, Measured, decide, measured
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.analysis.plan import plan_of_videos
from samscope.analysis.resampled import mean, undefined
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
    assert reason == ("the interval spans the threshold" if expected == "undecided" else "")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Measured(UNDEFINED, 0, 0), "the records do not define it"),
        (Measured(UNDEFINED, 0, 0, "no maps"), "no maps"),
        (_measured(0.6, 0.9, doubt="it does not follow"), "it does not follow"),
        (_measured(0.6, 0.9, videos=4), "4 source videos; fewer than 5 decide nothing"),
        (_measured(0.6, 0.9, videos=1), "1 source video; fewer than 5 decide nothing"),
        (Measured(NO_INTERVAL, 5, 5), "there is no interval"),
    ],
)
def test_what_cannot_decide_says_why(found: Measured, reason: str) -> None:
    assert decide(found, "above", 0.5) == ("undecided", reason)


def test_a_claim_without_a_control_has_no_verdict_under_it() -> None:
    nothing = Measured(UNDEFINED, 0, 0)
    claim = Claim("a", "b", "4", "c", "d", "above", 0.0, lambda _: nothing, no_control="no ages")
    found = claim.answer(evidence(bare(("clean",))), "gap control")
    assert (found.verdict, found.measured, found.reason) == (None, None, "no ages")


def test_measured_rests_on_what_the_statistic_rests_on() -> None:
    found = measured(mean(np.array([3.0, 2.0, 4.0]), plan_of_videos(["goat", "swan", "goat"])))
    assert (found.estimate.value, found.videos, found.clips, found.doubt) == (3.0, 2, 3, "")
    assert measured(undefined("not run")).doubt == "not run"
