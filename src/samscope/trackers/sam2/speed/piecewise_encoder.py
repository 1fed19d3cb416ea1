"""The image encoder piece by piece, so that what one operation writes is in the cache for the next."""

from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Sam2VideoModel
from transformers.activations import GELUActivation
from transformers.models.sam2.modeling_sam2 import Sam2MaskDecoder, Sam2MultiScaleBlock, Sam2VisionModel

from samscope.trackers.sam2.speed.fast_encoder import LeanWindowAttention, RememberingHiera
from samscope.trackers.sam2.speed.kept_memory import KeptMemory

_WINDOW_TOKENS = 2048
"""Tokens whose windows are attended to at once, unless a row of windows has more."""

_MLP_TOKENS = 1024
"""Tokens that go through a block's feed-forward network at once."""

_GELU = torch.ops.aten.gelu_


class PiecewiseEncoder(nn.Module):
    """The library's image encoder, for inference on a CPU, piece by piece.

    Blocks are computed some rows of windows at a time, in memory that is kept. The decoder takes the finer
    levels through a 1x1 convolution each, right after the pyramid's own: the two are one product. The weights
    have the library's names; outputs are equal within rounding.

    Args:
        encoder: the library's module, whose parts it takes over; see ``use_piecewise_encoder``.
        decoder: the mask decoder, which keeps its convolutions.
    """

    def __init__(self, encoder: Sam2VisionModel, decoder: Sam2MaskDecoder) -> None:
        super().__init__()
        self.backbone, self.neck = encoder.backbone, encoder.neck
        self._whole = (encoder,)  # in a tuple, so that its parts are no parts of this one twice
        self._decoders = (decoder.conv_s0, decoder.conv_s1)
        self._kept = KeptMemory()
        self.train(encoder.training)

    @property
    def whole(self) -> Sam2VisionModel:
        """The library's module, which computes with the same parts."""
        return self._whole[0]

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Encode frames, float32 [B, 3, S, S].

        Returns:
            FPN level 0 after the decoder's conv_s0 [B, C/8, S/4, S/4] and level 1 after its conv_s1
            [B, C/4, S/8, S/8]; level 2 [B, C, S/16, S/16] and its position encoding.
        """
        quarter, eighth, sixteenth, last = self._stages(pixels)
        coarse, top, half, full = self.neck.convs
        above = functional.interpolate(_project(last, coarse), scale_factor=2.0, mode="nearest")
        level = _project(sixteenth, top).add_(above)
        position = self.neck.position_encoding(level.shape, level.device, level.dtype)
        full_decoder, half_decoder = self._decoders
        return _project(quarter, full, full_decoder), _project(eighth, half, half_decoder), level, position

    def _stages(self, pixels: Tensor) -> list[Tensor]:
        embedded = self.backbone.patch_embed(pixels)
        hidden = self._kept.take("embedded", *embedded.shape)
        torch.add(embedded, self.backbone.positions(embedded.shape[1:3]), out=hidden)
        stages = []
        for place, block in enumerate(self.backbone.blocks):
            hidden = self._passed(block, hidden)
            if place in self.backbone.stage_ends:
                stages.append(hidden)
        return stages

    def _passed(self, block: Sam2MultiScaleBlock, hidden: Tensor) -> Tensor:
        """Return hidden [B, H, W, C] after a block; in place, unless the block changes the width."""
        batch, height, width, _ = hidden.shape
        down, across = block.attn.query_stride or (1, 1)
        if block.dim == block.dim_out:
            output = hidden
        else:
            output = self._kept.take(
                f"stage_{block.dim_out}", batch, height // down, width // across, block.dim_out
            )
        window = block.window_size
        if not window:
            for own_hidden, own_output in zip(hidden, output, strict=True):
                self._attend(block, own_hidden, own_output, (height, width))
                self._think(block, own_output)
            return output
        # Windows do not reach across images, so that a batch is one tall image where no window is padded.
        tall = (1, -1) if height % window == 0 else (batch, -1)
        hidden_images = hidden.view(*tall, width, block.dim)
        output_images = output.view(*tall, width // across, block.dim_out)
        rows = window * max(1, _WINDOW_TOKENS // (window * width))
        for own_hidden, own_output in zip(hidden_images, output_images, strict=True):
            for first in range(0, len(own_hidden), rows):
                piece = own_hidden[first : first + rows]
                where = own_output[first // down : (first + len(piece)) // down]
                self._attend(block, piece, where, (window, window))
                self._think(block, where)
        return output

    def _attend(
        self, block: Sam2MultiScaleBlock, hidden: Tensor, output: Tensor, window: tuple[int, int]
    ) -> None:
        """Write hidden [H, W, C], pooled where the block pools, plus its attention within windows."""
        attention = block.attn
        height, width, channels = hidden.shape
        stride = attention.query_stride or (1, 1)
        normed = _normed(hidden, block.layer_norm1)
        if block.dim != block.dim_out:
            projected = self._linear("skipped", normed.view(-1, channels), block.proj)
            _pooled(projected.view(1, height, width, -1), stride, output[None])
        down, across = -(-height // window[0]), -(-width // window[1])
        padding = (0, 0, 0, across * window[1] - width, 0, down * window[0] - height)
        if any(padding):
            normed = functional.pad(normed, padding)
        windows = normed.view(down, window[0], across, window[1], channels).transpose(1, 2)
        attended = self._attend_in_windows(attention, windows.reshape(down * across, *window, channels))
        small = attended.shape[1:3]
        whole = attended.view(down, across, *small, -1).transpose(1, 2)
        whole = whole.reshape(down * small[0], across * small[1], -1)[: output.shape[0], : output.shape[1]]
        projection, (*_, value_bias) = attention.proj, attention.qkv.bias.chunk(3)
        bias = projection.bias + projection.weight @ value_bias
        _add_product(output, whole, projection.weight, bias)

    def _attend_in_windows(self, attention: LeanWindowAttention, windows: Tensor) -> Tensor:
        """Return attention within windows [N, H, W, C], before its projection, and without the values' bias.

        Weights sum to 1, so that a bias of all values is one of what is attended; and one of all keys adds
        the same to all of a query's products, which changes no weight.
        """
        count, height, width, channels = windows.shape
        rows = self._kept.take("projected", count * height * width, len(attention.qkv.weight))
        torch.mm(windows.reshape(-1, channels), attention.qkv.weight.t(), out=rows)
        query, key, value = rows.view(count, height * width, 3, -1).unbind(2)
        query += attention.qkv.bias.chunk(3)[0]
        if attention.query_stride:
            query = query.reshape(count, height, width, -1)
            down, across = attention.query_stride
            pooled = query.new_empty(count, height // down, width // across, query.shape[-1])
            _pooled(query, attention.query_stride, pooled)
            height, width = pooled.shape[1:3]
            query = pooled.flatten(1, 2)
        heads = attention.num_attention_heads
        query, key, value = (
            part.reshape(count, part.shape[1], heads, -1).transpose(1, 2) for part in (query, key, value)
        )
        attended = functional.scaled_dot_product_attention(query, key, value, scale=attention.scale)
        return attended.transpose(1, 2).reshape(count, height, width, -1)

    def _think(self, block: Sam2MultiScaleBlock, hidden: Tensor) -> None:
        """Add to hidden [H, W, C] what the block's feed-forward network makes of it."""
        for rows in torch.split(hidden.view(-1, hidden.shape[-1]), _MLP_TOKENS):
            within = self._linear("within", _normed(rows, block.layer_norm2), block.mlp.proj_in)
            _add_product(rows, _GELU(within), block.mlp.proj_out.weight, block.mlp.proj_out.bias)

    def _linear(self, name: str, rows: Tensor, layer: nn.Linear) -> Tensor:
        output = self._kept.take(name, len(rows), layer.out_features)
        return torch.addmm(layer.bias, rows, layer.weight.t(), out=output)


