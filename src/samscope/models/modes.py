"""How a model computes: exactly as its library does, faster within rounding, or in bfloat16."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal, get_args

import torch
from transformers import Sam2VideoModel

from samscope.errors import UsageError
from samscope.models.constant_encodings import keep_constant_encodings
from samscope.models.fast_encoder import remember_positional_embedding, use_lean_window_attention
from samscope.models.fast_memory_attention import use_fast_memory_attention

Mode = Literal["exact", "fast", "bf16"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""``exact``: every number is the library's, bit for bit on a CPU; only work that shows in none is left out.

``fast``: float32, equal within rounding. On a CPU memories are read at their own 64 channels; on a GPU frames
and tracks go through the model in batches.

``bf16``: the library's operations, with matrix products and convolutions in bfloat16.
"""


def prepare(network: Sam2VideoModel, mode: Mode, device: torch.device) -> Sam2VideoModel:
    """Let a network whose weights do not change any more compute in a mode; its weights keep their names.

    Args:
        network: the network, on any device.
        mode: one of ``MODES``.
        device: where it will run.

    Returns:
        The same network, still where it was.

    Raises:
        UsageError: there is no such mode.
    """
    if mode not in MODES:
        raise UsageError(f"there is no mode {mode!r}; the modes are {', '.join(MODES)}")
    remember_positional_embedding(use_lean_window_attention(keep_constant_encodings(network)))
    return use_fast_memory_attention(network) if mode == "fast" and device.type == "cpu" else network


@contextmanager
def inference(device: torch.device, mode: Mode) -> Iterator[None]:
    """Compute without gradients, and in bfloat16 where the mode says so."""
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        if mode == "bf16":
            stack.enter_context(torch.autocast(device.type, torch.bfloat16))
        yield
