from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from transformers import Sam2VideoModel

from samscope.trackers.memory import Bank, held
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.decoding import NO_OBJECT_LOGIT, Chosen
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.memory_attention import condition_on_memory, memory_tokens
from samscope.trackers.sam2.step import (
    Step,
    StepTensors,
    first_step,
    next_step,
    prompted_tensors,
    tracked_tensors,
)
from tests.small_model import small_network

pytestmark = pytest.mark.usefixtures("no_gradients")


@pytest.fixture
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def clip(frames: int = 5, batch: int = 1, seed: int = 1) -> torch.Tensor:
    return torch.randn(frames, batch, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


def mask(batch: int = 1) -> Prompt:
    masks = torch.zeros(batch, 1, 64, 64)
    for row in range(batch):
        masks[row, 0, 16 + row : 40, 10 : 40 - row] = 1
    return Prompt(mask=masks)


def run(network: Sam2VideoModel, pixels: torch.Tensor, prompt: Prompt, length: int | None = 5) -> list[Step]:
    steps = [first_step(network, encode_frame(network, pixels[0]), prompt, length=length)]
    for frame in range(1, len(pixels)):
        steps.append(next_step(network, encode_frame(network, pixels[frame]), steps[-1].bank, frame))
    return steps


@pytest.mark.parametrize("version_2_1", [False, True])
def test_clips_in_a_batch_are_tracked_as_alone(version_2_1: bool) -> None:
    network = small_network(version_2_1=version_2_1)
    pixels, prompt = clip(batch=3), mask(3)
    assert prompt.mask is not None
    together = run(network, pixels, prompt)
    for row in range(3):
        alone = run(network, pixels[:, row : row + 1], Prompt(mask=prompt.mask[row : row + 1]))
        for batched, single in zip(together, alone, strict=True):
            for name in ("mask_logits", "pointer", "pointer_ungated", "object_score", "prompt_conditioned"):
                got, wanted = getattr(batched.decoded, name)[row], getattr(single.decoded, name)[0]
                torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-3)


def test_a_fork_is_bit_equal_to_running_alone() -> None:
    network = small_network()
    trunk, left, right = clip(3, seed=1), clip(2, seed=2), clip(2, seed=3)
    shared = run(network, trunk, mask())
    for branch in (left, right):
        alone = run(network, torch.cat([trunk, branch]), mask())
        step = shared[-1]
        for offset, pixels in enumerate(branch):
            step = next_step(network, encode_frame(network, pixels), step.bank, len(trunk) + offset)
            assert torch.equal(step.decoded.mask_logits, alone[len(trunk) + offset].decoded.mask_logits)
            assert torch.equal(step.memory_features, alone[len(trunk) + offset].memory_features)


def test_no_hook_stays_behind() -> None:
    network = small_network()
    run(network, clip(2), mask())
    assert not network.mask_decoder.transformer._forward_hooks


def test_an_absent_object_gates_mask_pointer_and_memory() -> None:
    network = small_network(object_score_bias=-100.0)
    step = run(network, clip(3), mask())[-1]
    assert step.decoded.object_score.item() < 0
    assert (step.decoded.mask_logits == NO_OBJECT_LOGIT).all()
    assert torch.equal(step.decoded.pointer, network.no_object_pointer)
    assert not torch.equal(step.decoded.pointer_ungated, network.no_object_pointer)
    added = network.occlusion_spatial_embedding_parameter[..., None, None]
    assert torch.equal(step.memory_features, (step.memory_encoder_output + added).bfloat16())


def test_a_present_object_is_stored_as_encoded_but_for_rounding() -> None:
    step = run(small_network(object_score_bias=100.0), clip(2), mask())[-1]
    assert torch.equal(step.memory_features, step.memory_encoder_output.bfloat16())
    assert torch.equal(step.decoded.pointer, step.decoded.pointer_ungated)


def test_the_bank_is_laid_out_in_the_official_order() -> None:
    network = small_network()
    recall = run(network, clip(5), mask())[-1].bank.recall(5)
    tokens, positions, pointer_tokens = memory_tokens(network, recall)
    spatial = 4 * 4
    assert tokens.shape == positions.shape == (5 * spatial + 5, 1, 64)
    assert pointer_tokens == 5
    for place, (_, memory) in enumerate(recall.memories):
        kept = tokens[place * spatial : (place + 1) * spatial, 0].T.reshape(64, 4, 4)
        assert torch.equal(kept, held(memory.features)[0].float())
    temporal = network.memory_temporal_positional_encoding[:, 0, 0]
    first = positions[0, 0] - temporal[6]
    latest = positions[4 * spatial, 0] - temporal[0]
    torch.testing.assert_close(first, latest)
    for place, (_, memory) in enumerate(recall.pointers):
        assert torch.equal(tokens[5 * spatial + place, 0], held(memory.pointer)[0])


