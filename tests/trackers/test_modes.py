"""What each mode promises, on the built-in model and a made-up clip."""

import numpy as np
import pytest
import torch
from transformers import Sam2VideoModel

import samscope
from samscope.clips.synthetic.made_up import made_up_collection
from samscope.support.errors import UsageError
from samscope.trackers.modes import MODES, Mode
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, built_in_folder
from samscope.trackers.sam2.loading import Model, load_model
from samscope.trackers.sam2.speed.fast_memory_attention import FastMemoryAttention
from samscope.trackers.seen import Seen

FRAMES = 12


@pytest.fixture(scope="module")
def models() -> dict[Mode, Model]:
    return {mode: load_model(BUILT_IN_MODEL, mode=mode) for mode in MODES}


@pytest.fixture(scope="module")
def tracks(models: dict[Mode, Model]) -> dict[Mode, list[Seen]]:
    return {mode: tracked(model) for mode, model in models.items()}


def tracked(model: Model) -> list[Seen]:
    video = made_up_collection(frames=FRAMES, seed=3).videos[0]
    frames = np.stack([video.frame(index) for index in range(FRAMES)])
    return list(samscope.track(model, frames, mask=video.labels(0) == video.object_ids[0]))


def relative(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one.double() - other.double()).norm() / other.double().norm())


def test_fast_is_equal_within_a_hundred_thousandth(tracks: dict[Mode, list[Seen]]) -> None:
    """Some frames may be off by more: a last bit decides how an element of the stored memory rounds."""
    masks, pointers, equal = [], [], []
    for fast, exact in zip(tracks["fast"], tracks["exact"], strict=True):
        masks.append(relative(fast.mask_logits, exact.mask_logits))
        pointers.append(relative(fast.at("object_pointer_ungated"), exact.at("object_pointer_ungated")))
        equal.append((fast.mask == exact.mask).double().mean())
    for errors in (masks, pointers):
        assert np.median(errors) <= 1e-5
        assert max(errors) <= 5e-5
    assert torch.stack(equal).mean() >= 0.99999


def test_bf16_computes_in_bfloat16_and_is_off_by_its_rounding(tracks: dict[Mode, list[Seen]]) -> None:
    errors = [
        relative(bf16.at("object_pointer_ungated"), exact.at("object_pointer_ungated"))
        for bf16, exact in zip(tracks["bf16"], tracks["exact"], strict=True)
    ]
    assert 1e-4 < np.median(errors) < 0.1


def test_only_fast_has_another_memory_attention(models: dict[Mode, Model]) -> None:
    kinds = {mode: type(model.network.memory_attention) for mode, model in models.items()}
    assert [mode for mode, kind in kinds.items() if kind is FastMemoryAttention] == ["fast"]


def test_exact_is_the_librarys_own_modules_bit_for_bit(tracks: dict[Mode, list[Seen]]) -> None:
    """A network as the library loads it, with nothing of ours in it, gives the same track."""
    stock = Sam2VideoModel.from_pretrained(built_in_folder(), dtype=torch.float32).eval()
    model = Model(stock, "stock", stock.config.image_size, torch.device("cpu"))
    for ours, library in zip(tracks["exact"], tracked(model), strict=True):
        assert torch.equal(ours.mask_logits, library.mask_logits)
        assert torch.equal(ours.at("object_pointer"), library.at("object_pointer"))
        assert torch.equal(ours.at("memory_features"), library.at("memory_features"))


def test_weights_have_the_librarys_names_in_every_mode(models: dict[Mode, Model]) -> None:
    assert len({model.digest() for model in models.values()}) == 1


def test_a_mode_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="there is no mode 'quick'; the modes are exact, fast, bf16"):
        load_model(BUILT_IN_MODEL, mode="quick")  # type: ignore[arg-type]
