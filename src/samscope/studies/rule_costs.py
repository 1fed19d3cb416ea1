"""What each memory rule costs: time a frame and memory, on one clip tracked alone."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from samscope.clips.clip import Clip
from samscope.support.progress import Progress
from samscope.trackers.devices import wait_for
from samscope.trackers.family import Tracker
from samscope.trackers.memory import Bank, Memory, MemoryRule, Paths
from samscope.trackers.prompt import make_prompt, on_device
from samscope.trackers.sam2.speed.cores import operations_on
from samscope.trackers.shared import PromptedClip, truths

ROUNDS = 2
"""How often each rule is timed, in turns; of each frame the shorter time counts."""


@dataclass(frozen=True)
class RuleCost:
    """What a rule costs.

    Attributes:
        rule: what it is called.
        milliseconds: median processor time of a tracked frame on one thread, its encoding included; on a
            device the median time that passes.
        encoding_milliseconds: of these, what the encoding takes, which no rule changes.
        bank_bytes: the most that memories and pointers take after any frame, each tensor once.
    """

    rule: str
    milliseconds: float
    encoding_milliseconds: float
    bank_bytes: int


def rule_costs(
    model: Tracker, clip: Clip, rules: Mapping[str, MemoryRule], progress: Progress
) -> list[RuleCost]:
    """Track a clip under each rule, and measure what that takes.

    Args:
        model: as ``load_model`` gives it.
        clip: the clip.
        rules: the rules by what they are called.
        progress: hears of the stage ``costs``.
    """
    steps: dict[str, list[list[float]]] = {name: [] for name in rules}
    encodings: list[list[float]] = []
    most = dict.fromkeys(rules, 0)
    with progress.stage("costs", ROUNDS * len(rules)) as advance, operations_on(1):
        for _ in range(ROUNDS):
            for name, rule in rules.items():
                own_steps, own_encodings, held = _timed(model.with_memory_rule(rule), clip)
                steps[name].append(own_steps)
                encodings.append(own_encodings)
                most[name] = max(most[name], held)
                advance(name)
    encoding = _median(encodings)
    return [
        RuleCost(name, _median(milliseconds) + encoding, encoding, most[name])
        for name, milliseconds in steps.items()
    ]


def bank_bytes(bank: Any) -> int:
    """Return what memories and pointers of a bank take in bytes, each tensor once; 0 where it has none."""
    banks: Sequence[Bank] = (
        bank.banks if isinstance(bank, Paths) else [bank] if isinstance(bank, Bank) else []
    )
    memories = {id(kept): kept for path_bank in banks for kept in (*path_bank.prompted, *path_bank.tracked)}
    tensors = [tensor for kept in memories.values() for tensor in _tensors(kept)]
    return sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors}.values())


def _tensors(memory: Memory) -> list[torch.Tensor]:
    return [tensor for tensor in (memory.features, memory.pointer) if tensor is not None]


def _timed(model: Tracker, clip: Clip) -> tuple[list[float], list[float], int]:
    """Return milliseconds of each tracked frame's step and encoding, and the most bytes of the bank."""
    prompt = make_prompt(
        clip.frames.shape[1:3], model.image_size, mask=clip.masks[0], resize_mask=model.resizes_masks
    )
    (truth,) = truths([model], [PromptedClip(clip.frames, clip.masks[0], clip.present)])
    clock = time.process_time if model.device.type == "cpu" else time.perf_counter
    steps, encodings, most = list[float](), list[float](), 0
    bank: Any = None
    for frame, pixels in enumerate(clip.frames):
        begin = clock()
        encoded = model.encode(model.preprocess(pixels)[None])
        wait_for(model.device)
        between = clock()
        if frame:
            arguments: dict[str, Any] = {} if truth is None else {"truth": [truth[frame]]}
            (step,) = model.follow(encoded, [bank], frame, **arguments)
        else:
            (step,) = model.start(encoded, [on_device(prompt, model.device)], length=len(clip.frames))
        wait_for(model.device)
        if frame:
            encodings.append(1000 * (between - begin))
            steps.append(1000 * (clock() - between))
        bank = step.bank
        most = max(most, bank_bytes(bank))
    return steps, encodings, most


def _median(rounds: Sequence[Sequence[float]]) -> float:
    """Return the median over frames of the shortest time of each."""
    return float(np.median(np.min(rounds, axis=0)))
