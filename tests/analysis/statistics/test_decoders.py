from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from samscope.analysis.statistics.decoders import DECODERS, STRENGTHS, UNCHOSEN_STRENGTH, Decoder, fit_decoder

PARTS = [slice(0, 1), slice(1, 3)]


def _data(seed: int = 0, rows: int = 300, videos: int = 6) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(rows, 12)).astype(np.float32)
    targets = (
        inputs[:, :3] @ rng.normal(size=(3, 3)) * (1, 10, 10) + (5, -20, 0) + rng.normal(size=(rows, 3)) * 0.1
    )
    return inputs, targets, np.array([f"video {number % videos}" for number in range(rows)])


def _explained(decoded: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(
        1 - ((decoded - truth) ** 2).sum(axis=0) / ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    )


@pytest.mark.parametrize("decoder", DECODERS)
def test_reads_what_is_linear_in_the_inputs(decoder: Decoder) -> None:
    inputs, targets, videos = _data()
    predict = fit_decoder(decoder, inputs[:200], targets[:200], videos[:200], PARTS)
    assert (_explained(predict(inputs[200:]), targets[200:]) > 0.9).all()


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_same_arguments_give_the_same_decoder(decoder: Decoder) -> None:
    inputs, targets, videos = _data()
    one, other = (fit_decoder(decoder, inputs, targets, videos, PARTS)(inputs) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("decoder", DECODERS)
def test_inputs_and_targets_that_never_vary_are_no_trouble(decoder: Decoder) -> None:
    inputs, targets, videos = _data(rows=60)
    inputs[:, 4], targets[:, 1] = 0.5, 7.0
    decoded = fit_decoder(decoder, inputs, targets, videos, PARTS)(inputs)
    assert np.isfinite(decoded).all()
    np.testing.assert_allclose(decoded[:, 1], 7.0, atol=1)


def test_only_the_network_bends() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(900, 4)).astype(np.float32)
    targets, videos = np.abs(inputs[:, :2]).astype(np.float64), np.arange(900) % 6
    found = {
        decoder: _explained(
            fit_decoder(decoder, inputs[:600], targets[:600], videos[:600].astype(str), [slice(0, 2)])(
                inputs[600:]
            ),
            targets[600:],
        )
        for decoder in DECODERS
    }
    assert (found["ridge"] < 0.1).all()
    assert (found["mlp"] > 0.4).all()


def test_the_strength_is_the_best_on_videos_held_out_for_each_part() -> None:
    inputs, targets, videos = _data()
    rng = np.random.default_rng(1)
    targets[:, 1:] = rng.normal(size=(6, 2))[np.arange(300) % 6] + 0.1 * rng.normal(size=(300, 2))
    decoded = fit_decoder("ridge", inputs, targets, videos, PARTS)(inputs)
    scaled = StandardScaler().fit_transform(inputs)
    chosen = []
    for part in PARTS:
        fits = [Ridge(strength).fit(scaled, targets[:, part]).predict(scaled) for strength in STRENGTHS]
        distances = [np.abs(fit.reshape(300, -1) - decoded[:, part]).max() for fit in fits]
        chosen.append(STRENGTHS[int(np.argmin(distances))])
        assert min(distances) < 1e-3
    assert chosen[0] <= 10
    assert chosen[1] >= 1000


def test_a_video_known_by_heart_is_no_ground_for_a_weak_ridge() -> None:
    rng = np.random.default_rng(0)
    of_video = np.arange(200) % 10
    marks = rng.normal(size=(10, 12)) * 10
    inputs = (marks[of_video] + rng.normal(size=(200, 12)) * 0.01).astype(np.float32)
    targets = rng.normal(size=(10, 2))[of_video]
    decoded = fit_decoder("ridge", inputs, targets, of_video.astype(str), [slice(0, 2)])(inputs)
    memorised = Ridge(STRENGTHS[0]).fit(inputs, targets).predict(inputs)
    assert (_explained(memorised, targets) > 0.99).all()
    assert (_explained(decoded, targets) < 0.5).all()


def test_with_one_video_there_is_nothing_to_choose_by() -> None:
    inputs, targets, _ = _data()
    videos = np.full(len(inputs), "dog")
    decoded = fit_decoder("ridge", inputs, targets, videos, PARTS)(inputs)
    scaled = StandardScaler().fit_transform(inputs)
    np.testing.assert_allclose(
        decoded, Ridge(UNCHOSEN_STRENGTH).fit(scaled, targets).predict(scaled), rtol=1e-3, atol=1e-3
    )
    assert np.isfinite(fit_decoder("mlp", inputs, targets, videos, PARTS)(inputs)).all()
