"""Where the time goes: the model's parts, each timed while it runs."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from samscope.trackers.devices import wait_for
from samscope.trackers.sam2.speed.cores import help_received

Modules = str | tuple[str, str]
"""The module that a part is; of one that is run piece by piece, the first piece and the last."""

PARTS: Mapping[str, Modules] = {
    "image encoder": "vision_encoder",
    "memory attention": "memory_attention",
    "mask decoder": ("mask_decoder.transformer", "mask_decoder.pred_obj_score_head"),
    "memory encoder": "memory_encoder",
}


@dataclass
class Stages:
    """Times of the model's parts.

    Attributes:
        seconds: by part; where cores compute side by side, of all of them together.
        calls: by part; a batch is one call.
        frames: how many the image encoder was given.
        tokens: memory tokens of each frame that memory attention was given.
    """

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    calls: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    frames: int = 0
    tokens: list[int] = field(default_factory=list)


@contextmanager
def timed_stages(
    network: nn.Module, modules: Mapping[str, Modules] = PARTS, device: torch.device | None = None
) -> Iterator[Stages]:
    """Time the parts of a network while the context is open; its hooks are always removed.

    A GPU is waited for before and after each part, which takes some of its speed where parts are small.

    Args:
        network: a SAM 2.
        modules: the names of its modules by the part that they are.
        device: where it runs; None for the CPU.
    """
    stages = Stages()
    with ExitStack() as stack:
        for part, names in modules.items():
            first, last = (names, names) if isinstance(names, str) else names
            pieces = network.get_submodule(first), network.get_submodule(last)
            for handle in _hooked(*pieces, part, stages, device or torch.device("cpu")):
                stack.callback(handle.remove)
        yield stages


def _hooked(first: nn.Module, last: nn.Module, part: str, stages: Stages, device: torch.device) -> list[Any]:
    begins: dict[int, float] = {}  # by thread
    counting = threading.Lock()

    def before(_module: nn.Module, inputs: Any, named: dict[str, Any]) -> None:
        with counting:
            if part == "memory attention":
                tokens, batch = named["memory"].shape[:2]
                stages.tokens += [tokens] * batch
            elif part == "image encoder":
                stages.frames += len(inputs[0] if inputs else named["pixel_values"])
        wait_for(device)
        begins[threading.get_ident()] = _now()

    def after(_module: nn.Module, _inputs: Any, _output: Any) -> None:
        wait_for(device)
        taken = _now() - begins.pop(threading.get_ident())
        with counting:
            stages.seconds[part] += taken
            stages.calls[part] += 1

    return [
        first.register_forward_pre_hook(before, with_kwargs=True),
        last.register_forward_hook(after),
    ]


def _now() -> float:
    """Return this thread's time, with that of cores that help it."""
    return time.perf_counter() + help_received()
