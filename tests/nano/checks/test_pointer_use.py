import copy

import numpy as np
import pytest
import torch
from transformers import Sam2VideoModel

from nano.checks.drawing import Drawing
from nano.checks.pointer_use import FRAMES, MIX, pointer_use
from nano.training.evaluate import score_clips
from nano.training.sources import Sources


@pytest.fixture
def clips(sources: Sources) -> Drawing:
    return Drawing(sources, 10, 4, 64, seed=3, mix=MIX)


def test_pointers_that_are_never_read_are_worth_nothing(network: Sam2VideoModel, clips: Drawing) -> None:
    deaf = copy.deepcopy(network)
    with torch.no_grad():
        for layer in deaf.memory_attention.layers:
            layer.cross_attn_image.o_proj.weight.zero_()
    use = pointer_use(deaf, clips)

    assert use.lost_foreign.value == use.lost_none.value == 0
    assert use.lost_foreign.interval == use.lost_none.interval == pytest.approx((0, 0))


def test_numbers_of_every_clip_and_layer(network: Sam2VideoModel, clips: Drawing) -> None:
    use = pointer_use(network, clips)

    assert use.overlap.value == pytest.approx(np.nanmean(score_clips(network, clips).clip_means()))
    assert use.overlap.clips == use.lost_foreign.clips == 10
    assert use.lost_foreign.interval[0] <= use.lost_foreign.value <= use.lost_foreign.interval[1]
    assert len(use.pointer_share) == len(use.logit_gap) == len(network.memory_attention.layers)
    assert all(0 < share < 1 for share in use.pointer_share)
    assert use == pointer_use(network, clips)


def test_the_object_is_always_among_others_like_it(sources: Sources) -> None:
    assert (MIX.look_alikes, MIX.absence, MIX.footage, MIX.occluder) == (1, 0, 0, 0)
    for batch in Drawing(sources, 4, FRAMES, 64, 1, MIX):
        assert batch.present[0].all()
