"""One tracking step: SAM 2's submodules driven as the official predictor drives them.

Pure functions of the network, the frame and the memory bank; all tensors keep a batch dimension B, so that
clips at the same frame index can go together. Nothing here switches gradients off.

A family that is driven in the same way but for the form of its memories hands over how it stores them and
lays them out; what it does not hand over is SAM 2's.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Sam2VideoModel

from samscope.trackers.memory import Bank, Memory, MemoryBank, Pointer, Recall
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.speed.fast_memory_attention import FastMemoryAttention
from samscope.trackers.sam2.speed.piecewise_encoder import PiecewiseEncoder

NO_OBJECT_LOGIT = -1024.0
"""Mask logit of every pixel of a frame whose object score is at most 0."""

MASK_PROMPT_LOGIT = 10.0
"""A prompting mask becomes logits of plus and minus this; its frame's object score is plus this."""


Storing = Callable[[Sam2VideoModel, Tensor, Tensor], Tensor]
"""How a memory is stored: from the network, the memory encoder's output [B, 64, S/16, S/16], and whether the
object is taken as present, bool [B]; before it is rounded to bfloat16."""

LayingOut = Callable[[Sam2VideoModel, Tensor], tuple[Tensor, Tensor]]
"""How a stored memory is laid out for memory attention: from the network and the memory, in the network's own
precision, to tokens [N, B, 64] and their position encodings without age, [N, B, 64]."""

_HOOKING = threading.Lock()
"""Steps may be taken side by side, and PyTorch numbers hooks without a look at other threads."""


@dataclass(frozen=True, eq=False)
class EncodedFrame:
    """The image encoder's output for one frame; it depends on the frame alone.

    Attributes:
        pixels: float32 [B, 3, S, S], the frame that entered.
        image_embeddings: [B, C/8, S/4, S/4], position 1.
        half: [B, C/4, S/8, S/8], FPN level 1 after the decoder's conv_s1.
        top: [B, C, S/16, S/16], FPN level 2.
        top_position: [B, C, S/16, S/16], its sine position encoding.
    """

    pixels: Tensor
    image_embeddings: Tensor
    half: Tensor
    top: Tensor
    top_position: Tensor


@dataclass(frozen=True, eq=False)
class Decoded:
    """The mask decoder's answer.

    Attributes:
        mask_logits: [B, 1, S/4, S/4]; -1024 where the object score is at most 0.
        predicted_iou: [B], 0..1.
        object_score: [B], logits.
        present: bool [B], whether the object is taken as present: where the object score is above 0.
        pointer: [B, C], replaced by the no-object pointer where the object is not taken as present.
        pointer_ungated: [B, C], without that.
        prompt_conditioned: [B, C, S/16, S/16], position 3.
        candidate_logits: [B, M, S/4, S/4], all masks that were decoded (M is 3 or 1), without the -1024; for
            a prompting mask that of the pass that makes the pointer.
        candidate_ious: [B, M], their predicted IoUs, 0..1.
        appears: [B], logits of the object's presence as decoded; for a prompting mask that of the same pass.
    """

    mask_logits: Tensor
    predicted_iou: Tensor
    object_score: Tensor
    present: Tensor
    pointer: Tensor
    pointer_ungated: Tensor
    prompt_conditioned: Tensor
    candidate_logits: Tensor
    candidate_ious: Tensor
    appears: Tensor


@dataclass(frozen=True, eq=False)
class Step:
    """Everything that one step computed, and the bank that the next one reads.

    Attributes:
        frame: index of the frame.
        prompt: the frame's prompt, None on a tracked frame.
        encoded: the frame's encoding.
        memory_conditioned: [B, C, S/16, S/16], position 2; None on the prompted frame.
        decoded: the decoder's answer.
        memory_encoder_output: [B, 64, S/16, S/16] before it is given the form in which it is stored.
        memory: what is stored of the frame, position 5.
        bank: the memory bank with this frame in it.
    """

    frame: int
    prompt: Prompt | None
    encoded: EncodedFrame
    memory_conditioned: Tensor | None
    decoded: Decoded
    memory_encoder_output: Tensor
    memory: Memory
    bank: MemoryBank

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


def positions_of(
    encoded: EncodedFrame,
    memory_conditioned: Tensor | None,
    decoded: Decoded,
    memory_encoder_output: Tensor,
    memory: Memory,
) -> dict[str, Tensor | None]:
    """Return what a step computed at the positions of ``positions.POSITIONS``, by name."""
    return {
        "frame": encoded.pixels,
        "image_embeddings": encoded.image_embeddings,
        "memory_conditioned": memory_conditioned,
        "prompt_conditioned": decoded.prompt_conditioned,
        "object_pointer": decoded.pointer,
        "object_pointer_ungated": decoded.pointer_ungated,
        "memory_encoder_output": memory_encoder_output,
        "memory_features": memory.features,
    }


