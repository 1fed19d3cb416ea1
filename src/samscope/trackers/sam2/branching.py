"""The step of tracks that keep several paths: a frame is encoded once, and decoded on each of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from samscope.trackers.batching import (
    split_masks,
    split_tensors,
    stack_encoded,
    stack_masks,
    stack_recalls,
)
from samscope.trackers.devices import sent
from samscope.trackers.editing import edited_bank, edited_recall, editing
from samscope.trackers.edits import Edit
from samscope.trackers.grouping import batches
from samscope.trackers.memory import Bank, BranchingRule, Candidates, Choice, Paths, Recall
from samscope.trackers.sam2.decoding import (
    Chosen,
    DecodedMasks,
    answer_of,
    decode_masks,
    wants_several_masks,
)
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import (
    BranchedStep,
    Form,
    Step,
    answered_tensors,
    branched,
    encoded_again,
    followed,
)


@dataclass(frozen=True, eq=False)
class _Path:
    """A path on a frame, before it is known whether it lives on.

    Attributes:
        encoded: the frame's encoding.
        bank: what is remembered along the path.
        recall: what of it is read.
        edits: those of its track that are done on the frame.
        truth: whether the object is on the frame, by the labels; None where none are given.
    """

    encoded: EncodedFrame
    bank: Bank
    recall: Recall
    edits: Sequence[Edit]
    truth: bool | None


@dataclass(frozen=True, eq=False)
class _DecodedPath:
    """The same, decoded: what memory attention gave [1, C, S/16, S/16], and the masks."""

    path: _Path
    conditioned: Tensor
    masks: DecodedMasks

    @property
    def candidates(self) -> Candidates:
        """What the rule is shown of it."""
        masks, image_size = self.masks, self.path.encoded.pixels.shape[-1]
        return Candidates(masks.logits[0], masks.ious[0], masks.object_score[0], image_size)


@dataclass(frozen=True, eq=False)
class _Taken:
    """A path that lives on, with the mask that it takes."""

    decoded: _DecodedPath
    choice: Choice


def follow_paths(
    network: Any,
    encoded: Sequence[EncodedFrame],
    banks: Sequence[Bank | Paths],
    frame: int,
    *,
    form: Form,
    edits: Sequence[Sequence[Edit]],
    truth: Sequence[bool | None],
) -> list[BranchedStep]:
    """Track objects under a ``BranchingRule`` into a frame.

    Paths go through the network together where they recall things of one layout: on a CPU at most as many as
    there are tracks, elsewhere all paths of a track. Paths that have gone the same way are tracked as one.

    Args:
        network: the model.
        encoded: the frame's encodings, one a track.
        banks: each track's.
        frame: its index, the one after the latest in the banks.
        form: in what the family differs.
        edits: those of each track that are done on the frame, on all of its paths.
        truth: whether each track's object is on the frame, by the labels; None where none are given.
    """
    tracks = [
        _edited_banks(track.banks if isinstance(track, Paths) else (track,), own_edits, frame)
        for track, own_edits in zip(banks, edits, strict=True)
    ]
    on_cpu = encoded[0].top.device.type == "cpu"
    at_once = len(tracks) if on_cpu else max(len(tracks), *map(len, tracks))
    paths = [
        {
            bank: _Path(
                own_frame, bank, edited_recall(bank.recall(frame), own_edits, frame), own_edits, is_present
            )
            for bank in own_banks
        }
        for own_frame, own_banks, is_present, own_edits in zip(encoded, tracks, truth, edits, strict=True)
    ]
    decoded = _decode(
        network, [path for own_paths in paths for path in own_paths.values()], at_once, frame, form
    )
    parents: list[list[int]] = []
    taken: list[list[_Taken]] = []
    for own_paths, own_banks in zip(paths, tracks, strict=True):
        on_each = [decoded[own_paths[bank]] for bank in own_banks]
        branches = _rule_of(own_banks[0]).branch(own_banks, [path.candidates for path in on_each])
        parents.append([branch.path for branch in branches])
        taken.append(_one_of_equals(_Taken(on_each[branch.path], branch.choice) for branch in branches))
    steps = _answer(
        network, [path_taken for own_taken in taken for path_taken in own_taken], at_once, frame, form
    )
    return [
        branched(
            [(parent, steps[path_taken]) for parent, path_taken in zip(own_parents, own_taken, strict=True)]
        )
        for own_parents, own_taken in zip(parents, taken, strict=True)
    ]


def keeps_paths(bank: Bank | Paths) -> bool:
    """Tell whether a track is one for ``follow_paths``."""
    return isinstance(bank, Paths) or isinstance(bank.rule, BranchingRule)


def _edited_banks(banks: Sequence[Bank], edits: Sequence[Edit], frame: int) -> list[Bank]:
    """Return the banks of a track's paths after edits; those that share one go on sharing it."""
    edited = {bank: edited_bank(bank, edits, frame) for bank in banks}
    return [edited[bank] for bank in banks]


