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
from samscope.trackers.grouping import batches
from samscope.trackers.memory import Bank, BranchingRule, Candidates, Choice, Paths, Recall
from samscope.trackers.sam2.decoding import DecodedMasks, answer_of, decode_masks, wants_several_masks
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import BranchedStep, Form, Step, answered_tensors, branched, followed


@dataclass(frozen=True, eq=False)
class _Path:
    """A path on a frame, before it is known whether it lives on.

    Attributes:
        encoded: the frame's encoding.
        bank: what is remembered along the path.
        recall: what of it is read.
    """

    encoded: EncodedFrame
    bank: Bank
    recall: Recall


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
    """A path that lives on, with the mask that it takes and the state that its rule carries on."""

    decoded: _DecodedPath
    choice: Choice
    state: Any


def follow_paths(
    network: Any,
    encoded: Sequence[EncodedFrame],
    banks: Sequence[Bank | Paths],
    frame: int,
    *,
    form: Form,
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
    """
    tracks = [track.banks if isinstance(track, Paths) else (track,) for track in banks]
    on_cpu = encoded[0].top.device.type == "cpu"
    at_once = len(tracks) if on_cpu else max(len(tracks), *map(len, tracks))
    paths = [
        {bank: _Path(own_frame, bank, bank.recall(frame)) for bank in own}
        for own_frame, own in zip(encoded, tracks, strict=True)
    ]
    decoded = _decode(network, [path for own in paths for path in own.values()], at_once, form)
    parents: list[list[int]] = []
    taken: list[list[_Taken]] = []
    for own_paths, own in zip(paths, tracks, strict=True):
        on_each = [decoded[own_paths[bank]] for bank in own]
        branches = _rule_of(own[0]).branch(own, [path.candidates for path in on_each])
        parents.append([branch.path for branch in branches])
        taken.append(_one_of_equals(_Taken(on_each[b.path], b.choice, b.state) for b in branches))
    steps = _answer(network, [one for own in taken for one in own], at_once, frame, form)
    return [
        branched([(parent, steps[one]) for parent, one in zip(own_parents, own, strict=True)])
        for own_parents, own in zip(parents, taken, strict=True)
    ]


def keeps_paths(bank: Bank | Paths) -> bool:
    """Tell whether a track is one for ``follow_paths``."""
    return isinstance(bank, Paths) or isinstance(bank.rule, BranchingRule)


def _rule_of(bank: Bank) -> BranchingRule:
    if not isinstance(bank.rule, BranchingRule):
        raise TypeError(f"{bank.rule!r} keeps no paths")
    return bank.rule


def _decode(network: Any, paths: Sequence[_Path], at_once: int, form: Form) -> dict[_Path, _DecodedPath]:
    """Have memory attention and the mask decoder run on paths."""
    decoded: dict[_Path, _DecodedPath] = {}
    several = wants_several_masks(network, 0)
    for together in batches(paths, lambda path: path.recall.layout, at_once):
        frames = stack_encoded([path.encoded for path in together])
        conditioned = form.attend(network, frames, stack_recalls([path.recall for path in together]))
        masks = decode_masks(network, frames, conditioned, None, several_masks=several)
        each = zip(together, torch.split(conditioned, 1), split_masks(masks), strict=True)
        decoded |= {path: _DecodedPath(path, own, its_masks) for path, own, its_masks in each}
    return decoded


def _one_of_equals(taken: Iterable[_Taken]) -> list[_Taken]:
    """Return them with the first of equal ones in the place of each."""
    firsts: list[_Taken] = []
    result = []
    for one in taken:
        equals = (
            first
            for first in firsts
            if first.decoded is one.decoded and (first.choice, first.state) == (one.choice, one.state)
        )
        first = next(equals, one)
        firsts.append(first)
        result.append(first)
    return result


def _stored_as_present(choice: Choice) -> bool:
    return choice.present if choice.stored_as_present is None else choice.stored_as_present


def _answer(
    network: Any, taken: Sequence[_Taken], at_once: int, frame: int, form: Form
) -> dict[_Taken, Step]:
    """Complete the steps of paths that live on."""
    steps = {}
    for some in batches(list(dict.fromkeys(taken)), lambda _: None, at_once):
        frames = stack_encoded([one.decoded.path.encoded for one in some])
        conditioned = torch.cat([one.decoded.conditioned for one in some])
        masks = stack_masks([one.decoded.masks for one in some])
        chosen = torch.tensor([one.choice.candidate for one in some], device=conditioned.device)
        present = torch.tensor([one.choice.present for one in some], device=conditioned.device)
        stored = [_stored_as_present(one.choice) for one in some]
        stored_as_present = torch.tensor(stored, device=conditioned.device)
        decoded = answer_of(network, masks, chosen, present, stored_as_present)
        tensors = answered_tensors(network, frames, conditioned, decoded, form=form)
        for one, own in zip(some, split_tensors(tensors), strict=True):
            path = one.decoded.path
            tensors_of_path = replace(own, encoded=path.encoded)
            bank = replace(path.bank, state=one.state)
            steps[one] = followed(tensors_of_path, bank, frame, path.recall)
    return steps
