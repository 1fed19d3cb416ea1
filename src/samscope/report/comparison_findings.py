"""What differs between studies, in a few sentences, put together from the numbers alone."""

from typing import Any

import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, choose
from samscope.analysis.comparison.shared_clips import Pair
from samscope.figures.style import position_title
from samscope.records.schema import GAP_SET
from samscope.report.comparison import Comparison
from samscope.report.findings import Finding
from samscope.report.wording import estimate, listed, sentence_label

_MOST_NAMED = 4


def pairing(comparison: Comparison) -> list[Finding]:
    """Return on which clips each study is held against the first."""
    return [Finding(name, _pairing(comparison, pair)) for name, pair in comparison.pairs.items()]


def _pairing(comparison: Comparison, pair: Pair) -> str:
    first = comparison.reference
    if not pair.paired:
        return (
            f"It has no clip in common with {first}: other videos, draws, sets or lengths. Differences are "
            "those of two samples of videos, not paired: part of them may be the clips and not the model. "
            "Their intervals draw the videos of each study again by themselves."
        )
    clips = pair.study.clips
    videos = clips["source_video"].nunique()
    sets = listed([sentence_label(str(name)) for name in clips["set"].unique()])
    whole = [len(study.clips) for study in (comparison.studies[first], pair.study)]
    part = "" if len(clips) == max(whole) else " Clips of either study that the other lacks are left out."
    return (
        f"It has {len(clips)} clips of {videos} source videos in common with {first} ({sets}), on which they "
        "are compared frame by frame: differences are paired, and their intervals draw the videos of both "
        f"again together.{part}"
    )


def comparison_findings(comparison: Comparison) -> list[Finding]:
    """Return what differs, study by study: masks, absence told, claims."""
    all_findings = []
    for name in comparison.names[1:]:
        said = [
            _masks(comparison, name),
            *(_told(comparison, name, set_name) for set_name in ABSENT_SETS),
            _claims(comparison, name),
        ]
        text = " ".join(part for part in said if part)
        if text:
            all_findings.append(Finding(f"{name} beside {comparison.reference}", text))
    return all_findings


def _masks(comparison: Comparison, name: str) -> str:
    table = comparison.tables["accuracy_differences"]
    rows = table.loc[
        (table["study"] == name)
        & (table["set"] == "clean")
        & (table["segment"] == "whole")
        & (table["measure"] == "j_and_f")
    ]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return (
        f"J&F on the clean clips is {row['value']:.2f} against {row['reference_value']:.2f}: "
        f"{_surely(row, 'higher', 'lower')}."
    )


def _told(comparison: Comparison, name: str, set_name: str) -> str:
    table = choose(comparison.tables["separability_differences"], set_name, GAP_SET)
    rows = table.loc[(table["study"] == name) & (table["feature"] == COMBINATION)].dropna(subset=["low"])
    if rows.empty:
        return ""
    better, worse = rows.loc[rows["low"] > 0], rows.loc[rows["high"] < 0]
    parts = [
        f"{word} at {_positions(rows)}" for word, rows in (("better", better), ("worse", worse)) if len(rows)
    ]
    where = f"is told {listed(parts)}" if parts else "shows no sure difference at any position"
    return (
        f"Absence in {sentence_label(set_name)}, against clean frames compared with frames just as far back, "
        f"{where}."
    )


def _positions(rows: pd.DataFrame) -> str:
    return listed([f"{position_title(row['position'])} ({_signed(row)})" for _, row in rows.iterrows()])


def _signed(row: Any) -> str:
    said = estimate(row["difference"], row["low"], row["high"])
    return f"+{said}" if row["difference"] > 0 else said


def _surely(row: Any, above: str, below: str) -> str:
    said = _signed(row)
    if row["low"] == row["high"] == 0:
        return "no difference"
    if row["low"] > 0:
        return f"{above}, by {said}"
    if row["high"] < 0:
        return f"{below}, by {said}"
    return f"no sure difference, {said}"


def _claims(comparison: Comparison, name: str) -> str:
    claims = comparison.tables["claims"]
    by_paper = claims.loc[claims["definition"] == "paper"].set_index("claim")
    both = pd.DataFrame(
        {study: by_paper.loc[by_paper["study"] == study, "verdict"] for study in (comparison.reference, name)}
    ).dropna()
    if both.empty:
        return ""
    sure = both.loc[both.isin(["holds", "fails"]).all(axis=1)]
    if sure.empty:
        return f"None of the paper's {len(both)} claims is decided in both studies."
    opposed = [str(claim) for claim in sure.index[sure[comparison.reference] != sure[name]]]
    named = listed(opposed[:_MOST_NAMED])
    more = f" and {len(opposed) - _MOST_NAMED} more" if len(opposed) > _MOST_NAMED else ""
    said = f"they oppose each other on {len(opposed)} ({named}{more})" if opposed else "they oppose on none"
    return f"Of the paper's {len(both)} claims, {len(sure)} are decided in both studies; {said}."
