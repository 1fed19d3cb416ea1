from collections.abc import Iterator

import pytest
import torch
from transformers import Sam3TrackerVideoModel

from samscope.trackers.memory import MemoryRule
from samscope.trackers.prompt import Prompt, make_prompt
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.sam3 import Sam3Memory
from samscope.trackers.sam2.decoding import NO_OBJECT_LOGIT
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import Step, first_step, next_step
from samscope.trackers.sam3.step import SAM3, encode_frame
from tests.small_sam3 import IMAGE_SIZE, small_sam3_network

pytestmark = pytest.mark.usefixtures("no_gradients")

SIDE = 4 * 4
"""Of masks as they are decoded."""


@pytest.fixture
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def clip(frames: int = 4, batch: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(frames, batch, 3, IMAGE_SIZE, IMAGE_SIZE, generator=generator)


def mask(batch: int = 1) -> Prompt:
    masks = torch.zeros(batch, 1, 30, 40)
    for row in range(batch):
        masks[row, 0, 5 + row : 21, 8 : 30 - row] = 1
    return Prompt(mask=masks)


def click(count: int = 1) -> Prompt:
    points = [[10 + place, 20] for place in range(count)]
    return make_prompt((30, 40), IMAGE_SIZE, points=points)


def prompted(network: Sam3TrackerVideoModel, encoded: EncodedFrame, prompt: Prompt) -> Step:
    return first_step(network, encoded, prompt, form=SAM3)


def run(
    network: Sam3TrackerVideoModel,
    pixels: torch.Tensor,
    prompt: Prompt,
    rule: MemoryRule = Sam2Memory(),  # noqa: B008  a frozen value
) -> list[Step]:
    encodings = [encode_frame(network, frame) for frame in pixels]
    steps = [first_step(network, encodings[0], prompt, length=len(pixels), rule=rule, form=SAM3)]
    for frame in range(1, len(pixels)):
        steps.append(next_step(network, encodings[frame], steps[-1].bank, frame, form=SAM3))
    return steps


@pytest.mark.parametrize("prompt", [mask(), click()], ids=["mask", "click"])
def test_shapes_of_a_track(prompt: Prompt) -> None:
    for step in run(small_sam3_network(), clip(), prompt):
        assert step.encoded.image_embeddings.shape == (1, 8, SIDE, SIDE)
        assert step.encoded.half.shape == (1, 16, SIDE // 2, SIDE // 2)
        assert step.decoded.mask_logits.shape == (1, 1, SIDE, SIDE)
        assert step.decoded.pointer.shape == (1, 64)
        assert step.memory_features.shape == (1, 64, SIDE // 4, SIDE // 4)
        assert step.memory_features.dtype == torch.bfloat16
        assert (step.recall is None) == (step.memory_conditioned is None) == (step.frame == 0)


def test_clips_in_a_batch_are_tracked_as_alone() -> None:
    network = small_sam3_network()
    pixels, prompt = clip(batch=2), mask(2)
    assert prompt.mask is not None
    together = run(network, pixels, prompt)
    for row in range(2):
        alone = run(network, pixels[:, row : row + 1], Prompt(mask=prompt.mask[row : row + 1]))
        for batched, single in zip(together, alone, strict=True):
            for name in ("mask_logits", "pointer", "object_score"):
                got, wanted = getattr(batched.decoded, name)[row], getattr(single.decoded, name)[0]
                torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-3)


def test_selection_changes_results_from_frame_2_on_though_every_frame_is_good() -> None:
    network, pixels = small_sam3_network(), clip()
    selected, latest = run(network, pixels, mask(), Sam3Memory()), run(network, pixels, mask())
    assert all(kept.score is not None and kept.score > 0.01 for kept in selected[-1].bank.tracked)
    equal = [
        torch.equal(one.decoded.mask_logits, other.decoded.mask_logits)
        for one, other in zip(selected, latest, strict=True)
    ]
    assert equal == [True, True, False, False]


def test_frames_without_the_object_are_passed_over() -> None:
    steps = run(small_sam3_network(object_score_bias=-50), clip(5), mask(), Sam3Memory())
    assert [kept.score for step in steps[1:] for kept in step.bank.tracked] == [0] * 4
    assert all((step.decoded.mask_logits == NO_OBJECT_LOGIT).all() for step in steps[1:])
    last = steps[-1].recall
    assert last is not None
    assert [memory.frame for _, memory in last.memories] == [0, 3]
    assert [pointer.frame for _, pointer in last.pointers] == [0]


def test_a_frame_without_the_object_is_marked_in_memory() -> None:
    network = small_sam3_network(object_score_bias=-50)
    step = run(network, clip(2), mask())[1]
    marked = step.memory_encoder_output + network.occlusion_spatial_embedding_parameter[..., None, None]
    assert torch.equal(step.memory_features, marked.bfloat16())
    assert torch.equal(step.decoded.pointer, network.no_object_pointer)


def test_a_prompting_mask_is_soft_for_the_pointer_and_hard_for_the_answer() -> None:
    network = small_sam3_network()
    encoded = encode_frame(network, clip(1)[0])
    taken: list[torch.Tensor] = []
    network.mask_downsample.register_forward_pre_hook(lambda _module, inputs: taken.append(inputs[0]))
    logits = prompted(network, encoded, mask()).decoded.mask_logits
    (pointing,) = taken
    assert pointing.shape == (1, 1, 4 * SIDE, 4 * SIDE)
    assert ((pointing > 0.01) & (pointing < 0.99)).any()
    assert (logits.min().item(), logits.max().item()) == (-1024, 1024)
    assert ((logits > -1023) & (logits < 1023)).any(), "cut before it is resized"


def test_memory_takes_a_hard_mask_of_the_prompted_frame_and_a_soft_one_of_others() -> None:
    network = small_sam3_network()
    taken: list[torch.Tensor] = []
    network.memory_encoder.register_forward_pre_hook(lambda _module, inputs: taken.append(inputs[1]))
    run(network, clip(2), click())
    hard, soft = taken
    assert hard.shape == soft.shape == (1, 1, 4 * SIDE, 4 * SIDE)
    assert (hard.abs() > 9.99).float().mean() > 0.75, "cut at the image's size, before the last resize"
    assert (soft.abs() < 9.9).any()


def test_of_many_points_the_first_and_last_eight_are_taken() -> None:
    network = small_sam3_network()
    encoded = encode_frame(network, clip(1)[0])
    step = prompted(network, encoded, click(25))
    assert step.prompt is not None
    assert step.prompt.points is not None
    columns = (step.prompt.points[0, :, 0] * 40 / IMAGE_SIZE - 10).round().int().tolist()
    assert columns == [*range(8), *range(17, 25)]
    sixteen = click(16)
    assert prompted(network, encoded, sixteen).prompt is sixteen
