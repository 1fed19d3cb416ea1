from dataclasses import replace

import torch

import samscope
from samscope.trackers.tracked_frame import logits_at, objects_apart, without_overlap
from tests.small_model import small_model
from tests.trackers.objects import frames, mask


def test_all_but_the_highest_are_at_most_minus_ten() -> None:
    logits = {
        4: torch.tensor([[3.0, -1.0, 5.0, -20.0]]),
        2: torch.tensor([[1.0, 2.0, 5.0, -30.0]]),
        7: torch.tensor([[-2.0, -3.0, 4.0, -1.0]]),
    }
    apart = without_overlap(logits)
    assert list(apart) == [4, 2, 7]
    assert apart[4].tolist() == [[3, -10, 5, -20]]
    assert apart[2].tolist() == [[-10, 2, -10, -30]]
    assert apart[7].tolist() == [[-10, -10, -10, -1]]
    assert without_overlap({}) == {}


def test_a_mask_is_cut_from_its_logits_at_the_frames_size() -> None:
    seen = next(iter(samscope.track(small_model(), frames(1), mask=mask())))
    assert torch.equal(logits_at(seen.mask_logits, (48, 80)) > 0, seen.mask)


def test_where_all_say_the_same_the_first_object_keeps_the_pixel() -> None:
    seen = next(iter(samscope.track(small_model(), frames(1), mask=mask())))
    apart = objects_apart({3: seen, 1: replace(seen)})
    assert torch.equal(apart[3].mask, seen.mask)
    assert not apart[1].mask.any()
    assert apart[1].mask_logits is seen.mask_logits