def _rule_of(bank: Bank) -> BranchingRule:
    if not isinstance(bank.rule, BranchingRule):
        raise TypeError(f"{bank.rule!r} keeps no paths")
    return bank.rule


def _decode(
    network: Any, paths: Sequence[_Path], at_once: int, frame: int, form: Form
) -> dict[_Path, _DecodedPath]:
    """Have memory attention and the mask decoder run on paths."""
    decoded: dict[_Path, _DecodedPath] = {}
    several = wants_several_masks(network, 0)
    for together in batches(paths, lambda path: path.recall.layout, at_once):
        frames = stack_encoded([path.encoded for path in together])
        conditioned = form.attend(network, frames, stack_recalls([path.recall for path in together]))
        edit = editing([path.edits for path in together], frame)
        conditioned = edit("memory_conditioned", conditioned)
        masks = decode_masks(network, frames, conditioned, None, several_masks=several, edit=edit)
        each = zip(together, torch.split(conditioned, 1), split_masks(masks), strict=True)
        decoded |= {
            path: _DecodedPath(path, own_conditioned, its_masks) for path, own_conditioned, its_masks in each
        }
    return decoded


def _one_of_equals(taken: Iterable[_Taken]) -> list[_Taken]:
    """Return them with the first of equal ones in the place of each."""
    result: list[_Taken] = []
    for path_taken in taken:
        equals = (
            first
            for first in result
            if first.decoded is path_taken.decoded and first.choice == path_taken.choice
        )
        result.append(next(equals, path_taken))
    return result


def _answer(
    network: Any, taken: Sequence[_Taken], at_once: int, frame: int, form: Form
) -> dict[_Taken, Step]:
    """Complete the steps of paths that live on."""
    steps = {}
    for batch in batches(list(dict.fromkeys(taken)), lambda _: None, at_once):
        frames = stack_encoded([path_taken.decoded.path.encoded for path_taken in batch])
        conditioned = torch.cat([path_taken.decoded.conditioned for path_taken in batch])
        masks = stack_masks([path_taken.decoded.masks for path_taken in batch])
        edit = editing([path_taken.decoded.path.edits for path_taken in batch], frame)
        chosen = _chosen([path_taken.choice for path_taken in batch], conditioned.device)
        decoded = answer_of(network, masks, chosen, edit)
        tensors = answered_tensors(network, frames, conditioned, decoded, form=form, edit=edit)
        for path_taken, path_tensors in zip(batch, split_tensors(tensors), strict=True):
            path, state = path_taken.decoded.path, path_taken.choice.state
            bank = path.bank if state is None else replace(path.bank, state=state)
            own_tensors = replace(path_tensors, encoded=path.encoded)
            step = followed(own_tensors, bank, frame, path.recall, path.truth)
            own_edit = editing([path.edits], frame)
            steps[path_taken] = encoded_again(network, step, form=form, edit=own_edit)
    return steps


def _chosen(choices: Sequence[Choice], device: torch.device) -> Chosen:
    """Return choices as tensors on a device, which is not waited for."""
    rows = [
        (
            choice.candidate,
            choice.present,
            choice.present if choice.stored_as_present is None else choice.stored_as_present,
        )
        for choice in choices
    ]
    candidates, present, stored = sent(torch.tensor(rows), device).unbind(dim=1)
    return Chosen(candidates, present.bool(), stored.bool())
