from typing import Any

import numpy as np
import pytest
import torch
from transformers import Sam2VideoModel

from nano.training.clips import ClipMix
from nano.training.configuration import configuration
from nano.training.evaluate import ClipScores, check, held_out_batches, score_clips
from nano.training.initialisation import initial_network
from nano.training.sources import Sources
from samscope.trackers.drawn_prompts import PromptKind
from tests.nano.training.material import TINY


@pytest.fixture(scope="module")
def network() -> Sam2VideoModel:
    return initial_network(configuration(TINY), seed=0).eval()


def test_summary_by_hand() -> None:
    nan = np.nan
    scores = ClipScores(
        overlap=np.array([[1.0, 1.0], [0.5, 0.8], [nan, 0.4], [nan, nan]]),
        object_score=np.array([[10.0, 10.0], [1.0, 2.0], [0.5, -1.0], [-2.0, -3.0]]),
        present=np.array([[True, True], [True, True], [False, True], [False, False]]),
    )
    summary = scores.summary()

    assert scores.clip_means() == pytest.approx([0.5, 0.6])
    assert summary["overlap"] == pytest.approx(0.55)
    assert summary["missed_absences"] == pytest.approx(1 / 3)
    assert summary["false_absences"] == pytest.approx(1 / 3)
    assert summary["auroc"] == pytest.approx(8 / 9)  # of 9 pairs, 0.5 against -1 is the wrong way round


def test_clips_that_are_always_there_have_no_auroc() -> None:
    ones = np.ones((2, 3))
    summary = ClipScores(ones, ones, ones > 0).summary()

    assert summary["auroc"] is None
    assert summary["missed_absences"] is None
    assert summary["false_absences"] == 0


def test_same_arguments_same_clips(sources: Sources) -> None:
    first, again = (held_out_batches(sources, 10, 3, 64, seed=1) for _ in range(2))
    fewer = held_out_batches(sources, 3, 3, 64, seed=1)

    assert [batch.pixels.shape[1] for batch in first] == [8, 2]
    assert all(torch.equal(one.pixels, two.pixels) for one, two in zip(first, again, strict=True))
    assert torch.equal(fewer[0].pixels, first[0].pixels[:, :3])


@pytest.mark.parametrize("prompt", list(PromptKind))
def test_scores_have_the_clips_shape(prompt: PromptKind, network: Sam2VideoModel, sources: Sources) -> None:
    batches = held_out_batches(sources, 10, 4, 64, seed=2, prompt=prompt, mix=ClipMix(absence=1.0))
    scores = score_clips(network, batches)
    report: dict[str, Any] = check(network, batches)

    assert scores.overlap.shape == scores.object_score.shape == scores.present.shape == (4, 10)
    assert np.array_equal(np.isnan(scores.overlap), ~scores.present)
    if prompt is PromptKind.MASK:
        assert np.median(scores.overlap[0]) > 0.85  # the mask is the answer itself, at a quarter of the size
        assert (scores.object_score[0] == 10).all()
    assert report["attention"]["pointer"]
    assert network.training is False
