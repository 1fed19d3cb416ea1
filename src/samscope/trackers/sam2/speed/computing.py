"""Letting a model compute in a mode."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from transformers import Sam2VideoModel

from samscope.support.errors import UsageError
from samscope.trackers.modes import MODES, Mode
from samscope.trackers.sam2.speed.constant_encodings import keep_constant_encodings
from samscope.trackers.sam2.speed.fast_encoder import remember_positional_embedding, use_lean_window_attention
from samscope.trackers.sam2.speed.fast_memory_attention import use_fast_memory_attention
from samscope.trackers.sam2.speed.piecewise_encoder import use_piecewise_encoder


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
    if mode == "fast" and device.type == "cpu":
        use_piecewise_encoder(use_fast_memory_attention(network))
    return network


@contextmanager
def inference(device: torch.device, mode: Mode) -> Iterator[None]:
    """Compute without gradients, and in bfloat16 where the mode says so."""
    in_half = torch.autocast(device.type, torch.bfloat16) if mode == "bf16" else nullcontext()
    with torch.no_grad(), in_half:
        yield
