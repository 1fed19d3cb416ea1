"""Position encodings that depend on a map's size alone: computed once and kept."""

import torch
from torch import Tensor, nn
from transformers import Sam2VideoModel


class ConstantEncoding(nn.Module):
    """A sine position encoding that remembers what it computed.

    It holds no weights, and gives what the encoding that it stands for gives, bit for bit.

    Args:
        encoding: transformers' sine position encoding, called with a shape, a device and a dtype.
    """

    def __init__(self, encoding: nn.Module) -> None:
        super().__init__()
        self.encoding = encoding
        self._encodings: dict[tuple[tuple[int, ...], torch.device, torch.dtype], Tensor] = {}

    def forward(self, shape: torch.Size, device: torch.device, dtype: torch.dtype) -> Tensor:
        """Return the encoding of maps [B, C, H, W], expanded from one that all of the batch share."""
        batch, *sizes = shape
        key = (tuple(sizes), torch.device(device), dtype)
        if key not in self._encodings:
            with torch.inference_mode(mode=False), torch.no_grad():
                self._encodings[key] = self.encoding(torch.Size((1, *sizes)), device, dtype)
        return self._encodings[key].expand(batch, -1, -1, -1)


def keep_constant_encodings(network: Sam2VideoModel) -> Sam2VideoModel:
    """Let a network compute the position encodings of its feature pyramid and its memories once.

    Returns:
        The same network.
    """
    for owner in (network.vision_encoder.neck, network.memory_encoder):
        if not isinstance(owner.position_encoding, ConstantEncoding):
            owner.position_encoding = ConstantEncoding(owner.position_encoding)
    return network
