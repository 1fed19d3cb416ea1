import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.edits import Apply, Change, Edit, Noise, Put, Remove, Zero, changed, mean_at, on_frame
from tests.trackers.edited import clip, mask, tracker

SITE = "memory_conditioned"


def test_frames_are_one_or_several() -> None:
    assert Edit(SITE, 3, Zero()) == Edit(SITE, (3,), Zero()) == Edit(SITE, [3, 3], Zero())
    assert Edit(SITE, range(3, 9), Zero()).first == 3
    edits = [Edit(SITE, 3, Zero()), Edit(SITE, range(3, 9), Noise(1.0)), Edit(SITE, {4, 6}, Zero())]
    assert on_frame(edits, 3) == tuple(edits[:2])
    assert on_frame(edits, 6) == tuple(edits[1:])
    assert on_frame(edits, 9) == ()


def test_endless_frames_cost_nothing() -> None:
    edit = Edit(SITE, range(3, 10**12), Zero(), of=range(10**12))
    assert on_frame([edit], 10**11) == (edit,)
    assert edit.covers(10**11)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (-1, "frames begin at -1: before the prompt"),
        ([], "there is none of them"),
        (range(5, 5), "there is none of them"),
        ("12", "expected a frame, or several"),
        (1.5, "expected a frame, or several"),
        ([1, 2.5], "expected whole numbers"),
        ([True], "expected whole numbers"),
    ],
)
def test_frames_that_are_none_are_refused(frames: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Edit(SITE, frames, Zero())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=message.replace("frames", "of")):
        Edit(SITE, 3, Zero(), of=frames)  # type: ignore[arg-type]


def test_noise_has_its_size_and_is_the_same_each_time() -> None:
    tensor = torch.ones(64, 32, 32)
    edit = Edit(SITE, 3, Noise(0.25, seed=1))
    noise = changed(edit, tensor, 3) - tensor
    assert noise.std().item() == pytest.approx(0.25, rel=0.02)
    assert noise.mean().item() == pytest.approx(0, abs=0.005)
    assert torch.equal(changed(edit, tensor, 3) - tensor, noise)
    others = [
        changed(edit, tensor, 4),
        changed(edit, tensor, 3, remembered=0),
        changed(Edit(SITE, 3, Noise(0.25, seed=2)), tensor, 3),
        changed(Edit("prompt_conditioned", 3, Noise(0.25, seed=1)), tensor, 3),
    ]
    for other in others:
        assert abs((other - tensor).flatten() @ noise.flatten()) < 0.05 * noise.norm() ** 2
    assert torch.equal(changed(Edit(SITE, 3, Noise(0.0)), tensor, 3), tensor)
    assert changed(edit, tensor.bfloat16(), 3).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("size", "seed", "message"),
    [(-1.0, 0, "noise of size -1"), (float("nan"), 0, "of size nan"), (1.0, -1, "with seed -1")],
)
def test_noise_that_is_none_is_refused(size: float, seed: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Noise(size, seed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Put(torch.zeros(2, 3)), r"float32 \[2, 3\]; expected float32 \[2, 2\]"),
        (Put(torch.zeros(2, 2, dtype=torch.float64)), r"float64 \[2, 2\]; expected float32"),
        (Apply(lambda tensor: tensor[0]), r"float32 \[2\]; expected float32 \[2, 2\]"),
        (Apply(lambda tensor: tensor.numpy()), "of the type ndarray; expected float32"),  # type: ignore[arg-type, return-value]
        (Remove(), "cannot be removed"),
    ],
)
def test_values_of_another_kind_are_refused(change: Change, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        changed(Edit(SITE, 3, change), torch.zeros(2, 2), 3)


def test_a_mean_is_that_of_all_that_was_seen() -> None:
    run = list(samscope.track(tracker("sam2"), clip(4), mask=mask()))
    wanted = torch.stack([seen.at(SITE) for seen in run[1:]]).mean(dim=0)
    torch.testing.assert_close(mean_at(run, SITE), wanted)
    assert mean_at(run, "recalled_memory").dtype == torch.bfloat16
    scores = [seen.object_score for seen in run]
    assert mean_at(run, "object_score").item() == pytest.approx(sum(filter(None, scores)) / 4, rel=1e-5)
    with pytest.raises(UsageError, match="nothing was seen there"):
        mean_at(run[:1], SITE)
    with pytest.raises(UsageError, match="there is no such site; expected one of remembered_frame"):
        mean_at(run, "memories")
