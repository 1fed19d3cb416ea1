from collections.abc import Iterator

import pytest
import torch
from transformers import EdgeTamVideoModel

from samscope.trackers.edgetam.network import build_network, released_configuration
from samscope.trackers.edgetam.step import EDGETAM, latent_tokens
from samscope.trackers.memory import held
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.decoding import NO_OBJECT_LOGIT
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.memory_attention import memory_tokens
from samscope.trackers.sam2.step import Step, first_step, next_step

SIZE = 256


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def network() -> EdgeTamVideoModel:
    """Random weights, large enough that every part matters."""
    network = build_network(released_configuration(SIZE))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in sorted(network.state_dict().items()):
            if not value.is_floating_point():
                continue
            scale = value[0].numel() ** -0.5 if value.ndim > 1 else 0.1
            shift = (
                1.5 if name.endswith("running_var") else float(value.ndim == 1 and name.endswith("weight"))
            )
            noise = torch.randn(value.shape, generator=generator)
            value.copy_(shift + scale * (noise.abs() if name.endswith("running_var") else noise))
        network.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(2.0)
    return network.eval()


def clip(frames: int, batch: int = 1, seed: int = 1) -> torch.Tensor:
    return torch.randn(frames, batch, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


def mask(batch: int = 1) -> Prompt:
    masks = torch.zeros(batch, 1, SIZE, SIZE)
    for row in range(batch):
        masks[row, 0, 64 + 4 * row : 160, 40 : 160 - 4 * row] = 1
    return Prompt(mask=masks)


def run(network: EdgeTamVideoModel, pixels: torch.Tensor, prompt: Prompt) -> list[Step]:
    first = encode_frame(network, pixels[0])
    steps = [first_step(network, first, prompt, length=len(pixels), form=EDGETAM)]
    for frame in range(1, len(pixels)):
        encoded = encode_frame(network, pixels[frame])
        steps.append(next_step(network, encoded, steps[-1].bank, frame, form=EDGETAM))
    return steps


def test_clips_in_a_batch_are_tracked_as_alone(network: EdgeTamVideoModel) -> None:
    pixels, prompt = clip(3, batch=2), mask(2)
    assert prompt.mask is not None
    together = run(network, pixels, prompt)
    for row in range(2):
        alone = run(network, pixels[:, row : row + 1], Prompt(mask=prompt.mask[row : row + 1]))
        for batched, single in zip(together, alone, strict=True):
            for name in ("mask_logits", "pointer", "pointer_ungated", "object_score", "prompt_conditioned"):
                got, wanted = getattr(batched.decoded, name)[row], getattr(single.decoded, name)[0]
                torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-3)


def test_a_memory_is_512_latents_whatever_the_size_of_the_map(network: EdgeTamVideoModel) -> None:
    step = run(network, clip(1), mask())[0]
    assert step.memory_encoder_output.shape == (1, 64, 16, 16)
    assert step.memory_features.shape == (1, 512, 64)
    assert step.memory_features.dtype == torch.bfloat16
    larger = torch.randn(1, 64, 32, 32, generator=torch.Generator().manual_seed(2))
    latents, _ = network.spatial_perceiver(larger, torch.zeros_like(larger))
    assert latents.shape == (1, 512, 64)


def test_the_grid_alone_has_places(network: EdgeTamVideoModel) -> None:
    features = torch.randn(2, 512, 64, generator=torch.Generator().manual_seed(3))
    tokens, places = latent_tokens(network, features)
    assert torch.equal(tokens, features.transpose(0, 1))
    assert (places[:256] == 0).all()
    assert len(torch.unique(places[256:, 0], dim=0)) == 256


def test_the_bank_is_laid_out_in_the_official_order(network: EdgeTamVideoModel) -> None:
    recall = run(network, clip(3), mask())[-1].bank.recall(3)
    tokens, positions, pointer_tokens = memory_tokens(network, recall, latent_tokens)
    assert tokens.shape == positions.shape == (3 * 512 + 3 * 4, 1, 64)
    assert pointer_tokens == 3 * 4
    for place, (_, memory) in enumerate(recall.memories):
        assert torch.equal(tokens[place * 512 : (place + 1) * 512, 0], held(memory.features)[0].float())
    temporal = network.memory_temporal_positional_encoding[:, 0, 0]
    for place, age in enumerate((6, 1, 0)):
        assert torch.equal(positions[place * 512, 0], temporal[age])
    assert (positions[-pointer_tokens:] == 0).all()


def test_an_absent_object_gates_mask_and_pointer_and_leaves_memory_as_it_is(
    network: EdgeTamVideoModel,
) -> None:
    bias = network.mask_decoder.pred_obj_score_head.proj_out.bias
    before = bias.clone()
    bias.fill_(-100.0)
    try:
        step = run(network, clip(2), mask())[-1]
    finally:
        bias.copy_(before)
    assert not step.decoded.present.any()
    assert (step.decoded.mask_logits == NO_OBJECT_LOGIT).all()
    assert torch.equal(step.decoded.pointer, network.no_object_pointer)
    places = network.memory_encoder.position_encoding(
        step.memory_encoder_output.shape, step.memory_encoder_output.device, torch.float32
    )
    latents, _ = network.spatial_perceiver(step.memory_encoder_output, places)
    assert torch.equal(step.memory_features, latents.bfloat16())


def test_places_reach_the_latents_that_see_all_of_the_map_alone(network: EdgeTamVideoModel) -> None:
    output = torch.randn(1, 64, 16, 16, generator=torch.Generator().manual_seed(4))
    nowhere, _ = network.spatial_perceiver(output, torch.zeros_like(output))
    placed, _ = network.spatial_perceiver(output, torch.ones_like(output))
    assert not torch.allclose(nowhere[:, :256], placed[:, :256])
    assert torch.equal(nowhere[:, 256:], placed[:, 256:])
