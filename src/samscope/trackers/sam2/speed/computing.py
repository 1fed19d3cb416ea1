"""Letting a model compute in a mode."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from transformers import Sam2VideoModel

from samscope.support.errors import UsageError
from samscope.trackers.modes import MODES, Mode
from samscope.trackers.sam2.speed.cast_weights import cast_weights_once
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
    return cast_weights_once(network) if mode == "bf16" else network


@contextmanager
def inference(device: torch.device, mode: Mode) -> Iterator[None]:
    """Compute without gradients, as the mode says: in bfloat16, or on a CUDA device in IEEE float32."""
    if mode == "bf16":
        precision: AbstractContextManager[Any] = torch.autocast(device.type, torch.bfloat16)
    else:
        precision = ieee_float32() if device.type == "cuda" else nullcontext()
    with torch.no_grad(), precision:
        yield


@contextmanager
def ieee_float32() -> Iterator[None]:
    """Have CUDA compute float32 as IEEE 754 says, not as TF32, whatever this process has set.

    cuDNN's convolutions use TF32 unless they are told not to, which takes 13 bits off both factors: errors of
    1e-3 where the modes ``exact`` and ``fast`` promise float32. What was set before is set again afterwards.
    """
    cudnn: Any = torch.backends.cudnn
    kinds: tuple[Any, ...] = (torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn)
    before = [kind.fp32_precision for kind in kinds]
    try:
        for kind in kinds:
            kind.fp32_precision = "ieee"
        yield
    finally:
        for kind, precision in zip(kinds, before, strict=True):
            kind.fp32_precision = precision