def test_sam_2_0_gives_pointers_no_time() -> None:
    network = small_network(version_2_1=False)
    recall = run(network, clip(3), mask())[-1].bank.recall(3)
    _, positions, pointer_tokens = memory_tokens(network, recall)
    assert (positions[-pointer_tokens:] == 0).all()


def test_gradients_flow_through_memory_when_asked_for() -> None:
    network = small_network()
    with torch.enable_grad():
        steps = run(network, clip(3), mask())
        torch.autograd.backward(steps[-1].decoded.mask_logits.sum())
    weight = network.memory_encoder.projection.weight
    assert weight.grad is not None
    assert weight.grad.abs().sum() > 0


def test_the_bank_never_grows() -> None:
    network = small_network()
    bank: Bank | None = None
    for step in run(network, clip(25), mask(), length=None):
        bank = step.bank
    assert bank is not None
    assert len(bank.tracked) == 15
    assert sum(kept.features is not None for kept in bank.tracked) == 6


def test_what_is_told_of_presence_takes_the_place_of_the_score() -> None:
    network = small_network(object_score_bias=-20.0)
    pixels = clip(2, batch=2)
    first = first_step(network, encode_frame(network, pixels[0]), mask(2))
    encoded = encode_frame(network, pixels[1])
    conditioned = condition_on_memory(network, encoded, first.bank.recall(1))
    silent = tracked_tensors(network, encoded, conditioned)
    told = tracked_tensors(
        network,
        encoded,
        conditioned,
        choose=lambda _logits, ious, _score: Chosen(ious.argmax(dim=1), torch.tensor([True, False])),
    )

    assert (silent.decoded.mask_logits == NO_OBJECT_LOGIT).all()
    assert (told.decoded.mask_logits[0] != NO_OBJECT_LOGIT).any()
    assert (told.decoded.mask_logits[1] == NO_OBJECT_LOGIT).all()
    assert torch.equal(told.decoded.pointer[0], told.decoded.pointer_ungated[0])
    assert torch.equal(told.decoded.pointer[1], silent.decoded.pointer[1])
    assert torch.equal(told.memory_encoder_output[1], silent.memory_encoder_output[1])
    assert torch.equal(told.memory_features[0], told.memory_encoder_output[0].to(torch.bfloat16))
    assert torch.equal(told.decoded.object_score, silent.decoded.object_score)


def test_earlier_logits_refine_clicks_within_their_bounds_and_memory_takes_the_place_of_its_absence() -> None:
    network = small_network()
    encoded = encode_frame(network, clip(1)[0])
    clicked = Prompt(points=torch.tensor([[[20.0, 30.0]]]), labels=torch.ones(1, 1, dtype=torch.int32))

    def answer(previous: float | None, conditioned: torch.Tensor | None = None) -> torch.Tensor:
        logits = None if previous is None else torch.full((1, 1, 16, 16), previous)
        prompt = replace(clicked, previous=logits)
        return prompted_tensors(network, encoded, prompt, conditioned=conditioned).decoded.mask_logits

    assert torch.equal(answer(50.0), answer(32.0))
    assert torch.equal(answer(NO_OBJECT_LOGIT), answer(-32.0))
    assert not torch.equal(answer(32.0), answer(-32.0))
    assert not torch.equal(answer(None), answer(-32.0))
    without_memory = encoded.top + network.no_memory_embedding.reshape(1, -1, 1, 1)
    assert torch.equal(answer(None, without_memory), answer(None))
    assert not torch.equal(answer(None, encoded.top), answer(None))


def test_a_memory_may_be_marked_as_one_without_the_object_whose_mask_is_kept() -> None:
    network = small_network()
    pixels = clip(2)
    first = first_step(network, encode_frame(network, pixels[0]), mask())
    encoded = encode_frame(network, pixels[1])
    conditioned = condition_on_memory(network, encoded, first.bank.recall(1))

    def told(stored: torch.Tensor | None) -> StepTensors:
        return tracked_tensors(
            network,
            encoded,
            conditioned,
            choose=lambda _logits, ious, _score: Chosen(ious.argmax(1), torch.tensor([True]), stored),
        )

    plain, marked = told(None), told(torch.tensor([False]))
    assert torch.equal(marked.decoded.mask_logits, plain.decoded.mask_logits)
    assert torch.equal(marked.decoded.pointer, plain.decoded.pointer)
    assert torch.equal(marked.memory_encoder_output, plain.memory_encoder_output)
    embedding = network.occlusion_spatial_embedding_parameter[..., None, None]
    assert torch.equal(marked.memory_features, (marked.memory_encoder_output + embedding).to(torch.bfloat16))
