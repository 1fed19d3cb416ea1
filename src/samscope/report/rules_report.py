"""The page of a finished comparison of memory rules, drawn from its folder: nothing of a model is loaded."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from samscope.analysis.rules.hypothesis import rule_claims
from samscope.analysis.rules.parting import widest_parting
from samscope.analysis.rules.scores import rule_scores
from samscope.records.parting_pictures import read_parting
from samscope.records.record_checks import check_settings
from samscope.records.rule_records import RuleRecords, read_rule_records
from samscope.report.plates import TABLES
from samscope.report.rule_sides import PartingShown, parting_shown, shows
from samscope.report.rules_page import COSTS_TABLE, RulesContent, write_rules
from samscope.report.wording import set_label
from samscope.support.errors import SamscopeError
from samscope.support.lock import locked
from samscope.support.progress import Progress
from samscope.support.reading import read_regular
from samscope.support.result_folder import RULES_FILE, disk_errors_named, read_json

_FACTS = ("clips", "sets", "seed", "model", "mode", "compile", "image_size", "device")
"""What the page says of what was run, from ``rules.json``."""

_COSTS = {"milliseconds": float, "encoding_milliseconds": float, "bank_bytes": int}
_MOST_COSTS_BYTES = 2**20


def run_rules_report(folder: Path, progress: Progress) -> Path:
    """Draw tables, figures and page again from the folder of a comparison of memory rules.

    What no record has is taken as it lies there: the costs from ``tables/rule_costs.csv``, the pictures of
    the clip on which two rules part from ``parting.safetensors``. Without them the page says what it lacks.

    Args:
        folder: written by ``run_rules``.
        progress: hears how far it is.

    Returns:
        The page.

    Raises:
        UsageError: another process is drawing the same.
        SamscopeError: what lies there is damaged or no such comparison, or nothing can be written there.
    """
    with disk_errors_named(str(folder), folder), locked(folder / ".report.lock", str(folder)):
        return draw_rules_report(folder, progress)


def draw_rules_report(folder: Path, progress: Progress) -> Path:
    """Draw the page of a folder that this process alone writes to; otherwise as ``run_rules_report``."""
    manifest = read_json(folder / RULES_FILE)
    check_settings(manifest, folder / RULES_FILE)
    rules = manifest.get("rules")
    if not (isinstance(rules, list) and rules and all(map(_is_name, rules)) and len({*rules}) == len(rules)):
        raise SamscopeError(
            f"{folder / RULES_FILE}: rules are {rules!r}; expected distinct names; run samscope rules again"
        )
    with progress.stage("page"):
        return write_rules(folder, _content(folder, manifest, read_rule_records(folder, rules)))


def _is_name(rule: object) -> bool:
    return isinstance(rule, str) and rule != "" and rule.isprintable()


def _content(folder: Path, manifest: Mapping[str, Any], records: RuleRecords) -> RulesContent:
    parting, missing = _parting(folder, records)
    return RulesContent(
        records.rules,
        {name: manifest[name] for name in _FACTS if name in manifest},
        rule_scores(records),
        rule_claims(records),
        _costs(folder, records.rules),
        parting,
        missing,
        records.clips["source_video"].nunique(),
        int(manifest.get("clips_failed") or 0),
    )


def _parting(folder: Path, records: RuleRecords) -> tuple[PartingShown | None, str]:
    """Return the clip on which two rules part most, or why it is not shown."""
    parting = widest_parting(records)
    if parting is None:
        is_single = len(records.rules) == 1
        return None, "There is one rule." if is_single else "All rules have the same masks on every clip."
    pictures = read_parting(folder)
    if pictures is None or not shows(pictures, parting):
        return None, (
            f"It would be draw {parting.clip} of {set_label(parting.set)}, under {parting.rules[0]} and "
            f"{parting.rules[1]}, but its pictures are not in the folder. The command that made the folder "
            "makes them with --resume."
        )
    return parting_shown(parting, pictures, records), ""


def _costs(folder: Path, rules: tuple[str, ...]) -> pd.DataFrame | None:
    """Return what each rule costs as the folder's table says; None where there is no such table."""
    path = folder / TABLES / f"{COSTS_TABLE}.csv"
    if not path.exists():
        return None
    try:
        costs = pd.read_csv(BytesIO(read_regular(path, _MOST_COSTS_BYTES)))[["rule", *_COSTS]].astype(_COSTS)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise SamscopeError(f"{path} is damaged ({reason}); remove it to draw the page without") from error
    if tuple(costs["rule"]) != rules:
        raise SamscopeError(f"{path}: its rules are not those of {RULES_FILE}; remove it to draw without")
    return costs
