"""A trace, stage by stage: a model and videos in; outcomes, tables, a map and a page out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from samscope.analysis.causes.cells import check_positions, usual_positions
from samscope.records.failures import FAILURES_TABLE, write_failures
from samscope.records.parts import Part
from samscope.report.trace_page import PAGE, write_trace_page
from samscope.studies.identity import job_digest
from samscope.studies.stages import Ready, prepare, record_parts
from samscope.studies.tracing.draw import sites_of
from samscope.studies.tracing.recording import TraceRecorder
from samscope.studies.tracing.settings import TraceSettings, check_splice
from samscope.studies.work_folder import workplace
from samscope.support.errors import UsageError
from samscope.support.progress import Progress, Timed
from samscope.support.provenance import cost_of, provenance
from samscope.support.result_folder import TRACE_FILE, write_json
from samscope.trackers.edit_checks import require_single_path
from samscope.trackers.rules.naming import rule_text
from samscope.trackers.sam2.built_in import read_from
from samscope.trackers.sites import SITES_BY_NAME


def run_trace(settings: TraceSettings, progress: Progress) -> Path:
    """Track pairs of clips with values of one put into the other, and say what that changes.

    As in a study, what can be checked is checked before the first clip is made, one draw is held at a time,
    and each draw's outcomes are a part that ``resume`` finds again. A clip that cannot be made is left out, a
    draw whose runs fail with all of its sets; both are listed in ``failures.csv``.

    Args:
        settings: what the trace is.
        progress: hears of every run.

    Returns:
        The page in the folder ``settings.study.out``.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: videos, model or disk are not as they must be, no pair of clips could be traced, or one
            failed and ``study.fail_fast`` is set. What is finished by then is kept beside ``out``, and
            ``resume`` goes on with it.
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
        cells, options = settings.cells(positions), settings.to_json(positions)
        if study.batch is None:
            batch = ready.model.usual_batch(len(settings.traced) * len(cells))
            ready = replace(ready, settings=replace(ready.settings, batch=batch))
        job = {**ready.job, **options, "batch": ready.settings.batch}
        parts = place.begin(job)
        if parts is None:
            return study.out / PAGE
        recorder = TraceRecorder(
            ready.settings,
            ready.model,
            ready.source,
            parts,
            traced=settings.traced,
            cells=cells,
            probes=settings.probes,
        )
        made_parts = record_parts(recorder, timed)
        with timed.stage("page"):
            write_trace_page(place.folder, study.clips.timeline)
        failures = [failure for part in made_parts for failure in part.failures]
        if failures:
            write_failures(place.folder / FAILURES_TABLE, failures)
        write_json(place.folder / TRACE_FILE, _manifest(ready, options, job, made_parts, timed))
        place.finish()
    return study.out / PAGE


def _check_clips(ready: Ready, settings: TraceSettings) -> None:
    """Refuse clips that are made already and are not those that are asked for."""
    clip_settings = ready.source.settings
    missing = [name for name in ("clean", *settings.traced) if name not in clip_settings.sets]
    if missing:
        raise UsageError(
            f"--videos {settings.study.clips.videos}: its clips have no set {missing[0]}; build them with "
            f"--sets {','.join(('clean', *settings.traced))}"
        )
    check_splice(clip_settings)


def _manifest(
    ready: Ready, options: Mapping[str, Any], job: Mapping[str, Any], parts: Sequence[Part], timed: Timed
) -> dict[str, Any]:
    failures = [failure for part in parts for failure in part.failures]
    return {
        **ready.settings.to_json(),
        **ready.source.settings.to_json(),
        **ready.source.facts,
        **options,
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
