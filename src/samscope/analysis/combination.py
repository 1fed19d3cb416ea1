"""The linear combination of the three features, always scored on source videos that it was not fitted to."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5


def fitted_combination(features: NDArray[np.float64], absent: NDArray[np.bool_]) -> Pipeline:
    """Fit a logistic regression of absence on standardised features.

    Args:
        features: float64 [N, 3], finite.
        absent: bool [N], what is predicted; both kinds occur.

    Returns:
        A fitted model whose ``decision_function`` gives the log odds of absence.
    """
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features, absent)


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
    videos = len(np.unique(groups))
    if videos < 2:
        return None
    scores = np.empty(len(absent))
    for train, test in GroupKFold(min(FOLDS, videos)).split(features, absent, groups):
        if len(np.unique(absent[train])) < 2:
            return None
        model = fitted_combination(features[train], absent[train])
        scores[test] = model.decision_function(features[test])
    return scores