def store_map(network: Sam2VideoModel, output: Tensor, present: Tensor) -> Tensor:
    """Store a memory as SAM 2 does: the map itself, with SAM 2.1's embedding where the object is absent."""
    if network.occlusion_spatial_embedding_parameter is None:
        return output
    absent = (~present).to(output.dtype).reshape(-1, 1, 1, 1)
    marked: Tensor = output + absent * network.occlusion_spatial_embedding_parameter[..., None, None]
    return marked


def map_tokens(network: Sam2VideoModel, features: Tensor) -> tuple[Tensor, Tensor]:
    """Lay out a memory as SAM 2 does: one token a place of the map, each with the place's sine encoding."""
    spatial = network.memory_encoder.position_encoding(features.shape, features.device, features.dtype)
    return features.flatten(2).permute(2, 0, 1), spatial.flatten(2).permute(2, 0, 1)


def encode_frame(network: Sam2VideoModel, pixels: Tensor) -> EncodedFrame:
    """Run the image encoder.

    Args:
        network: the SAM 2.
        pixels: float32 [B, 3, S, S], preprocessed frames.
    """
    if isinstance(network.vision_encoder, PiecewiseEncoder):
        return EncodedFrame(pixels, *network.vision_encoder(pixels))
    seen = network.vision_encoder(pixels)
    full, half, top = seen.fpn_hidden_states
    decoder = network.mask_decoder
    return EncodedFrame(
        pixels, decoder.conv_s0(full), decoder.conv_s1(half), top, seen.fpn_position_encoding[-1]
    )


def first_step(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    prompt: Prompt,
    *,
    length: int | None = None,
    memory_stride: int = 1,
    present: Tensor | None = None,
    store: Storing = store_map,
) -> Step:
    """Take the prompted frame, index 0, into a new memory bank.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        prompt: a mask, points or a box.
        length: frames of the clip; it bounds the pointers' number and sets their time scale. None: unknown,
            SAM 2's maximum of 16 pointers.
        memory_stride: write every how-maniest frame into the bank, besides the latest.
        present: as in ``decode``; a prompting mask has no need of it.
        store: how the memory is stored.
    """
    if prompt.mask is not None:
        logits = functional.interpolate(
            (2 * prompt.mask - 1) * MASK_PROMPT_LOGIT,
            size=network.prompt_encoder.mask_input_size,
            mode="bilinear",
            align_corners=False,
            antialias=True,
        )
        decoded = mask_as_answer(network, encoded, logits, pointing_mask=prompt.mask)
    else:
        features = encoded.top + network.no_memory_embedding.reshape(1, -1, 1, 1)
        clicks = 0 if prompt.labels is None else prompt.labels.shape[1]
        several = wants_several_masks(network, clicks)
        decoded = decode(network, encoded, features, prompt, several_masks=several, present=present)
    output, memory = encode_memory(network, encoded, decoded, frame=0, prompted=True, store=store)
    most = network.config.max_object_pointers_in_encoder
    bank = MemoryBank(
        prompted=memory,
        prompted_pointer=Pointer(0, decoded.pointer),
        memories=network.config.num_maskmem,
        max_pointers=most if length is None else min(length, most),
        stride=memory_stride,
    )
    return Step(0, prompt, encoded, None, decoded, output, memory, bank)


def next_step(network: Sam2VideoModel, encoded: EncodedFrame, bank: MemoryBank, frame: int) -> Step:
    """Track the object into frame ``frame``, the one after the latest in the bank."""
    return answer(network, encoded, bank, frame, condition_on_memory(network, encoded, bank, frame))


def answer(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    bank: MemoryBank,
    frame: int,
    conditioned: Tensor,
    *,
    present: Tensor | None = None,
    store: Storing = store_map,
) -> Step:
    """Decode what memory attention gave [B, C, S/16, S/16] and remember it: the rest of ``next_step``.

    ``present`` is as in ``decode``, ``store`` as in ``first_step``.
    """
    several = wants_several_masks(network, 0)
    decoded = decode(network, encoded, conditioned, None, several_masks=several, present=present)
    output, memory = encode_memory(network, encoded, decoded, frame=frame, prompted=False, store=store)
    remembered = bank.remember(memory, Pointer(frame, decoded.pointer))
    return Step(frame, None, encoded, conditioned, decoded, output, memory, remembered)


def condition_on_memory(network: Sam2VideoModel, encoded: EncodedFrame, bank: Bank, frame: int) -> Tensor:
    """Return position 2: the frame's top features after memory attention, [B, C, S/16, S/16]."""
    return attend_to_memory(network, encoded, *memory_tokens(network, bank, frame))


