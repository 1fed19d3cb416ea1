"""The linear combination of the three features, always scored on source videos that it was not fitted to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
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
    return fitted_combinations(features, absent, np.ones((1, len(absent)), dtype=np.bool_))[0]


def fitted_combinations(
    features: NDArray[np.float64], absent: NDArray[np.bool_], taught: NDArray[np.bool_]
) -> list[Combination]:
    """Fit B regressions at once, each to some of the frames: as ``fitted_combination`` does to these alone.

    Args:
        features: float64 [N, F], finite.
        absent: bool [N], what is predicted.
        taught: bool [B, N], the frames that each is fitted to; both kinds occur among them.
    """
    return _fitted(np.broadcast_to(features.T, (len(taught), *features.T.shape)), absent, taught)


def _fitted(
    features: NDArray[np.float64], absent: NDArray[np.bool_], taught: NDArray[np.bool_]
) -> list[Combination]:
    """Fit a regression to the ``taught`` frames, bool [B, N], of each of B tables of features [B, F, N]."""
    counts, of_taught = taught.sum(axis=1)[:, None], taught[:, None]
    means = np.where(of_taught, features, 0.0).sum(axis=2) / counts
    centred = np.where(of_taught, features - means[:, :, None], 0.0)
    # The second term is 0 but for the rounding of the mean.
    variances = ((centred**2).sum(axis=2) - centred.sum(axis=2) ** 2 / counts) / counts
    highest, lowest = (
        features.max(axis=2, where=of_taught, initial=-np.inf),
        features.min(axis=2, where=of_taught, initial=np.inf),
    )
    scales = np.sqrt(variances, out=np.ones_like(variances), where=highest > lowest)
    # A frame that is not taught is 0 throughout, the column of ones as well: it moves no coefficient.
    design = np.concatenate([centred / scales[:, :, None], of_taught], axis=1)
    coefficients = _coefficients(design, absent.astype(np.float64))
    return [
        Combination(mean, scale, own[:-1], float(own[-1]))
        for mean, scale, own in zip(means, scales, coefficients, strict=True)
    ]


def _coefficients(design: NDArray[np.float64], absent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights and the intercept, float64 [B, F + 1], of B designs [B, F + 1, N], ones last."""
    penalty = np.append(np.ones(design.shape[1] - 1), 0.0)

    def reached(coefficients: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return log odds and chances [B, N], and the losses [B]."""
        odds = (coefficients[:, None] @ design)[:, 0]
        shrunk = np.exp(-np.abs(odds))
        chances = np.where(odds >= 0, 1.0, shrunk) / (1 + shrunk)
        losses = np.maximum(odds, 0) + np.log(1 + shrunk) - absent * odds
        return chances, losses.sum(axis=1) + (coefficients**2 @ penalty) / 2

    weights = np.zeros(design.shape[:2])
    chances, least = reached(weights)
    step = np.full(weights.shape, np.inf)
    while np.abs(step).max() > PRECISION:
        slope = (design @ (chances - absent)[:, :, None])[:, :, 0] + penalty * weights
        curvature = (design * (chances * (1 - chances))[:, None]) @ design.transpose(0, 2, 1)
        step = np.linalg.solve(curvature + np.diag(penalty), slope[:, :, None])[:, :, 0]
        chances, losses = reached(weights - step)
        while (too_far := losses > least * (1 + _ROUNDING)).any():
            step[too_far] /= 2
            chances, losses = reached(weights - step)
        weights, least = weights - step, losses
    return weights


_ROUNDING = 1e-12
"""A loss that is higher by less than this share of itself is no worse: a step is not halved for it."""


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
    return _held_out(fitted_combinations, features, absent, groups)


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


def _fitted_best(
    features: NDArray[np.float64], absent: NDArray[np.bool_], taught: NDArray[np.bool_]
) -> list[Combination]:
    """Return the regressions on one feature that fit best, with no weight on the others."""
    count, width = len(taught), features.shape[1]
    single = _fitted(np.tile(features.T, (count, 1))[:, None], absent, np.repeat(taught, width, axis=0))
    best = []
    for fold, rows in enumerate(taught):
        of_fold = single[fold * width : (fold + 1) * width]
        odds = np.stack(
            [combination.log_odds(features[rows, at, None]) for at, combination in enumerate(of_fold)]
        )
        losses = (np.logaddexp(0, odds) - absent[rows] * odds).sum(axis=1)
        least = int(losses.argmin())
        chosen = of_fold[least]
        weights = np.zeros(width)
        weights[least] = chosen.weights[0] / chosen.scales[0]
        best.append(Combination(np.full(width, chosen.means[0]), np.ones(width), weights, chosen.intercept))
    return best


def _held_out(
    fit: Callable[[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]], list[Combination]],
    features: NDArray[np.float64],
    absent: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> NDArray[np.float64] | None:
    videos = len(np.unique(groups))
    if videos < 2:
        return None
    folds = min(FOLDS, videos)
    fold_of = np.empty(len(absent), dtype=np.int64)
    for fold, (_, test) in enumerate(GroupKFold(folds).split(features, absent, groups)):
        fold_of[test] = fold
    taught = fold_of != np.arange(folds)[:, None]
    if not all(absent[rows].any() and not absent[rows].all() for rows in taught):
        return None
    scores = np.empty(len(absent))
    for rows, fitted in zip(taught, fit(features, absent, taught), strict=True):
        scores[~rows] = fitted.log_odds(features[~rows])
    return scores
