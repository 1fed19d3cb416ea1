import numpy as np
import pytest
from sklearn.metrics import r2_score
from transformers import Sam2VideoModel

from nano.checks.box_probe import TrackedBoxes, boxes_of, probe_boxes, tracked_boxes
from nano.checks.drawing import Drawing
from nano.checks.prompt_kinds import MIX
from nano.training.sources import Sources
from samscope.analysis.pointers.boxes import box_overlap

CLIPS, FRAMES, CHANNELS = 40, 11, 32


def planted(seed: int, share: float) -> TrackedBoxes:
    """Boxes that wander, and pointers of which a linear map of the box is such a share, the rest noise."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.03, (CLIPS, FRAMES + 1, 2)).cumsum(axis=1)
    middle = (rng.uniform(0.3, 0.7, (CLIPS, 1, 2)) + steps).clip(0.2, 0.8)
    half = rng.uniform(0.05, 0.15, (CLIPS, 1, 2))
    boxes = np.concatenate([middle - half, middle + half], axis=2)
    truth, previous = boxes[:, 1:].reshape(-1, 4), boxes[:, :-1].reshape(-1, 4)
    carried = (truth - 0.5) @ np.random.default_rng(99).normal(size=(4, CHANNELS))
    carried /= carried.std()
    stored = share * carried + (1 - share) * rng.normal(size=carried.shape)
    clips = np.repeat(np.arange(CLIPS), FRAMES)
    return TrackedBoxes(stored, rng.normal(size=stored.shape), truth, previous, truth, clips)


def test_a_box_that_the_pointer_carries_is_found() -> None:
    found = probe_boxes(planted(0, 1.0), planted(1, 1.0))

    assert found.stored.overlap.value > 0.9
    assert found.stored.explained.value > 0.99
    assert found.stored.gain.value == pytest.approx(found.stored.overlap.value - found.mean_box.value)
    assert found.stored.gain.interval[0] > 0.5
    assert found.stored.gain.clips == CLIPS
    assert found.predicted_box.value == 1


def test_a_pointer_without_the_box_gains_nothing() -> None:
    found = probe_boxes(planted(0, 0.0), planted(1, 0.0))

    for probe in (found.stored, found.ungated):
        assert probe.gain.value == pytest.approx(0, abs=0.02)
        assert probe.explained.value < 0.02
        assert probe.explained.interval[0] < 0
        assert probe.alpha > 100  # it learns to say the mean
    assert found.previous_box.value > 0.5


def test_a_box_in_noise_is_found_in_part() -> None:
    fitted, tested = planted(0, 0.3), planted(1, 0.3)
    found = probe_boxes(fitted, tested)

    assert 0.02 < found.stored.gain.value < 0.6
    assert found.stored.explained.interval[0] < found.stored.explained.value
    assert found.stored.explained.value < found.stored.explained.interval[1]
    mean = np.broadcast_to(fitted.truth.mean(axis=0), tested.truth.shape)
    assert found.mean_box.value == pytest.approx(box_overlap(mean, tested.truth).mean())
    assert r2_score(tested.truth, mean) < found.stored.explained.value


def test_boxes_are_shares_of_the_frame() -> None:
    masks = np.zeros((2, 20, 40), bool)
    masks[0, 5:10, 10:30] = True

    assert boxes_of(masks)[0] == pytest.approx([0.25, 0.25, 0.75, 0.5])
    assert np.isnan(boxes_of(masks)[1]).all()


def test_overlap_of_boxes_by_hand() -> None:
    truth = np.array([[0.0, 0.0, 0.5, 0.5]])

    def overlap(*box: float) -> float:
        return float(box_overlap(np.array([box]), truth)[0])

    assert overlap(0, 0, 0.5, 0.5) == 1
    assert overlap(0.25, 0, 0.75, 0.5) == pytest.approx(1 / 3)
    assert overlap(-1, -1, 0.5, 0.5) == 1  # cut at the frame's edges
    assert overlap(0.6, 0.6, 0.9, 0.9) == 0
    assert overlap(0.5, 0.5, 0, 0) == 0  # the wrong way round
    assert np.isnan(overlap(np.nan, np.nan, np.nan, np.nan))


def test_tracked_frames_have_pointers_and_boxes(network: Sam2VideoModel, sources: Sources) -> None:
    clips = Drawing(sources, 10, 4, 64, 2, MIX)
    found = tracked_boxes(network, clips)
    present = np.concatenate([batch.present.numpy() for batch in clips], axis=1)

    assert found.stored.shape == found.ungated.shape == (present[1:].sum(), 64)
    assert np.isfinite(found.truth).all()
    assert ((found.truth >= 0) & (found.truth <= 1)).all()
    assert set(found.clips) <= set(range(10))
    first = np.concatenate([boxes_of(batch.masks[0].numpy()) for batch in clips])
    assert found.previous[0] == pytest.approx(first[0])
