"""Memory attention with less arithmetic than the library's, equal to it within rounding."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Sam2VideoModel
from transformers.models.sam2_video.modeling_sam2_video import (
    Sam2VideoMemoryAttention,
    Sam2VideoMemoryAttentionLayer,
    Sam2VideoRoPEAttention,
)

from samscope.machine import processor_name
from samscope.models.matrix_products import fastest_library
from samscope.models.memory_reading import read_memory


class FastMemoryAttention(nn.Module):
    """The library's memory attention, for inference, in another order of operations.

    Memories are read at their own 64 channels and projected afterwards; rotary position encodings are complex
    factors, computed once; and what depends on a frame alone, the first layer's self-attention, is computed
    once a frame where the frame is named. It has the library's weights under their names.

    Args:
        attention: the library's module, whose parts it takes over.
    """

    def __init__(self, attention: Sam2VideoMemoryAttention) -> None:
        super().__init__()
        self.layers, self.layer_norm = attention.layers, attention.layer_norm
        self.rotary_emb, self.position_ids = attention.rotary_emb, attention.position_ids
        self._library = fastest_library(processor_name())
        self._known_turns: dict[torch.device, Tensor] = {}
        self._known_frames: WeakKeyDictionary[object, Tensor] = WeakKeyDictionary()
        self.train(attention.training)

    def forward(
        self,
        current_vision_features: Tensor,
        memory: Tensor,
        *,
        current_vision_position_embeddings: Tensor,
        memory_posision_embeddings: Tensor,  # the library's spelling
        num_object_pointer_tokens: int = 0,
        frame: object | None = None,
    ) -> Tensor:
        """Return the frame's features after attention to memory, float32 [1, B, N, C].

        Args:
            current_vision_features: float32 [N, B, C], N places of a frame.
            memory: float32 [M, B, 64], memory tokens, the pointers' last.
            current_vision_position_embeddings: float32 [N, B, C].
            memory_posision_embeddings: float32 [M, B, 64].
            num_object_pointer_tokens: how many of the tokens are pointers': they have no place to turn by.
            frame: stands for the frame: where it is the same object, the features are the same. None: a frame
                that is not known.
        """
        turns = self._turns()
        first, *others = self.layers
        hidden = None if frame is None else self._known_frames.get(frame)
        if hidden is None:
            placed = current_vision_features + 0.1 * current_vision_position_embeddings
            hidden = _attend_to_itself(first, placed.transpose(0, 1), turns)
            if frame is not None:
                self._known_frames[frame] = hidden
        tokens = memory.transpose(0, 1)
        recalled = _Recalled(
            tokens, tokens + memory_posision_embeddings.transpose(0, 1), num_object_pointer_tokens
        )
        hidden = self._read_and_think(first, hidden, recalled, turns)
        for layer in others:
            hidden = self._read_and_think(layer, _attend_to_itself(layer, hidden, turns), recalled, turns)
        normed: Tensor = self.layer_norm(hidden)
        return normed[None]

    def _read_and_think(
        self, layer: Sam2VideoMemoryAttentionLayer, hidden: Tensor, recalled: "_Recalled", turns: Tensor
    ) -> Tensor:
        """Return hidden features [B, N, C] after the layer's cross-attention and feed-forward network."""
        attention: Sam2VideoRoPEAttention = layer.cross_attn_image
        query = _turned(attention.q_proj(layer.layer_norm2(hidden)), turns) * attention.scaling
        key = attention.k_proj(recalled.placed)
        spatial = key.shape[1] - recalled.pointers
        turned = _turned(key[:, :spatial], turns.repeat(spatial // len(turns), 1))
        key = torch.cat([turned, key[:, spatial:]], dim=1)
        read = read_memory(query, key, recalled.tokens, self._library)
        hidden = hidden + attention.o_proj(attention.v_proj(read))
        thought: Tensor = layer.linear2(layer.activation(layer.linear1(layer.layer_norm3(hidden))))
        return hidden + thought

    def _turns(self) -> Tensor:
        """Return the rotary encoding as complex factors, complex64 [N, D/2]."""
        device = self.position_ids.device
        if device not in self._known_turns:
            with torch.inference_mode(mode=False), torch.no_grad():
                cosine, sine = self.rotary_emb(torch.empty(0, device=device), self.position_ids)
                turns = torch.complex(cosine[0, :, ::2].float(), sine[0, :, ::2].float())
            self._known_turns[device] = turns
        return self._known_turns[device]


@dataclass(frozen=True, eq=False)
class _Recalled:
    """Memory tokens [B, M, 64], the same with their place and age, and how many of the last are pointers'."""

    tokens: Tensor
    placed: Tensor
    pointers: int


def use_fast_memory_attention(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network attend to memory with less arithmetic; attention with several heads stays as it is.

    Returns:
        The same network.
    """
    attention = network.memory_attention
    one_head = network.config.memory_attention_num_attention_heads == 1
    if one_head and isinstance(attention, Sam2VideoMemoryAttention):
        network.memory_attention = FastMemoryAttention(attention)
    return network


def _attend_to_itself(layer: Sam2VideoMemoryAttentionLayer, hidden: Tensor, turns: Tensor) -> Tensor:
    """Return hidden features [B, N, C] plus the layer's self-attention."""
    attention: Sam2VideoRoPEAttention = layer.self_attn
    normed = layer.layer_norm1(hidden)
    query, key = (_turned(project(normed), turns) for project in (attention.q_proj, attention.k_proj))
    attended = functional.scaled_dot_product_attention(
        query[:, None], key[:, None], attention.v_proj(normed)[:, None], scale=attention.scaling
    )
    output: Tensor = attention.o_proj(attended[:, 0])
    return hidden + output


def _turned(values: Tensor, turns: Tensor) -> Tensor:
    """Turn neighbouring channels of values float32 [B, N, D] against each other by factors [N, D/2]."""
    pairs = torch.view_as_complex(values.float().reshape(*values.shape[:-1], -1, 2))
    turned: Tensor = torch.view_as_real(pairs * turns).flatten(-2)
    return turned
