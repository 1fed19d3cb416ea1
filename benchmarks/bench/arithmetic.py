"""How much arithmetic a model asks for, and how much this machine can do."""

import time

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from transformers import Sam2VideoConfig, Sam2VideoModel

from samscope.trackers.devices import wait_for

_SIDE = 2048
_REPEATS = 5


class Arithmetic:
    """The floating-point operations that a model's two large parts ask for, as its library computes them.

    Counted are matrix products, convolutions and attention, a multiplication and an addition as two. Nothing
    is computed and no weight is held.

    Args:
        config: the model's configuration.
    """

    def __init__(self, config: Sam2VideoConfig) -> None:
        with torch.device("meta"):
            self._network = Sam2VideoModel(config).eval()
        self._operations: dict[int, int] = {}

    def image_encoder(self) -> int:
        """Return the operations for one frame."""
        size = self._network.config.image_size
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self._network.vision_encoder(_nothing(1, 3, size, size))
        return int(counter.get_total_flops())

    def memory_attention(self, tokens: int) -> int:
        """Return the operations for one frame that attends to so many memory tokens.

        Args:
            tokens: of spatial memories, as many as the frame has places each, and of pointers.
        """
        if tokens not in self._operations:
            attention = self._network.memory_attention
            places = len(attention.position_ids)
            frame = _nothing(places, 1, self._network.config.memory_attention_hidden_size)
            memory = _nothing(tokens, 1, self._network.mem_dim)
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                attention(
                    current_vision_features=frame,
                    current_vision_position_embeddings=frame,
                    memory=memory,
                    memory_posision_embeddings=memory,  # the library's spelling
                    num_object_pointer_tokens=tokens % places,
                )
            self._operations[tokens] = int(counter.get_total_flops())
        return self._operations[tokens]


def matrix_product_peak(device: torch.device | None = None) -> float:
    """Return the operations a second of the best of five float32 products of 2048 x 2048 matrices.

    Args:
        device: where; None for the CPU.
    """
    where = device or torch.device("cpu")
    left, right = torch.ones(_SIDE, _SIDE, device=where), torch.ones(_SIDE, _SIDE, device=where)
    seconds = []
    for _ in range(_REPEATS):
        wait_for(where)
        begin = time.perf_counter()
        torch.mm(left, right)
        wait_for(where)
        seconds.append(time.perf_counter() - begin)
    return 2 * _SIDE**3 / min(seconds)


def _nothing(*shape: int) -> Tensor:
    return torch.empty(shape, device="meta")
