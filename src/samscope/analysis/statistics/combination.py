"""The linear combination of the three features, always scored on source videos that it was not fitted to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.model_selection import GroupKFold

FOLDS = 5

PRECISION = 1e-10
"""A regression is fitted where no coefficient moves by more than this, in log odds a standard deviation."""


@dataclass(frozen=True, eq=False)
class Combination:
    """A logistic regression of absence on standardised features.

    Attributes:
        means: float64 [F], what is taken off each feature.
        scales: float64 [F], what each is divided by then.
        weights: float64 [F], of the standardised features.
        intercept: the log odds where all of these are 0.
    """

    means: NDArray[np.float64]
    scales: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float

    def log_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log odds of absence, float64 [N], of features, finite float64 [N, F]."""
        standardised = (features - self.means) / self.scales
        return np.asarray((standardised @ self.weights[:, None])[:, 0] + self.intercept)


def fitted_combination(features: NDArray[np.float64], absent: NDArray[np.bool_]) -> Combination:
    """Fit a logistic regression of absence on standardised features.

    It is scikit-learn's with its defaults: the sum of the log losses plus half the sum of the squared
    weights, the intercept aside, is the least. Newton's steps take a few features there to the last digits,
    in a fraction of the time that its solver takes to stop within 1e-4.

    Args:
        features: float64 [N, F], finite; one that does not vary is not divided by its deviation.
        absent: bool [N], what is predicted; both kinds occur.
    """
    means = features.mean(axis=0)
    centred = features - means
    # The second term is 0 but for the rounding of the mean.
    variances = ((centred**2).sum(axis=0) - centred.sum(axis=0) ** 2 / len(features)) / len(features)
    varies = features.max(axis=0) > features.min(axis=0)
    scales = np.where(varies, np.sqrt(variances), 1.0)
    coefficients = _coefficients(centred / scales, absent.astype(np.float64))
    return Combination(means, scales, coefficients[:-1], float(coefficients[-1]))


def _coefficients(standardised: NDArray[np.float64], absent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of features [N, F] and the intercept, float64 [F + 1]."""
    design = np.column_stack([standardised, np.ones(len(standardised))])
    penalty = np.append(np.ones(standardised.shape[1]), 0.0)

    def loss(coefficients: NDArray[np.float64], odds: NDArray[np.float64]) -> float:
        return float((np.logaddexp(0, odds) - absent * odds).sum() + (penalty * coefficients**2).sum() / 2)

    found, odds = np.zeros(design.shape[1]), np.zeros(len(design))
    least, step = loss(found, odds), np.full(found.shape, np.inf)
    while np.abs(step).max() > PRECISION:
        chances = expit(odds)
        slope = design.T @ (chances - absent) + penalty * found
        curvature = (design.T * (chances * (1 - chances))) @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        odds = design @ (found - step)
        reached = loss(found - step, odds)
        while np.abs(step).max() > PRECISION and reached > least:
            step /= 2
            odds = design @ (found - step)
            reached = loss(found - step, odds)
        found, least = found - step, reached
    return found


def held_out_scores(
    features: NDArray[np.float64], absent: NDArray[np.bool_], groups: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Score frames by a logistic regression of absence on standardised features.

    Each frame is scored by a model fitted without any frame of its source video (``GroupKFold`` of at most
    ``FOLDS`` folds). Scores of different folds share no exact scale; pooling them is the usual approximation,
    and puts the AUROC of features that know nothing slightly under 0.5.

    Args:
        features: float64 [N, 3], finite.
        absent: bool [N], what is predicted.
        groups: int [N], the source video of each frame.

    Returns:
        float64 [N], log odds of absence; None where there is only one source video, or where a fold leaves
        only one kind of frame to learn from.
    """
    return _held_out(fitted_combination, features, absent, groups)


def held_out_best_scores(
    features: NDArray[np.float64], absent: NDArray[np.bool_], groups: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Score frames by the one feature that tells absence best on other source videos.

    It is chosen and fitted as the combination is: in each fold of ``held_out_scores``, of the logistic
    regressions on one feature, the one with the least log loss on the frames that it is fitted to.

    Args:
        features: float64 [N, F], finite.
        absent: bool [N], what is predicted.
        groups: int [N], the source video of each frame.

    Returns:
        float64 [N], as ``held_out_scores``.
    """
    return _held_out(_fitted_best, features, absent, groups)


def _fitted_best(features: NDArray[np.float64], absent: NDArray[np.bool_]) -> Combination:
    """Return the regression on one feature that fits best, with no weight on the others."""
    best, least = None, np.inf
    for feature in range(features.shape[1]):
        one = fitted_combination(features[:, [feature]], absent)
        odds = one.log_odds(features[:, [feature]])
        loss = float((np.logaddexp(0, odds) - absent * odds).sum())
        if best is None or loss < least:
            weights = np.zeros(features.shape[1])
            weights[feature] = one.weights[0] / one.scales[0]
            least = loss
            best = Combination(
                means=np.full(features.shape[1], one.means[0]),
                scales=np.ones(features.shape[1]),
                weights=weights,
                intercept=one.intercept,
            )
    if best is None:
        raise ValueError("no feature to choose from")
    return best


def _held_out(
    fit: Callable[[NDArray[np.float64], NDArray[np.bool_]], Combination],
    features: NDArray[np.float64],
    absent: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> NDArray[np.float64] | None:
    videos = len(np.unique(groups))
    if videos < 2:
        return None
    scores = np.empty(len(absent))
    for train, test in GroupKFold(min(FOLDS, videos)).split(features, absent, groups):
        learnt_from = absent[train]
        if learnt_from.all() or not learnt_from.any():
            return None
        scores[test] = fit(features[train], learnt_from).log_odds(features[test])
    return scores
