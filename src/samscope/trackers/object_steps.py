"""Steps of several objects on one frame, which is encoded once for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.attention import Looking
from samscope.trackers.edit_checks import asked_of_step
from samscope.trackers.edits import Edit, in_pass, on_frame
from samscope.trackers.family import PromptableTracker, Step, Tracker
from samscope.trackers.grouping import grouped
from samscope.trackers.memory import Bank, MemoryRule, RuleOfManyPrompts
from samscope.trackers.needs import require_truth
from samscope.trackers.prompt import Prompt, make_prompt, on_device
from samscope.trackers.prompts import FramePrompt, said_of
from samscope.trackers.rules.naming import memory_rule
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
        model: the model; ``PromptableTracker`` where it is not said otherwise.
        size: height and width of the frames.
        reverse: whether frames come from the last one on.
        edits: what is changed in the objects' tracks, by object id, in frames of the video; see ``edits``.
        looking: what is to be read of attention on tracked frames; None for nothing.
    """

    model: Tracker
    size: tuple[int, int]
    reverse: bool = False
    edits: Mapping[int, Sequence[Edit]] = field(default_factory=dict)
    looking: Looking | None = None

    def encode(self, frame: NDArray[np.uint8]) -> Any:
        """Return a frame's encoding."""
        pixels = self.model.preprocess(frame)[None]
        with self.model.inference():
            (encoded,) = self.model.encode(pixels)
            return encoded

    def time(self, frame: int) -> int:
        """Return a frame's index as banks and rules see it."""
        return -frame if self.reverse else frame

    def prompt(
        self,
        encoded: Any,
        prompts: Sequence[Prompt],
        bank: Bank,
        frame: int,
        *,
        object_id: int | None = None,
        corrects: bool = False,
    ) -> Taken:
        """Take an object's prompts on one frame, each of which refines what came of the one before.

        Args:
            encoded: the frame's encoding.
            prompts: at least one; see ``prompts_of``. Edits are done with the last of them.
            bank: what the object's track remembers.
            frame: the frame's index.
            object_id: whose ``edits`` are done; None for none.
            corrects: as in ``PromptableTracker.prompt``.
        """
        if not isinstance(self.model, PromptableTracker):
            raise TypeError(f"{self.model.name} takes prompts on frame 0 alone")
        edits = self._edits_on(frame, object_id)
        arguments: dict[str, Any] = {"edits": edits} if edits else {}
        *earlier, last = prompts
        previous = None
        with self.model.inference():
            for prompt in earlier:
                step = self.model.prompt(
                    encoded, _refining(prompt, previous), bank, self.time(frame), corrects=corrects
                )
                previous = step.answer.mask_logits
            step = self.model.prompt(
                encoded, _refining(last, previous), bank, self.time(frame), corrects=corrects, **arguments
            )
        return self._taken(step, frame)

    def start(
        self,
        encoded: Any,
        prompts: Sequence[Prompt],
        frame: int,
        length: int | None,
        object_id: int | None = None,
    ) -> Taken:
        """Take the prompts of an object's only prompted frame, as index 0 of a track; of any ``Tracker``.

        Args:
            encoded: the frame's encoding.
            prompts: at least one; see ``prompts_of``. Edits are done with the last of them.
            frame: the frame's index.
            length: frames of the video; None for unknown.
            object_id: whose ``edits`` are done; None for none.
        """
        arguments = asked_of_step([self._edits_on(frame, object_id, frame)], None)
        *earlier, last = prompts
        previous = None
        with self.model.inference():
            for prompt in earlier:
                (step,) = self.model.start([encoded], [_refining(prompt, previous)], length=length)
                previous = step.answer.mask_logits
            (step,) = self.model.start([encoded], [_refining(last, previous)], length=length, **arguments)
        return self._taken(step, frame, frame)

    def follow(
        self,
        cores: Cores,
        encoded: Any,
        banks: Mapping[int, Any],
        frame: int,
        starts: Mapping[int, int] = MappingProxyType({}),
    ) -> dict[int, Taken]:
        """Track objects into a frame: on a CPU one by one or side by side on cores, elsewhere together.

        Args:
            cores: take the steps on a CPU.
            encoded: the frame's encoding.
            banks: what each object's track remembers, by object id.
            frame: the frame's index.
            starts: the frames of objects that ``start`` took, from which their tracks count.
        """
        times = {object_id: self.time(frame) - starts.get(object_id, 0) for object_id in banks}
        alone = self.model.device.type == "cpu"
        groups = [[object_id] for object_id in banks] if alone else grouped(banks, times.__getitem__)
        futures = [
            (
                group,
                cores.run(
                    self._follow,
                    encoded,
                    {object_id: banks[object_id] for object_id in group},
                    frame,
                    starts.get(group[0], 0),
                ),
            )
            for group in groups
        ]
        taken = {
            object_id: each
            for group, future in futures
            for object_id, each in zip(group, future.result(), strict=True)
        }
        return {object_id: taken[object_id] for object_id in banks}

    def _follow(self, encoded: Any, banks: Mapping[int, Any], frame: int, start: int) -> list[Taken]:
        edits = [self._edits_on(frame, object_id, start) for object_id in banks]
        arguments = asked_of_step(edits, self.looking)
        with self.model.inference():
            steps = self.model.follow(
                [encoded] * len(banks), list(banks.values()), self.time(frame) - start, **arguments
            )
        return [self._taken(step, frame, start) for step in steps]

    def _edits_on(self, frame: int, object_id: int | None, start: int = 0) -> tuple[Edit, ...]:
        """Return what is done to an object on a frame, in a track that counts from a frame on."""
        own_edits = () if object_id is None else on_frame(self.edits.get(object_id, ()), frame)
        return tuple(in_pass(edit, start, reverse=self.reverse) for edit in own_edits)

    def _taken(self, step: Step, frame: int, start: int = 0) -> Taken:
        """Return a step with what was seen in it, by frames of the video, of which index 0 is ``start``."""

        def frame_at(index: int) -> int:
            return start + (-index if self.reverse else index)

        seen = see(step, self.size)
        attention = None if seen.attention is None else seen.attention.in_frames(frame_at)
        read = tuple(map(frame_at, seen.read))
        return Taken(step, replace(seen, frame_index=frame, read=read, attention=attention))


