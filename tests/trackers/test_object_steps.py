from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from samscope.trackers.memory import Bank, Paths
from samscope.trackers.object_steps import ObjectSteps, prompts_of
from samscope.trackers.prompts import FramePrompt
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.speed.cores import Cores
from samscope.trackers.sam2.step import BranchedStep, Step
from tests.small_model import small_model
from tests.trackers.objects import HEIGHT, WIDTH, frames, mask

SIZE = (HEIGHT, WIDTH)


class Noting(Model):
    """A model that notes of how many tracks, and at what index, it takes steps together."""

    together: list[tuple[int, int]] = []  # noqa: RUF012  each test begins with a new list

    def follow(
        self,
        encoded: Sequence[EncodedFrame],
        banks: Sequence[Bank | Paths],
        frame: int,
        **options: Any,
    ) -> list[Step | BranchedStep]:
        Noting.together.append((len(banks), frame))
        on_cpu = replace(self, device=torch.device("cpu")).as_model()
        return on_cpu.follow(encoded, banks, frame, **options)

    def as_model(self) -> Model:
        return Model(**vars(self))


def test_objects_of_a_frame_go_together_on_a_device_and_alone_on_a_cpu() -> None:
    Noting.together = []
    on_cpu = Noting(**vars(small_model()))
    steps = ObjectSteps(on_cpu, SIZE)
    clip = frames(2)
    first, second = (steps.encode(frame) for frame in clip)
    banks = {}
    for object_id, left in ((4, 20), (2, 40), (9, 5)):
        made = prompts_of(on_cpu, SIZE, object_id, FramePrompt(frame=0, mask=mask(left)))
        banks[object_id] = steps.start(first, made, 0, 2).step.bank
    with Cores(None) as cores:
        alone = steps.follow(cores, second, banks, 1)
        assert Noting.together == [(1, 1)] * 3
        Noting.together = []
        on_device = ObjectSteps(replace(on_cpu, device=torch.device("meta")), SIZE)
        together = on_device.follow(cores, second, banks, 1)
        assert Noting.together == [(3, 1)]
        Noting.together = []
        on_device.follow(cores, second, banks, 5, starts={2: 4})
        assert sorted(Noting.together) == [(1, 1), (2, 5)]
        assert on_device.follow(cores, second, {}, 5) == {}
    assert list(together) == list(alone) == [4, 2, 9]
    for object_id, taken in together.items():
        assert torch.allclose(taken.seen.mask_logits, alone[object_id].seen.mask_logits, atol=1e-4)


def test_a_mask_comes_before_box_and_clicks() -> None:
    told = FramePrompt(frame=3, points=[[30, 20]], labels=[0], box=[20, 10, 50, 30], mask=mask())
    masked, clicked = prompts_of(small_model(), SIZE, 1, told)
    assert masked.mask is not None
    assert clicked.labels is not None
    assert clicked.labels.tolist() == [[2, 3, 0]]
