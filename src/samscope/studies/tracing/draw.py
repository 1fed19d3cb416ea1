"""The runs of one draw: its clips as they are, then with values of one put into the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from samscope.analysis.causes.cells import Cell
from samscope.analysis.masks.recovery import FOUND
from samscope.clips.clip import Clip, Timeline
from samscope.clips.facts import clip_row
from samscope.observation.davis_measures import region_similarity
from samscope.studies.tracing.probes import Probe, probes_of
from samscope.support.errors import UsageError
from samscope.trackers.edit_checks import EditedTracker
from samscope.trackers.edits import Edit, Put, seen_at
from samscope.trackers.family import Tracker
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, track_together

_CLIP_COLUMNS = ("set", "clip", "source_video", "partner_video", "overlay_videos")


@dataclass(frozen=True, eq=False)
class Traced:
    """A clip of a draw, and what is done in every one of its runs.

    Attributes:
        clip: the clip.
        edits: before those of cells and probes; none in a trace of clips as they are.
    """

    clip: Clip
    edits: tuple[Edit, ...] = ()

    def prompted(self, edits: Sequence[Edit] = (), frames: int | None = None) -> PromptedClip:
        """Return it as it is tracked, with further edits, or its first frames alone."""
        clip = self.clip
        tracked_frames = clip.frames if frames is None else clip.frames[:frames]
        return PromptedClip(tracked_frames, clip.masks[0], clip.present[:frames], (*self.edits, *edits))


@dataclass(frozen=True)
class Run:
    """One run: which clip is tracked with which edits, and what its row of the table says of it."""

    place: int
    kind: str
    edited: str = ""
    first: int | None = None
    last: int | None = None
    edits: tuple[Edit, ...] = ()
    tracked: bool = True


@dataclass
class Suffix:
    """What is measured of a run over the suffix, frame after frame.

    Attributes:
        clip: the clip.
        j: of each frame of the suffix, NaN where the object is not on it.
        scores: likewise, NaN where the family has none.
    """

    clip: Clip
    j: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, seen: Seen) -> None:
        """Measure a frame; those before the suffix are passed over."""
        frame, clip = seen.frame_index, self.clip
        if clip.timeline.segment(frame) != "suffix":
            return
        is_present = bool(clip.present[frame])
        mask = seen.mask.cpu().numpy()
        self.j.append(region_similarity(clip.masks[frame], mask, clip.void[frame]) if is_present else np.nan)
        self.scores.append(np.nan if seen.object_score is None else seen.object_score)

    def outcome(self) -> dict[str, Any]:
        """Return the columns of ``OUTCOMES`` that are measured."""
        j = np.array(self.j)
        back = np.flatnonzero(j >= FOUND)
        return {
            "j": float(np.nanmean(j)) if np.isfinite(j).any() else None,
            "object_score": None if np.isnan(self.scores).any() else float(np.mean(self.scores)),
            "wait": float(back[0] if len(back) else len(j)),
            "returned": bool(len(back)),
        }


def trace_draw(
    model: Tracker,
    clean: Traced,
    transformed: Sequence[Traced],
    cells: Sequence[Cell],
    *,
    probes: bool = False,
    other_object: Traced | None = None,
    batch: int = 1,
    advance: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Track the runs of a draw and measure what each came to.

    The clips themselves are tracked first, and of them what cells need is held: every tensor of the frames
    of all spans. All other runs are then tracked together, so that what they share (each frame's encoding,
    every step before the first frame that differs or is edited, and steps that are edited alike) is computed
    once. Of runs that are edited while clean and transformed clip are one track, nothing is tracked: the
    outcome is that of the run without edits.

    Args:
        model: its family has sites.
        clean: the clean clip.
        transformed: clips of the same object, mask and timeline, one a set.
        cells: the runs of each pair.
        probes: whether those of ``probes_of`` are made as well.
        other_object: a clip of another object, whose pointer takes the place of the clean clip's in a probe.
        batch: as for ``track_together``.
        advance: called for every run.

    Returns:
        Rows of ``OUTCOMES``.

    Raises:
        UsageError: a cell's position does not exist on one of its frames.
    """
    clips = [clean, *transformed]
    needed = {frame for cell in cells for frame in cell.span.frames}
    extra = [] if other_object is None or not probes else [other_object.prompted(frames=1)]
    suffixes = [Suffix(traced_clip.clip) for traced_clip in clips]
    kept: list[dict[int, Seen]] = [{} for _ in clips]
    together_until = [0] * len(clips)
    other_pointer: Tensor | None = None
    for step in track_together(
        model, [*(traced_clip.prompted() for traced_clip in clips), *extra], batch=batch
    ):
        for place in step.clips:
            if place == len(clips):
                other_pointer = step.seen.object_pointer
                continue
            suffixes[place].add(step.seen)
            if step.seen.frame_index in needed:
                kept[place][step.seen.frame_index] = step.seen
            if 0 in step.clips:
                together_until[place] = step.seen.frame_index + 1
    runs = [Run(place, "transformed" if place else "clean") for place in range(len(clips))]
    rows = [_row(clips[run.place].clip, run, suffixes[run.place]) for run in runs]
    further = [
        run
        for place in range(1, len(clips))
        for cell in cells
        for run in [_cell_run(cell, place, kept, together_until[place])]
    ]
    if probes:
        further += _probe_runs(model, clips, other_pointer)
    for run in further:
        if not run.tracked:
            place = 0 if run.kind == "spoil" else run.place
            rows.append(_row(clips[run.place].clip, run, suffixes[place]))
            advance(_run_name(run))
    tracked = [run for run in further if run.tracked]
    # of a spoiled run the frames are the clean clip's; the row is that of the set whose values it takes
    shown_clips = [clips[0] if run.kind == "spoil" else clips[run.place] for run in tracked]
    edited = [Suffix(traced_clip.clip) for traced_clip in shown_clips]
    prompted = [
        traced_clip.prompted(run.edits) for traced_clip, run in zip(shown_clips, tracked, strict=True)
    ]
    last = clean.clip.timeline.length - 1
    for step in track_together(model, prompted, batch=batch) if prompted else ():
        for place in step.clips:
            edited[place].add(step.seen)
            if step.seen.frame_index == last:
                advance(_run_name(tracked[place]))
    rows += [_row(clips[run.place].clip, run, suffix) for run, suffix in zip(tracked, edited, strict=True)]
    return rows


