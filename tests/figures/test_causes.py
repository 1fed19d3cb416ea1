import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from samscope.analysis.causes.effects import effects
from samscope.figures.causes import causes_map
from samscope.figures.saving import render
from samscope.support.errors import SamscopeError
from tests.analysis.causes.test_effects import outcomes

SHARES = {"memory_features": 0.8, "object_pointer": 0.0}


def numbers(figure: Figure) -> list[str]:
    (panel,) = figure.axes
    return [text.get_text() for text in panel.texts]


def test_the_map_has_each_cells_share_of_the_loss() -> None:
    figure = causes_map(effects(outcomes(SHARES)))
    whole, nothing = numbers(figure)
    assert whole.endswith("*")
    assert float(whole[:-1]) == pytest.approx(80, abs=2)
    assert float(nothing.rstrip("*")) == pytest.approx(0, abs=2)
    (panel,) = figure.axes
    assert panel.get_title(loc="left").startswith("Interjection\ncosts ")
    assert [label.get_text() for label in panel.get_xticklabels()] == ["12-15"]
    assert render(figure, "png") == render(causes_map(effects(outcomes(SHARES))), "png")


def test_single_frames_stand_before_several() -> None:
    table = outcomes({"memory_features": 0.8})
    cells = table.loc[table["kind"] == "restore"]
    single = [cells.assign(first=frame, last=frame) for frame in (14, 13)]
    (panel,) = causes_map(effects(pd.concat([table, *single], ignore_index=True))).axes
    assert [label.get_text() for label in panel.get_xticklabels()] == ["13", "14", "12-15"]


def test_a_set_that_costs_nothing_has_gains_and_no_shares() -> None:
    table = outcomes(SHARES)
    rows = table["kind"] == "transformed"
    table.loc[rows, "j"] = 0.9 + 0.05 * np.random.default_rng(1).standard_normal(rows.sum())
    measured = effects(table)
    assert numbers(causes_map(measured)) == []
    assert len(numbers(causes_map(measured, "spoil", "gain"))) == 2


def test_a_direction_that_was_not_traced_is_told() -> None:
    table = outcomes(SHARES)
    with pytest.raises(SamscopeError, match="no cells that spoil; trace with --directions spoil"):
        causes_map(effects(table.loc[table["kind"] != "spoil"]), "spoil")
