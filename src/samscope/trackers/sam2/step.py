"""One tracking step: SAM 2's submodules driven as the official predictor drives them.

Pure functions of the network, the frame and the memory bank; all tensors keep a batch dimension B, so that
clips at the same frame index can go together. Nothing here switches gradients off.

A family that is driven in the same way but for some parts hands these over as a ``Form``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from torch import Tensor
from torch.nn import functional

from samscope.trackers.attention import Attention
from samscope.trackers.memory import (
    Bank,
    Candidates,
    ChoosingRule,
    EncodingRule,
    Limits,
    Memory,
    MemoryRule,
    Paths,
    Recall,
)
from samscope.trackers.prompt import Prompt
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.attention_notes import AttentionNotes
from samscope.trackers.sam2.decoding import (
    MASK_PROMPT_LOGIT,
    Choosing,
    Chosen,
    Decoded,
    by_predicted_iou,
    decode,
    mask_as_answer,
    wants_several_masks,
)
from samscope.trackers.sam2.encoding import EncodedFrame, EncodeFrame, encode_frame
from samscope.trackers.sam2.memory_attention import condition_on_memory
from samscope.trackers.sam2.memory_encoding import Storing, encode_memory, store_map
from samscope.trackers.sites import Editing, untouched

PREVIOUS_LOGITS = (-32.0, 32.0)
"""Bounds of the logits of an earlier answer that go in as a mask prompt; an absent object's are the lower."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StepTensors:
    """All that one step computes, for a batch B of tracks.

    Attributes:
        prompt: the frame's prompt as it was taken, None on a tracked frame.
        encoded: the frame's encoding.
        memory_conditioned: [B, C, S/16, S/16], position 2; None on the prompted frame.
        decoded: the decoder's answer.
        memory_mask: [B, 1, S, S], the mask as it enters the memory encoder.
        memory_encoder_output: [B, 64, S/16, S/16] before it is given the form in which it is stored.
        memory_features: bfloat16, what is stored of the frame, position 5.
    """

    prompt: Prompt | None
    encoded: EncodedFrame
    memory_conditioned: Tensor | None
    decoded: Decoded
    memory_mask: Tensor
    memory_encoder_output: Tensor
    memory_features: Tensor

    @property
    def answer(self) -> Decoded:
        """What the tracker says of the frame."""
        return self.decoded

    @property
    def positions(self) -> dict[str, Tensor | None]:
        """The tensors at the positions of ``positions.POSITIONS`` and at further sites of edits, by name."""
        return {
            "frame": self.encoded.pixels,
            "image_embeddings": self.encoded.image_embeddings,
            "memory_conditioned": self.memory_conditioned,
            "prompt_conditioned": self.decoded.prompt_conditioned,
            "object_pointer": self.decoded.pointer,
            "object_pointer_ungated": self.decoded.pointer_ungated,
            "memory_encoder_output": self.memory_encoder_output,
            "memory_features": self.memory_features,
            "mask_tokens": self.decoded.mask_tokens,
            "memory_mask": self.memory_mask,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class BranchedStep(StepTensors):
    """A step of a track that keeps several paths; what it computed is that of the best of them.

    Attributes:
        frame: index of the frame.
        bank: what is remembered along each path, with this frame in it.
        paths: of each path that lives on, best first: the place of the path that it went on from, and its
            step. Those of paths that have gone the same way are one.
    """

    frame: int
    bank: Paths
    paths: tuple[tuple[int, "Step"], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Step(StepTensors):
    """A step, what it read and the bank that the next one reads.

    Attributes:
        frame: index of the frame.
        recall: what memory attention read; None on the prompted frame.
        bank: the memory bank with this frame in it.
        attention: what memory attention looked at, where that was asked for.
    """

    frame: int
    recall: Recall | None
    bank: Bank
    attention: Attention | None = None


def sam2_prompted(
    network: Any,
    encoded: EncodedFrame,
    prompt: Prompt,
    choose: Choosing,
    conditioned: Tensor | None = None,
    *,
    edit: Editing = untouched,
) -> tuple[Prompt, Decoded]:
    """Answer a prompted frame as SAM 2 does.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        prompt: a mask, points or a box.
        choose: as in ``decode``; a prompting mask has no need of it.
        conditioned: position 2, where points correct a frame that was tracked; None where the frame is taken
            without memory, as it is for a mask in any case.
        edit: what is done at the sites on the way.

    Returns:
        The prompt as it was taken, and the answer.
    """
    if prompt.mask is not None:
        logits = functional.interpolate(
            (2 * prompt.mask - 1) * MASK_PROMPT_LOGIT,
            size=network.prompt_encoder.mask_input_size,
            mode="bilinear",
            align_corners=False,
            antialias=True,
        )
        return prompt, mask_as_answer(network, encoded, logits, pointing_mask=prompt.mask, edit=edit)
    features = conditioned
    if features is None:
        features = encoded.top + network.no_memory_embedding.reshape(1, -1, 1, 1)
    return prompt, decode(
        network,
        encoded,
        features,
        prompt,
        several_masks=wants_several_masks(network, 0 if prompt.labels is None else prompt.labels.shape[1]),
        mask_prompt=None if prompt.previous is None else prompt.previous.clamp(*PREVIOUS_LOGITS),
        choose=choose,
        edit=edit,
    )


class Prompting(Protocol):
    """Answers a prompted frame; as ``sam2_prompted``."""

    def __call__(
        self,
        network: Any,
        encoded: EncodedFrame,
        prompt: Prompt,
        choose: Choosing,
        conditioned: Tensor | None = None,
        *,
        edit: Editing = untouched,
    ) -> tuple[Prompt, Decoded]:
        """Return the prompt as it was taken, and the answer."""


class Attending(Protocol):
    """Memory attention; as ``memory_attention.condition_on_memory``."""

    def __call__(
        self, network: Any, encoded: EncodedFrame, recall: Recall, notes: AttentionNotes | None = None
    ) -> Tensor:
        """Return position 2, [B, C, S/16, S/16]."""


@dataclass(frozen=True)
class Form:
    """The parts of the step in which families differ; by default SAM 2's.

    Attributes:
        encode: runs the image encoder, as ``encoding.encode_frame``.
        prompted: answers a prompted frame, as ``sam2_prompted``; what memory attention gave comes last.
        attend: memory attention, as ``memory_attention.condition_on_memory``.
        store: the form in which a memory is stored, as ``memory_encoding.store_map``.
        mask_side: gives the side that masks are resized to for the memory encoder, of a network; None where
            the encoder takes masks of the image's size.
    """

    encode: EncodeFrame = encode_frame
    prompted: Prompting = sam2_prompted
    attend: Attending = condition_on_memory
    store: Storing = store_map
    mask_side: Callable[[Any], int] | None = None


SAM2 = Form()


def first_step(
    network: Any,
    encoded: EncodedFrame,
    prompt: Prompt,
    *,
    length: int | None = None,
    rule: MemoryRule = Sam2Memory(),  # noqa: B008  a frozen value
    form: Form = SAM2,
    choose: Choosing = by_predicted_iou,
) -> Step:
    """Take the prompted frame, index 0, into a new memory bank.

    Args:
        network: the model.
        encoded: the frame's encoding.
        prompt: a mask, points or a box.
        length: frames of the clip; it bounds the pointers' number and sets their time scale. None: unknown,
            the model's maximum of 16 pointers.
        rule: what the bank remembers.
        form: in what the family differs.
        choose: as in ``decode``.
    """
    tensors = prompted_tensors(network, encoded, prompt, form=form, choose=choose)
    return begun(tensors, rule, limits_of(network, length))


def next_step(network: Any, encoded: EncodedFrame, bank: Bank, frame: int, *, form: Form = SAM2) -> Step:
    """Track the object into frame ``frame``, the one after the latest in the bank."""
    recall = bank.recall(frame)
    conditioned = form.attend(network, encoded, recall)
    choose = RuledChoice([bank], encoded.pixels.shape[-1])
    tensors = tracked_tensors(network, encoded, conditioned, form=form, choose=choose)
    step = followed(tensors, choose.banks[0], frame, recall)
    return encoded_again(network, step, form=form)


def prompted_tensors(
    network: Any,
    encoded: EncodedFrame,
    prompt: Prompt,
    *,
    form: Form = SAM2,
    choose: Choosing = by_predicted_iou,
    conditioned: Tensor | None = None,
    edit: Editing = untouched,
) -> StepTensors:
    """Compute a prompted frame; the arguments are those of ``first_step`` and ``sam2_prompted``."""
    taken, decoded = form.prompted(network, encoded, prompt, choose, conditioned, edit=edit)
    return _remembered(
        network, form, prompt=taken, encoded=encoded, conditioned=conditioned, decoded=decoded, edit=edit
    )


def tracked_tensors(
    network: Any,
    encoded: EncodedFrame,
    conditioned: Tensor,
    *,
    form: Form = SAM2,
    choose: Choosing = by_predicted_iou,
    edit: Editing = untouched,
) -> StepTensors:
    """Compute a tracked frame from what memory attention gave [B, C, S/16, S/16]."""
    several = wants_several_masks(network, 0)
    conditioned = edit("memory_conditioned", conditioned)
    decoded = decode(network, encoded, conditioned, None, several_masks=several, choose=choose, edit=edit)
    return answered_tensors(network, encoded, conditioned, decoded, form=form, edit=edit)


def answered_tensors(
    network: Any,
    encoded: EncodedFrame,
    conditioned: Tensor,
    decoded: Decoded,
    *,
    form: Form = SAM2,
    edit: Editing = untouched,
) -> StepTensors:
    """Compute what is left of a tracked frame's step once its answer has been chosen."""
    return _remembered(
        network, form, prompt=None, encoded=encoded, conditioned=conditioned, decoded=decoded, edit=edit
    )


def begun(
    tensors: StepTensors, rule: MemoryRule, limits: Limits, frame_size: tuple[int, int] | None = None
) -> Step:
    """Return the step of a prompted frame, index 0, whose bank is a new one."""
    return prompted_step(tensors, Bank(rule, limits, (), frame_size=frame_size), 0, None)


def prompted_step(tensors: StepTensors, bank: Bank, frame: int, recall: Recall | None) -> Step:
    """Return the step of a prompted frame of any index, whose bank is the one before and the frame.

    ``recall`` is what it read; None where it read no memory.
    """
    memory = Memory(frame, tensors.memory_features, tensors.decoded.pointer)
    return Step(**_by_name(tensors), frame=frame, recall=recall, bank=bank.prompting(memory))


def branched(paths: Sequence[tuple[int, Step]]) -> BranchedStep:
    """Return the step of a track that keeps several paths, from the steps that they took, best first."""
    best = paths[0][1]
    banks = Paths(tuple(step.bank for _, step in paths))
    return BranchedStep(**_by_name(best), frame=best.frame, bank=banks, paths=tuple(paths))


def followed(tensors: StepTensors, bank: Bank, frame: int, recall: Recall, truth: bool | None = None) -> Step:
    """Return the step of a tracked frame, whose bank is the one before and the frame."""
    memory = Memory(frame, tensors.memory_features, tensors.decoded.pointer, truth=truth)
    remembered = bank.remember(memory, tensors.decoded)
    return Step(**_by_name(tensors), frame=frame, recall=recall, bank=remembered)


def encoded_again(network: Any, step: Step, *, form: Form = SAM2, edit: Editing = untouched) -> Step:
    """Return a tracked frame's step, in whose bank its memory is encoded again if the rule asks for that.

    The step's own tensors stay as they are. Officially the memory is encoded when the next frame starts;
    nothing reads it before.
    """
    bank = step.bank
    if not isinstance(bank.rule, EncodingRule) or not bank.rule.encodes_again(bank, step.frame):
        return step
    *_, features = _encoded_memory(network, form, step.encoded, step.decoded, cut=True, edit=edit)
    return replace(step, bank=bank.encoded_again(step.frame, features))


def limits_of(network: Any, length: int | None) -> Limits:
    """Return how much memory attention reads in a clip of so many frames; None for unknown."""
    most = network.config.max_object_pointers_in_encoder
    return Limits(network.config.num_maskmem, most if length is None else min(length, most))


class RuledChoice:
    """How the masks of a batch are chosen: by the rules of its tracks' banks, or else by predicted IoU.

    Args:
        banks: each track's.
        image_size: side of the model's square input in pixels.

    Attributes:
        banks: each track's; once masks were chosen, in the state that its rule has come to.
    """

    def __init__(self, banks: Sequence[Bank], image_size: int) -> None:
        self.banks = list(banks)
        self._image_size = image_size

    def __call__(self, logits: Tensor, ious: Tensor, object_score: Tensor) -> Chosen:
        """Choose, as ``decoding.Choosing`` says."""
        chosen, present, _ = by_predicted_iou(logits, ious, object_score)
        stored = present.clone()
        for place, bank in enumerate(self.banks):
            if isinstance(bank.rule, ChoosingRule):
                candidates = Candidates(logits[place], ious[place], object_score[place], self._image_size)
                choice = bank.rule.choose(bank, candidates)
                chosen[place].fill_(choice.candidate)  # an assignment would copy it from the host
                present[place].fill_(choice.present)
                stored_as_present = choice.stored_as_present
                stored[place].fill_(choice.present if stored_as_present is None else stored_as_present)
                if choice.state is not None:
                    self.banks[place] = replace(bank, state=choice.state)
        return Chosen(chosen, present, stored)


def _remembered(
    network: Any,
    form: Form,
    *,
    prompt: Prompt | None,
    encoded: EncodedFrame,
    conditioned: Tensor | None,
    decoded: Decoded,
    edit: Editing,
) -> StepTensors:
    """Encode a frame's memory, which completes what its step computes."""
    mask, output, features = _encoded_memory(
        network, form, encoded, decoded, cut=prompt is not None, edit=edit
    )
    return StepTensors(
        prompt=prompt,
        encoded=encoded,
        memory_conditioned=conditioned,
        decoded=decoded,
        memory_mask=mask,
        memory_encoder_output=output,
        memory_features=features,
    )


def _encoded_memory(
    network: Any, form: Form, encoded: EncodedFrame, decoded: Decoded, *, cut: bool, edit: Editing
) -> tuple[Tensor, Tensor, Tensor]:
    """Encode a memory as the family does, of a mask that is cut at 0 or soft."""
    return encode_memory(
        network,
        encoded,
        decoded,
        prompted=cut,
        store=form.store,
        mask_side=None if form.mask_side is None else form.mask_side(network),
        edit=edit,
    )


def _by_name(tensors: StepTensors) -> dict[str, Any]:
    return {field.name: getattr(tensors, field.name) for field in fields(StepTensors)}
