from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from samscope.support.errors import UsageError
from samscope.trackers.prompt import Prompt, make_prompt
from samscope.trackers.rules.dam4sam import Dam4SamMemory
from samscope.trackers.sam2.decoding import by_predicted_iou
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.mask_prompts import as_mask
from samscope.trackers.sam2.step import sam2_prompted
from tests.small_model import small_model

SIZE = (48, 80)
BOX = [20, 10, 50, 30]


def encoded(model: Model) -> EncodedFrame:
    frame = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    return model.encode(model.preprocess(frame)[None])[0]


@pytest.mark.parametrize("told", [{"box": BOX}, {"points": [[30, 20]]}, {"points": [[30, 20]], "box": BOX}])
@pytest.mark.parametrize("object_score_bias", [2.0, -20.0])
def test_a_box_or_a_click_becomes_the_mask_of_the_models_answer(
    told: dict[str, Any], object_score_bias: float
) -> None:
    model = small_model(object_score_bias=object_score_bias)
    frame, prompt = encoded(model), make_prompt(SIZE, model.image_size, **told)
    with model.inference():
        made = as_mask(model.network, frame, prompt)
        _, answer = sam2_prompted(model.network, frame, prompt, by_predicted_iou)
    logits = answer.candidate_logits[0, answer.chosen[0]]
    mask = functional.interpolate(logits[None, None], size=SIZE, mode="bilinear", align_corners=False) > 0
    wanted = make_prompt(SIZE, model.image_size, mask=mask[0, 0].numpy())
    assert made.mask is not None
    assert wanted.mask is not None
    assert torch.equal(made.mask, wanted.mask)
    assert made.points is None
    assert made.frame_size == SIZE


def test_a_mask_stays_as_it_is() -> None:
    model = small_model()
    mask = np.zeros(SIZE, bool)
    mask[10:30, 20:50] = True
    prompt = make_prompt(SIZE, model.image_size, mask=mask)
    assert as_mask(model.network, encoded(model), prompt) is prompt


def test_a_rule_that_asks_for_it_is_prompted_by_the_mask() -> None:
    model = small_model().with_memory_rule(Dam4SamMemory())
    frame = encoded(model)
    prompt = make_prompt(SIZE, model.image_size, box=BOX)
    (step,) = model.start([frame], [prompt], length=2)
    assert step.prompt is not None
    assert step.prompt.mask is not None
    (plain,) = small_model().start([frame], [prompt], length=2)
    assert plain.prompt is not None
    assert plain.prompt.mask is None
    assert step.bank.frame_size == plain.bank.frame_size == SIZE


def test_an_answer_without_a_pixel_is_refused() -> None:
    model = small_model()
    with torch.no_grad():
        for masks in model.network.mask_decoder.output_hypernetworks_mlps:
            masks.proj_out.weight.zero_()
            masks.proj_out.bias.zero_()
    prompt = make_prompt(SIZE, model.image_size, box=BOX)
    with (
        model.inference(),
        pytest.raises(UsageError, match="the model finds no pixel of an object by it; give"),
    ):
        as_mask(model.network, encoded(model), prompt)


def test_a_prompt_that_does_not_tell_the_frames_size_is_an_error() -> None:
    model = small_model()
    prompt: Prompt = replace(make_prompt(SIZE, model.image_size, box=BOX), frame_size=None)
    with pytest.raises(ValueError, match="does not tell the size of the frames"):
        as_mask(model.network, encoded(model), prompt)
