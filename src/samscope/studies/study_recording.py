"""The records of a study's draws."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from samscope.clips.clip import Clip, Draw
from samscope.observation.observe import ClipRecords, observe_clips
from samscope.records.failures import Failure
from samscope.records.parts import Part
from samscope.records.store import TENSORS
from samscope.studies.isolation import Fault
from samscope.studies.recording import DrawRecorder, FrameCounter, twin_track_name
from samscope.support.provenance import made_here

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recorder(DrawRecorder[ClipRecords]):
    """Makes parts of a study."""

    def _observe(self, clips: Sequence[Clip], counter: FrameCounter) -> list[ClipRecords | Fault]:
        with_maps = {draw.clip for draw in self.source.draws[: self.settings.maps]}
        keep = self.parts.folder / TENSORS if self.settings.keep else None

        def attempt(clips_together: Sequence[Clip], batch: int) -> Sequence[ClipRecords]:
            return observe_clips(
                self.model,
                clips_together,
                maps=[place for place, clip in enumerate(clips_together) if clip.draw.clip in with_maps],
                keep=keep,
                attention=self.settings.attention,
                batch=batch,
                ahead=self.ahead,
                advance=counter.attempt(),
            )

        return self.apart(attempt).each(clips, self.fits.limited(self.settings.tracks_at_once))

    def _observe_twin(
        self, clips: Sequence[Clip], observed: Sequence[ClipRecords | Fault], counter: FrameCounter
    ) -> list[ClipRecords | Fault | None]:
        twin = self.twin
        due = [
            place
            for place, (clip, outcome) in enumerate(zip(clips, observed, strict=True))
            if self._has_twin(clip.set, clip.draw) and not isinstance(outcome, Fault)
        ]
        beside: list[ClipRecords | Fault | None] = [None] * len(clips)
        if twin is None or not due:
            return beside

        def attempt(clips_together: Sequence[Clip], batch: int) -> Sequence[ClipRecords]:
            return observe_clips(
                twin, clips_together, batch=batch, ahead=self.ahead, advance=counter.attempt(twin_track_name)
            )

        tried = self.apart(attempt).each(
            [clips[place] for place in due], self.fits.limited(self.settings.tracks_at_once)
        )
        for place, outcome in zip(due, tried, strict=True):
            beside[place] = outcome
        return beside

    def _write(
        self,
        draw: Draw,
        records: Sequence[ClipRecords],
        failures: Sequence[Failure],
        seconds: float = 0.0,
        twin: Sequence[ClipRecords] = (),
    ) -> Part:
        sets = [clip_records.clips[0]["set"] for clip_records in records] if self.settings.keep else []
        tensors = [self.parts.folder / TENSORS / name / f"{draw.name}.safetensors" for name in sets]
        part = self.parts.write(
            draw.clip,
            records,
            twin=twin,
            failures=failures,
            inputs=self.inputs(draw),
            made=made_here(seconds),
            tensors=tensors,
        )
        counts = {"draw": draw.clip, "clips": len(records), "failed": len(failures)}
        _logger.info(
            "draw %d: %d clips recorded, %d failed",
            *counts.values(),
            extra={**counts, "seconds": part.made["seconds"]},
        )
        return part
