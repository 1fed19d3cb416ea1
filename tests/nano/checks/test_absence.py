import numpy as np
import pytest
from transformers import Sam2VideoModel

from nano.checks.absence import FRAMES, MIX, check_absence, judge_absence
from nano.checks.drawing import Drawing
from nano.training.evaluate import ClipScores
from nano.training.sources import Sources


def scores(object_score: np.ndarray, present: np.ndarray) -> ClipScores:
    return ClipScores(np.where(present, 0.5, np.nan), object_score, present)


@pytest.fixture
def present() -> np.ndarray:
    """Presence on 16 frames of 20 clips; always on frame 0."""
    present = np.random.default_rng(0).random((16, 20)) < 0.7
    present[0] = True
    return present


def test_scores_that_separate(present: np.ndarray) -> None:
    found = judge_absence(scores(np.where(present, 3.0, -2.0), present))

    assert found.auroc.value == 1
    assert found.auroc.interval == pytest.approx((1, 1))
    assert found.missed_absences.value == found.false_absences.value == 0
    assert found.absent_frames + found.present_frames == 15 * 20


def test_scores_that_know_nothing(present: np.ndarray) -> None:
    found = judge_absence(scores(np.random.default_rng(1).normal(size=present.shape), present))

    assert found.auroc.interval[0] < 0.5 < found.auroc.interval[1]
    assert found.missed_absences.value == pytest.approx(0.5, abs=0.12)
    assert found.false_absences.value == pytest.approx(0.5, abs=0.12)


def test_agrees_with_the_summary_that_a_training_logs(present: np.ndarray) -> None:
    drawn = scores(np.random.default_rng(2).normal(size=present.shape) + present, present)
    found, summary = judge_absence(drawn), drawn.summary()

    for name in ("auroc", "missed_absences", "false_absences"):
        assert getattr(found, name).value == pytest.approx(summary[name])


def test_every_clip_loses_its_object(network: Sam2VideoModel, sources: Sources) -> None:
    clips = Drawing(sources, 4, FRAMES, 64, 1, MIX)

    assert all((~batch.present).any(dim=0).all() for batch in clips)
    assert check_absence(network, clips).absent_frames > 0
