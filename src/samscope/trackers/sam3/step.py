"""One tracking step of SAM 3's tracker, as the official predictor takes it.

Its modules are those of SAM 2 but for the image encoder, and are driven by the same functions
(``sam2/step.py``); here is what differs. With T = S/14, the tokens along a side of the image, masks are
decoded at 4T and enter the memory encoder, and the network's own downsampling, at 16T.

Pure functions of the network, the frame and the memory bank; tensors keep a batch dimension B, which is 1
under the memory selection. Nothing here switches gradients off. Officially memory attention reads the four
closest of several prompted frames; the banks have one prompted frame, so that this limit is never met.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Sam3TrackerVideoModel

from samscope.trackers.memory import Memory, MemoryBank, Pointer, Recall
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.step import (
    Decoded,
    EncodedFrame,
    condition_on_memory,
    decode,
    encode_memory,
    mask_as_answer,
    positions_of,
    wants_several_masks,
)
from samscope.trackers.sam3.selection import (
    OFFICIAL_SELECTION,
    Candidate,
    MemorySelection,
    SelectingBank,
    selection_score,
)

PROMPT_MASK_LOGIT = 1024.0
"""A prompting mask becomes logits of plus and minus this at the clip's size, before it is resized."""

MOST_POINTS = 16
"""Points of a prompt that are taken: of more, the first and the last eight."""


@dataclass(frozen=True, eq=False)
class Sam3Step:
    """Everything that one step computed, and the bank that the next one reads.

    Attributes:
        frame: index of the frame.
        prompt: the frame's prompt, None on a tracked frame.
        encoded: the frame's encoding; its levels are of sides 4T, 2T and T.
        recall: what memory attention read; None on the prompted frame.
        memory_conditioned: [B, C, T, T], position 2; None on the prompted frame.
        decoded: the decoder's answer.
        memory_encoder_output: [B, 64, T, T] before the no-object embedding and rounding.
        memory: what is stored of the frame, position 5.
        selection_score: [B], how good the frame is to remember, 0..1; None on the prompted frame, which is
            remembered in any case.
        bank: the memory bank with this frame in it.
    """

    frame: int
    prompt: Prompt | None
    encoded: EncodedFrame
    recall: Recall | None
    memory_conditioned: Tensor | None
    decoded: Decoded
    memory_encoder_output: Tensor
    memory: Memory
    selection_score: Tensor | None
    bank: MemoryBank | SelectingBank

    @property
    def answer(self) -> Decoded:
        """What the tracker says of the frame."""
        return self.decoded

    @property
    def positions(self) -> dict[str, Tensor | None]:
        """The tensors at the positions of ``positions.POSITIONS``, by name."""
        return positions_of(
            self.encoded, self.memory_conditioned, self.decoded, self.memory_encoder_output, self.memory
        )


def encode_frame(network: Sam3TrackerVideoModel, pixels: Tensor) -> EncodedFrame:
    """Run the image encoder.

    Args:
        network: SAM 3's tracker.
        pixels: float32 [B, 3, S, S], preprocessed frames.
    """
    seen = network.vision_encoder(pixels)
    full, half, top = seen.fpn_hidden_states[:3]  # the fourth level is the detector's affair
    decoder = network.mask_decoder
    return EncodedFrame(
        pixels, decoder.conv_s0(full), decoder.conv_s1(half), top, seen.fpn_position_encoding[2]
    )


