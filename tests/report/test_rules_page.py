"""The page of memory rules, on planted records."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.rules.hypothesis import rule_claims
from samscope.analysis.rules.parting import widest_parting
from samscope.analysis.rules.scores import rule_scores
from samscope.report.rule_sides import PartingShown, parting_pictures, parting_shown
from samscope.report.rules_page import RulesContent, write_rules
from tests.rule_tables import GONE, LENGTH, careful, careless, rule_records

RECORDS = rule_records({"sam2": careless, "oracle": careful})
COSTS = pd.DataFrame(
    {
        "rule": ["sam2", "oracle"],
        "milliseconds": [10.0, 12.0],
        "encoding_milliseconds": 6.0,
        "bank_bytes": [2**20, 2**19],
    }
)


def shown() -> PartingShown:
    parting = widest_parting(RECORDS)
    assert parting is not None
    frames = np.random.default_rng(0).integers(0, 256, (LENGTH, 300, 480, 3), dtype=np.uint8)
    masks = np.zeros((LENGTH, 300, 480), dtype=bool)
    masks[:, 100:200, 100:200] = True
    present = ~np.isin(np.arange(LENGTH), GONE)
    clip: Any = SimpleNamespace(
        frames=frames,
        masks=masks & present[:, None, None],
    )
    pictures = parting_pictures(parting, clip, [list(masks), list(clip.masks)])
    clips = RECORDS.clips.assign(source_video="<goat>")
    return parting_shown(parting, pictures, replace(RECORDS, clips=clips))


def content(parting: PartingShown | None, costs: pd.DataFrame | None = COSTS) -> RulesContent:
    scores, claims = rule_scores(RECORDS), rule_claims(RECORDS)
    missing = "" if parting else "All rules have the same masks on every clip."
    facts = {"sets": ["interjection"]}
    return RulesContent(RECORDS.rules, facts, scores, claims, costs, parting, missing, 10, 1)


def test_each_side_has_what_its_rule_read_and_wrote() -> None:
    parting = shown()
    assert (parting.rules, parting.width, parting.height) == (("sam2", "oracle"), 240, 150)
    frame = parting.frames[6]
    assert [(of.frame, of.present, of.prompted) for of in frame.sides[0].read] == [
        (0, True, True),
        (2, True, False),
        (3, False, False),
        (4, False, False),
        (5, True, False),
    ]
    assert all(of.present for of in frame.sides[1].read)
    gone = parting.frames[GONE[0]]
    assert (gone.present, gone.truth, gone.segment) == (False, "", "middle")
    assert (gone.sides[0].written, gone.sides[1].written) == (True, False)
    assert gone.sides[0].predicted
    assert not gone.sides[1].predicted


def test_the_page_shows_them_and_lets_nothing_in(tmp_path: Path) -> None:
    parting = shown()
    page = write_rules(tmp_path, content(parting)).read_text()
    table = page[page.index('<table class="parting') : page.index('<section id="hypothesis"')]
    assert table.count('<svg class="shot"') == 2 * LENGTH
    read = [memory for frame in parting.frames for side in frame.sides for memory in side.read]
    assert len(re.findall("<li class=", table)) == len(read)
    assert table.count("without the object") == sum(not memory.present for memory in read)
    assert "&lt;goat&gt;" in page
    assert "<goat>" not in page
    assert "<script" not in page
    assert "style=" not in re.sub('src="data:[^"]*"', "", page)
    assert '<span class="verdict holds">holds</span>' in page
    assert "<b>clips that failed</b>: 1" in page
    assert {file.name for file in (tmp_path / "tables").iterdir()} == {
        "rule_scores.csv",
        "rule_claims.csv",
        "rule_costs.csv",
    }


def test_its_figures_lie_beside_it(tmp_path: Path) -> None:
    page = write_rules(tmp_path, content(None)).read_text()
    for name in ("rule-differences", "rule-differences-by-set"):
        assert f'<figure id="{name}"' in page
        assert all((tmp_path / "figures" / f"{name}.{kind}").stat().st_size for kind in ("png", "svg"))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    page = write_rules(tmp_path, content(None, costs=None)).read_text()
    assert "All rules have the same masks on every clip." in page
    assert "Not measured: the folder has no table of costs." in page
    assert not (tmp_path / "tables" / "rule_costs.csv").exists()
