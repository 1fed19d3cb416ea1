"""SAM 2's memory attention: laying out what is recalled, and reading it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import Sam2VideoModel

from samscope.trackers.devices import sent
from samscope.trackers.memory import KeyScales, Recall, held
from samscope.trackers.sam2.attention_notes import AttentionNotes, attend_noting
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.speed.fast_memory_attention import FastMemoryAttention

LayingOut = Callable[[Sam2VideoModel, Tensor], tuple[Tensor, Tensor]]
"""How a stored memory is laid out for memory attention: from the network and the memory, in the network's own
precision, to tokens [N, B, 64] and their position encodings without age, [N, B, 64]."""


def map_tokens(network: Sam2VideoModel, features: Tensor) -> tuple[Tensor, Tensor]:
    """Lay out a memory as SAM 2 does: one token a place of the map, each with the place's sine encoding."""
    spatial = network.memory_encoder.position_encoding(features.shape, features.device, features.dtype)
    return features.flatten(2).permute(2, 0, 1), spatial.flatten(2).permute(2, 0, 1)


def condition_on_memory(
    network: Sam2VideoModel, encoded: EncodedFrame, recall: Recall, notes: AttentionNotes | None = None
) -> Tensor:
    """Return position 2: the frame's top features after memory attention, [B, C, S/16, S/16].

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        recall: what is read.
        notes: where what is looked at is noted; None notes nothing.
    """
    return attend_to_memory(network, encoded, *memory_tokens(network, recall), notes=notes)


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
    counts, pointer_tokens = [len(laid_out) for laid_out in tokens], 0
    if recall.pointers:
        pointers, pointer_positions = _pointer_tokens(network, recall)
        tokens.append(pointers)
        positions.append(pointer_positions)
        pointer_tokens = len(pointers)
    keyed, placed = torch.cat(tokens), torch.cat(positions)
    if recall.scales is not None:
        placed = (keyed + placed) * _token_scales(recall.scales, counts, pointer_tokens, keyed) - keyed
    return keyed, placed, pointer_tokens


def _token_scales(scales: KeyScales, counts: Sequence[int], pointer_tokens: int, tokens: Tensor) -> Tensor:
    """Return the factor of each token [N, B, 1], of so many of each memory and of all pointers."""
    pieces = pointer_tokens // max(1, len(scales.pointers))
    repeats = torch.tensor([*counts, *(pieces for _ in scales.pointers)])
    count = sum(counts) + pointer_tokens
    of_all = torch.cat([scales.memories, scales.pointers]).repeat_interleave(
        repeats, dim=0, output_size=count
    )
    return sent(of_all[..., None].to(tokens.dtype), tokens.device)


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
    # Filled in on the device: for what is made on the host it would be waited for.
    fill = partial(torch.full, (), dtype=torch.int64, device=vectors.device)
    distances = torch.stack([fill(fill_value=distance) for distance, _ in recall.pointers])
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
    *,
    notes: AttentionNotes | None = None,
    grid_memories: int | None = None,
) -> Tensor:
    """Run memory attention on tokens laid out as by ``memory_tokens``; returns [B, C, S/16, S/16].

    What is looked at is noted where there are ``notes``; ``grid_memories`` is how many memories lie on a grid
    of their own, which EdgeTAM's memory attention asks for.
    """
    attention = network.memory_attention
    features = encoded.top.flatten(2).permute(2, 0, 1)
    places = encoded.top_position.flatten(2).permute(2, 0, 1)
    attended: Tensor
    if notes is not None and not isinstance(attention, FastMemoryAttention):
        attended = attend_noting(
            attention,
            features,
            places,
            tokens,
            positions,
            pointer_tokens=pointer_tokens,
            notes=notes,
            grid_memories=grid_memories,
        )
    else:
        further: dict[str, Any] = {}
        if isinstance(attention, FastMemoryAttention):
            further = {"frame": encoded, "notes": notes}
        elif grid_memories is not None:
            further = {"num_spatial_memory_tokens": grid_memories}
        attended = attention(
            current_vision_features=features,
            current_vision_position_embeddings=places,
            memory=tokens,
            memory_posision_embeddings=positions,  # the library's spelling
            num_object_pointer_tokens=pointer_tokens,
            **further,
        )
    return attended[0].transpose(1, 2).reshape(encoded.top.shape)
