"""Trackers that are a network of transformers' and pure steps over it, as SAM 2's kin are."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.trackers.attention import Looking
from samscope.trackers.batching import (
    split_encoded,
    split_tensors,
    stack_encoded,
    stack_prompts,
    stack_recalls,
)
from samscope.trackers.devices import sent
from samscope.trackers.editing import edited_bank, edited_encoding, edited_recall, editing
from samscope.trackers.edits import Edit
from samscope.trackers.family import PlacedPosition, whole
from samscope.trackers.grouping import grouped
from samscope.trackers.memory import Bank, FittedRule, MemoryRule, Paths, Recall, SizedRule
from samscope.trackers.modes import Mode, check_compile
from samscope.trackers.needs import Need, needs_of, require, require_truth
from samscope.trackers.prompt import Prompt
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.attention_notes import AttentionNotes, noted_attention, places_of
from samscope.trackers.sam2.branching import follow_paths, keeps_paths
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.mask_prompts import as_mask
from samscope.trackers.sam2.preprocessing import IMAGENET, Normalisation, look_up, resized, tables_of
from samscope.trackers.sam2.speed.compiled_encoder import CompiledEncoder, require_compiler
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
from samscope.trackers.sites import SITES, PlacedSite

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
        compiled_encoder: its image encoder as ``torch.compile`` makes it; None: as it is.
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
    compiled_encoder: CompiledEncoder | None = None

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
            UsageError: the rule needs what the family does not offer, or was fitted to another model.
        """
        rule = self.official_rule if rule is None else rule
        require(rule, self.offers, self.name)
        if isinstance(rule, FittedRule):
            rule.require_model(self.digest(), self.image_size, self.name)
        return replace(self, memory_rule=rule.sized(self.width) if isinstance(rule, SizedRule) else rule)

    def compiled(self) -> Self:
        """Return the same tracker with a compiled image encoder; as ``family.CompilableTracker.compiled``.

        It is to be used in the place of this one, whose network it takes over.
        """
        check_compile(self.mode)
        require_compiler(self.device)
        network = self._compilable(self.network)
        return replace(self, network=network, compiled_encoder=CompiledEncoder(self.form.encode))

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
        if self.compiled_encoder is not None:
            prepared = self._compilable(prepared)
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
                for batch in torch.split(pixels, MOST_ENCODED)
                for encoded in split_encoded(self._encoded(self._normalised(batch)))
            ]

    @property
    def sites(self) -> tuple[PlacedSite, ...]:
        """The sites at which its tracks can be edited, all of ``sites.SITES``."""
        shapes: dict[str, tuple[int, ...]] = {position.name: position.shape for position in self.positions}
        side = self.image_size if self.form.mask_side is None else self.form.mask_side(self.network)
        decoder = self.network.mask_decoder
        shapes |= {
            "recalled_memory": shapes["memory_features"],
            "recalled_pointer": shapes["object_pointer"],
            "mask_tokens": (decoder.num_mask_tokens, decoder.hidden_size),
            "object_score": (),
            "memory_mask": (1, side, side),
        }
        return tuple(PlacedSite(site.name, shapes.get(site.name)) for site in SITES)

    def start(
        self,
        encoded: Sequence[EncodedFrame],
        prompts: Sequence[Prompt],
        *,
        length: int | None,
        edits: Sequence[Sequence[Edit]] = (),
    ) -> list[Step]:
        """Take the prompted frames, index 0, into new banks; as ``family.Tracker.start``.

        Args:
            encoded: the frames' encodings.
            prompts: with a batch of one each.
            length: frames of the clips; None for unknown.
            edits: those of each track that are done on frame 0; empty where there are none at all.
        """
        limits = limits_of(self.network, length)
        steps: dict[int, Step] = {}
        edits = edits or [()] * len(prompts)
        with self.inference():
            if Need.MASK_PROMPTS in needs_of(self.memory_rule):
                prompts = [
                    as_mask(self.network, frame, prompt, form=self.form, resize_mask=self.resizes_masks)
                    for frame, prompt in zip(encoded, prompts, strict=True)
                ]
            encoded = self._edited(encoded, edits, 0)
            for places in grouped(range(len(prompts)), lambda place: prompts[place].shapes):
                frames = stack_encoded([encoded[place] for place in places])
                prompt = stack_prompts([prompts[place] for place in places])
                edit = editing([edits[place] for place in places], 0)
                tensors = prompted_tensors(self.network, frames, prompt, form=self.form, edit=edit)
                for place, object_tensors in zip(places, split_tensors(tensors), strict=True):
                    steps[place] = begun(object_tensors, self.memory_rule, limits, prompts[place].frame_size)
        return [steps[place] for place in range(len(prompts))]

    def follow(
        self,
        encoded: Sequence[EncodedFrame],
        banks: Sequence[Bank | Paths],
        frame: int,
        *,
        truth: Sequence[bool] | None = None,
        edits: Sequence[Sequence[Edit]] = (),
        looking: Looking | None = None,
    ) -> list[Step | BranchedStep]:
        """Track objects into a frame; as ``family.Tracker.follow``.

        Tracks go through the network together where their banks recall things of one layout; those that keep
        several paths as ``follow_paths`` says.

        Args:
            encoded: the frame's encodings.
            banks: each track's, after the frame before.
            frame: its index.
            truth: whether each track's object is there, for a rule that needs it.
            edits: those of each track that are done on this frame; empty where there are none at all.
            looking: what the steps' ``attention`` is to tell; None for nothing. Nothing is told of tracks
                that keep several paths.

        Raises:
            UsageError: the rule needs the truth, and there is none; or an edit that cannot be done.
        """
        require_truth(self.memory_rule, truth is not None)
        edits = edits or [()] * len(banks)
        presences = [None] * len(banks) if truth is None else list(truth)
        branching = {place: bank for place, bank in enumerate(banks) if keeps_paths(bank)}
        plain = {place: bank for place, bank in enumerate(banks) if isinstance(bank, Bank)}
        plain = {place: bank for place, bank in plain.items() if place not in branching}
        steps: dict[int, Step | BranchedStep] = {}
        with self.inference():
            encoded = self._edited(encoded, edits, frame)
            if plain:
                taken = self._follow_banks(
                    [encoded[place] for place in plain],
                    list(plain.values()),
                    frame,
                    truth=[presences[place] for place in plain],
                    edits=[edits[place] for place in plain],
                    looking=looking,
                )
                steps |= zip(plain, taken, strict=True)
            if branching:
                branched = follow_paths(
                    self.network,
                    [encoded[place] for place in branching],
                    list(branching.values()),
                    frame,
                    form=self.form,
                    truth=[presences[place] for place in branching],
                    edits=[edits[place] for place in branching],
                )
                steps |= zip(branching, branched, strict=True)
        return [steps[place] for place in range(len(banks))]

    def _follow_banks(
        self,
        encoded: Sequence[EncodedFrame],
        banks: Sequence[Bank],
        frame: int,
        *,
        truth: Sequence[bool | None],
        edits: Sequence[Sequence[Edit]],
        looking: Looking | None,
    ) -> list[Step]:
        """Track objects whose tracks keep one path into a frame."""
        banks = [edited_bank(bank, bank_edits, frame) for bank, bank_edits in zip(banks, edits, strict=True)]
        recalls = [
            edited_recall(bank.recall(frame), bank_edits, frame)
            for bank, bank_edits in zip(banks, edits, strict=True)
        ]
        steps: dict[int, Step] = {}
        for places in grouped(range(len(banks)), lambda place: recalls[place].layout):
            frames = stack_encoded([encoded[place] for place in places])
            recall = stack_recalls([recalls[place] for place in places])
            notes = None if looking is None else self._notes(looking, recall, frames)
            conditioned = self.form.attend(self.network, frames, recall, notes)
            choose = RuledChoice([banks[place] for place in places], self.image_size)
            tensors = tracked_tensors(
                self.network,
                frames,
                conditioned,
                form=self.form,
                choose=choose,
                edit=editing([edits[place] for place in places], frame),
            )
            rows = zip(places, split_tensors(tensors), choose.banks, strict=True)
            for row, (place, object_tensors, bank) in enumerate(rows):
                step = followed(object_tensors, bank, frame, recalls[place], truth[place])
                edit = editing([edits[place]], frame)
                step = encoded_again(self.network, step, form=self.form, edit=edit)
                if notes is not None:
                    size = frames.top.shape[2:]
                    attention = noted_attention(notes, recalls[place], row, size, self._memory_grid)
                    step = replace(step, attention=attention)
                steps[place] = step
        return [steps[place] for place in range(len(banks))]

    def new_bank(self, length: int | None) -> Bank:
        """Return a bank without any frame; as ``family.PromptableTracker.new_bank``."""
        return Bank(self.memory_rule, limits_of(self.network, length), ())

    def prompt(
        self,
        encoded: EncodedFrame,
        prompt: Prompt,
        bank: Bank,
        frame: int,
        *,
        corrects: bool,
        edits: Sequence[Edit] = (),
    ) -> Step:
        """Take a prompt on any frame; as ``family.PromptableTracker.prompt``.

        ``edits`` are those that are done on this frame, at sites that a prompted frame has.
        """
        recall = bank.recall(frame) if corrects and prompt.mask is None else None
        with self.inference():
            (encoded,) = self._edited([encoded], [edits], frame)
            conditioned = None if recall is None else self.form.attend(self.network, encoded, recall)
            tensors = prompted_tensors(
                self.network,
                encoded,
                prompt,
                form=self.form,
                conditioned=conditioned,
                edit=editing([edits], frame),
            )
            return prompted_step(tensors, bank, frame, recall)

    def _edited(
        self, encoded: Sequence[EncodedFrame], edits: Sequence[Sequence[Edit]], frame: int
    ) -> list[EncodedFrame]:
        """Return the encodings that tracks see after edits of the frame and of what is made of it alone."""
        return [
            edited_encoding(encoding, editing([own_edits], frame), self._encoded) if own_edits else encoding
            for encoding, own_edits in zip(encoded, edits, strict=True)
        ]

    def _notes(self, looking: Looking, recall: Recall, frames: EncodedFrame) -> AttentionNotes:
        places = places_of(looking, *frames.top.shape[2:])
        pieces = self.network.hidden_dim // self.network.mem_dim
        return AttentionNotes(len(recall.memories), len(recall.pointers), pieces, places)

    def _memory_grid(self, weights: Tensor) -> Tensor:
        """Return the map [..., h, w] of what goes to a memory, of what goes to its tokens [..., N]."""
        side = round(weights.shape[-1] ** 0.5)
        return weights.reshape(*weights.shape[:-1], side, side)

    @cached_property
    def _tables(self) -> Tensor:
        return sent(tables_of(self.normalisation), self.device)

    def _normalised(self, pixels: Tensor) -> Tensor:
        return look_up(sent(pixels, self.device), self._tables)

    def _encoded(self, pixels: Tensor) -> EncodedFrame:
        encode = self.form.encode if self.compiled_encoder is None else self.compiled_encoder
        return encode(self.network, pixels)

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

    def _compilable(self, network: Any) -> Any:
        """Return a network whose image encoder can be compiled, with the same parts."""
        return network

    @abstractmethod
    def usual_batch(self, sets: int) -> int:
        """Return how many frames or tracks go through at once where nobody says how many."""
