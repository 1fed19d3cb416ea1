"""SAM 2's mask decoder, as the official predictor drives it: masks, object score and pointer of a frame."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import Sam2VideoModel

from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.mask_decoder import attend_to_prompt, masks_of_tokens, offered
from samscope.trackers.sites import Editing, untouched

NO_OBJECT_LOGIT = -1024.0
"""Mask logit of every pixel of a frame whose object score is at most 0."""

MASK_PROMPT_LOGIT = 10.0
"""A prompting mask becomes logits of plus and minus this; its frame's object score is plus this."""


class Chosen(NamedTuple):
    """What is made of the decoded masks.

    Attributes:
        candidates: int64 [B], which are the answer.
        present: bool [B], whether the object is taken as present.
        stored_as_present: bool [B], whether the memory is stored as one of a present object; None: as
            ``present`` says.
    """

    candidates: Tensor
    present: Tensor
    stored_as_present: Tensor | None = None


Choosing = Callable[[Tensor, Tensor, Tensor], Chosen]
"""How masks are chosen: from their logits [B, M, S/4, S/4], their predicted IoUs [B, M] and the object score
[B]."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """The mask decoder's answer.

    Attributes:
        mask_logits: [B, 1, S/4, S/4]; -1024 where the object is not taken as present.
        predicted_iou: [B], 0..1.
        object_score: [B], logits.
        present: bool [B], whether the object is taken as present: in SAM 2 where the object score is above 0.
        stored_as_present: bool [B], whether the memory is stored as one of a present object, as ``present``
            in SAM 2.
        chosen: int64 [B], which of the candidates the answer is.
        pointer: [B, C], replaced by the no-object pointer where the object is not taken as present.
        pointer_ungated: [B, C], without that.
        prompt_conditioned: [B, C, S/16, S/16], position 3.
        candidate_logits: [B, M, S/4, S/4], all masks that were decoded (M is 3 or 1), without the -1024; for
            a prompting mask that of the pass that makes the pointer.
        candidate_ious: [B, M], their predicted IoUs, 0..1.
        appears: [B], logits of the object's presence as decoded; for a prompting mask that of the same pass.
        mask_tokens: [B, 4, C], the decoder's tokens of all its masks; of the same pass likewise.
    """

    mask_logits: Tensor
    predicted_iou: Tensor
    object_score: Tensor
    present: Tensor
    stored_as_present: Tensor
    chosen: Tensor
    pointer: Tensor
    pointer_ungated: Tensor
    prompt_conditioned: Tensor
    candidate_logits: Tensor
    candidate_ious: Tensor
    appears: Tensor
    mask_tokens: Tensor


@dataclass(frozen=True, eq=False)
class DecodedMasks:
    """What the mask decoder offers for a frame, before any of it is chosen.

    Attributes:
        logits: [B, M, S/4, S/4], M masks.
        ious: [B, M], their predicted IoUs, 0..1.
        tokens: [B, M, C], what a pointer is made of.
        object_score: [B], logits.
        prompt_conditioned: [B, C, S/16, S/16], position 3.
        mask_tokens: [B, 4, C], the decoder's tokens of all its masks.
    """

    logits: Tensor
    ious: Tensor
    tokens: Tensor
    object_score: Tensor
    prompt_conditioned: Tensor
    mask_tokens: Tensor


def by_predicted_iou(_logits: Tensor, ious: Tensor, object_score: Tensor) -> Chosen:
    """Choose as SAM 2 does: the mask of the best predicted IoU, of an object that is there by its score."""
    return Chosen(ious.argmax(dim=1), object_score > 0)


def decode(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    features: Tensor,
    prompt: Prompt | None,
    *,
    several_masks: bool,
    mask_prompt: Tensor | None = None,
    choose: Choosing = by_predicted_iou,
    edit: Editing = untouched,
) -> Decoded:
    """Run the prompt encoder and the mask decoder, and choose the answer.

    Args:
        network: the SAM 2.
        encoded: as for ``decode_masks``, like those that follow.
        features: what the decoder attends to.
        prompt: points, or None.
        several_masks: decode three masks, else one.
        mask_prompt: logits for the prompt encoder, or None.
        choose: which of the masks is the answer, and whether the object is taken as present.
        edit: what is done at the sites on the way.
    """
    masks = decode_masks(
        network, encoded, features, prompt, several_masks=several_masks, mask_prompt=mask_prompt, edit=edit
    )
    return answer_of(network, masks, choose(masks.logits, masks.ious, masks.object_score), edit)


def decode_masks(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    features: Tensor,
    prompt: Prompt | None,
    *,
    several_masks: bool,
    mask_prompt: Tensor | None = None,
    edit: Editing = untouched,
) -> DecodedMasks:
    """Run the prompt encoder and the mask decoder.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding; its finer levels are skip features.
        features: [B, C, S/16, S/16], what the decoder attends to.
        prompt: points, or None.
        several_masks: decode three masks, else one.
        mask_prompt: [B, 1, S/4, S/4] logits for the prompt encoder, or None.
        edit: what is done at the sites on the way.
    """
    batch = len(features)
    if prompt is None or prompt.points is None or prompt.labels is None:
        points = torch.zeros(batch, 1, 2, device=features.device)
        labels = -torch.ones(batch, 1, dtype=torch.int32, device=features.device)
    else:
        points, labels = prompt.points, prompt.labels
    sparse, dense = network.prompt_encoder(points[:, None], labels[:, None], None, mask_prompt)
    where = network.get_image_wide_positional_embeddings().expand(batch, -1, -1, -1)
    decoder = network.mask_decoder
    tokens, image_side = attend_to_prompt(decoder, features, where, sparse, dense)
    image_side = edit("prompt_conditioned", image_side)
    mask_tokens = edit("mask_tokens", tokens[:, 2 : 2 + decoder.num_mask_tokens])
    every_mask = masks_of_tokens(decoder, mask_tokens, image_side, encoded.half, encoded.image_embeddings)
    every_iou = decoder.iou_prediction_head(tokens[:, None, 1])[:, 0]
    score = edit("object_score", decoder.pred_obj_score_head(tokens[:, None, 0])[:, 0, 0])
    logits, ious, pointing = offered(decoder, every_mask, every_iou, mask_tokens, several=several_masks)
    return DecodedMasks(logits, ious, pointing, score, image_side, mask_tokens)


def answer_of(
    network: Sam2VideoModel,
    masks: DecodedMasks,
    chosen: Chosen,
    edit: Editing = untouched,
) -> Decoded:
    """Return the answer that one of the decoded masks is.

    Args:
        network: the SAM 2.
        masks: what the decoder offers.
        chosen: which of them it is, and whether the object is taken as present.
        edit: what is done at the sites on the way.
    """
    candidates, present, stored_as_present = chosen
    rows = torch.arange(len(candidates), device=candidates.device)
    pointer = network.object_pointer_proj(masks.tokens[rows, candidates])
    ungated = edit("object_pointer_ungated", pointer)
    logits = torch.where(present[:, None, None], masks.logits[rows, candidates], NO_OBJECT_LOGIT)
    return Decoded(
        mask_logits=logits[:, None].float(),
        predicted_iou=masks.ious[rows, candidates],
        object_score=masks.object_score,
        present=present,
        stored_as_present=present if stored_as_present is None else stored_as_present,
        chosen=candidates,
        pointer=edit("object_pointer", _gate(network, ungated, present)),
        pointer_ungated=ungated,
        prompt_conditioned=masks.prompt_conditioned,
        candidate_logits=masks.logits,
        candidate_ious=masks.ious,
        appears=masks.object_score,
        mask_tokens=masks.mask_tokens,
    )


def mask_as_answer(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    mask_logits: Tensor,
    *,
    pointing_mask: Tensor,
    edit: Editing = untouched,
) -> Decoded:
    """Take a prompting mask as the answer itself; the decoder only makes the pointer, with a single mask.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        mask_logits: [B, 1, S/4, S/4], the answer's.
        pointing_mask: [B, 1, S, S], 0..1, the mask at the size that the network's own downsampling takes to
            the prompt encoder's; where none of it is above 0 the object is absent.
        edit: what is done at the sites on the way; the score that is edited is the answer's.
    """

    def edit_within(site: str, tensor: Tensor) -> Tensor:
        return tensor if site in {"object_score", "object_pointer"} else edit(site, tensor)

    pointing = decode(
        network,
        encoded,
        encoded.top,
        None,
        several_masks=False,
        mask_prompt=network.mask_downsample(pointing_mask),
        edit=edit_within,
    )
    has_pixels = pointing_mask.flatten(1).any(dim=1)
    score = edit("object_score", torch.where(has_pixels, MASK_PROMPT_LOGIT, -MASK_PROMPT_LOGIT))
    appears = score > 0
    return Decoded(
        mask_logits=mask_logits,
        predicted_iou=torch.ones_like(pointing.predicted_iou),
        object_score=score,
        present=appears,
        stored_as_present=appears,
        chosen=pointing.chosen,
        pointer=edit("object_pointer", _gate(network, pointing.pointer, appears)),
        pointer_ungated=pointing.pointer_ungated,
        prompt_conditioned=pointing.prompt_conditioned,
        candidate_logits=pointing.candidate_logits,
        candidate_ious=pointing.candidate_ious,
        appears=pointing.appears,
        mask_tokens=pointing.mask_tokens,
    )


def _gate(network: Sam2VideoModel, pointer: Tensor, appears: Tensor) -> Tensor:
    """Return the pointer [B, C] where the object appears [B], else the learned no-object pointer."""
    return torch.where(appears[:, None], pointer, network.no_object_pointer)


def wants_several_masks(network: Sam2VideoModel, clicks: int) -> bool:
    """Tell whether SAM 2 decodes three masks for so many clicks (a box counts as two)."""
    settings = network.config
    few = settings.multimask_min_pt_num <= clicks <= settings.multimask_max_pt_num
    return bool(few and settings.multimask_output_in_sam and settings.multimask_output_for_tracking)
