"""What a trace's page says first: what each set costs, and what brings most of it back."""

from collections.abc import Sequence

import pandas as pd

from samscope.analysis.causes.cells import BANK, Span
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.report.findings import Finding
from samscope.report.wording import estimate, number, set_label
from samscope.trackers.positions import BY_NAME


def trace_findings(totals: pd.DataFrame, spans: Sequence[Span], answers: pd.DataFrame) -> list[Finding]:
    """Return the page's first sentences: the limits, then one a set.

    What carries a loss is said where it is sure that there is one: where the interval of what the set costs
    lies above 0. Pointer and memory together are left out of what brings most back: between the middle and
    the suffix of an interjection there is nothing else.

    Args:
        totals: rows of ``analysis.causes.effects.effects`` that patch a whole span.
        spans: these spans.
        answers: as ``analysis.causes.answers.answers``.
    """
    decided = answers["verdict"].isin(["holds", "fails"]).sum()
    clips, videos = (0, 0) if totals.empty else (totals["clips"].max(), totals["videos"].max())
    limits = Finding(
        "Limits",
        f"One model, {clips} draws of clips from {videos} source videos; {decided} of {len(answers)} claims "
        f"are decided, and none where there are fewer than {LEAST_VIDEOS} source or partner videos.",
    )
    return [limits, *(_of_set(totals, str(name), spans) for name in dict.fromkeys(totals["set"]))]


def _of_set(totals: pd.DataFrame, name: str, spans: Sequence[Span]) -> Finding:
    own = totals.loc[(totals["set"] == name) & (totals["kind"] == "restore")]
    costs = totals.loc[totals["set"] == name].iloc[0]
    lost = estimate(costs["lost"], costs["lost_low"], costs["lost_high"], 3)
    if not costs["lost_low"] > 0:
        return Finding(
            set_label(name),
            f"It is not certain that J is lost after the middle, {lost}, and so not what would carry a loss.",
        )
    parts = [f"J after the middle is lower by {lost}."]
    for span in spans:
        rows = own.loc[
            (own["first"] == span.first) & (own["last"] == span.last) & (own["edited"] != BANK)
        ].dropna(subset=["gain"])
        if rows.empty:
            continue
        most = rows.sort_values("gain").iloc[-1]
        won = estimate(most["gain"], most["gain_low"], most["gain_high"], 3)
        parts.append(
            f"Of single positions restored on frames {span.first} to {span.last}, "
            f"{_named(str(most['edited']))} brings most back: {won}, {number(100 * most['share'], 0)} % "
            "of it."
        )
    return Finding(set_label(name), " ".join(parts))


def _named(edited: str) -> str:
    position = BY_NAME.get(edited)
    if position is None:
        return edited.replace("_", " ")
    return f"position {position.number} ({position.title.lower()})"
