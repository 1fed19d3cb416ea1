"""How a step does edits: at the sites of a batch, in what is recalled, and in the bank."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.edits import Edit, Remove, changed
from samscope.trackers.memory import Bank, KeyScales, Memory, Recall, held
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sites import Editing, untouched

_NOTHING_SAID = "; from here on nothing but the tracker's own frames says what the object is"

_logger = logging.getLogger(__name__)

Recalled = tuple[tuple[int, Memory], ...]


def editing(tracks: Sequence[Sequence[Edit]], index: int) -> Editing:
    """Return what is done at the sites of a step of several tracks.

    Args:
        tracks: the edits of each track of the batch that are done on this frame.
        index: the step's, as ``Edit.frame_at`` takes it.
    """
    if not any(tracks):
        return untouched

    def edit(site: str, tensor: Tensor) -> Tensor:
        row_edits = [
            (row, row_edit) for row, edits in enumerate(tracks) for row_edit in edits if row_edit.site == site
        ]
        if not row_edits:
            return tensor
        edited = tensor.clone()
        for row, row_edit in row_edits:
            edited[row] = changed(row_edit, edited[row], row_edit.frame_at(index))
        return edited

    return edit


def edited_encoding(
    encoded: EncodedFrame, edit: Editing, encode: Callable[[Tensor], EncodedFrame]
) -> EncodedFrame:
    """Return what a track sees of a frame, with a batch of one, after edits of what depends on it alone.

    Args:
        encoded: the frame's encoding.
        edit: what is done at the sites.
        encode: encodes a frame that is edited itself, float32 [1, 3, S, S].
    """
    pixels = edit("frame", encoded.pixels)
    if pixels is not encoded.pixels:
        encoded = encode(pixels)
    embeddings = edit("image_embeddings", encoded.image_embeddings)
    if embeddings is not encoded.image_embeddings:
        encoded = replace(encoded, image_embeddings=embeddings)
    return encoded


def edited_bank(bank: Bank, edits: Sequence[Edit], index: int) -> Bank:
    """Return a bank, as it is before a step, without the frames that are forgotten there.

    Args:
        bank: the track's.
        edits: those that are done on the step's frame.
        index: the step's, as ``Edit.frame_at`` takes it.

    Raises:
        UsageError: on the first of an edit's frames the bank holds none of those that it forgets.
    """
    for edit in edits:
        if edit.site == "remembered_frame":
            _require(edit, index, (*bank.prompted, *bank.tracked))
            prompted = tuple(memory for memory in bank.prompted if not _covers(edit, memory))
            if len(prompted) < len(bank.prompted):
                _logger.warning(
                    "%s, frame %d: the prompted frame is forgotten%s",
                    edit,
                    edit.frame_at(index),
                    "" if prompted else _NOTHING_SAID,
                )
            tracked = tuple(memory for memory in bank.tracked if not _covers(edit, memory))
            bank = replace(bank, prompted=prompted, tracked=tracked)
    return bank


def edited_recall(recall: Recall, edits: Sequence[Edit], index: int) -> Recall:
    """Return what memory attention reads in a step, of one track, after edits.

    What is removed is not read at all, which is what its weights before the softmax being minus infinity
    comes to; the ages of the others stay.

    Args:
        recall: what it reads without them.
        edits: those that are done on the step's frame.
        index: the step's, as ``Edit.frame_at`` takes it.

    Raises:
        UsageError: on the first of an edit's frames none of what it changes is read, or nothing is left.
    """
    for edit in edits:
        match edit.site:
            case "attention_to_memory" | "recalled_memory":
                memories = _edited(recall.memories, "features", edit, index)
                recall = replace(recall, memories=memories, scales=_left(recall, recall.memories, edit))
            case "attention_to_pointer" | "recalled_pointer":
                pointers = _edited(recall.pointers, "pointer", edit, index)
                recall = replace(recall, pointers=pointers, scales=_left(recall, recall.pointers, edit))
    if not recall.memories and not recall.pointers:
        frame = edits[0].frame_at(index) if edits else index
        raise UsageError(f"frame {frame}: edits leave no memory and no pointer to read; keep one of them")
    return recall


def _edited(recalled: Recalled, tensor: Literal["features", "pointer"], edit: Edit, index: int) -> Recalled:
    _require(edit, index, [memory for _, memory in recalled])
    if isinstance(edit.change, Remove):
        return tuple((age, memory) for age, memory in recalled if not _covers(edit, memory))
    frame = edit.frame_at(index)

    def with_edit(memory: Memory) -> Memory:
        if not _covers(edit, memory):
            return memory
        remembered = edit.frame_at(memory.frame)
        if tensor == "features":
            return replace(memory, features=changed(edit, held(memory.features)[0], frame, remembered)[None])
        return replace(memory, pointer=changed(edit, held(memory.pointer)[0], frame, remembered)[None])

    return tuple((age, with_edit(memory)) for age, memory in recalled)


def _left(recall: Recall, recalled: Recalled, edit: Edit) -> KeyScales | None:
    """Return the factors of the keys that are left, where some of what is recalled is removed."""
    if recall.scales is None or not isinstance(edit.change, Remove):
        return recall.scales
    kept = [place for place, (_, memory) in enumerate(recalled) if not _covers(edit, memory)]
    if recalled is recall.memories:
        return replace(recall.scales, memories=recall.scales.memories[kept])
    return replace(recall.scales, pointers=recall.scales.pointers[kept])


def _covers(edit: Edit, memory: Memory) -> bool:
    return edit.covers(edit.frame_at(memory.frame))


def _require(edit: Edit, index: int, memories: Sequence[Memory]) -> None:
    """Refuse an edit of remembered frames of which there is none where the edit begins."""
    if edit.frame_at(index) == edit.begins and not any(_covers(edit, memory) for memory in memories):
        remembered = sorted(edit.frame_at(memory.frame) for memory in memories)
        raise UsageError(
            f"{edit}, frame {edit.begins}: of what it changes nothing is remembered there; frames that are: "
            f"{', '.join(map(str, remembered)) or 'none'}"
        )