def attend_to_memory(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    tokens: Tensor,
    positions: Tensor,
    pointer_tokens: int,
    **further: int,
) -> Tensor:
    """Run memory attention on tokens laid out as by ``memory_tokens``; returns [B, C, S/16, S/16].

    ``further`` is what else another family's memory attention asks for.
    """
    known = {"frame": encoded} if isinstance(network.memory_attention, FastMemoryAttention) else {}
    attended: Tensor = network.memory_attention(
        current_vision_features=encoded.top.flatten(2).permute(2, 0, 1),
        current_vision_position_embeddings=encoded.top_position.flatten(2).permute(2, 0, 1),
        memory=tokens,
        memory_posision_embeddings=positions,  # the library's spelling
        num_object_pointer_tokens=pointer_tokens,
        **known,
        **further,
    )
    return attended[0].transpose(1, 2).reshape(encoded.top.shape)


def memory_tokens(
    network: Sam2VideoModel, bank: Bank, frame: int, lay_out: LayingOut = map_tokens
) -> tuple[Tensor, Tensor, int]:
    """Lay out what the bank recalls as memory attention's keys.

    Memories come first, then the pointers, each cut into C/64 tokens, both in the order of ``Bank.recall``.
    Each memory's age is added to the positions that ``lay_out`` gives it.

    Returns:
        Tokens [N, B, 64], their position encodings [N, B, 64], and how many of them are pointers' tokens.
    """
    temporal = network.memory_temporal_positional_encoding
    recall = bank.recall(frame)
    tokens, positions = [], []
    for age, memory in recall.memories:
        laid_out, places = lay_out(network, memory.features.to(temporal.dtype))
        tokens.append(laid_out)
        positions.append(places + temporal[(age or network.num_maskmem) - 1])
    pointers, pointer_positions = _pointer_tokens(network, recall, bank.max_pointers - 1)
    return torch.cat([*tokens, pointers]), torch.cat([*positions, pointer_positions]), len(pointers)


def _pointer_tokens(network: Sam2VideoModel, recall: Recall, farthest: int) -> tuple[Tensor, Tensor]:
    """Cut pointers into tokens; their distances are encoded as shares of ``farthest``."""
    vectors = torch.stack([pointer.vector for _, pointer in recall.pointers])
    count, batch, channels = vectors.shape
    memory_channels = network.mem_dim
    pieces = channels // memory_channels
    tokens = vectors.reshape(count, batch, pieces, memory_channels).permute(0, 2, 1, 3).flatten(0, 1)
    if not network.config.enable_temporal_pos_encoding_for_object_pointers:
        return tokens, torch.zeros_like(tokens)
    distances = torch.tensor([distance for distance, _ in recall.pointers], device=vectors.device)
    encoding = _sine_encoding(distances / farthest, channels).to(vectors.dtype)
    positions = network.temporal_positional_encoding_projection_layer(encoding)
    positions = positions[:, None].expand(-1, batch, memory_channels).repeat_interleave(pieces, dim=0)
    return tokens, positions


