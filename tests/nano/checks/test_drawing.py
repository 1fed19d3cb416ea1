import numpy as np
import pytest
import torch

from nano.checks.drawing import Drawing, followed
from nano.training.clips import ClipMix
from nano.training.evaluate import held_out_batches
from nano.training.sources import Sources
from samscope.support.errors import SamscopeError
from samscope.trackers.drawn_prompts import PromptKind

MIX = ClipMix(footage=0.0)


def test_draws_the_clips_of_the_seed_every_time(sources: Sources) -> None:
    drawing = Drawing(sources, 10, 3, 64, seed=1, mix=MIX)
    batches = list(drawing)

    assert [batch.pixels.shape[1] for batch in batches] == [8, 2]
    assert len(drawing) == 2
    for drawn in (drawing, held_out_batches(sources, 10, 3, 64, 1, mix=MIX)):
        for one, other in zip(batches, drawn, strict=True):
            assert torch.equal(one.pixels, other.pixels)


def test_a_prompt_changes_nothing_else(sources: Sources) -> None:
    by_mask, by_box = (
        next(iter(Drawing(sources, 2, 3, 64, 1, MIX, prompt=kind)))
        for kind in (PromptKind.MASK, PromptKind.BOX)
    )

    assert torch.equal(by_mask.pixels, by_box.pixels)
    assert by_box.prompt.points is not None


def test_large_frames_go_in_small_batches(sources: Sources) -> None:
    assert len(Drawing(sources, 8, 3, 1024, 1, MIX)) == 4


@pytest.mark.parametrize("count", [0, 1, 9])
def test_every_clip_has_another_one_in_its_batch(count: int, sources: Sources) -> None:
    with pytest.raises(ValueError, match="even number"):
        Drawing(sources, count, 3, 64, 1, MIX)


def test_unwanted_clips_are_replaced(sources: Sources) -> None:
    large = Drawing(sources, 4, 2, 64, 1, MIX, wanted=lambda clip: bool(clip.masks[0].mean() > 0.05))

    assert all((batch.masks[0].float().mean(dim=(1, 2)) > 0.05).all() for batch in large)
    with pytest.raises(SamscopeError, match="wanted kind"):
        next(iter(Drawing(sources, 2, 2, 64, 1, MIX, wanted=lambda _: False)))


def test_following_tells_how_many_clips_are_done(sources: Sources) -> None:
    said: list[str] = []
    batches = list(followed(Drawing(sources, 10, 2, 64, 1, MIX), said.append))

    assert said == ["8 clips", "10 clips"]
    assert np.sum([batch.pixels.shape[1] for batch in batches]) == 10