def first_step(
    network: Sam3TrackerVideoModel,
    encoded: EncodedFrame,
    prompt: Prompt,
    *,
    length: int | None = None,
    selection: MemorySelection | None = OFFICIAL_SELECTION,
) -> Sam3Step:
    """Take the prompted frame, index 0, into a new memory bank.

    Args:
        network: SAM 3's tracker.
        encoded: the frame's encoding.
        prompt: a mask, float32 [B, 1, H, W] of 0 and 1 *at the clip's own size*; or points or a box, in the
            model's pixels.
        length: frames of the clip; it bounds the pointers' number and sets their time scale. None: unknown,
            SAM 3's maximum of 16 pointers.
        selection: how later frames are chosen to be remembered; None for the latest ones, as in SAM 2.

    Raises:
        ValueError: a batch of several under the memory selection.
    """
    if selection is not None and len(encoded.top) != 1:
        raise ValueError(f"memory selection is of one clip at a time, not of a batch of {len(encoded.top)}")
    if prompt.mask is not None:
        decoded = _prompted_by_mask(network, encoded, prompt.mask)
    else:
        prompt = _with_most_points(prompt)
        features = encoded.top + network.no_memory_embedding.reshape(1, -1, 1, 1)
        clicks = 0 if prompt.labels is None else prompt.labels.shape[1]
        decoded = decode(
            network, encoded, features, prompt, several_masks=wants_several_masks(network, clicks)
        )
    output, memory = encode_memory(
        network, encoded, decoded, frame=0, prompted=True, mask_side=_fine_side(network)
    )
    pointer = Pointer(0, decoded.pointer)
    most = network.config.max_object_pointers_in_encoder
    pointers = most if length is None else min(length, most)
    memories = network.config.num_maskmem
    bank: MemoryBank | SelectingBank
    if selection is None:
        bank = MemoryBank(memory, pointer, memories=memories, max_pointers=pointers)
    else:
        bank = SelectingBank(memory, pointer, selection=selection, memories=memories, max_pointers=pointers)
    return Sam3Step(0, prompt, encoded, None, None, decoded, output, memory, None, bank)


def next_step(
    network: Sam3TrackerVideoModel, encoded: EncodedFrame, bank: MemoryBank | SelectingBank, frame: int
) -> Sam3Step:
    """Track the object into frame ``frame``, the one after the latest in the bank."""
    conditioned = condition_on_memory(network, encoded, bank, frame)
    several = wants_several_masks(network, 0)
    decoded = decode(network, encoded, conditioned, None, several_masks=several)
    output, memory = encode_memory(
        network, encoded, decoded, frame=frame, prompted=False, mask_side=_fine_side(network)
    )
    pointer = Pointer(frame, decoded.pointer)
    score = selection_score(decoded.predicted_iou, decoded.object_score)
    remembered: MemoryBank | SelectingBank
    if isinstance(bank, SelectingBank):
        remembered = bank.remember(Candidate(memory, pointer, score.item()))
    else:
        remembered = bank.remember(memory, pointer)
    return Sam3Step(
        frame, None, encoded, bank.recall(frame), conditioned, decoded, output, memory, score, remembered
    )


def _prompted_by_mask(network: Sam3TrackerVideoModel, encoded: EncodedFrame, mask: Tensor) -> Decoded:
    """Take a prompting mask [B, 1, H, W] as the answer; soft for the pointer, cut for the answer."""
    logits = (2 * (mask > 0.5).to(mask.dtype) - 1) * PROMPT_MASK_LOGIT
    return mask_as_answer(
        network,
        encoded,
        _resized(logits, network.prompt_encoder.mask_input_size[0]),
        pointing_mask=_resized(mask, _fine_side(network)),
    )


def _resized(values: Tensor, side: int) -> Tensor:
    return functional.interpolate(
        values, size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )


def _fine_side(network: Sam3TrackerVideoModel) -> int:
    """Return 16T, the side of masks for the memory encoder."""
    decoded: int = network.prompt_encoder.mask_input_size[0]
    return 4 * decoded


def _with_most_points(prompt: Prompt) -> Prompt:
    """Drop points from the middle of a prompt that has too many."""
    if prompt.points is None or prompt.labels is None or prompt.labels.shape[1] <= MOST_POINTS:
        return prompt
    half = MOST_POINTS // 2

    def ends(values: Tensor) -> Tensor:
        return torch.cat([values[:, :half], values[:, -half:]], dim=1)

    return replace(prompt, points=ends(prompt.points), labels=ends(prompt.labels))
