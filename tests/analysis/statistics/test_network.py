from itertools import islice

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

from samscope.analysis.statistics.network import Network


@pytest.mark.parametrize("rows", [450, 60])
def test_it_is_trained_as_the_library_trains_its_own(rows: int) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(rows, 12)).astype(np.float32)
    targets = (np.abs(inputs[:, :3]) + 0.1 * rng.normal(size=(rows, 3))).astype(np.float32)
    network, library = Network(inputs, targets, seed=3), MLPRegressor(random_state=3)
    for _ in islice(network.epochs(), 6):
        library.partial_fit(inputs, targets)
        np.testing.assert_allclose(network.predict(inputs), library.predict(inputs), atol=2e-5)


def test_the_same_seed_gives_the_same_network_and_another_one_another() -> None:
    inputs = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    networks = [Network(inputs, inputs[:, :2], seed) for seed in (0, 0, 1)]
    for network in networks:
        next(network.epochs())
    first, same, other = (network.predict(inputs) for network in networks)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0.01
