"""Memory rules on the same clips: a model and videos in; records, tables and a page out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.rules.parting import widest_parting
from samscope.clips.clip import Clip
from samscope.clips.source import ClipSource
from samscope.records.failures import FAILURES_TABLE, write_failures
from samscope.records.parting_pictures import read_parting, write_parting
from samscope.records.parts import Part
from samscope.records.rule_records import RuleRecords, read_rule_records
from samscope.report.plates import TABLES, write_table
from samscope.report.rule_sides import parting_pictures, shows
from samscope.report.rules_page import COSTS_TABLE, PAGE
from samscope.report.rules_report import draw_rules_report, run_rules_report
from samscope.studies.engine import HERE, Engine, engine_of
from samscope.studies.identity import job_digest
from samscope.studies.rule_costs import rule_costs
from samscope.studies.rule_recording import RuleRecorder
from samscope.studies.rule_settings import RuleSettings
from samscope.studies.stages import Ready, prepare, record_parts
from samscope.studies.work_folder import workplace
from samscope.support.progress import Progress, Timed
from samscope.support.provenance import cost_of, provenance
from samscope.support.result_folder import RULES_FILE, SHARD_FILE, write_json
from samscope.trackers.family import Tracker
from samscope.trackers.memory import MemoryRule
from samscope.trackers.rules.naming import memory_rule
from samscope.trackers.sam2.built_in import read_from
from samscope.trackers.shared import PromptedClip, track_together


def run_rules(settings: RuleSettings, progress: Progress) -> Path:
    """Track the same clips under several memory rules, score each, and draw the page.

    The clips of a draw are made once, and their distinct frames are encoded once for all rules. What can be
    checked is checked before the first clip is made. A clip that fails is left out under all rules, and
    listed in ``failures.csv``. Of a finished comparison ``settings.resume`` makes what its folder lacks.

    Args:
        settings: which rules, on which clips. A shard has no page: ``run_merge`` puts all together.
        progress: hears how far it is.

    Returns:
        The page in the folder ``settings.out``.

    Raises:
        UsageError: an input is not as it must be, a rule needs what the model does not have, or something is
            at ``settings.out`` that may not be replaced.
        SamscopeError: nothing can be written there, or no clip could be tracked.
    """
    timed = Timed(progress)
    videos = settings.clips.videos
    inputs = [*read_from(settings.model), *([] if videos is None else [videos])]
    with workplace(
        settings.out, resume=settings.resume, overwrite=settings.overwrite, inputs=inputs
    ) as place:
        engine, study = engine_of(settings.study)
        ready = prepare(study, timed, engine)
        rules = {name: memory_rule(name) for name in settings.names}
        for rule in rules.values():
            ready.model.with_memory_rule(rule)
        job = {**ready.job, "rules": list(rules)}
        parts = place.begin(job)
        if parts is None:
            if settings.shard is None and _complete(ready, place.target, rules, timed, engine):
                run_rules_report(place.target, timed)
            return settings.out / PAGE
        recorder = RuleRecorder(ready.settings, ready.model, ready.source, parts, rules=rules)
        made_parts = record_parts(recorder, timed, engine)
        failures = [failure for part in made_parts for failure in part.failures]
        if failures:
            write_failures(place.folder / FAILURES_TABLE, failures)
        manifest = _manifest(ready, job, made_parts, engine)
        if (shard := settings.shard) is not None:
            manifest |= {"shard": {"number": shard.number, "of": shard.count}}
            write_json(place.folder / SHARD_FILE, {**manifest, **provenance(timed.seconds)})
        else:
            write_json(place.folder / RULES_FILE, {**manifest, **provenance(timed.seconds)})
            _complete(ready, place.folder, rules, timed, engine)
            draw_rules_report(place.folder, timed)
            write_json(place.folder / RULES_FILE, {**manifest, **provenance(timed.seconds)})
        place.finish()
    return settings.out / PAGE


def _manifest(
    ready: Ready, job: Mapping[str, Any], made_parts: Sequence[Part], engine: Engine
) -> dict[str, Any]:
    failures = [failure for part in made_parts for failure in part.failures]
    return {
        **ready.settings.to_json(),
        **ready.source.settings.to_json(),
        **ready.source.facts,
        "device": str(ready.model.device),
        "image_size": ready.model.image_size,
        "weights_sha256": ready.job["weights_sha256"],
        "rules": job["rules"],
        "job_sha256": job_digest(job),
        "clips_recorded": sum(part.clips for part in made_parts),
        "clips_failed": len(failures),
        "failures": [failure.to_json() for failure in failures],
        "work": cost_of([part.made for part in made_parts]),
        **({"engine": facts} if (facts := engine.facts()) else {}),
    }


def _complete(
    ready: Ready, folder: Path, rules: Mapping[str, MemoryRule], timed: Timed, engine: Engine
) -> bool:
    """Measure and picture what the folder of a comparison lacks; tell whether its page is to be drawn.

    Where workers with devices of their own have done the work, this process may have none: costs and pictures
    are left to a later run on such a device.
    """
    changed = False
    if engine == HERE or ready.model.device.type == "cpu":
        records = read_rule_records(folder, list(rules))
        costs = _measure_costs(ready, folder, records, rules, timed)
        changed = _keep_parting(ready, folder, records, rules) or costs
    return changed or not (folder / PAGE).is_file()


def _measure_costs(
    ready: Ready, folder: Path, records: RuleRecords, rules: Mapping[str, MemoryRule], timed: Timed
) -> bool:
    """Measure what each rule costs where the folder has no table of that; tell whether it had none."""
    if (folder / TABLES / f"{COSTS_TABLE}.csv").is_file():
        return False
    costs = rule_costs(ready.model, _timed_clip(ready.source, records), rules, timed)
    write_table(folder, COSTS_TABLE, pd.DataFrame([vars(cost) for cost in costs]))
    return True


def _keep_parting(ready: Ready, folder: Path, records: RuleRecords, rules: Mapping[str, MemoryRule]) -> bool:
    """Keep pictures of the clip on which two rules part most where the folder lacks them; tell whether."""
    parting = widest_parting(records)
    if parting is None or shows(read_parting(folder), parting):
        return False
    clip = _clip(ready.source, parting.set, parting.clip)
    masks = _masks(ready.model, clip, [rules[name] for name in parting.rules])
    write_parting(folder, parting_pictures(parting, clip, masks))
    return True


def _masks(model: Tracker, clip: Clip, rules: Sequence[MemoryRule]) -> list[list[Any]]:
    """Track a clip again under some rules, and return each one's masks, bool [H, W], frame by frame."""
    prompted = [PromptedClip(clip.frames, clip.masks[0], clip.present, memory=rule) for rule in rules]
    masks: list[list[Any]] = [[] for _ in rules]
    for together in track_together(model, prompted):
        for place in together.clips:
            masks[place].append(together.seen.mask.cpu().numpy())
    return masks


def _timed_clip(source: ClipSource, records: RuleRecords) -> Clip:
    """Return the first clip whose object goes, or the first of all."""
    clips = records.clips
    gone = clips.loc[clips["set"].isin(ABSENT_SETS)]
    row = (gone if len(gone) else clips).iloc[0]
    return _clip(source, str(row["set"]), int(row["clip"]))


def _clip(source: ClipSource, set_name: str, number: int) -> Clip:
    """Make a clip again."""
    (draw,) = (draw for draw in source.draws if draw.clip == number)
    (make,) = (make for name, make in source.makers(draw).items() if name == set_name)
    return make()
