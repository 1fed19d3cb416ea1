"""What a tracker is, and what a family of trackers is: the protocols that everything above drives them by.

A family adds itself with one folder and one ``Family``, in this package or in another one (``registry``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.trackers.memory import Answer, Bank, MemoryRule
from samscope.trackers.modes import Mode
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.preprocessing import Normalisation


@dataclass(frozen=True)
class PlacedPosition:
    """A position as one tracker has it.

    Attributes:
        name: one of ``positions.POSITION_NAMES``.
        shape: of its tensor, without the batch, at the tracker's image size.
        as_map: takes the map [C, h, w] out of the tensor, which figures show; None where it is not spatial.
            Distances take all of the tensor.
    """

    name: str
    shape: tuple[int, ...]
    as_map: Callable[[Tensor], Tensor] | None = None

    @property
    def spatial(self) -> bool:
        """Whether the tensor is a map, or has one in it."""
        return self.as_map is not None


def whole(tensor: Tensor) -> Tensor:
    """Return a tensor as it is: ``as_map`` of one that is a map [C, h, w]."""
    return tensor


class Step(Protocol):
    """What one step of one track gave."""

    @property
    def frame(self) -> int:
        """Index of the frame."""

    @property
    def prompt(self) -> Prompt | None:
        """The frame's prompt; None on a tracked frame."""

    @property
    def answer(self) -> Answer:
        """What the tracker says of the frame, with a batch of one."""

    @property
    def positions(self) -> Mapping[str, Tensor | None]:
        """Tensors with a batch of one, by names of the tracker's ``positions`` and of further sites of edits.

        None, or no such name, where one does not exist on this frame.
        """

    @property
    def bank(self) -> Any:
        """What the tracker remembers after the frame: a value that is never changed."""


@runtime_checkable
class BranchedStep(Step, Protocol):
    """A step of a track that keeps several paths: in itself that of the best one so far."""

    @property
    def paths(self) -> Sequence[tuple[int, Step]]:
        """Each path that lives on, best first: the place of the path that it went on from, and its step."""


@runtime_checkable
class Tracker(Protocol):
    """A model that is ready to track.

    ``encode``, ``start`` and ``follow`` take several frames or tracks at once, which a family may put through
    its network together or one after another; each gives one result for each, in order. What a frame's
    encoding and a bank are is the family's own: they are handed back as they were given.
    """

    @property
    def name(self) -> str:
        """What it was loaded from."""

    @property
    def image_size(self) -> int:
        """Side of its square input in pixels."""

    @property
    def device(self) -> torch.device:
        """Where it runs."""

    @property
    def mode(self) -> Mode:
        """How it computes."""

    @property
    def normalisation(self) -> Normalisation:
        """Mean and deviation of its frames."""

    @property
    def positions(self) -> tuple[PlacedPosition, ...]:
        """The positions that it has, in the order of ``positions.POSITIONS``."""

    @property
    def max_pointers(self) -> int:
        """How many frames a clip has at least for its length to mean nothing to the model.

        A shorter one is tracked in another way. 0 where a length never means anything.
        """

    @property
    def memory_rule(self) -> MemoryRule | None:
        """What it remembers, and what it reads of that; None in a family whose memory knows no rules."""

    @property
    def resizes_masks(self) -> bool:
        """Whether a prompting mask is given at its input's size; else it keeps the frame's own."""

    def said_to_be_on(self, device: torch.device) -> "Tracker":
        """Return a tracker that names another device and computes nothing: workers have theirs there."""

    def with_memory_rule(self, rule: MemoryRule | None) -> "Tracker":
        """Return the tracker under another memory rule.

        Args:
            rule: the rule; None: the family's official one.

        Raises:
            UsageError: the family's memory knows no rules, or the rule needs what it does not offer, as
                ``needs.require`` finds.
        """

    def preprocess(self, frame: NDArray[np.uint8]) -> Tensor:
        """Return a frame uint8 [H, W, 3] as ``encode`` takes it, on the CPU; several threads may ask at once.

        It is what the host has to do, such as resizing; what a device does faster belongs to ``encode``.
        """

    def inference(self) -> AbstractContextManager[None]:
        """Return the context in which the model computes: without gradients, as its mode says."""

    def digest(self) -> str:
        """Return the SHA-256 of all weights by name, as hex: equal digests mean equal weights."""

    def untrained(self, name: str) -> "Tracker":
        """Return the same tracker with weights as a training begins with, of PyTorch's random numbers.

        Args:
            name: what it is called.
        """

    def usual_batch(self, sets: int) -> int:
        """Return how many frames or tracks go through at once where nobody says how many.

        Args:
            sets: how many clips a draw has.
        """

    def encode(self, pixels: Tensor) -> Sequence[Any]:
        """Return the encodings of frames, stacked as ``preprocess`` gave them; they depend on these alone."""

    def start(
        self, encoded: Sequence[Any], prompts: Sequence[Prompt], *, length: int | None
    ) -> Sequence[Step]:
        """Take the prompted frames, index 0, into new banks.

        Args:
            encoded: the frames' encodings.
            prompts: with a batch of one each.
            length: frames of the clips; None for unknown.
        """

    def follow(
        self,
        encoded: Sequence[Any],
        banks: Sequence[Any],
        frame: int,
        *,
        truth: Sequence[bool] | None = None,
    ) -> Sequence[Step]:
        """Track objects into a frame.

        Args:
            encoded: the frame's encodings.
            banks: each track's, after the frame before.
            frame: its index, the one after the latest in the banks.
            truth: whether each track's object is on the frame, by the labels; given only under a memory rule
                that needs it.
        """


