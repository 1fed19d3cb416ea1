from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.figures.choices import FigureChoices
from samscope.records.schema import GAP_SET
from samscope.report.diagram import Diagram, diagram
from samscope.report.results import Results
from samscope.report.wording import NONE


def row(set_name: str, position: str, auroc: float, **changes: Any) -> dict[str, Any]:
    return {
        "set": set_name,
        "position": position,
        "feature": "combination",
        "spread": "std",
        "references": "present",
        "against": GAP_SET,
        "pooling": "pooled",
        "auroc": auroc,
        "low": auroc - 0.02,
        "high": min(1.0, auroc + 0.02),
        "videos": LEAST_VIDEOS,
        "partners": LEAST_VIDEOS,
        **changes,
    }


def drawn(*rows: dict[str, Any]) -> Diagram:
    results = SimpleNamespace(choices=FigureChoices(), separability=pd.DataFrame(rows))
    return diagram(cast(Results, results))


def texts(shown: Diagram) -> dict[int, list[str]]:
    return {position.number: [told.text for told in position.told] for position in shown.positions}


def test_numbers_stand_where_a_test_tells_them_from_chance() -> None:
    shown = drawn(
        row("interjection", "frame", 0.97),
        row("interjection", "memory_features", 0.51, low=0.31, high=0.71),
        row("object_removal", "frame", 0.9),
    )
    assert texts(shown)[0] == ["0.97", "0.90"]
    assert texts(shown)[5] == ["open", NONE]
    assert texts(shown)[2] == [NONE, NONE]
    heats = [told.heat for told in shown.positions[0].told]
    assert heats[0] >= heats[1] > 0
    assert "Interjection 0.97" in shown.alternative or "interjection 0.97" in shown.alternative


def test_too_few_partners_leave_dashes_and_are_named() -> None:
    shown = drawn(row("interjection", "frame", 0.97, partners=LEAST_VIDEOS - 1))
    assert {text for told in texts(shown).values() for text in told} == {NONE}
    assert f"{LEAST_VIDEOS} source videos, as many partner videos" in shown.caption


def test_a_set_without_partners_rests_on_its_sources() -> None:
    assert texts(drawn(row("interjection", "frame", 0.97, partners=0)))[0] == ["0.97", NONE]
    few = drawn(row("interjection", "frame", 0.97, partners=0, videos=LEAST_VIDEOS - 1))
    assert texts(few)[0] == [NONE, NONE]
