from dataclasses import replace

import pytest
import torch
from transformers import Sam2VideoModel

from nano.checks.drawing import Drawing
from nano.checks.foreign_prompt import check_foreign_prompt
from nano.checks.prompt_kinds import FRAMES, MIX
from nano.training.evaluate import score_clips
from nano.training.sources import Sources


def test_the_next_clips_object_is_the_prompt(network: Sam2VideoModel, sources: Sources) -> None:
    (batch,) = Drawing(sources, 2, FRAMES, 64, 1, MIX)
    twice = replace(
        batch,
        pixels=batch.pixels[:, :1].expand(-1, 2, -1, -1, -1),
        masks=batch.masks[:, :1].expand(-1, 2, -1, -1),
        present=batch.present[:, :1].expand(-1, 2),
        prompt=replace(batch.prompt, mask=batch.masks[0, :1].float()[:, None].expand(2, -1, -1, -1)),
    )
    found = check_foreign_prompt(network, [twice])

    assert found.overlap.value == pytest.approx(score_clips(network, [twice]).clip_means().mean())


def test_masks_that_share_nothing_overlap_with_nothing(network: Sam2VideoModel, sources: Sources) -> None:
    (batch,) = Drawing(sources, 2, 4, 64, 1, MIX)
    masks = torch.zeros_like(batch.masks)
    masks[:, 0, :, :20] = True
    masks[:, 1, :, 40:] = True
    found = check_foreign_prompt(network, [replace(batch, masks=masks, present=masks.any(3).any(2))])

    assert found.copied.value == 0
    assert found.overlap.clips == found.copied.clips == 2
