"""The tables of a comparison's page: what each study found, and how far it is from the first."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, OBJECT_SCORE, choose
from samscope.analysis.rules.scores import ALL_ABSENT, OF_MEMORY
from samscope.figures.style import position_title
from samscope.records.schema import GAP_SET
from samscope.report.claims_view import VERDICTS
from samscope.report.comparison import Comparison
from samscope.report.rule_tables import BENCHMARKS, MEASURES, scored_set_label
from samscope.report.tables import Cell, Table, difference_cell
from samscope.report.wording import NONE, estimate, set_label
from samscope.trackers.positions import POSITION_NAMES

RISING_SETS = ("interjection", "object_removal", "context_removal")
"""The sets in whose middle the paper has features rise, or not."""

ABSENCE_MEASURES: dict[str, tuple[str, float]] = {
    "false_positive_area": ("False-positive area while it is gone (% of the picture)", 100.0),
    "missed_absence_by_mask": ("Frames with a mask while it is gone (%)", 100.0),
    "missed_absence_by_score": ("Frames with an object score above 0 while it is gone (%)", 100.0),
    "false_absence_by_score": ("Frames with a score of 0 or below while it is there (%)", 100.0),
    "never_found": ("Clips in which it is not found again (%)", 100.0),
    "frames_until_found": ("Frames from its return until it is found", 1.0),
    "j_after": ("J after its return", 1.0),
    "j_change_less_clean": ("Change of J, before to after, less the clean clip's", 1.0),
}
"""What the page shows of absence: title, and the factor from the tables' unit."""

SEGMENT_TITLES = {
    "whole": "Whole clip",
    "prefix": "Prefix",
    "middle": "Middle",
    "suffix": "Suffix",
}

Row = tuple[str, Mapping[str, Any]]
"""Label of a row, and the values of the columns that choose it."""


def settings_table(comparison: Comparison) -> Table:
    """Return what was run, with one column a study; facts that all studies share take one cell."""
    facts = comparison.tables["settings"]
    body = []
    for fact in dict.fromkeys(facts["fact"]):
        of_fact = facts.loc[facts["fact"] == fact].set_index("study")["value"]
        values = [str(of_fact.get(name, NONE)) for name in comparison.names]
        alike = len(set(values)) == 1
        cells = (Cell(values[0], span=len(values)),) if alike else tuple(Cell(value) for value in values)
        body.append((str(fact), cells))
    return Table(
        "settings",
        "What was run. A fact that all studies have in common stands once.",
        ("", *comparison.names),
        tuple(body),
        "settings",
    )


def claims_tables(comparison: Comparison) -> list[Table]:
    """Return the paper's claims with the verdict of each study, by the paper's definition and the control."""
    claims = comparison.tables["claims"]
    captions = {
        "paper": "The paper's claims, tested as the paper defines them.",
        "gap control": "The same beside clean clips, whose frames are compared with frames just as far back "
        "(the gap control): what is left is not the age of those frames.",
    }
    tables = []
    for definition, caption in captions.items():
        chosen = claims.loc[(claims["definition"] == definition) & claims["verdict"].notna()]
        by_study = {(row["study"], row["claim"]): row for _, row in chosen.iterrows()}
        sentences = chosen.drop_duplicates("claim").set_index("claim")["sentence"]
        body = tuple(
            (str(sentence), tuple(_verdict(by_study.get((name, claim))) for name in comparison.names))
            for claim, sentence in sentences.items()
        )
        if body:
            counts = [
                f"{name}: {_counted(chosen.loc[chosen['study'] == name, 'verdict'])}"
                for name in comparison.names
            ]
            tables.append(
                Table(
                    f"claims-{definition.replace(' ', '-')}",
                    f"{caption} {'; '.join(counts)}.",
                    ("Claim", *comparison.names),
                    body,
                    "claims",
                    main=definition == "paper",
                )
            )
    return tables


def _verdict(row: Any) -> Cell:
    if row is None:
        return Cell(NONE)
    defined = np.isfinite(row["value"])
    return Cell(str(row["verdict"]), estimate(row["value"], row["low"], row["high"]) if defined else "")


