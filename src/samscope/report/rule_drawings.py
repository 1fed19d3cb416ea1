"""The figures of memory rules: how far each is from the first rule."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.rules.scores import ALL_ABSENT
from samscope.figures.side_by_side import estimates_side_by_side, short_name
from samscope.report.drawings import Drawing
from samscope.report.rule_tables import MEASURES, scored_set_label
from samscope.report.wording import number, set_label

_DRAWN = {
    "j_present": "J while present ↑",
    "j_after": "J after its return ↑",
    "frames_until_found": "Frames until found again ↓",
    "missed_absence_by_mask": "False masks while absent (%) ↓",
    "written_absent": "Written without the object (%) ↓",
    "read_absent": "Read without the object (%) ↓",
}
"""The measures of the first figure, with the direction that is better."""

_EVERYWHERE = {"j_present": "J while present", "j_suffix": "J after the middle"}
"""The measures that every set has."""

_BARS = (
    "Bars: 95 % intervals over source and partner videos; the same videos are left out under both rules. "
    "Dashed: no difference. Of twenty intervals one leaves out 0 by chance."
)


def differences_drawing(scores: pd.DataFrame, rules: Sequence[str]) -> Drawing:
    """Return how far each rule is from the first one while the object is gone and after it came back.

    Args:
        scores: as ``rule_scores``.
        rules: what the rules are called, in order.
    """
    gone = [name for name in ABSENT_SETS if (scores["set"] == name).any()]
    apart = gone if len(gone) > 1 else []  # a single set is all sets together
    labels = {name: scored_set_label(name) for name in (ALL_ABSENT, *apart)}
    factors = {measure: MEASURES[measure][1] for measure in _DRAWN}
    rows = _differences(scores, rules, list(labels), factors)
    shown = rows.assign(study=rows["set"].map(labels), panel=rows["measure"])
    drawn = {measure: title for measure, title in _DRAWN.items() if measure in set(shown["measure"])}
    return Drawing(
        "rule-differences",
        f"Memory rules less {rules[0]}",
        f"How far each rule is from {rules[0]}, clip by clip, on the clips whose object goes: the difference "
        "of the means. The arrow beside a measure says which way is better. A rule gains what it promises "
        "where its bar lies wholly on that side of the dashed line.",
        _said(rows.loc[rows["set"] == ALL_ABSENT], rules[0]),
        partial(
            estimates_side_by_side,
            shown,
            list(labels.values()),
            rows=_rows(rules),
            panels=drawn,
            title=f"Memory rules less {short_name(rules[0])}, paired by clip",
            axis="difference",
            note=f"{_BARS} ↑: more is better; ↓: less is better.",
            level=0.0,
            own_axes=True,
        ),
        _missing(rules, shown),
    )


def every_set_drawing(scores: pd.DataFrame, rules: Sequence[str]) -> Drawing:
    """Return how far each rule's J is from the first one's, set by set; as ``differences_drawing``."""
    sets = [str(name) for name in scores["set"].unique() if name != ALL_ABSENT]
    rows = _differences(scores, rules, sets, dict.fromkeys(_EVERYWHERE, 1.0))
    shown = rows.assign(study=rows["measure"].map(_EVERYWHERE), panel=rows["set"])
    return Drawing(
        "rule-differences-by-set",
        f"J less that under {rules[0]}, set by set",
        f"What each rule gains or loses in each set: J on the frames that show the object, and J after the "
        f"middle, less those under {rules[0]} on the same clips. On clean clips nothing goes: a rule that "
        "loses there pays for what it gains elsewhere.",
        _said(rows.loc[rows["measure"] == "j_present"], rules[0]),
        partial(
            estimates_side_by_side,
            shown,
            list(_EVERYWHERE.values()),
            rows=_rows(rules),
            panels={name: set_label(name) for name in sets},
            title=f"J less that under {short_name(rules[0])}, paired by clip",
            axis="difference of J",
            note=_BARS,
            level=0.0,
        ),
        _missing(rules, shown),
    )


def _differences(
    scores: pd.DataFrame, rules: Sequence[str], sets: Sequence[str], factors: Mapping[str, float]
) -> pd.DataFrame:
    """Return the rows of some sets and measures, with ``value``, ``low`` and ``high`` of the differences."""
    chosen = scores.loc[
        scores["set"].isin(list(sets))
        & scores["measure"].isin(list(factors))
        & scores["rule"].isin(rules[1:])
    ]
    factor = chosen["measure"].map(dict(factors)).to_numpy(dtype=np.float64)
    ends = {"value": "difference", "low": "difference_low", "high": "difference_high"}
    scaled = {end: factor * chosen[column].to_numpy(dtype=np.float64) for end, column in ends.items()}
    return chosen[["set", "rule", "measure"]].assign(row=chosen["rule"], **scaled).dropna(subset=["value"])


def _rows(rules: Sequence[str]) -> dict[str, str]:
    return {rule: short_name(rule) for rule in rules[1:]}


def _missing(rules: Sequence[str], shown: pd.DataFrame) -> str:
    if len(rules) == 1:
        return "There is one rule."
    return "" if len(shown) else "No set was run whose object goes and comes back."


def _said(rows: pd.DataFrame, reference: str) -> str:
    said = [
        f"{row['rule']}, {MEASURES[row['measure']][0]}: {number(row['value'], 3)}"
        for _, row in rows.iterrows()
        if row["measure"] in MEASURES
    ]
    return f"Marks with intervals: differences from {reference}. {'; '.join(said)}."
