import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from samscope.analysis.statistics.combination import (
    fitted_combination,
    fitted_combinations,
    held_out_best_scores,
)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e4])
def test_is_scikit_learns_regression_on_standardised_features(scale: float) -> None:
    rng = np.random.default_rng(3)
    absent = rng.random(90) < 0.3
    features = scale * (rng.normal(size=(90, 3)) * (1, 50, 0.1) + absent[:, None] + (0, 900, -2))
    theirs = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-12, max_iter=10_000)).fit(
        features, absent
    )
    found = fitted_combination(features, absent).log_odds(features)
    np.testing.assert_allclose(found, theirs.decision_function(features), rtol=1e-5, atol=1e-5)


def test_a_feature_that_never_varies_says_nothing() -> None:
    rng = np.random.default_rng(4)
    absent = np.arange(40) % 2 == 0
    features = rng.normal(size=(40, 2)) + absent[:, None]
    with_constant = np.insert(features, 1, 0.1, axis=1)
    found = fitted_combination(with_constant, absent)
    np.testing.assert_allclose(
        found.log_odds(with_constant), fitted_combination(features, absent).log_odds(features), atol=1e-9
    )


def test_kinds_that_a_feature_parts_without_error_have_a_finite_regression() -> None:
    for size, share in ((40, 0.5), (2000, 0.01), (2, 0.5)):
        absent = np.arange(size) < size * share
        features = np.stack([np.where(absent, 1e6, -1e6), np.arange(size), np.zeros(size)], axis=1)
        found = fitted_combination(features, absent).log_odds(features)
        assert np.isfinite(found).all()
        assert found[absent].min() > found[~absent].max()


def test_the_slope_of_the_loss_is_nothing_where_it_is_fitted() -> None:
    rng = np.random.default_rng(5)
    for shift in (0.0, 1.0, 8.0):
        absent = np.arange(300) % 3 == 0
        features = rng.normal(size=(300, 3)) * (1, 50, 0.1) + shift * absent[:, None]
        fit = fitted_combination(features, absent)
        wrong = 1 / (1 + np.exp(-fit.log_odds(features))) - absent
        slope = ((features - fit.means) / fit.scales).T @ wrong + fit.weights
        np.testing.assert_allclose([*slope, wrong.sum()], 0, atol=1e-11)


def test_each_of_several_is_fitted_to_its_own_frames_alone() -> None:
    rng = np.random.default_rng(6)
    absent = rng.random(120) < 0.4
    features = 1e3 * rng.normal(size=(120, 3)) + absent[:, None] * (500, 1e9, 0)
    taught = rng.random((4, 120)) < 0.7
    features[:, 2] = np.where(taught[0], 7.0, features[:, 2])
    for rows, together in zip(taught, fitted_combinations(features, absent, taught), strict=True):
        alone = fitted_combination(features[rows], absent[rows])
        np.testing.assert_allclose(together.log_odds(features), alone.log_odds(features), rtol=1e-9)


def test_the_best_feature_scores_as_its_own_regression() -> None:
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(10), 12)
    absent = rng.random(120) < 0.4
    features = rng.normal(size=(120, 3)) + absent[:, None] * (0.1, 3.0, 0.5)
    best = held_out_best_scores(features, absent, groups)
    alone = held_out_best_scores(features[:, [1]], absent, groups)
    assert best is not None
    assert alone is not None
    np.testing.assert_allclose(best, alone, rtol=1e-9)
