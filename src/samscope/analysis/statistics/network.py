"""A small network, trained as ``MLPRegressor.partial_fit`` of scikit-learn does, in a third of the time.

With few rows most of the library's time goes to its checks, its mixed precision and the loss, which nobody
reads here. All that the training does is in these few lines, and a test holds them against the library.
"""

from collections.abc import Iterator
from itertools import count, pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

UNITS, ROWS_A_STEP, PENALTY = 100, 200, 1e-4
"""Rectified units of the one hidden layer; rows of a step; weight of the squared weights in the loss."""

RATE, FADE, FADE_OF_SQUARES, LEAST = 1e-3, 0.9, 0.999, 1e-8
"""Adam's step size, how slowly its two averages forget, and what its divisor is at least."""

Floats = NDArray[np.float32]


class Network:
    """A network that takes inputs to targets through one hidden layer.

    Args:
        inputs: float32 [N, D], finite and standardised.
        targets: float32 [N, K], likewise.
        seed: seeds the first weights and the order of the rows; the same arguments give the same network.
    """

    def __init__(self, inputs: Floats, targets: Floats, seed: int) -> None:
        random = check_random_state(seed)
        sizes = (inputs.shape[1], UNITS, targets.shape[1])
        reaches = [np.sqrt(6 / (before + after)) for before, after in pairwise(sizes)]
        # Each layer is one matrix, whose last row are the intercepts: a column of ones goes with the inputs.
        shapes = [(before + 1, after) for before, after in pairwise(sizes)]
        drawn = [random.uniform(-reach, reach, shape) for reach, shape in zip(reaches, shapes, strict=True)]
        self._weights = np.concatenate([layer.ravel() for layer in drawn]).astype(np.float32)
        self._shapes = shapes
        self._inputs, self._targets = _with_ones(inputs), targets
        self._first_order = random.permutation(len(inputs))
        # The library's ``partial_fit`` begins its random numbers anew in every epoch.
        self._order = check_random_state(seed).permutation(len(inputs))

    def epochs(self) -> Iterator[None]:
        """Train, one pass over the rows at a time, for as long as it is asked to."""
        weights = self._layers(self._weights)
        gradient = np.empty_like(self._weights)
        gradients = self._layers(gradient)
        penalty = np.full_like(self._weights, PENALTY)
        for layer in self._layers(penalty):
            layer[-1] = 0.0
        average, squares = np.zeros_like(self._weights), np.zeros_like(self._weights)
        inputs_in_order, targets_in_order = self._inputs[self._first_order], self._targets[self._first_order]
        spare = np.empty_like(self._weights)
        step = 0
        for epoch in count():
            if epoch == 1:
                inputs_in_order, targets_in_order = self._inputs[self._order], self._targets[self._order]
            for start in range(0, len(inputs_in_order), ROWS_A_STEP):
                inputs = inputs_in_order[start : start + ROWS_A_STEP]
                targets = targets_in_order[start : start + ROWS_A_STEP]
                hidden = _hidden(inputs, weights[0])
                errors = hidden @ weights[1]
                errors -= targets
                behind = errors @ weights[1][:-1].T
                behind *= hidden[:, :-1] > 0
                np.matmul(inputs.T, behind, out=gradients[0])
                np.matmul(hidden.T, errors, out=gradients[1])
                gradient += np.multiply(penalty, self._weights, out=spare)
                gradient /= len(inputs)
                step += 1
                average *= FADE
                average += np.multiply(gradient, 1 - FADE, out=spare)
                squares *= FADE_OF_SQUARES
                np.multiply(gradient, gradient, out=spare)
                spare *= 1 - FADE_OF_SQUARES
                squares += spare
                rate = RATE * (1 - FADE_OF_SQUARES**step) ** 0.5 / (1 - FADE**step)
                np.sqrt(squares, out=spare)
                spare += LEAST
                self._weights -= rate * average / spare
            yield

    def predict(self, inputs: Floats) -> Floats:
        """Return the targets of other rows, float32 [M, K]."""
        first, second = self._layers(self._weights)
        return _hidden(_with_ones(inputs), first) @ second

    def _layers(self, flat: Floats) -> list[Floats]:
        """Return views of all weights, or what belongs to each of them, as one matrix a layer."""
        first, second = self._shapes
        return [
            flat[: first[0] * first[1]].reshape(first),
            flat[first[0] * first[1] :].reshape(second),
        ]


def _with_ones(inputs: Floats) -> Floats:
    return np.column_stack([inputs, np.ones(len(inputs), dtype=np.float32)])


def _hidden(inputs: Floats, weights: Floats) -> Floats:
    """Return what the hidden units answer, and a column of ones: float32 [N, UNITS + 1]."""
    hidden = np.empty((len(inputs), UNITS + 1), dtype=np.float32)
    hidden[:, -1] = 1
    np.maximum(inputs @ weights, 0, out=hidden[:, :-1])
    return hidden
