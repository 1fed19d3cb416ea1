import math
from typing import Any

import pandas as pd

from samscope.analysis.causes.cells import Span
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.report.trace_findings import trace_findings
from samscope.report.trace_tables import answers_table, totals_tables
from samscope.report.wording import NONE, estimate

MIDDLE, ON = Span(12, 15), Span(12, 27)


def effect(edited: str, span: Span, gain: float, **changes: Any) -> dict[str, Any]:
    return {
        "set": "overlay",
        "kind": "restore",
        "edited": edited,
        "first": span.first,
        "last": span.last,
        "clips": 24,
        "videos": 9,
        "lost": 0.3,
        "lost_low": 0.2,
        "lost_high": 0.4,
        "gain": gain,
        "gain_low": gain - 0.02,
        "gain_high": gain + 0.02,
        "share": gain / 0.3,
        **changes,
    }


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "id": "costs",
        "family": "costs",
        "sentence": "overlay costs J after the middle",
        "statistic": "mean J over the suffix",
        "value": 0.3,
        "low": 0.2,
        "high": 0.4,
        "threshold": 0.0,
        "verdict": "holds",
        "reason": "",
        "clips": 24,
        "videos": 9,
        **changes,
    }


def test_a_table_a_set_has_a_column_for_each_direction_and_span() -> None:
    totals = pd.DataFrame(
        [
            effect("memory_conditioned", MIDDLE, 0.01),
            effect("memory_conditioned", ON, 0.07),
            effect("object_score", MIDDLE, math.nan),
        ]
    )
    (table,) = totals_tables(totals)
    assert table.columns == (
        "Position",
        "Clean into transformed, frames 12-15",
        "Clean into transformed, frames 12-27",
    )
    labels = [label for label, _ in table.rows]
    assert labels == ["2 · After memory attention", "object score"]
    (first, second), missing = table.rows[0][1], table.rows[1][1]
    assert (first.text, first.interval, first.heat) == ("0.010", "-0.010 to 0.030", 0)
    assert (second.text, second.heat > 0) == ("0.070", True)
    assert [cell.text for cell in missing] == [NONE, NONE]
    assert f"costs {estimate(0.3, 0.2, 0.4, 3)} of J" in table.caption


def test_claims_are_sentences_with_their_verdicts() -> None:
    table = answers_table(
        pd.DataFrame([answer(), answer(verdict="undecided", reason="the interval spans", clips=0)])
    )
    (label, cells), (_, others) = table.rows
    assert label == "Overlay costs J after the middle"
    assert [cell.text for cell in cells[:2]] == [estimate(0.3, 0.2, 0.4, 3), "holds"]
    assert (others[1].text, others[1].interval, others[3].text) == ("undecided", "the interval spans", NONE)


def test_what_brings_most_back_is_said_where_a_loss_is_sure() -> None:
    unsure = {"set": "interjection", "lost": 0.01, "lost_low": -0.01, "lost_high": 0.03}
    totals = pd.DataFrame(
        [
            effect("object_pointer", MIDDLE, 0.03),
            effect("object_score", MIDDLE, 0.02),
            effect("object_pointer+memory_features", MIDDLE, 0.2),
            effect("object_score", ON, 0.12),
            effect("object_score", ON, 0.25, kind="spoil"),
            effect("object_score", MIDDLE, 0.01, **unsure),
        ]
    )
    limits, overlay, interjection = trace_findings(totals, [MIDDLE, ON], pd.DataFrame([answer()]))
    assert "1 of 1 claims are decided" in limits.text
    assert f"fewer than {LEAST_VIDEOS} source or partner" in limits.text
    assert "frames 12 to 15, position 4 (object pointer) brings most back: 0.030" in overlay.text
    assert "10 % of it" in overlay.text
    assert "frames 12 to 27, object score brings most back: 0.120" in overlay.text
    assert interjection.text.startswith("It is not certain that J is lost")
