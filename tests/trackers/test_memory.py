from dataclasses import replace

import torch

from samscope.trackers.memory import Memory
from samscope.trackers.rules.sam2 import Sam2Memory
from tests.trackers.rules.banks import memory, new_bank


def test_a_bank_holds_features_and_pointers_of_the_frames_that_are_named() -> None:
    tracked = [memory(frame) for frame in range(1, 5)]
    bank = new_bank(Sam2Memory()).holding(tracked, features={1, 3}, pointers={3, 4})
    there = [(kept.frame, kept.features is not None, kept.pointer is not None) for kept in bank.tracked]
    assert there == [(1, True, False), (3, True, True), (4, False, True)]


def test_a_memory_is_encoded_again_wherever_it_has_features() -> None:
    old, new, pointer = torch.zeros(1), torch.ones(1), torch.zeros(1)
    whole, thin = Memory(3, old, pointer), Memory(3, None, pointer)
    bank = replace(new_bank(Sam2Memory()), prompted=(Memory(0, old, pointer), whole)).keeping((thin,))
    renewed = bank.encoded_again(3, new)
    assert [kept.features for kept in renewed.prompted] == [old, new]
    assert renewed.tracked[0].features is None
    assert bank.prompted[1].features is old
