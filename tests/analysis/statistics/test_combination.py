import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from samscope.analysis.statistics.combination import fitted_combination


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