@runtime_checkable
class PromptableTracker(Tracker, Protocol):
    """A tracker that takes prompts on any frame, several of one object, and corrections."""

    def new_bank(self, length: int | None) -> Bank:
        """Return the bank of an object without a prompt, in a video of so many frames; None: unknown."""

    def prompt(self, encoded: Any, prompt: Prompt, bank: Bank, frame: int, *, corrects: bool) -> Step:
        """Take one object's prompt on one frame, and remember it as a prompted one.

        Args:
            encoded: the frame's encoding.
            prompt: with a batch of one; its ``previous`` logits refine an earlier answer.
            bank: the object's; it is not changed.
            frame: the frame's index.
            corrects: points read the bank, as tracking the frame would; else, and for a mask in any case, the
                frame is taken without memory.
        """


@runtime_checkable
class CompilableTracker(Tracker, Protocol):
    """A tracker whose image encoder ``torch.compile`` can compile."""

    def compiled(self) -> "Tracker":
        """Return the same tracker, whose image encoder is compiled when it first encodes.

        Raises:
            UsageError: its mode is ``exact``, or there is no compiler for its device.
        """


@dataclass(frozen=True, eq=False)
class Weights:
    """Where a tracker is loaded from.

    Attributes:
        path: a folder with a config.json, or a file of weights; None for one of the family's ``built_in``.
        values: what the file holds, by parameter name, where it has been read already.
    """

    path: Path | None = None
    values: Mapping[str, Tensor] | None = None


class Family(Protocol):
    """A family of models."""

    @property
    def name(self) -> str:
        """As it is called, such as ``SAM 2``."""

    @property
    def model_types(self) -> tuple[str, ...]:
        """What the config.json of its folders says as ``model_type``."""

    @property
    def built_in(self) -> tuple[str, ...]:
        """Names of models that need no file."""

    def recognises(self, parameters: Collection[str]) -> bool:
        """Tell whether parameter names are those of a model of the family, whoever gave them."""

    def check(self, folder: Path) -> object:
        """Read a folder's config.json, as it is done before any weights are fetched.

        Raises:
            SamscopeError: it is not one of the family, or is damaged.
        """

    def load(
        self, name: str, weights: Weights, device: torch.device, image_size: int | None, mode: Mode
    ) -> Tracker:
        """Load a model.

        Args:
            name: what the user calls it.
            weights: where it is.
            device: where it will run.
            image_size: side of its square input in pixels; None for the model's own.
            mode: how it computes.

        Raises:
            UsageError: the size does not fit, or there is no such mode.
            SamscopeError: the files are damaged, incomplete, of another model, or contradict each other.
        """
