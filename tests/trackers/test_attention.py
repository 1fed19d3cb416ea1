"""What memory attention looks at, read while it tracks."""

import numpy as np
import pytest
import torch

import samscope
from nano.checks.attention_weights import readable_attention
from nano.training.attention import observed_attention
from samscope.support.errors import UsageError
from samscope.trackers.attention import Attention, Read
from samscope.trackers.modes import Mode
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.shared import PromptedClip, track_together
from tests.trackers.edited import FAMILIES, clip, first_difference, mask, sam2_in, tracker


def attention_of(model: NetworkTracker, *, frame: int = -1, **options: object) -> Attention:
    options = {"attention": True} | options
    run = list(samscope.track(model, clip(), mask=mask(), **options))  # type: ignore[arg-type]
    found = run[frame].attention
    assert found is not None
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_shares_sum_to_one_and_reading_them_changes_no_bit(family: str) -> None:
    model = tracker(family)
    plain = list(samscope.track(model, clip(), mask=mask()))
    run = list(samscope.track(model, clip(), mask=mask(), attention=True))
    assert first_difference(plain, run) is None
    assert run[0].attention is None
    for seen in run[1:]:
        assert seen.attention is not None
        shares = seen.attention.shares
        assert shares.shape[1] == len(seen.attention.read)
        assert (shares.sum(dim=1) - 1).abs().max() <= 1e-6
        assert (seen.attention.of().sum(dim=1) - 1).abs().max() <= 1e-6
        assert seen.attention.maps is None


@pytest.mark.parametrize("mode", ["fast", "bf16"])
def test_shares_in_other_modes(mode: Mode) -> None:
    exact, other = attention_of(sam2_in("exact")), attention_of(sam2_in(mode))
    assert other.read == exact.read
    assert (other.shares.sum(dim=1) - 1).abs().max() <= 1e-6
    torch.testing.assert_close(other.shares, exact.shares, rtol=0, atol=3e-4 if mode == "fast" else 0.03)
    plain = list(samscope.track(sam2_in(mode), clip(), mask=mask()))
    read = list(samscope.track(sam2_in(mode), clip(), mask=mask(), attention=[(3, 3), (70, 40)]))
    assert first_difference(plain, read) is None


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_they_are_the_librarys_own_weights(mode: Mode) -> None:
    """Held against what eager attention gives, as training measures it: the share that pointers get."""
    model, eager = sam2_in(mode), sam2_in("exact")
    with readable_attention(eager.network), observed_attention(eager.network) as observed:
        list(samscope.track(eager, clip(), mask=mask()))
    run = list(samscope.track(model, clip(), mask=mask(), attention=True))
    for frame, seen in enumerate(run[1:]):
        assert seen.attention is not None
        pointers = [place for place, entry in enumerate(seen.attention.read) if entry.kind == "pointer"]
        ours = seen.attention.of()[:, pointers].sum(dim=1)
        theirs = torch.stack([layer[frame] for layer in observed.pointer])
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6 if mode == "exact" else 3e-4)


def test_what_is_read_is_named_in_the_order_in_which_it_is_laid_out() -> None:
    assert attention_of(tracker("sam2"), frame=3).read == (
        Read("memory", 0, 0),
        Read("memory", 1, 2),
        Read("memory", 2, 1),
        Read("pointer", 0, 3),
        Read("pointer", 2, 1),
        Read("pointer", 1, 2),
    )


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_maps_are_what_single_pixels_look_at(mode: Mode) -> None:
    attention = attention_of(sam2_in(mode), attention=[(0, 0), (79.5, 47.5), (30, 20)])
    assert attention.maps is not None
    memories = [entry for entry in attention.read if entry.kind == "memory"]
    assert attention.maps.shape == (2, 3, len(memories), 4, 4)
    for pixel, (row, column) in enumerate([(0, 0), (3, 3), (1, 1)]):
        sums = attention.maps[:, pixel].sum(dim=(-1, -2))
        of_place = attention.shares[:, : len(memories), row, column]
        torch.testing.assert_close(sums, of_place, rtol=1e-5, atol=1e-6)


def test_maps_of_edgetam_are_of_the_latents_that_lie_on_a_grid() -> None:
    attention = attention_of(tracker("edgetam"), attention=[(30, 20)])
    assert attention.maps is not None
    assert attention.maps.shape == (2, 1, 4, 16, 16)
    sums = attention.maps[:, 0].sum(dim=(-1, -2))
    assert (sums < attention.shares[:, :4, 6, 6]).all()
    assert (sums > 0).all()


def test_shares_of_parts_of_the_frame() -> None:
    attention = attention_of(tracker("sam2"))
    upper = np.zeros((8, 8), bool)
    upper[:4] = True
    torch.testing.assert_close(attention.of(upper), attention.shares[:, :, :2].mean(dim=(2, 3)))
    both = (attention.of(upper) + attention.of(torch.from_numpy(~upper))) / 2
    torch.testing.assert_close(both, attention.of())
    pixel = np.zeros((400, 400), bool)
    pixel[110, 390] = True
    torch.testing.assert_close(attention.of(pixel), attention.shares[:, :, 1, 3])
    with pytest.raises(UsageError, match="has no pixel"):
        attention.of(np.zeros((8, 8), bool))
    with pytest.raises(UsageError, match=r"float64 \[8, 8\]; expected bool \[H, W\]"):
        attention.of(np.zeros((8, 8)))


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_clips_together_look_as_each_alone(mode: Mode) -> None:
    model = sam2_in(mode)
    clips = [PromptedClip(clip(seed=seed), mask()) for seed in range(3)]
    alone = [list(samscope.track(model, own.frames, mask=own.mask, attention=True)) for own in clips]
    for together in track_together(model, clips, batch=3, attention=True):
        for place in together.clips:
            own, seen = alone[place][together.seen.frame_index].attention, together.seen.attention
            assert (own is None) == (seen is None)
            if own is not None and seen is not None:
                assert own.read == seen.read
                torch.testing.assert_close(seen.shares, own.shares, rtol=0, atol=3e-4)


def test_many_queries_are_read_some_after_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = attention_of(tracker("sam2"))
    monkeypatch.setattr("samscope.trackers.sam2.speed.memory_reading._QUERIES_AT_ONCE", 5)
    torch.testing.assert_close(attention_of(tracker("sam2")).shares, whole.shares, rtol=1e-5, atol=1e-7)