def runs_of(model: Tracker, timeline: Timeline, sets: int, cells: Sequence[Cell], *, probes: bool) -> int:
    """Return how often ``trace_draw`` calls ``advance`` for so many sets, where no clip is missing."""
    if not probes:
        return sets * len(cells)
    sites = sites_of(model)
    made_probes = probes_of(timeline, sites, model.memory_rule, None)
    of_clean = sum(probe.run == "clean" for probe in made_probes) + int("recalled_pointer" in sites)
    return (
        sets * (len(cells) + len(made_probes) - sum(probe.run == "clean" for probe in made_probes)) + of_clean
    )


def sites_of(model: Tracker) -> tuple[str, ...]:
    """Return the names of a tracker's sites.

    Raises:
        UsageError: it has none.
    """
    if not isinstance(model, EditedTracker):
        raise UsageError(f"{model.name} has no sites: its family cannot be traced")
    return tuple(site.name for site in model.sites)


def _cell_run(cell: Cell, place: int, kept: Sequence[dict[int, Seen]], together_until: int) -> Run:
    source = kept[0 if cell.direction == "restore" else place]
    edits = tuple(
        Edit(site, frame, Put(_value(source[frame], site)))
        for frame in cell.span.frames
        for site in cell.sites
    )
    span = cell.span
    apart = span.last >= together_until
    return Run(place, cell.direction, cell.position, span.first, span.last, edits, tracked=apart)


def _value(seen: Seen, site: str) -> Tensor | float:
    """Return the very object that was seen, so that edits of one value are known to be equal."""
    value = seen.object_score if site == "object_score" else seen_at(seen, site)
    if value is None:
        raise UsageError(f"--positions: there is no {site} on frame {seen.frame_index}; take other --spans")
    return value


def _probe_runs(model: Tracker, clips: Sequence[Traced], other_pointer: Tensor | None) -> list[Run]:
    probes = probes_of(clips[0].clip.timeline, sites_of(model), model.memory_rule, other_pointer)

    def run(probe: Probe, place: int) -> Run:
        kind = f"{probe.run}_probe"
        return Run(place, kind, probe.name, probe.first, probe.last, probe.edits)

    return [
        run(probe, place)
        for place in range(len(clips))
        for probe in probes
        if (probe.run == "clean") == (place == 0)
    ]


def _row(clip: Clip, run: Run, suffix: Suffix) -> dict[str, Any]:
    facts = clip_row(clip)
    run_columns = {name: getattr(run, name) for name in ("kind", "edited", "first", "last", "tracked")}
    return {**{name: facts[name] for name in _CLIP_COLUMNS}, **run_columns, **suffix.outcome()}


def _run_name(run: Run) -> str:
    return f"{run.kind} {run.edited}"
