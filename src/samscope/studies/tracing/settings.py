"""What a trace is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from samscope.analysis.causes.cells import DIRECTIONS, USUAL_SPANS, Cell, Direction, cells_of, parse_spans
from samscope.clips.clip import SetName
from samscope.clips.settings import ClipSettings
from samscope.studies.settings import StudySettings
from samscope.support.errors import UsageError

PAIRED_SETS: tuple[SetName, ...] = ("interjection", "context_removal", "obscuration", "overlay")
"""The sets whose clips show the clean clip's object at the clean clip's times."""

OTHER_OBJECT: SetName = "object_removal"
"""The set whose object is another one: its pointer is what the probe of exchanged pointers takes."""


@dataclass(frozen=True)
class TraceSettings:
    """What a trace is: a study's clips and model, and which runs are made of each pair of clips.

    Attributes:
        study: where it is written to, its clips and its model. Its sets are those that are traced.
        positions: as ``Cell.position``; None for ``usual_positions``.
        spans: as ``parse_spans`` takes them.
        directions: of ``DIRECTIONS``.
        probes: whether the runs of ``tracing.probes`` are made as well.

    Raises:
        UsageError: a set has no counterpart in the clean clips, none is left, there is no such direction or
            span, or interjected frames are inserted, so that later frames have another time than clean ones.
    """

    study: StudySettings
    positions: tuple[str, ...] | None = None
    spans: tuple[str, ...] = USUAL_SPANS
    directions: tuple[Direction, ...] = DIRECTIONS
    probes: bool = True

    def __post_init__(self) -> None:
        clips = self.study.clips
        traced = tuple(name for name in clips.sets if name != "clean")
        for name in traced:
            if name not in PAIRED_SETS:
                raise UsageError(
                    f"--sets names {name}, whose object is not the clean clip's, so that there is no clean "
                    f"value to restore; expected some of {', '.join(PAIRED_SETS)}"
                )
        if not traced:
            raise UsageError(f"--sets names no set to trace; expected some of {', '.join(PAIRED_SETS)}")
        check_splice(clips)
        if not self.directions or set(self.directions) - set(DIRECTIONS):
            raise UsageError(
                f"--directions is {','.join(self.directions)!r}; expected some of {', '.join(DIRECTIONS)}"
            )
        parse_spans(self.spans, clips.timeline)
        sets: tuple[SetName, ...] = ("clean", *traced, *((OTHER_OBJECT,) if self.probes else ()))
        study = replace(self.study, clips=replace(clips, sets=sets), control="none", maps=0)
        object.__setattr__(self, "study", study)

    @property
    def traced(self) -> tuple[SetName, ...]:
        """The sets that are traced."""
        return tuple(name for name in self.study.clips.sets if name in PAIRED_SETS)

    def cells(self, positions: Sequence[str]) -> tuple[Cell, ...]:
        """Return the cells of each pair, of these positions."""
        return cells_of(positions, parse_spans(self.spans, self.study.clips.timeline), self.directions)

    def to_json(self, positions: Sequence[str]) -> dict[str, Any]:
        """Return what the runs depend on beside the study, as plain values."""
        timeline = self.study.clips.timeline
        return {
            "positions": list(positions),
            "spans": [str(span) for span in parse_spans(self.spans, timeline)],
            "directions": list(self.directions),
            "probes": self.probes,
        }


def check_splice(clips: ClipSettings) -> None:
    """Refuse interjected frames that shift what follows.

    Raises:
        UsageError: they do.
    """
    if "interjection" in clips.sets and clips.options.splice != "replace":
        raise UsageError(
            "interjection with inserted frames: those after them have another time than the clean clip's; "
            "take --splice replace"
        )
