"""Decoders that know nothing of a model: ridge regression and a small network, both held to whole videos."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn import config_context
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from samscope.analysis.statistics.network import Network

Decoder = Literal["ridge", "mlp"]
DECODERS: tuple[Decoder, ...] = get_args(Decoder)
"""Ridge regression, and a multilayer perceptron with one hidden layer (paper, 4.2)."""

STRENGTHS = tuple(float(strength) for strength in np.logspace(0, 5, 6))
"""Strengths of the ridge that are chosen from; inputs are standardised."""

UNCHOSEN_STRENGTH = 1e3
"""Strength of the ridge where there is one source video, and so nothing to choose it by."""

MOST_EPOCHS = 200
"""Passes of the network over its rows at most: scikit-learn's default, as all else that is not named here."""

PATIENCE, TOLERANCE = 10, 1e-4
"""Epochs in which the error on the videos held out has not fallen by more than the tolerance, after which its
training ends; scikit-learn's, too, and of standardised targets."""

INNER_FOLDS = 3
SEED = 0

Predict = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Takes inputs [N, D] to targets [N, K]."""


def fit_decoder(
    decoder: Decoder,
    inputs: NDArray[np.float32],
    targets: NDArray[np.float64],
    videos: NDArray[np.str_],
    parts: Sequence[slice],
) -> Predict:
    """Fit a decoder; how strongly it is held back is chosen on source videos that it was not fitted on.

    Args:
        decoder: ``ridge``: one strength for each part of the targets, by the squared error in ``INNER_FOLDS``
            folds of whole videos. ``mlp``: what scikit-learn's ``MLPRegressor`` is with its own defaults (100
            rectified units, all targets at once; ``Network`` trains it), but for one rule: it stops by the
            error on a fold of whole videos instead of its training error, and is fitted anew on all of them
            for as many epochs. The library's own early stopping holds back frames, of videos that it trains
            on.
        inputs: float32 [N, D], finite; standardised here.
        targets: float64 [N, K], finite; K at least 2.
        videos: [N], the source video of each row. With a single one there is nothing to choose by: the ridge
            takes ``UNCHOSEN_STRENGTH``, the network ``MOST_EPOCHS``.
        parts: columns of the targets that belong together.

    Returns:
        What predicts the targets of other rows. The same arguments give the same decoder.
    """
    # The library's checks of what is finite and of its own parameters take longer than its standardising.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        if decoder == "ridge":
            return _fit_ridge(inputs, targets, videos, parts)
        return _fit_network(inputs, targets, videos)


def _fit_ridge(
    inputs: NDArray[np.float32],
    targets: NDArray[np.float64],
    videos: NDArray[np.str_],
    parts: Sequence[slice],
) -> Predict:
    strengths = np.empty(targets.shape[1])
    errors = _ridge_errors(inputs, targets, videos)
    for part in parts:
        best = None if errors is None else int(errors[:, part].sum(axis=1).argmin())
        strengths[part] = UNCHOSEN_STRENGTH if best is None else STRENGTHS[best]
    predict: Predict = make_pipeline(StandardScaler(), Ridge(strengths)).fit(inputs, targets).predict
    return predict


def _ridge_errors(
    inputs: NDArray[np.float32], targets: NDArray[np.float64], videos: NDArray[np.str_]
) -> NDArray[np.float64] | None:
    """Return the squared errors [STRENGTHS, K] on videos held out; None with a single video."""
    errors = np.zeros((len(STRENGTHS), targets.shape[1]))
    folds = list(_inner_folds(videos))
    precise = inputs.astype(np.float64)
    for train, test in folds:
        scaler = StandardScaler().fit(precise[train])
        fitted_on, tested_on = scaler.transform(precise[train]), scaler.transform(precise[test])
        mean = targets[train].mean(axis=0)
        products, sought = fitted_on.T @ fitted_on, fitted_on.T @ (targets[train] - mean)
        for row, strength in enumerate(STRENGTHS):
            penalised = products + strength * np.eye(len(products))
            factor = cho_factor(penalised, overwrite_a=True, check_finite=False)
            decoded = tested_on @ cho_solve(factor, sought, check_finite=False) + mean
            errors[row] += ((decoded - targets[test]) ** 2).sum(axis=0)
    return errors if folds else None


def _fit_network(
    inputs: NDArray[np.float32], targets: NDArray[np.float64], videos: NDArray[np.str_]
) -> Predict:
    scaler, target_scaler = StandardScaler().fit(inputs), StandardScaler().fit(targets)
    scaled = scaler.transform(inputs)
    scaled_targets = target_scaler.transform(targets).astype(np.float32)
    network = Network(scaled, scaled_targets, SEED)
    for _ in islice(network.epochs(), _best_epochs(scaled, scaled_targets, videos)):
        pass
    return lambda others: target_scaler.inverse_transform(network.predict(scaler.transform(others)))


def _best_epochs(inputs: NDArray[np.float32], targets: NDArray[np.float32], videos: NDArray[np.str_]) -> int:
    for train, test in _inner_folds(videos):
        network = Network(inputs[train], targets[train], SEED)
        tested_on, truth = inputs[test], targets[test]
        best, lowest = 0, np.inf
        for epoch, _ in enumerate(islice(network.epochs(), MOST_EPOCHS), 1):
            error = float(((network.predict(tested_on) - truth) ** 2).mean())
            if error < lowest - TOLERANCE:
                best, lowest = epoch, error
            if epoch - best >= PATIENCE:
                break
        return best
    return MOST_EPOCHS


def _inner_folds(videos: NDArray[np.str_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    count = len(np.unique(videos))
    if count >= 2:
        yield from GroupKFold(min(INNER_FOLDS, count)).split(videos, groups=videos)
