"""Steps of several objects on one frame, which is encoded once for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import UsageError
from samscope.trackers.family import PromptableTracker, Step
from samscope.trackers.memory import Bank, RuleOfManyPrompts
from samscope.trackers.prompt import Prompt, make_prompt, on_device
from samscope.trackers.prompts import FramePrompt, said_of
from samscope.trackers.sam2.speed.cores import Cores
from samscope.trackers.seen import Seen, see


@dataclass(frozen=True, eq=False)
class Taken:
    """A step of one object, and what was seen in it."""

    step: Step
    seen: Seen


@dataclass(frozen=True, eq=False)
class ObjectSteps:
    """A model that takes steps of several objects in one direction.

    A pass in reverse is one forwards over indices of the other sign, which is what banks and rules see.

    Attributes:
        model: the model.
        size: height and width of the frames.
        reverse: whether frames come from the last one on.
    """

    model: PromptableTracker
    size: tuple[int, int]
    reverse: bool = False

    def encode(self, frame: NDArray[np.uint8]) -> Any:
        """Return a frame's encoding."""
        (encoded,) = self.model.encode(self.model.preprocess(frame)[None])
        return encoded

    def time(self, frame: int) -> int:
        """Return a frame's index as banks and rules see it."""
        return -frame if self.reverse else frame

    def prompt(
        self, encoded: Any, prompts: Sequence[Prompt], bank: Bank, frame: int, *, corrects: bool = False
    ) -> Taken:
        """Take an object's prompts on one frame, each of which refines what came of the one before.

        Args:
            encoded: the frame's encoding.
            prompts: at least one; see ``prompts_of``.
            bank: what the object's track remembers.
            frame: the frame's index.
            corrects: as in ``PromptableTracker.prompt``.
        """
        first, *others = prompts
        step = self.model.prompt(encoded, first, bank, self.time(frame), corrects=corrects)
        for refining in others:
            refined = replace(refining, previous=step.answer.mask_logits)
            step = self.model.prompt(encoded, refined, bank, self.time(frame), corrects=corrects)
        return self._taken(step, frame)

    def follow(self, cores: Cores, encoded: Any, banks: Mapping[int, Bank], frame: int) -> dict[int, Taken]:
        """Track objects into a frame: on a CPU one by one or side by side on cores, elsewhere together.

        Args:
            cores: take the steps on a CPU.
            encoded: the frame's encoding.
            banks: what each object's track remembers, by object id.
            frame: the frame's index.
        """
        if self.model.device.type == "cpu":
            futures = {
                object_id: cores.run(self._follow_one, encoded, bank, frame)
                for object_id, bank in banks.items()
            }
            return {object_id: future.result() for object_id, future in futures.items()}
        if not banks:
            return {}
        steps = self.model.follow([encoded] * len(banks), list(banks.values()), self.time(frame))
        return {object_id: self._taken(step, frame) for object_id, step in zip(banks, steps, strict=True)}

    def _follow_one(self, encoded: Any, bank: Bank, frame: int) -> Taken:
        (step,) = self.model.follow([encoded], [bank], self.time(frame))
        return self._taken(step, frame)

    def _taken(self, step: Step, frame: int) -> Taken:
        return Taken(step, replace(see(step, self.size), frame_index=frame))


def prompts_of(
    model: PromptableTracker, size: tuple[int, int], object_id: int, prompt: FramePrompt
) -> list[Prompt]:
    """Return what is said of an object on a frame as the model takes it: a mask first, then box and clicks.

    Raises:
        UsageError: as ``make_prompt``; the message names the object and the frame.
    """
    clicked = prompt.points is not None or prompt.box is not None
    with said_of(object_id, prompt.frame):
        made = []
        if prompt.mask is not None:
            made.append(
                make_prompt(size, model.image_size, mask=prompt.mask, resize_mask=model.resizes_masks)
            )
        if clicked:
            made.append(
                make_prompt(
                    size, model.image_size, points=prompt.points, labels=prompt.labels, box=prompt.box
                )
            )
    return [on_device(each, model.device) for each in made]


def require_many_prompts(model: PromptableTracker, why: str) -> None:
    """Refuse a memory rule that reads no more than one prompted frame.

    Args:
        model: the model.
        why: what asks for it.

    Raises:
        UsageError: the model's rule is one; the message names it.
    """
    rule = model.memory_rule
    if not isinstance(rule, RuleOfManyPrompts):
        name = getattr(rule, "name", "none")
        raise UsageError(
            f"memory rule {name}: it is for one prompted frame an object, in a pass forwards, and {why}; "
            "take memory='sam2'"
        )
