"""The image encoder as code of its own, which ``torch.compile`` makes of it."""

import threading
from typing import Any

import torch
from torch import Tensor
from torch._dynamo.decorators import mark_unbacked
from torch._dynamo.exc import TorchDynamoException

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.sam2.configuration_file import first_line
from samscope.trackers.sam2.encoding import EncodedFrame, EncodeFrame


class CompiledEncoder:
    """An image encoder that is compiled when it first encodes; the code serves batches of every size.

    All of it is one graph: what cannot be part of it is an error, and never computed by other code. Outputs
    are those of the encoder within rounding.

    Args:
        encode: the image encoder; nothing that it depends on but the pixels may change.
    """

    _compiling = threading.Lock()

    def __init__(self, encode: EncodeFrame) -> None:
        def maps(network: Any, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            encoded = encode(network, pixels)
            return encoded.image_embeddings, encoded.half, encoded.top, encoded.top_position

        self._encode = encode
        # With layouts of its choice, code for any batch expects other strides than convolutions give.
        self._maps = torch.compile(maps, fullgraph=True, options={"layout_optimization": False})
        self._compiled: set[tuple[Any, ...]] = set()

    def __call__(self, network: Any, pixels: Tensor) -> EncodedFrame:
        """Encode frames; as ``encoding.encode_frame``.

        Raises:
            SamscopeError: the encoder cannot be compiled.
        """
        mark_unbacked(pixels, 0, min=1)
        # PyTorch takes a call for a nested one while another thread compiles.
        key = network, pixels.shape[1:], torch.get_num_threads()
        if key in self._compiled:
            return EncodedFrame(pixels, *self._maps(network, pixels))
        with self._compiling:
            self._encode(network, pixels[:1])  # so that constants that are computed once are there
            try:
                encoded = EncodedFrame(pixels, *self._maps(network, pixels))
            except TorchDynamoException as error:
                raise SamscopeError(
                    f"compile is asked for, and torch.compile fails on the image encoder "
                    f"({first_line(error)}); leave it out"
                ) from error
            self._compiled.add(key)
            return encoded


def require_compiler(device: torch.device) -> None:
    """Refuse a device for which nothing here compiles, by compiling next to nothing.

    Raises:
        UsageError: it fails.
    """
    try:
        torch.compile(_negative)(torch.zeros(2, device=device))
    except TorchDynamoException as error:
        raise UsageError(
            f"compile is asked for, and torch.compile does not work here for {device.type} "
            f"({first_line(error)}); it needs g++ for a CPU, Triton and gcc for a GPU: install these, or "
            "leave it out"
        ) from error


def _negative(values: Tensor) -> Tensor:
    return -values
