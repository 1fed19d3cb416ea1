import numpy as np
import pytest
from scipy.stats import ttest_1samp

from samscope.analysis.statistics.bootstrap import UNDEFINED, Estimate
from samscope.analysis.statistics.decisions import holm, p_value, videos_needed
from samscope.analysis.statistics.resampled import SHARE, mean
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VALUES = np.random.default_rng(0).normal(size=12) + 0.5


def test_a_mean_has_the_p_value_of_student() -> None:
    estimate = mean(VALUES, plan_of_videos(np.arange(12))).estimate
    for threshold in (-0.3, 0.0, 0.4, 2.0):
        assert p_value(estimate, threshold) == pytest.approx(ttest_1samp(VALUES, threshold).pvalue)


@pytest.mark.parametrize("bounds", [None, SHARE])
def test_it_is_a_twentieth_at_the_ends_of_the_interval(bounds: tuple[float, float] | None) -> None:
    values = 1 / (1 + np.exp(-VALUES))
    estimate = mean(values, plan_of_videos(np.arange(12)), bounds).estimate
    for end in (estimate.low, estimate.high):
        assert p_value(estimate, end) == pytest.approx(0.05)
    assert p_value(estimate, estimate.value) == pytest.approx(1)
    assert p_value(estimate, 0.99) < 0.05


def test_what_has_no_width_is_sure_and_what_has_no_interval_is_no_test() -> None:
    sure = Estimate(1.0, 1.0, 1.0, 7, SHARE)
    assert (p_value(sure, 0.99), p_value(sure, 1.0)) == (0, 1)
    assert np.isnan(p_value(UNDEFINED, 0.5))


def test_an_interval_at_a_bound_reaches_as_far_as_its_other_end() -> None:
    estimate = Estimate(0.9, 0.5, 1.0, 5, SHARE)
    assert p_value(estimate, 0.5) == pytest.approx(0.05)
    assert p_value(estimate, 0.3) < 0.05 < p_value(estimate, 0.7)


def test_holm_by_hand() -> None:
    adjusted = holm([0.01, 0.04, np.nan, 0.03, 0.005])
    np.testing.assert_allclose(adjusted, [0.03, 0.06, np.nan, 0.06, 0.02])
    assert holm([0.9, 0.8]).tolist() == [1, 1]
    assert np.isnan(holm([np.nan])).all()
    assert holm([]).tolist() == []


def test_a_family_with_nothing_to_find_errs_in_one_of_twenty() -> None:
    p_values = np.random.default_rng(1).random((4000, 10))
    assert np.mean([(holm(row) <= 0.05).any() for row in p_values]) == pytest.approx(0.05, abs=0.012)
    assert (p_values <= 0.05).any(axis=1).mean() > 0.35


def test_how_many_videos_would_do() -> None:
    estimate = Estimate(0.2, -0.4, 0.8, 15)
    needed = videos_needed(estimate, 0.0, 16)
    assert needed is not None
    assert 100 < needed < 16 * 9
    assert videos_needed(estimate, 0.2, 16) is None
    assert videos_needed(estimate, 0.1999, 16) is None
    assert videos_needed(estimate, -5.0, 16) == 16
    assert videos_needed(UNDEFINED, 0.0, 16) is None