def use_piecewise_encoder(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network on a CPU encode piece by piece, where its image encoder is built as the released ones.

    Args:
        network: a network after ``use_lean_window_attention`` and ``remember_positional_embedding``.

    Returns:
        The same network.
    """
    encoder, decoder = network.vision_encoder, network.mask_decoder
    if isinstance(encoder, Sam2VisionModel) and _is_as_released(encoder, decoder):
        network.vision_encoder = PiecewiseEncoder(encoder, decoder)
    return network


def use_whole_encoder(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network that encodes piece by piece encode as its library does.

    Returns:
        The same network.
    """
    if isinstance(network.vision_encoder, PiecewiseEncoder):
        network.vision_encoder = network.vision_encoder.whole
    return network


def _is_as_released(encoder: Sam2VisionModel, decoder: Sam2MaskDecoder) -> bool:
    backbone, neck = encoder.backbone, encoder.neck
    points = [*neck.convs, decoder.conv_s0, decoder.conv_s1]
    return (
        isinstance(backbone, RememberingHiera)
        and len(backbone.stage_ends) == len(neck.convs) == 4
        and list(neck.fpn_top_down_levels) == [2, 3]
        and all(conv.kernel_size == (1, 1) and conv.stride == (1, 1) for conv in points)
        and all(_block_is_as_released(block) for block in backbone.blocks)
    )


def _block_is_as_released(block: nn.Module) -> bool:
    if not isinstance(block, Sam2MultiScaleBlock) or not isinstance(block.attn, LeanWindowAttention):
        return False
    stride, window = block.attn.query_stride, block.window_size
    pools = stride is not None
    return (
        pools == (block.dim != block.dim_out)
        and (stride is None or all(window % step == 0 for step in stride))
        and block.mlp.num_layers == 2
        and not block.mlp.sigmoid_output
        and isinstance(block.mlp.activation, nn.GELU | GELUActivation)
    )


def _normed(values: Tensor, norm: nn.LayerNorm) -> Tensor:
    return functional.layer_norm(values, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def _add_product(output: Tensor, rows: Tensor, weight: Tensor, bias: Tensor) -> None:
    """Add to output [..., D], which lies in one piece, the product of rows [..., C] with weight [D, C]."""
    flat = output.view(-1, len(weight))
    flat += bias
    flat.addmm_(rows.reshape(-1, weight.shape[1]), weight.t())


def _pooled(values: Tensor, stride: tuple[int, int], output: Tensor) -> None:
    """Write the largest of each place's values [B, H, W, C] into output [B, H/down, W/across, C]."""
    down, across = stride
    batch, height, width, channels = values.shape
    parts = values.view(batch, height // down, down, width // across, across, channels)
    first, *later_parts = (parts[:, :, y, :, x] for y in range(down) for x in range(across))
    output.copy_(reduce(torch.maximum, later_parts, first))


def _project(values: Tensor, first: nn.Conv2d, *later_convolutions: nn.Conv2d) -> Tensor:
    """Put values [B, H, W, C] through 1x1 convolutions, which are one product; returns [B, D, H, W]."""
    weight, bias = _product_of(first)
    for convolution in later_convolutions:
        own_weight, own_bias = _product_of(convolution)
        weight, bias = own_weight @ weight, own_weight @ bias + own_bias
    batch, height, width, _ = values.shape
    columns = values.flatten(1, 2).transpose(1, 2)
    product = torch.baddbmm(bias[None], weight.expand(batch, -1, -1), columns)
    return product.view(batch, -1, height, width)


def _product_of(convolution: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Return a 1x1 convolution's weight [D, C] and bias [D, 1]."""
    bias = convolution.bias
    if bias is None:
        bias = convolution.weight.new_zeros(convolution.out_channels)
    return convolution.weight[:, :, 0, 0], bias[:, None]
