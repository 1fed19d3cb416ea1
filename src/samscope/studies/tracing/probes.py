"""Probes: edits of a run that take nothing from the paired one, each the test of one question."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from samscope.analysis.causes.outcomes import (
    FORCED_ABSENT,
    FORCED_PRESENT,
    ONLY_POINTERS,
    OTHER_POINTERS,
    WITHOUT_FRAME,
    WITHOUT_POINTERS,
)
from samscope.clips.clip import Timeline
from samscope.trackers.edits import Edit, Put, Remove
from samscope.trackers.memory import MemoryRule
from samscope.trackers.rules.sam2 import Sam2Memory

Run = Literal["clean", "transformed"]

FORCED_SCORE = 10.0
"""The logit that SAM 2 itself takes for an object that surely is there; its negative says that it is not."""

LATEST = 6
"""Frames before the suffix that are left unread in turn: as many memories SAM 2 reads beside the prompt's."""


_ATTENTION = ("attention_to_memory", "attention_to_pointer")


@dataclass(frozen=True)
class Probe:
    """One run.

    Attributes:
        name: of ``analysis.causes.outcomes``.
        run: whose frames are tracked.
        edits: what is done.
        first: the first edited frame, or the one that is not read.
        last: the last edited frame, or again the one that is not read.
    """

    name: str
    run: Run
    edits: tuple[Edit, ...]
    first: int
    last: int


def probes_of(
    timeline: Timeline, sites: Collection[str], rule: MemoryRule | None, other_pointer: Tensor | None
) -> tuple[Probe, ...]:
    """Return the probes of clips.

    Pointers are taken away, exchanged, or left alone without memories, from the first frame of the middle on;
    the object score is forced throughout the middle; the prompted and each of the latest remembered frames is
    not read in the suffix, under SAM 2's own rule, whose frames are known beforehand.

    Args:
        timeline: of the clips.
        sites: names of those that the tracker has; a probe of others is left out.
        rule: the tracker's memory rule.
        other_pointer: another object's, as stored on its prompted frame; None leaves the exchange out.
    """
    middle = timeline.middle_frames
    onwards, suffix = range(middle.start, timeline.length), range(middle.stop, timeline.length)
    probes: list[Probe] = []

    def add(name: str, run: Run, frames: range, *edits: Edit) -> None:
        if all(edit.site in sites for edit in edits):
            probes.append(Probe(name, run, edits, frames[0], frames[-1]))

    runs: tuple[Run, ...] = ("clean", "transformed")
    for run in runs:
        add(WITHOUT_POINTERS, run, onwards, Edit("attention_to_pointer", onwards, Remove()))
        add(ONLY_POINTERS, run, onwards, Edit("attention_to_memory", onwards, Remove()))
        if rule == Sam2Memory():
            for frame in (0, *range(max(1, suffix[0] - LATEST), suffix[0])):
                unread = [Edit(site, suffix, Remove(), of=frame) for site in _ATTENTION]
                add(WITHOUT_FRAME, run, range(frame, frame + 1), *unread)
    if other_pointer is not None:
        exchanged = Edit("recalled_pointer", onwards, Put(other_pointer))
        add(OTHER_POINTERS, "clean", onwards, exchanged)
    add(FORCED_ABSENT, "clean", middle, Edit("object_score", middle, Put(-FORCED_SCORE)))
    add(FORCED_PRESENT, "transformed", middle, Edit("object_score", middle, Put(FORCED_SCORE)))
    return tuple(probes)
