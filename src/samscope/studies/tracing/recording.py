"""The outcomes of draws: the clips of one made, its runs tracked, and written as a part."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from samscope.analysis.causes.cells import Cell
from samscope.analysis.causes.outcomes import OUTCOMES, TABLE
from samscope.clips.clip import Draw, SetName
from samscope.records.failures import Failure
from samscope.records.parts import Part
from samscope.records.store import RECORDS
from samscope.studies.isolation import Fault
from samscope.studies.recording import DrawRecorder, MadeDraw
from samscope.studies.tracing.draw import Traced, runs_of, trace_draw
from samscope.studies.tracing.settings import OTHER_OBJECT
from samscope.support.disk import whole_file
from samscope.support.progress import Advance


@dataclass(frozen=True)
class TraceRecorder(DrawRecorder[Any]):
    """Makes parts of a trace, as ``Recorder`` makes those of a study; a group is one draw.

    Attributes:
        traced: the sets that are traced.
        cells: the runs of each pair of clips.
        probes: whether the runs of ``tracing.probes`` are made as well.
    """

    traced: tuple[SetName, ...] = ()
    cells: tuple[Cell, ...] = ()
    probes: bool = True

    @property
    def maker(self) -> Callable[..., "TraceRecorder"]:
        """What makes a recorder of the same runs."""
        return partial(TraceRecorder, traced=self.traced, cells=self.cells, probes=self.probes)

    def groups(self) -> list[list[Draw]]:
        """Return all draws, each by itself, in order."""
        return [[draw] for draw in self.source.draws]

    def frames(self, groups: Sequence[Sequence[Draw]]) -> int:
        """Return how many runs are told of, of some groups."""
        return self._runs() * sum(map(len, groups))

    def record(
        self, group: Sequence[Draw], advance: Advance, made_draws: Sequence[MadeDraw] | None = None
    ) -> list[Part]:
        """Track the runs of draws, and write the parts that are missing.

        A draw whose runs fail is left out, and all of its traced sets are listed in its part.

        Args:
            group: one of ``groups``.
            advance: called for every run, those that fail or could not be made as well.
            made_draws: as for ``DrawRecorder.record``.

        Raises:
            SamscopeError: nothing can be written; or a clip failed and ``fail_fast`` is set.
            RuntimeError: the device is broken.
        """
        made_draws = self.make(group) if made_draws is None else made_draws
        return [
            self._record(draw, made_draw, advance) for draw, made_draw in zip(group, made_draws, strict=True)
        ]

    def _runs(self) -> int:
        timeline = self.source.settings.timeline
        return runs_of(self.model, timeline, len(self.traced), self.cells, probes=self.probes)

    def _record(self, draw: Draw, made_draw: MadeDraw, advance: Advance) -> Part:
        begin = time.perf_counter()
        clips, failures = made_draw
        by_set: dict[str, Traced] = {clip.set: Traced(clip) for clip in clips}
        transformed = [by_set[name] for name in self.traced if name in by_set]
        lost = [failure for failure in failures if failure.set != OTHER_OBJECT]
        rows: list[dict[str, Any]] = []
        counted = _Counted(advance, self._runs())
        if "clean" in by_set and transformed:
            traced = self._trace(by_set, transformed, counted)
            if isinstance(traced, Fault):
                lost += [
                    self._failure(draw, traced_clip.clip.set, "tracking", traced.kind, traced.reason)
                    for traced_clip in transformed
                ]
            else:
                rows = traced
        counted.fill(draw.name)
        return self._written(draw, rows, len(transformed) if rows else 0, lost, time.perf_counter() - begin)

    def _trace(
        self, by_set: dict[str, Traced], transformed: Sequence[Traced], counted: "_Counted"
    ) -> list[dict[str, Any]] | Fault:
        def attempt(_: Sequence[Traced], batch: int) -> list[list[dict[str, Any]]]:
            rows = trace_draw(
                self.model,
                by_set["clean"],
                transformed,
                self.cells,
                probes=self.probes,
                other_object=by_set.get(OTHER_OBJECT),
                batch=batch,
                advance=counted.attempt(),
            )
            return [rows]

        (traced,) = self.apart(attempt).each(
            [by_set["clean"]], self.fits.limited(self.settings.tracks_at_once)
        )
        return traced

    def _written(
        self,
        draw: Draw,
        rows: list[dict[str, Any]],
        clips: int,
        failures: Sequence[Failure],
        seconds: float,
    ) -> Part:
        if (before := self.parts.standing(draw.clip, clips)) is not None:
            return before
        files: list[Path] = []
        if rows:
            path = self.parts.folder / RECORDS / TABLE / f"part-{draw.clip:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as unfinished:
                pq.write_table(pa.Table.from_pylist(rows, schema=OUTCOMES), unfinished)
            files.append(path)
        return self.finish(draw, files, clips=clips, failures=failures, seconds=seconds)


class _Counted:
    """Passes so many runs on, each once, however often they are tried.

    Args:
        advance: hears of them.
        runs: how many there are.
    """

    def __init__(self, advance: Advance, runs: int) -> None:
        self._advance, self._runs, self._counted = advance, runs, 0

    def attempt(self) -> Advance:
        """Return what hears of the runs of one attempt."""
        tried = 0

        def hear(piece: str) -> None:
            nonlocal tried
            tried += 1
            if tried > self._counted:
                self._counted = tried
                self._advance(piece)

        return hear

    def fill(self, piece: str) -> None:
        """Pass on the runs that were not made, those of clips that could not be."""
        for _ in range(self._counted, self._runs):
            self._advance(piece)