def _counted(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    return ", ".join(f"{counts.get(name, 0)} {name}" for name in VERDICTS)


def separability_tables(comparison: Comparison) -> list[Table]:
    """Return the AUROC by position, for each set whose object goes, against the control for age."""
    tables = []
    for set_name in ABSENT_SETS:
        own, differences = (
            choose(comparison.tables[name], set_name, GAP_SET)
            for name in ("separability", "separability_differences")
        )
        shown = own.loc[own["feature"].isin([COMBINATION, OBJECT_SCORE]) & own["auroc"].notna()]
        if shown.empty:
            continue
        recorded = set(shown["position"].dropna())
        rows: list[Row] = [
            (position_title(name), {"position": name, "feature": COMBINATION})
            for name in POSITION_NAMES
            if name in recorded
        ]
        rows.append(("Object score", {"feature": OBJECT_SCORE}))
        tables.append(
            side_by_side(
                comparison,
                rows,
                (own, differences),
                name=f"separability-{set_name}",
                caption=f"{set_label(set_name)}: how well frames without the object are told from the same "
                "frames of the clean clips, compared with frames just as far back (AUROC, 0.5 is guessing). "
                "The score is the linear combination of the paper's three features; the frames of all clips "
                "are taken together.",
                heading="Position",
                value="auroc",
                source="separability",
            )
        )
    return tables


def rise_tables(comparison: Comparison) -> list[Table]:
    """Return how far the short-term distance rises in the middle, by position, set by set."""
    tables = []
    for set_name in RISING_SETS:
        own, differences = (
            table.loc[(table["set"] == set_name) & (table["feature"] == "short")]
            for table in (comparison.tables["features"], comparison.tables["features_differences"])
        )
        if own.empty:
            continue
        recorded = set(own["position"])
        tables.append(
            side_by_side(
                comparison,
                [(position_title(name), {"position": name}) for name in POSITION_NAMES if name in recorded],
                (own, differences),
                name=f"features-{set_name}",
                caption=f"{set_label(set_name)}: mean short-term distance over the altered frames (the "
                "middle), divided by that over the frames before them (the prefix); 1 is no change. "
                "Distances of two models have no common unit; these multiples can be compared.",
                heading="Position",
                value="rise",
                source="features",
            )
        )
    return tables


def accuracy_tables(comparison: Comparison) -> list[Table]:
    """Return J&F by set, for the whole clip and for each part of it."""
    own, differences = (comparison.tables[name] for name in ("accuracy", "accuracy_differences"))
    tables = []
    for segment, title in SEGMENT_TITLES.items():
        of_segment, differing = (
            table.loc[(table["segment"] == segment) & (table["measure"] == "j_and_f")]
            for table in (own, differences)
        )
        tables.append(
            side_by_side(
                comparison,
                [(set_label(str(name)), {"set": name}) for name in of_segment["set"].unique()],
                (of_segment, differing),
                name=f"accuracy-{segment}",
                caption=f"{title}: how well the predicted masks fit the true ones (J&F as DAVIS defines it, "
                "1 is perfect); the mean over the frames of a clip, then over clips.",
                heading="Set",
                value="mean",
                source="accuracy",
                main=segment == "whole",
            )
        )
    return tables


def absence_tables(comparison: Comparison) -> list[Table]:
    """Return what the trackers do about absence, set by set."""
    tables = []
    for set_name in ABSENT_SETS:
        own, differences = (
            _scaled(table.loc[table["set"] == set_name], ABSENCE_MEASURES)
            for table in (comparison.tables["absence"], comparison.tables["absence_differences"])
        )
        rows: list[Row] = [
            (title, {"measure": measure})
            for measure, (title, _) in ABSENCE_MEASURES.items()
            if measure in set(own["measure"])
        ]
        if rows:
            tables.append(
                side_by_side(
                    comparison,
                    rows,
                    (own, differences),
                    name=f"absence-{set_name}",
                    caption=f"{set_label(set_name)}: what the tracker does while the object is gone, and "
                    "after.",
                    heading="Measure",
                    value="mean",
                    source="absence",
                )
            )
    return tables


def score_tables(comparison: Comparison) -> list[Table]:
    """Return the scores of memory rules, first of all sets whose object goes together, then of each set."""
    measures = {name: scaled for name, scaled in {**MEASURES, **BENCHMARKS}.items() if name not in OF_MEMORY}
    own, differences = (
        _scaled(comparison.tables[name], measures) for name in ("scores", "scores_differences")
    )
    tables = []
    for set_name in dict.fromkeys(own["set"]):
        of_set, differing = (table.loc[table["set"] == set_name] for table in (own, differences))
        rows: list[Row] = [
            (title, {"measure": measure})
            for measure, (title, _) in measures.items()
            if measure in set(of_set["measure"])
        ]
        tables.append(
            side_by_side(
                comparison,
                rows,
                (of_set, differing),
                name=f"scores-{set_name}",
                caption=f"{scored_set_label(set_name)}: means over the frames of a clip, then over clips.",
                heading="Measure",
                value="mean",
                source="scores",
                main=set_name == ALL_ABSENT,
            )
        )
    return tables


def _scaled(table: pd.DataFrame, measures: Mapping[str, tuple[str, float]]) -> pd.DataFrame:
    """Return a table in the units that are shown: each measure's title and factor are given."""
    factors = {name: factor for name, (_, factor) in measures.items()}
    factor = table["measure"].map(factors).astype(float).fillna(1.0)
    numbers = [name for name in ("mean", "low", "high", "difference") if name in table]
    return table.assign(**{name: table[name] * factor for name in numbers})


def side_by_side(
    comparison: Comparison,
    rows: Sequence[Row],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    *,
    name: str,
    caption: str,
    heading: str,
    value: str,
    source: str,
    main: bool = True,
) -> Table:
    """Return a table with the value of every study, and the difference of each other one to the first.

    Args:
        comparison: the studies.
        rows: its rows, from the top.
        tables: what the studies found, ``value`` with ``low`` and ``high``; and the differences.
        name: the table's id.
        caption: what it shows.
        heading: of the row labels.
        value: the column that is shown.
        source: name of the CSV file.
        main: whether it is shown at once.
    """
    own, differences = tables
    others = comparison.names[1:]
    body = []
    for label, chosen in rows:
        cells = [_estimate(_row(own, {"study": study, **chosen}), value) for study in comparison.names]
        cells += [
            _estimate(_row(differences, {"study": study, **chosen}), "difference", sure=True)
            for study in others
        ]
        body.append((label, tuple(cells)))
    columns = (heading, *comparison.names, *(f"{study} less {comparison.reference}" for study in others))
    return Table(name, f"{caption}{_rests_on(differences)}", columns, tuple(body), source, main=main)


def _row(table: pd.DataFrame, chosen: Mapping[str, Any]) -> Any:
    matching = table
    for column, wanted in chosen.items():
        matching = matching.loc[matching[column] == wanted]
    return matching.iloc[0] if len(matching) else None


def _estimate(row: Any, value: str, *, sure: bool = False) -> Cell:
    """Return a cell; a difference whose interval leaves 0 out is tinted where ``sure`` is asked for."""
    if row is None:
        return Cell(NONE)
    return difference_cell(row[value], row["low"], row["high"], tinted=sure, signed=sure)


def _rests_on(differences: pd.DataFrame) -> str:
    """Say which clips the differences of each study rest on."""
    said = []
    for name in differences["study"].unique():
        most = differences.loc[differences["study"] == name].sort_values("clips").iloc[-1]
        if most["paired"]:
            said.append(
                f"{name} on the {most['clips']} clips of {most['videos']} source videos that both studies "
                "have (paired)"
            )
        else:
            said.append(
                f"{name} on {most['clips']} clips of {most['videos']} source videos, the first "
                f"study on {most['reference_clips']} others of {most['reference_videos']} (not paired)"
            )
    if not said:
        return ""
    return f" Differences rest on: {'; '.join(said)}. Tinted where the 95 % interval leaves out 0."
