import copy

import numpy as np
import pytest
import torch
from transformers import Sam2VideoModel

from nano.training.batches import Batch
from nano.training.calibration import calibrate_object_score
from nano.training.clips import ClipMix
from nano.training.configuration import configuration
from nano.training.evaluate import held_out_batches, score_clips
from nano.training.initialisation import initial_network
from nano.training.sources import Sources
from tests.nano.training.material import TINY


@pytest.fixture(scope="module")
def network() -> Sam2VideoModel:
    """Return an untrained network whose object scores differ between frames and lie far from 0."""
    made = initial_network(configuration(TINY), seed=3).eval()
    head = made.mask_decoder.pred_obj_score_head
    with torch.no_grad():
        head.proj_out.weight.mul_(20)
        head.proj_out.bias.fill_(15.0)
    return made


@pytest.fixture(scope="module")
def batches(sources: Sources) -> list[Batch]:
    return held_out_batches(sources, 8, 6, 64, seed=5, mix=ClipMix(absence=1.0))


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_takes_the_wanted_share_as_absent(
    network: Sam2VideoModel, batches: list[Batch], share: float
) -> None:
    before = copy.deepcopy(network.state_dict())
    calibrated = calibrate_object_score(network, batches, share)
    scores = score_clips(calibrated.network, batches)
    score, present = scores.object_score[1:], scores.present[1:]

    assert (score_clips(network, batches).object_score[1:] > 0).all()
    assert (score[present] <= 0).mean() == pytest.approx(calibrated.false_absences)
    assert calibrated.false_absences == pytest.approx(share, abs=0.1)
    assert calibrated.missed_absences == pytest.approx((score[~present] > 0).mean())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        if name != "mask_decoder.pred_obj_score_head.proj_out.bias":
            assert torch.equal(value, calibrated.network.state_dict()[name])
    assert calibrated.shift == pytest.approx(
        calibrated.network.mask_decoder.pred_obj_score_head.proj_out.bias.item() - 15, abs=1e-4
    )


def test_a_share_of_one_clip_kind_only(network: Sam2VideoModel, sources: Sources) -> None:
    always_there = held_out_batches(
        sources, 2, 3, 64, seed=5, mix=ClipMix(absence=0.0, footage=0.0, occluder=0)
    )
    calibrated = calibrate_object_score(network, always_there, 0.5)

    assert calibrated.missed_absences is None or np.isfinite(calibrated.missed_absences)


def test_refuses_what_is_no_share(network: Sam2VideoModel, batches: list[Batch]) -> None:
    with pytest.raises(ValueError, match=r"share in 0\.\.1"):
        calibrate_object_score(network, batches, 1.5)