def _refining(prompt: Prompt, previous: Tensor | None) -> Prompt:
    """Return a prompt that refines an earlier answer, if there is one."""
    return prompt if previous is None else replace(prompt, previous=previous)


def prompts_of(model: Tracker, size: tuple[int, int], object_id: int, prompt: FramePrompt) -> list[Prompt]:
    """Return what is said of an object on a frame as the model takes it: a mask first, then box and clicks.

    Raises:
        UsageError: as ``make_prompt``; the message names the object and the frame.
    """
    model_prompts = []
    with said_of(object_id, prompt.frame):
        if prompt.mask is not None:
            model_prompts.append(
                make_prompt(size, model.image_size, mask=prompt.mask, resize_mask=model.resizes_masks)
            )
        if prompt.points is not None or prompt.box is not None:
            model_prompts.append(
                make_prompt(
                    size, model.image_size, points=prompt.points, labels=prompt.labels, box=prompt.box
                )
            )
    return [on_device(each, model.device) for each in model_prompts]


def with_rule(model: Tracker, memory: str | MemoryRule | None) -> Tracker:
    """Return a model under a memory rule.

    Raises:
        UsageError: it is no model, there is no such rule, or it needs the truth of every frame.
    """
    if not isinstance(model, Tracker):
        raise UsageError(f"the model is {model!r}; load it first: samscope.load_model('nano')")
    ruled = model if memory is None else model.with_memory_rule(memory_rule(memory))
    require_truth(ruled.memory_rule, False)
    return ruled


def takes_many_prompts(model: Tracker) -> bool:
    """Tell whether a model, and its memory rule, take several prompted frames of an object, on any frame."""
    return isinstance(model, PromptableTracker) and isinstance(model.memory_rule, RuleOfManyPrompts)


def require_many_prompts(model: Tracker, why: str) -> PromptableTracker:
    """Return a model that takes several prompted frames of an object, on any frame, and passes in reverse.

    Args:
        model: the model.
        why: what asks for it.

    Raises:
        UsageError: it does not, or its memory rule does not; the message names it.
    """
    if not isinstance(model, PromptableTracker):
        raise UsageError(
            f"the model {model.name} takes one prompt an object, in a pass forwards, and {why}; take one of "
            "SAM 2's kin"
        )
    if not takes_many_prompts(model):
        name = getattr(model.memory_rule, "name", "none")
        raise UsageError(
            f"memory rule {name}: it is for one prompted frame an object, in a pass forwards, and {why}; "
            "take memory='sam2'"
        )
    return model