def _sine_encoding(values: Tensor, channels: int, temperature: float = 10000.0) -> Tensor:
    """Sine and cosine encoding of scalars [N] in ``channels`` channels, as SAM 2 encodes a pointer's age."""
    half = channels // 2
    steps = torch.arange(half, dtype=torch.float32, device=values.device)
    angles = values[:, None] / temperature ** (2 * (steps // 2) / half)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def decode(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    features: Tensor,
    prompt: Prompt | None,
    *,
    several_masks: bool,
    mask_prompt: Tensor | None = None,
    present: Tensor | None = None,
) -> Decoded:
    """Run the prompt encoder and the mask decoder.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding; its finer levels are skip features.
        features: [B, C, S/16, S/16], what the decoder attends to.
        prompt: points, or None.
        several_masks: decode three masks and keep the one with the best predicted IoU, else one.
        mask_prompt: [B, 1, S/4, S/4] logits for the prompt encoder, or None.
        present: bool [B], what to take in the place of the object score's word. SAM 2 has no such thing; in
            training it keeps a score that is not yet learnt from emptying masks and memories.
    """
    batch = len(features)
    if prompt is None or prompt.points is None or prompt.labels is None:
        points = torch.zeros(batch, 1, 2, device=features.device)
        labels = -torch.ones(batch, 1, dtype=torch.int32, device=features.device)
    else:
        points, labels = prompt.points, prompt.labels
    sparse, dense = network.prompt_encoder(points[:, None], labels[:, None], None, mask_prompt)
    where = network.get_image_wide_positional_embeddings().expand(batch, -1, -1, -1)
    with _outputs_of(network.mask_decoder.transformer) as outputs:
        logits, ious, tokens, scores = network.mask_decoder(
            image_embeddings=features,
            image_positional_embeddings=where,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=several_masks,
            high_resolution_features=[encoded.image_embeddings, encoded.half],
        )
    image_side = outputs[0][1][:, 0].transpose(1, 2).reshape(features.shape)
    logits, ious, tokens, score = logits[:, 0], ious[:, 0], tokens[:, 0], scores[:, 0, 0]
    best = ious.argmax(dim=1)
    rows = torch.arange(batch, device=features.device)
    appears = score > 0 if present is None else present
    ungated = network.object_pointer_proj(tokens[rows, best])
    return Decoded(
        mask_logits=torch.where(appears[:, None, None], logits[rows, best], NO_OBJECT_LOGIT)[:, None].float(),
        predicted_iou=ious[rows, best],
        object_score=score,
        present=appears,
        pointer=_gate(network, ungated, appears),
        pointer_ungated=ungated,
        prompt_conditioned=image_side,
        candidate_logits=logits,
        candidate_ious=ious,
        appears=score,
    )


def mask_as_answer(
    network: Sam2VideoModel, encoded: EncodedFrame, mask_logits: Tensor, *, pointing_mask: Tensor
) -> Decoded:
    """Take a prompting mask as the answer itself; the decoder only makes the pointer, with a single mask.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        mask_logits: [B, 1, S/4, S/4], the answer's.
        pointing_mask: [B, 1, S, S], 0..1, the mask at the size that the network's own downsampling takes to
            the prompt encoder's; where none of it is above 0 the object is absent.
    """
    pointing = decode(
        network,
        encoded,
        encoded.top,
        None,
        several_masks=False,
        mask_prompt=network.mask_downsample(pointing_mask),
    )
    appears = pointing_mask.flatten(1).any(dim=1)
    return Decoded(
        mask_logits=mask_logits,
        predicted_iou=torch.ones_like(pointing.predicted_iou),
        object_score=torch.where(appears, MASK_PROMPT_LOGIT, -MASK_PROMPT_LOGIT),
        present=appears,
        pointer=_gate(network, pointing.pointer, appears),
        pointer_ungated=pointing.pointer_ungated,
        prompt_conditioned=pointing.prompt_conditioned,
        candidate_logits=pointing.candidate_logits,
        candidate_ious=pointing.candidate_ious,
        appears=pointing.appears,
    )


def _gate(network: Sam2VideoModel, pointer: Tensor, appears: Tensor) -> Tensor:
    """Return the pointer [B, C] where the object appears [B], else the learned no-object pointer."""
    return torch.where(appears[:, None], pointer, network.no_object_pointer)


def wants_several_masks(network: Sam2VideoModel, clicks: int) -> bool:
    """Tell whether SAM 2 decodes three masks for so many clicks (a box counts as two)."""
    settings = network.config
    few = settings.multimask_min_pt_num <= clicks <= settings.multimask_max_pt_num
    return bool(few and settings.multimask_output_in_sam and settings.multimask_output_for_tracking)


def encode_memory(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    decoded: Decoded,
    *,
    frame: int,
    prompted: bool,
    store: Storing = store_map,
    mask_side: int | None = None,
) -> tuple[Tensor, Memory]:
    """Run the memory encoder on a frame and its mask.

    On the prompted frame the mask is cut at 0 *after* it went through the decoder's resolution, also where
    the prompt was a mask of full resolution; on other frames its sigmoid is taken.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        decoded: its mask, and whether the object is taken as present.
        frame: its index.
        prompted: whether it was prompted.
        store: how the memory is stored.
        mask_side: to what side the mask is resized last, antialiased, for the memory encoder; None where
            the encoder takes masks of the image's size.

    Returns:
        The memory encoder's output [B, 64, S/16, S/16], and the memory as ``store`` gives it, rounded to
        bfloat16.
    """
    size = encoded.pixels.shape[-2:]
    logits = functional.interpolate(decoded.mask_logits, size=size, mode="bilinear", align_corners=False)
    mask = (logits > 0).to(logits.dtype) if prompted else logits.sigmoid()
    scale, bias = network.config.sigmoid_scale_for_mem_enc, network.config.sigmoid_bias_for_mem_enc
    mask = mask * scale + bias
    if mask_side is not None and mask.shape[-1] != mask_side:
        mask = functional.interpolate(
            mask, size=(mask_side, mask_side), mode="bilinear", align_corners=False, antialias=True
        )
    output, _ = network.memory_encoder(encoded.top, mask)
    stored = store(network, output, decoded.present)
    return output, Memory(frame, stored.to(torch.bfloat16))


@contextmanager
def _outputs_of(module: nn.Module) -> Iterator[list[Any]]:
    """Collect what a module returns in this thread while the context is open; its hook is always removed."""
    collected: list[Any] = []
    here = threading.get_ident()

    def collect(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if threading.get_ident() == here:
            collected.append(output)

    with _HOOKING:
        handle = module.register_forward_hook(collect)
    try:
        yield collected
    finally:
        with _HOOKING:
            handle.remove()
