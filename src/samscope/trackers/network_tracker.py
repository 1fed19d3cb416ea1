"""Trackers that are a network of transformers' and pure steps over it, as SAM 2's kin are."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.trackers.batching import (
    split_encoded,
    split_tensors,
    stack_encoded,
    stack_prompts,
    stack_recalls,
)
from samscope.trackers.family import PlacedPosition, whole
from samscope.trackers.grouping import grouped
from samscope.trackers.memory import (
    Bank,
    MemoryRule,
    Need,
    Paths,
    SizedRule,
    needs_of,
    require,
    require_truth,
)
from samscope.trackers.modes import Mode
from samscope.trackers.prompt import Prompt
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.branching import follow_paths, keeps_paths
from samscope.trackers.sam2.encoding import EncodedFrame, encode_frame
from samscope.trackers.sam2.mask_prompts import as_mask
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation, normalised, resized
from samscope.trackers.sam2.speed.computing import inference
from samscope.trackers.sam2.step import (
    SAM2,
    BranchedStep,
    Form,
    RuledChoice,
    Step,
    begun,
    encoded_again,
    followed,
    limits_of,
    prompted_step,
    prompted_tensors,
    tracked_tensors,
)

MOST_ENCODED = 32
"""Frames that are encoded at once at most. Of 64 at 1024 pixels the first stage's attention has 65,536
windows, one more than a CUDA kernel can be launched for."""


@dataclass(frozen=True, eq=False)
class NetworkTracker(ABC):
    """A network that is ready to track, as ``family.Tracker`` says; several tracks go through it together.

    Attributes:
        network: transformers' modules in float32 and evaluation mode. samscope drives them itself: the
            library's own session differs from the official predictor on a mask-prompted frame.
        name: what it was loaded from.
        image_size: side of its square input in pixels.
        device: where it runs.
        mode: how it computes.
        normalisation: mean and deviation of its frames.
        memory_rule: what it remembers, and what it reads of that.
    """

    form: ClassVar[Form] = SAM2
    offers: ClassVar[frozenset[Need]] = frozenset(Need)
    official_rule: ClassVar[MemoryRule] = Sam2Memory()

    network: Any
    name: str
    image_size: int
    device: torch.device
    mode: Mode = "exact"
    normalisation: Normalisation = IMAGENET
    memory_rule: MemoryRule = Sam2Memory()  # noqa: RUF009  a frozen value

    @property
    def resizes_masks(self) -> bool:
        """Whether a prompting mask is given at its input's size."""
        return True

    def said_to_be_on(self, device: torch.device) -> Self:
        """Return a tracker that names another device and computes nothing: workers have theirs there."""
        return replace(self, device=device)

    def with_memory_rule(self, rule: MemoryRule | None) -> Self:
        """Return the tracker under another memory rule; None: its family's official one.

        Settings of the rule that depend on the model's size are set.

        Raises:
            UsageError: the rule needs what the family does not offer.
        """
        rule = self.official_rule if rule is None else rule
        require(rule, self.offers, self.name)
        return replace(self, memory_rule=rule.sized(self.width) if isinstance(rule, SizedRule) else rule)

    def preprocess(self, frame: NDArray[np.uint8]) -> Tensor:
        """Return a frame uint8 [H, W, 3] resized, uint8 [3, S, S]; as ``family.Tracker.preprocess``."""
        return resized(frame, self.image_size)

    def __repr__(self) -> str:
        """Return what it is in one line, without its modules."""
        return (
            f"{type(self).__name__}({self.name!r}, image_size={self.image_size}, "
            f"device={str(self.device)!r}, mode={self.mode!r})"
        )

    def inference(self) -> AbstractContextManager[None]:
        """Return the context in which its submodules are to be run: without gradients, as its mode says."""
        return inference(self.device, self.mode)

    def digest(self) -> str:
        """Return the SHA-256 of all weights by name, as hex: equal digests mean equal weights."""
        digest = hashlib.sha256()
        for name, value in sorted(self.network.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def untrained(self, name: str) -> Self:
        """Return the same tracker with weights as a training begins with; as ``family.Tracker.untrained``."""
        network = self._untrained_network()
        positions = network.shared_image_embedding.positional_embedding  # one matrix under two names
        network.prompt_encoder.shared_embedding.positional_embedding.data.copy_(positions)
        lies = next(self.network.parameters()).device
        prepared = self._prepared(network).to(lies).eval()
        return replace(self, network=prepared, name=name)

    @property
    def max_pointers(self) -> int:
        """How many pointers memory attention reads at most; a shorter clip has as many as it has frames."""
        most: int = self.network.config.max_object_pointers_in_encoder
        return most

    @property
    def positions(self) -> tuple[PlacedPosition, ...]:
        """The positions, all of those that ``positions.POSITIONS`` has."""
        size, channels, in_memory = self.image_size, self.network.hidden_dim, self.network.mem_dim
        cells = size // self._cell
        top, memory = (channels, cells, cells), (in_memory, cells, cells)
        return (
            PlacedPosition("frame", (3, size, size), whole),
            PlacedPosition("image_embeddings", (channels // 8, 4 * cells, 4 * cells), whole),
            PlacedPosition("memory_conditioned", top, whole),
            PlacedPosition("prompt_conditioned", top, whole),
            PlacedPosition("object_pointer", (channels,)),
            PlacedPosition("object_pointer_ungated", (channels,)),
            PlacedPosition("memory_encoder_output", memory, whole),
            self._stored_memory(memory),
        )

    def encode(self, pixels: Tensor) -> list[EncodedFrame]:
        """Return the encodings of frames uint8 [B, 3, S, S], which are normalised on the device."""
        with self.inference():
            return [
                encoded
                for some in torch.split(pixels, MOST_ENCODED)
                for encoded in split_encoded(self._encoded(self._normalised(some)))
            ]

    def start(
        self, encoded: Sequence[EncodedFrame], prompts: Sequence[Prompt], *, length: int | None
    ) -> list[Step]:
        """Take the prompted frames, index 0, into new banks; as ``family.Tracker.start``."""
        limits = limits_of(self.network, length)
        steps: dict[int, Step] = {}
        with self.inference():
            if Need.MASK_PROMPTS in needs_of(self.memory_rule):
                prompts = [
                    as_mask(self.network, frame, prompt, form=self.form, resize_mask=self.resizes_masks)
                    for frame, prompt in zip(encoded, prompts, strict=True)
                ]
            for places in grouped(range(len(prompts)), lambda place: prompts[place].shapes):
                frames = stack_encoded([encoded[place] for place in places])
                prompt = stack_prompts([prompts[place] for place in places])
                tensors = prompted_tensors(self.network, frames, prompt, form=self.form)
                for place, own in zip(places, split_tensors(tensors), strict=True):
                    steps[place] = begun(own, self.memory_rule, limits, prompts[place].frame_size)
        return [steps[place] for place in range(len(prompts))]

    def follow(
        self,
        encoded: Sequence[EncodedFrame],
        banks: Sequence[Bank | Paths],
        frame: int,
        *,
        truth: Sequence[bool] | None = None,
    ) -> list[Step | BranchedStep]:
        """Track objects into a frame; as ``family.Tracker.follow``.

        Tracks go through the network together where their banks recall things of one layout; those that keep
        several paths as ``follow_paths`` says.

        Raises:
            UsageError: the rule needs the truth, and there is none.
        """
        require_truth(self.memory_rule, truth is not None)
        branching = {place: bank for place, bank in enumerate(banks) if keeps_paths(bank)}
        plain = {place: bank for place, bank in enumerate(banks) if isinstance(bank, Bank)}
        plain = {place: bank for place, bank in plain.items() if place not in branching}
        steps: dict[int, Step | BranchedStep] = {}
        if plain:
            own = [encoded[place] for place in plain]
            told = None if truth is None else [truth[place] for place in plain]
            steps |= zip(plain, self._follow_banks(own, list(plain.values()), frame, told), strict=True)
        if branching:
            own = [encoded[place] for place in branching]
            with self.inference():
                taken = follow_paths(self.network, own, list(branching.values()), frame, form=self.form)
            steps |= zip(branching, taken, strict=True)
        return [steps[place] for place in range(len(banks))]

    def _follow_banks(
        self,
        encoded: Sequence[EncodedFrame],
        banks: Sequence[Bank],
        frame: int,
        truth: Sequence[bool] | None,
    ) -> list[Step]:
        """Track objects whose tracks keep one path into a frame."""
        recalls = [bank.recall(frame) for bank in banks]
        steps: dict[int, Step] = {}
        with self.inference():
            for places in grouped(range(len(banks)), lambda place: recalls[place].layout):
                frames = stack_encoded([encoded[place] for place in places])
                recall = stack_recalls([recalls[place] for place in places])
                conditioned = self.form.attend(self.network, frames, recall)
                choose = RuledChoice([banks[place] for place in places], self.image_size)
                tensors = tracked_tensors(self.network, frames, conditioned, form=self.form, choose=choose)
                for place, own, bank in zip(places, split_tensors(tensors), choose.banks, strict=True):
                    told = None if truth is None else truth[place]
                    step = followed(own, bank, frame, recalls[place], told)
                    steps[place] = encoded_again(self.network, step, form=self.form)
        return [steps[place] for place in range(len(banks))]

    def new_bank(self, length: int | None) -> Bank:
        """Return a bank without any frame; as ``family.PromptableTracker.new_bank``."""
        return Bank(self.memory_rule, limits_of(self.network, length), ())

    def prompt(
        self, encoded: EncodedFrame, prompt: Prompt, bank: Bank, frame: int, *, corrects: bool
    ) -> Step:
        """Take a prompt on any frame; as ``family.PromptableTracker.prompt``."""
        recall = bank.recall(frame) if corrects and prompt.mask is None else None
        with self.inference():
            conditioned = None if recall is None else self.form.attend(self.network, encoded, recall)
            tensors = prompted_tensors(self.network, encoded, prompt, form=self.form, conditioned=conditioned)
            return prompted_step(tensors, bank, frame, recall)

    def _normalised(self, pixels: Tensor) -> Tensor:
        if self.device.type == "cuda":
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        return normalised(pixels.to(self.device), self.normalisation)

    def _encoded(self, pixels: Tensor) -> EncodedFrame:
        return encode_frame(self.network, pixels)

    @property
    def width(self) -> int:
        """How many channels the image encoder begins with; in SAM 2 it tells the released sizes apart."""
        width: int = self.network.config.vision_config.backbone_config.hidden_size
        return width

    @property
    def _cell(self) -> int:
        """Pixels along a side of what a place of the coarsest features stands for."""
        return 16

    def _stored_memory(self, shape: tuple[int, int, int]) -> PlacedPosition:
        """Return what position 5 is as stored, where the memory encoder's output has a shape."""
        return PlacedPosition("memory_features", shape, whole)

    @abstractmethod
    def _untrained_network(self) -> Any:
        """Return a network of the same architecture, as a training begins with, of random numbers."""

    def _prepared(self, network: Any) -> Any:
        """Return a network so that it computes as the tracker's mode says."""
        return network

    @abstractmethod
    def usual_batch(self, sets: int) -> int:
        """Return how many frames or tracks go through at once where nobody says how many."""
