"""Noting what memory attention looks at, layer by layer, without ever holding all of its weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers.models.edgetam_video.modeling_edgetam_video import apply_rotary_pos_emb_2d_cross_attn
from transformers.models.sam2_video.modeling_sam2_video import apply_rotary_pos_emb_2d

from samscope.support.machine import processor_name
from samscope.trackers.attention import Attention, Looking, Read
from samscope.trackers.devices import sent
from samscope.trackers.memory import Recall
from samscope.trackers.sam2.speed.matrix_products import fastest_library
from samscope.trackers.sam2.speed.memory_reading import read_memory


@dataclass(frozen=True, eq=False)
class LayerNotes:
    """What one layer looked at.

    Attributes:
        shares: float32 [B, N, E], of the attention of N places what each of E memories and pointers gets.
        looks: float32 [B, P, M], of the attention of P places what each of M tokens gets.
    """

    shares: Tensor
    looks: Tensor


@dataclass(frozen=True, eq=False)
class AttentionNotes:
    """What is noted of one pass through memory attention.

    Attributes:
        memories: how many memories are read.
        pointers: how many pointers are read.
        pieces: how many tokens each pointer is cut into.
        places: which of the frame's N places are looked from, for ``LayerNotes.looks``.
        layers: what was noted so far.
    """

    memories: int
    pointers: int
    pieces: int
    places: tuple[int, ...]
    layers: list[LayerNotes] = field(default_factory=list)

    def of_memories(self, tokens: int) -> int:
        """Return how many of so many tokens are memories', as many each; the last are pointers'."""
        return tokens - self.pointers * self.pieces

    def membership(self, tokens: int, device: torch.device) -> Tensor:
        """Return which memory or pointer each of so many tokens belongs to, float32 [M, E], 0 or 1."""
        each = self.of_memories(tokens) // max(1, self.memories)
        counts = sent(torch.tensor([each] * self.memories + [self.pieces] * self.pointers), device)
        each_its_own = torch.eye(self.memories + self.pointers, device=device)
        return each_its_own.repeat_interleave(counts, dim=0, output_size=tokens)


def places_of(looking: Looking, height: int, width: int) -> tuple[int, ...]:
    """Return the numbers of the places, on a map of so many, in which the pixels of ``looking`` lie."""
    return tuple(int(y * height) * width + int(x * width) for x, y in looking.places)


def noted_attention(
    notes: AttentionNotes,
    recall: Recall,
    row: int,
    size: Sequence[int],
    memory_grid: Callable[[Tensor], Tensor],
) -> Attention:
    """Return what was noted of one track of a batch.

    Args:
        notes: of the batch.
        recall: what the track read.
        row: its place in the batch.
        size: height and width of the frame's map of places.
        memory_grid: takes the map [..., h', w'] out of what goes to the tokens of a memory [..., N].
    """
    memories = [Read("memory", memory.frame, age) for age, memory in recall.memories]
    pointers = [Read("pointer", memory.frame, distance) for distance, memory in recall.pointers]
    shares = torch.stack([layer.shares[row].T for layer in notes.layers])
    maps = None
    if notes.places and notes.memories:
        looks = torch.stack([layer.looks[row] for layer in notes.layers])
        spatial = looks[..., : notes.of_memories(looks.shape[-1])]
        maps = memory_grid(spatial.reshape(*looks.shape[:2], notes.memories, -1))
    return Attention((*memories, *pointers), shares.reshape(*shares.shape[:2], *size), maps)


def attend_noting(
    attention: Any,
    features: Tensor,
    places: Tensor,
    tokens: Tensor,
    token_places: Tensor,
    *,
    pointer_tokens: int,
    notes: AttentionNotes,
    grid_memories: int | None = None,
) -> Tensor:
    """Run the library's memory attention, by its own operations in its own order, noting what it looks at.

    The weights are computed once more, some queries after the others, from the queries and keys that the
    layer has: what is returned is what the library's module returns, bit for bit.

    Args:
        attention: transformers' memory attention of SAM 2, SAM 3 or EdgeTAM.
        features: [N, B, C], the frame's.
        places: [N, B, C], their position encoding.
        tokens: [M, B, 64].
        token_places: [M, B, 64].
        pointer_tokens: how many of the tokens are pointers', the last.
        notes: what is noted is added to its ``layers``.
        grid_memories: in EdgeTAM, how many memories' keys lie on a grid of their own; None in others.

    Returns:
        [1, B, N, C], as the module.
    """
    hidden = (features + 0.1 * places).transpose(0, 1)
    memory = tokens.transpose(0, 1).unsqueeze(1)
    memory_places = token_places.transpose(0, 1).unsqueeze(1)
    turns = attention.rotary_emb(hidden, attention.position_ids)
    of_keys: dict[str, Any] = {}
    if grid_memories is not None:
        own_turns = attention.rotary_emb(hidden, attention.position_ids_k)
        of_keys = {"position_embeddings_k": own_turns, "rope_k_repeat": grid_memories}
    members = notes.membership(len(tokens), tokens.device)
    hidden = hidden.unsqueeze(1)
    for layer in attention.layers:
        query = layer.layer_norm1(hidden)
        seen, _ = layer.self_attn(query=query, key=query, value=query, position_embeddings=turns)
        hidden = hidden + layer.dropout1(seen)
        query, key = layer.layer_norm2(hidden), memory + memory_places
        read, _ = layer.cross_attn_image(
            query=query,
            key=key,
            value=memory,
            position_embeddings=turns,
            num_k_exclude_rope=pointer_tokens,
            **of_keys,
        )
        turned = _turned(
            layer.cross_attn_image, query, key, turns=turns, pointer_tokens=pointer_tokens, of_keys=of_keys
        )
        notes.layers.append(_noted(*turned, layer.cross_attn_image.scaling, members, notes.places))
        hidden = hidden + layer.dropout2(read)
        query = layer.layer_norm3(hidden)
        if hasattr(layer, "mlp"):
            thought = layer.mlp(query)
        else:
            thought = layer.linear2(layer.dropout(layer.activation(layer.linear1(query))))
        hidden = hidden + layer.dropout3(thought)
    normed: Tensor = attention.layer_norm(hidden).transpose(0, 1)
    return normed


def _turned(
    attention: Any,
    query: Tensor,
    key: Tensor,
    *,
    turns: tuple[Tensor, Tensor],
    pointer_tokens: int,
    of_keys: dict[str, Any],
) -> tuple[Tensor, Tensor]:
    """Return queries and keys [B, heads, ., D] as the layer multiplies them."""
    shape = (len(query), -1, attention.num_attention_heads, attention.head_dim)
    query = attention.q_proj(query).view(shape).transpose(1, 2)
    key = attention.k_proj(key).view(shape).transpose(1, 2)
    turned: tuple[Tensor, Tensor]
    if of_keys:
        turned = apply_rotary_pos_emb_2d_cross_attn(
            query,
            key,
            *turns,
            *of_keys["position_embeddings_k"],
            num_k_exclude_rope=pointer_tokens,
            repeat_freqs_k=of_keys["rope_k_repeat"],
        )
    else:
        turned = apply_rotary_pos_emb_2d(
            query, key, *turns, num_k_exclude_rope=pointer_tokens, repeat_freqs_k=attention.rope_k_repeat
        )
    return turned


@torch.no_grad()
def _noted(
    queries: Tensor, keys: Tensor, scaling: float, members: Tensor, places: Sequence[int]
) -> LayerNotes:
    """Return what queries [B, heads, N, D] look at among keys [B, heads, M, D], the mean of heads.

    Shares are attention itself, whose values say which token belongs to what.
    """
    with torch.autocast(queries.device.type, enabled=False):
        scaled = (scaling * queries.float()).flatten(0, 1)
        every_key = keys.float().flatten(0, 1)
        values = members.expand(len(scaled), -1, -1)
        shares = read_memory(scaled, every_key, values, fastest_library(processor_name()))
        looks = (scaled[:, list(places)] @ every_key.transpose(1, 2)).softmax(dim=2)
    shares, looks = (each.view(*queries.shape[:2], *each.shape[1:]).mean(dim=1) for each in (shares, looks))
    return LayerNotes(shares / shares.sum(dim=2, keepdim=True), looks)
