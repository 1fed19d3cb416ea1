"""SAM 2's memory attention: laying out what is recalled, and reading it."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import Sam2VideoModel

from samscope.trackers.memory import KeyScales, Recall, held
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.speed.fast_memory_attention import FastMemoryAttention

LayingOut = Callable[[Sam2VideoModel, Tensor], tuple[Tensor, Tensor]]
"""How a stored memory is laid out for memory attention: from the network and the memory, in the network's own
precision, to tokens [N, B, 64] and their position encodings without age, [N, B, 64]."""


def map_tokens(network: Sam2VideoModel, features: Tensor) -> tuple[Tensor, Tensor]:
    """Lay out a memory as SAM 2 does: one token a place of the map, each with the place's sine encoding."""
    spatial = network.memory_encoder.position_encoding(features.shape, features.device, features.dtype)
    return features.flatten(2).permute(2, 0, 1), spatial.flatten(2).permute(2, 0, 1)


def condition_on_memory(network: Sam2VideoModel, encoded: EncodedFrame, recall: Recall) -> Tensor:
    """Return position 2: the frame's top features after memory attention, [B, C, S/16, S/16]."""
    return attend_to_memory(network, encoded, *memory_tokens(network, recall))


def memory_tokens(
    network: Sam2VideoModel, recall: Recall, lay_out: LayingOut = map_tokens
) -> tuple[Tensor, Tensor, int]:
    """Lay out what is recalled as memory attention's keys.

    Memories come first, then the pointers, each cut into C/64 tokens, both in the order of the recall.
    Each memory's age is added to the positions that ``lay_out`` gives it. Where keys are scaled, positions
    make up for it: attention takes the sum of both for keys, and the tokens alone for values.

    Returns:
        Tokens [N, B, 64], their position encodings [N, B, 64], and how many of them are pointers' tokens.
    """
    temporal = network.memory_temporal_positional_encoding
    tokens, positions = [], []
    for age, memory in recall.memories:
        laid_out, places = lay_out(network, held(memory.features).to(temporal.dtype))
        tokens.append(laid_out)
        positions.append(places + temporal[(age or network.num_maskmem) - 1])
    pointers, pointer_positions = _pointer_tokens(network, recall)
    keyed, placed = torch.cat([*tokens, pointers]), torch.cat([*positions, pointer_positions])
    if recall.scales is not None:
        counts = [len(laid_out) for laid_out in tokens]
        placed = (keyed + placed) * _token_scales(recall.scales, counts, len(pointers), keyed) - keyed
    return keyed, placed, len(pointers)


def _token_scales(scales: KeyScales, counts: Sequence[int], pointer_tokens: int, tokens: Tensor) -> Tensor:
    """Return the factor of each token [N, B, 1], of so many of each memory and of all pointers."""
    pieces = pointer_tokens // len(scales.pointers)
    repeats = torch.tensor([*counts, *(pieces for _ in scales.pointers)])
    of_all = torch.cat([scales.memories, scales.pointers]).repeat_interleave(repeats, dim=0)
    return of_all[..., None].to(tokens.device, tokens.dtype)


def _pointer_tokens(network: Sam2VideoModel, recall: Recall) -> tuple[Tensor, Tensor]:
    """Cut pointers into tokens; their distances are encoded as shares of the farthest.

    A frame before the first prompt reads no pointer.
    """
    if not recall.pointers:
        batch = len(held(recall.memories[0][1].features))
        nothing = network.memory_temporal_positional_encoding.new_empty(0, batch, network.mem_dim)
        return nothing, nothing
    vectors = torch.stack([held(memory.pointer) for _, memory in recall.pointers])
    count, batch, channels = vectors.shape
    memory_channels = network.mem_dim
    pieces = channels // memory_channels
    tokens = vectors.reshape(count, batch, pieces, memory_channels).permute(0, 2, 1, 3).flatten(0, 1)
    if not network.config.enable_temporal_pos_encoding_for_object_pointers:
        return tokens, torch.zeros_like(tokens)
    distances = torch.tensor([distance for distance, _ in recall.pointers], device=vectors.device)
    encoding = _sine_encoding(distances / max(1, recall.farthest), channels).to(vectors.dtype)
    positions = network.temporal_positional_encoding_projection_layer(encoding)
    positions = positions[:, None].expand(-1, batch, memory_channels).repeat_interleave(pieces, dim=0)
    return tokens, positions


def _sine_encoding(values: Tensor, channels: int, temperature: float = 10000.0) -> Tensor:
    """Sine and cosine encoding of scalars [N] in ``channels`` channels, as SAM 2 encodes a pointer's age."""
    half = channels // 2
    steps = torch.arange(half, dtype=torch.float32, device=values.device)
    angles = values[:, None] / temperature ** (2 * (steps // 2) / half)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


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
    of_frame = {"frame": encoded} if isinstance(network.memory_attention, FastMemoryAttention) else {}
    attended: Tensor = network.memory_attention(
        current_vision_features=encoded.top.flatten(2).permute(2, 0, 1),
        current_vision_position_embeddings=encoded.top_position.flatten(2).permute(2, 0, 1),
        memory=tokens,
        memory_posision_embeddings=positions,  # the library's spelling
        num_object_pointer_tokens=pointer_tokens,
        **of_frame,
        **further,
    )
    return attended[0].transpose(1, 2).reshape(encoded.top.shape)
