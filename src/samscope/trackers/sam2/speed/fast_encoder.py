"""The image encoder without the work that does not show in its output."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Sam2VideoModel
from transformers.models.sam2.modeling_sam2 import (
    ALL_ATTENTION_FUNCTIONS,
    Sam2HieraDetModel,
    Sam2HieraDetModelOutput,
    Sam2MultiScaleAttention,
    do_pool,
    eager_attention_forward,
)


class LeanWindowAttention(nn.Module):
    """The library's window attention without a product of queries and keys that it computes and never reads.

    It has the library's weights under their names; its output and its gradients are the same, bit for bit.

    Args:
        attention: the library's module, whose parts it takes over.
    """

    def __init__(self, attention: Sam2MultiScaleAttention) -> None:
        super().__init__()
        self.config, self.query_stride = attention.config, attention.query_stride
        self.num_attention_heads, self.scale = attention.num_attention_heads, attention.scale
        self.qkv, self.proj = attention.qkv, attention.proj
        self.is_causal = False
        self.train(attention.training)

    def forward(self, hidden_states: Tensor, **options: Any) -> Tensor:
        """Return attention within windows [B, H, W, C], as the library's module does."""
        batch, height, width, _ = hidden_states.shape
        projected = self.qkv(hidden_states).reshape(batch, height * width, 3, self.num_attention_heads, -1)
        query, key, value = projected.unbind(2)
        if self.query_stride:
            pooled = do_pool(query.reshape(batch, height, width, -1), self.query_stride)
            height, width = pooled.shape[1:3]
            query = pooled.reshape(batch, height * width, self.num_attention_heads, -1)
        attention: Callable[..., tuple[Tensor, Any]] = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.config._attn_implementation, eager_attention_forward
        )
        attended, _ = attention(
            self,
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            attention_mask=None,
            is_causal=self.is_causal,
            scaling=self.scale,
            **options,
        )
        output: Tensor = self.proj(attended.reshape(batch, height, width, -1))
        return output


class RememberingHiera(nn.Module):
    """The library's Hiera, which interpolates its positional embedding once for each size of its input.

    It is for weights that do not change any more, and has them under their names; its output is the same, bit
    for bit.

    Args:
        hiera: the library's module, whose parts it takes over.
    """

    def __init__(self, hiera: Sam2HieraDetModel) -> None:
        super().__init__()
        self.config = hiera.config
        self.patch_embed, self.blocks = hiera.patch_embed, hiera.blocks
        self.pos_embed, self.pos_embed_window = hiera.pos_embed, hiera.pos_embed_window
        self.stage_ends: list[int] = hiera.stage_ends
        self._interpolated = hiera._get_pos_embed
        self._positions: dict[tuple[Any, ...], Tensor] = {}
        self.train(hiera.training)

    def forward(self, pixel_values: Tensor, **options: Any) -> Sam2HieraDetModelOutput:
        """Return the features of all stages, as the library's module does."""
        hidden = self.patch_embed(pixel_values)
        hidden = hidden + self.positions(hidden.shape[1:3])
        stages: tuple[Tensor, ...] = ()
        for place, block in enumerate(self.blocks):
            hidden = block(hidden, **options)
            if place in self.stage_ends:
                stages = (*stages, hidden)
        return Sam2HieraDetModelOutput(last_hidden_state=hidden, intermediate_hidden_states=stages)

    def positions(self, size: torch.Size) -> Tensor:
        """Return the positional embedding of a frame's patches, [1, H, W, C]."""
        key = (*size, self.pos_embed.device, self.pos_embed.dtype)
        if key not in self._positions:
            with torch.inference_mode(mode=False), torch.no_grad():
                self._positions[key] = self._interpolated(size)
        return self._positions[key]


def use_lean_window_attention(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network's image encoder skip what it never reads; it may be trained on.

    Returns:
        The same network.
    """
    for block in network.vision_encoder.backbone.blocks:
        if isinstance(block.attn, Sam2MultiScaleAttention):
            block.attn = LeanWindowAttention(block.attn)
    return network


def remember_positional_embedding(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network whose weights do not change any more interpolate its positional embedding once.

    Returns:
        The same network.
    """
    encoder = network.vision_encoder
    if isinstance(encoder.backbone, Sam2HieraDetModel):
        encoder.backbone = RememberingHiera(encoder.backbone)
    return network
