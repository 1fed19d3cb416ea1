"""samscope's own memory rule: frames are remembered on which a fitted gate takes the object as there."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from samscope.trackers.devices import sent
from samscope.trackers.disagreement import candidate_disagreement
from samscope.trackers.memory import Answer, Bank, Memory, Recall, held
from samscope.trackers.needs import Need, given
from samscope.trackers.rules.gate import BUILT_IN, LEAST_AREA, Gate, read_gate
from samscope.trackers.rules.ranges import require_range
from samscope.trackers.rules.sam2 import Sam2Memory


@dataclass(frozen=True)
class PresenceMemory:
    """SAM 2's rule over the frames that a gate lets in.

    A frame is remembered, memory and pointer, where its object score is above 0 and the gate's probability
    above the threshold; the others leave no trace. The latest remembered frames are read, however old:
    memories' ages are their ranks, pointers' distances are in frames. ``Bank.state`` holds the areas of the
    remembered tracked frames' masks, as shares of the picture.

    Attributes:
        gate: path of a file that ``samscope fit-rule`` has written, or ``nano``: the built-in model's gate.
        threshold: probability above which a frame is remembered, 0..1.
        fitted: the gate that was read.

    Raises:
        UsageError: the threshold is out of its range, or there is no such file.
        SamscopeError: the file is damaged.
    """

    gate: str = BUILT_IN
    threshold: float = 0.5
    fitted: Gate = field(init=False, repr=False)

    name: ClassVar[str] = "presence"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTED_IOUS, Need.OBJECT_SCORES})

    def __post_init__(self) -> None:
        require_range(self, "threshold", low=0, high=1)
        object.__setattr__(self, "fitted", read_gate(self.gate))

    @property
    def content_sha256(self) -> str:
        """SHA-256 of the gate, as hex."""
        return self.fitted.sha256

    def require_model(self, digest: str, image_size: int, name: str) -> None:
        """Refuse a model that the gate was not fitted to; as ``Gate.require_model``."""
        self.fitted.require_model(digest, image_size, name)

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one, if the gate lets it in."""
        measured = measure(self, bank, memory, answer)
        probability = self.fitted.probability([measured[name] for name in self.fitted.weights])
        if measured["object_score"] <= 0 or probability <= self.threshold:
            return bank
        areas = (*(bank.state or ()), measured["area"])[1 - bank.limits.pointers :]
        remembered = replace(memory, score=probability)
        return replace(Sam2Memory().remember(bank, remembered, answer), state=areas)

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return all that the bank holds, as SAM 2 lays it out."""
        return Sam2Memory().recall(bank, frame)


def measure(rule: PresenceMemory, bank: Bank, memory: Memory, answer: Answer) -> dict[str, float]:
    """Return all ``gate.MEASUREMENTS`` of a frame by name, and its mask's ``area``.

    A device is waited for once.

    Args:
        rule: the rule, for messages.
        bank: as it was before the frame, with what the rule has remembered.
        memory: what may be kept of the frame.
        answer: what the tracker said of it, with a batch of one.
    """
    object_score = given(rule, answer.object_score, Need.OBJECT_SCORES)
    iou = given(rule, answer.predicted_iou, Need.PREDICTED_IOUS)
    disagreement = candidate_disagreement(answer)
    pointer, features = held(memory.pointer).float(), held(memory.features).float()
    pointers = [kept.pointer.float() for kept in bank.tracked if kept.pointer is not None]
    nearest = [kept.features for kept in (*bank.prompted, *bank.tracked) if kept.features is not None][-1]
    area = (answer.mask_logits > 0).float().mean().clamp(min=LEAST_AREA)
    areas = sent(torch.tensor(bank.state or ()), area.device)
    nothing = torch.zeros((), device=area.device)
    values: dict[str, Tensor] = {
        "object_score": object_score.float().squeeze(),
        "predicted_iou": iou.float().squeeze(),
        "candidate_disagreement": nothing if disagreement is None else disagreement.squeeze(),
        "pointer_distance": (pointer - torch.stack(pointers).mean(dim=0)).norm() if pointers else nothing,
        "area_change": (area / areas.quantile(0.5)).log().abs() if len(areas) else nothing,
        "memory_distance": (features - nearest.float()).norm(),
        "area": area,
    }
    return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))
