from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from samscope.trackers.family import BranchedStep
from samscope.trackers.prompt import make_prompt
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.seen import Seen
from samscope.trackers.settling import Unsettled, see_paths
from tests.observation.fakes import SIZE as FAKE_SIZE
from tests.observation.fakes import fake_seen
from tests.small_model import small_model
from tests.trackers.test_shared import SIZE, frames, mask


def settled_by(unsettled: Unsettled, *steps: list[tuple[int, Seen]]) -> tuple[list[list[Seen]], Unsettled]:
    settled = []
    for step in steps:
        own, unsettled = unsettled.after(step)
        settled.append(list(own))
    return settled, unsettled


def some_seen(count: int) -> Iterable[Seen]:
    return (fake_seen(frame, np.ones(FAKE_SIZE, bool)) for frame in range(count))


def test_with_one_path_all_is_settled_at_once() -> None:
    first, second = some_seen(2)
    settled, unsettled = settled_by(Unsettled(), [(0, first)], [(0, second)])
    assert settled == [[first], [second]]
    assert unsettled.best == ()


def test_a_frame_is_settled_once_all_paths_have_the_same_of_it() -> None:
    begin, left, right, on_left, on_right, end = some_seen(6)
    settled, unsettled = settled_by(
        Unsettled(),
        [(0, begin), (0, begin)],
        [(0, left), (1, right)],
        [(1, on_right), (0, on_left)],
    )
    assert settled == [[begin], [], []]
    assert unsettled.best == (right, on_right)
    settled, unsettled = settled_by(unsettled, [(1, end), (1, end)])
    assert settled == [[left, on_left, end]]
    assert unsettled.best == ()


def test_what_is_held_of_several_paths_holds_no_batch_and_what_they_share_once() -> None:
    model = small_model().with_memory_rule(Sam2LongMemory(uncertainty=1000))
    clip = frames(0, 1, 2, 3)
    prompt = make_prompt(SIZE, model.image_size, mask=mask())
    encodings = model.encode(torch.stack([model.preprocess(frame) for frame in clip]))
    step: Any
    (step,) = model.start(encodings[:1], [prompt], length=4)
    for frame in (1, 2, 3):
        (step,) = model.follow([encodings[frame]], [step.bank], frame)
    assert isinstance(step, BranchedStep)
    ways = [seen for _, seen in see_paths(step, SIZE)]
    assert len({id(seen) for seen in ways}) == 3
    for seen in ways:
        for name in ("mask", "frame", "memory_conditioned", "object_pointer", "memory_features"):
            tensor = getattr(seen, name)
            assert tensor.untyped_storage().nbytes() == tensor.nbytes, name
    assert len({seen.frame.data_ptr() for seen in ways}) == 1
    alone = see_paths(step.paths[1][1], SIZE)
    assert len(alone) == 1
    assert torch.equal(alone[0][1].mask_logits, ways[1].mask_logits)
