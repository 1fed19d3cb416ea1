"""A trace, stage by stage: a model and videos in; outcomes, tables, a map and a page out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from samscope.analysis.causes.cells import Cell, check_positions, usual_positions
from samscope.analysis.causes.outcomes import OUTCOMES, TABLE
from samscope.clips.clip import Clip, Draw
from samscope.records.failures import FAILURES_TABLE, write_failures
from samscope.records.parts import Part, Parts
from samscope.records.store import RECORDS
from samscope.report.trace_page import PAGE, write_trace_page
from samscope.studies.identity import job_digest
from samscope.studies.stages import Ready, prepare
from samscope.studies.study_recording import Recorder
from samscope.studies.tracing.draw import Traced, runs_of, sites_of, trace_draw
from samscope.studies.tracing.settings import OTHER_OBJECT, TraceSettings, check_splice
from samscope.studies.work_folder import workplace
from samscope.support.disk import whole_file
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Advance, Progress, Timed
from samscope.support.provenance import cost_of, provenance
from samscope.support.result_folder import TRACE_FILE, write_json
from samscope.trackers.edit_checks import require_single_path
from samscope.trackers.rules.naming import rule_text
from samscope.trackers.sam2.built_in import read_from
from samscope.trackers.sites import SITES_BY_NAME


def run_trace(settings: TraceSettings, progress: Progress) -> Path:
    """Track pairs of clips with values of one put into the other, and say what that changes.

    As in a study, what can be checked is checked before the first clip is made, one draw is held at a time,
    each draw's outcomes are a part that ``resume`` finds again, and a clip that cannot be made is left out
    and listed in ``failures.csv``.

    Args:
        settings: what the trace is.
        progress: hears of every run.

    Returns:
        The page in the folder ``settings.study.out``.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: videos, model or disk are not as they must be, or no pair of clips could be made. What
            is finished by then is kept beside ``out``, and ``resume`` goes on with it.
    """
    timed, study = Timed(progress), settings.study
    videos = study.clips.videos
    inputs = [*read_from(study.model), *([] if videos is None else [videos])]
    with workplace(study.out, resume=study.resume, overwrite=study.overwrite, inputs=inputs) as place:
        ready = prepare(study, timed)
        _check_clips(ready, settings)
        sites = sites_of(ready.model)
        require_single_path(ready.model, "a trace")
        positions = usual_positions(sites) if settings.positions is None else settings.positions
        check_positions(positions, [name for name in sites if not SITES_BY_NAME[name].remembered])
        cells, asked = settings.cells(positions), settings.to_json(positions)
        if study.batch is None:
            batch = ready.model.usual_batch(len(settings.traced) * len(cells))
            ready = replace(ready, settings=replace(ready.settings, batch=batch))
        job = {**ready.job, **asked, "batch": ready.settings.batch}
        parts = place.begin(job)
        if parts is None:
            return study.out / PAGE
        made = _make_parts(ready, settings, parts, cells, timed)
        with timed.stage("page"):
            write_trace_page(place.folder, study.clips.timeline)
        failures = [failure for part in made for failure in part.failures]
        if failures:
            write_failures(place.folder / FAILURES_TABLE, failures)
        write_json(place.folder / TRACE_FILE, _manifest(ready, asked, job, made, timed))
        place.finish()
    return study.out / PAGE


def _check_clips(ready: Ready, settings: TraceSettings) -> None:
    """Refuse clips that are made already and are not those that are asked for."""
    made = ready.source.settings
    missing = [name for name in ("clean", *settings.traced) if name not in made.sets]
    if missing:
        raise UsageError(
            f"--videos {settings.study.clips.videos}: its clips have no set {missing[0]}; build them with "
            f"--sets {','.join(('clean', *settings.traced))}"
        )
    check_splice(made)


def _make_parts(
    ready: Ready, settings: TraceSettings, parts: Parts, cells: Sequence[Cell], progress: Progress
) -> list[Part]:
    recorder = Recorder(ready.settings, ready.model, ready.source, parts)
    made = {number: part for number, part in parts.finished().items() if part.settled}
    for draw in ready.source.draws:
        if draw.clip in made:
            recorder.check_inputs(made[draw.clip], draw)
    missing = [draw for draw in ready.source.draws if draw.clip not in made]
    timeline = ready.source.settings.timeline
    runs = runs_of(ready.model, timeline, len(settings.traced), cells, probes=settings.probes)
    with progress.stage("tracing", runs * len(missing)) as advance:
        for draw in missing:
            counted = _Counted(advance)
            made[draw.clip] = _make_part(recorder, draw, settings, cells, counted)
            counted.fill(runs, draw.name)
    parts.sweep(made.values())
    if not any(part.clips for part in made.values()):
        failures = [failure for part in made.values() for failure in part.failures]
        raise SamscopeError(f"none of the pairs of clips could be made; the first, {failures[0]}")
    return [made[number] for number in sorted(made)]


@dataclass
class _Counted:
    """Passes runs on and counts them."""

    advance: Advance
    runs: int = 0

    def __call__(self, piece: str) -> None:
        self.runs += 1
        self.advance(piece)

    def fill(self, runs: int, piece: str) -> None:
        """Pass on the runs that were not made, those of clips that could not be."""
        for _ in range(runs - self.runs):
            self.advance(piece)


def _make_part(
    recorder: Recorder, draw: Draw, settings: TraceSettings, cells: Sequence[Cell], advance: Advance
) -> Part:
    begin = time.perf_counter()
    ((clips, failures),) = recorder.make([draw])
    by_set: dict[str, Clip] = {clip.set: clip for clip in clips}
    failures = [failure for failure in failures if failure.set != OTHER_OBJECT]
    transformed = [Traced(by_set[name]) for name in settings.traced if name in by_set]
    rows: list[dict[str, Any]] = []
    if "clean" in by_set and transformed:
        rows = trace_draw(
            recorder.model,
            Traced(by_set["clean"]),
            transformed,
            cells,
            probes=settings.probes,
            other=Traced(by_set[OTHER_OBJECT]) if OTHER_OBJECT in by_set else None,
            batch=recorder.settings.tracks_at_once,
            advance=advance,
        )
    files: list[Path] = []
    if rows:
        path = recorder.parts.folder / RECORDS / TABLE / f"part-{draw.clip:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            pq.write_table(pa.Table.from_pylist(rows, schema=OUTCOMES), unfinished)
        files.append(path)
    return recorder.finish(
        draw,
        files,
        clips=len(transformed) if rows else 0,
        failures=failures,
        seconds=time.perf_counter() - begin,
    )


def _manifest(
    ready: Ready, asked: Mapping[str, Any], job: Mapping[str, Any], parts: Sequence[Part], timed: Timed
) -> dict[str, Any]:
    failures = [failure for part in parts for failure in part.failures]
    return {
        **ready.settings.to_json(),
        **ready.source.settings.to_json(),
        **ready.source.facts,
        **asked,
        "device": str(ready.model.device),
        "image_size": ready.model.image_size,
        "weights_sha256": ready.job["weights_sha256"],
        "memory_rule": rule_text(ready.model.memory_rule),
        "job_sha256": job_digest(job),
        "clips_recorded": sum(part.clips for part in parts),
        "clips_failed": len(failures),
        "failures": [failure.to_json() for failure in failures],
        **provenance(timed.seconds),
        "work": cost_of([part.made for part in parts]),
    }
