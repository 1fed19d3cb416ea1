"""Effects and answers of outcomes that are made up: known losses, known gains."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.causes.answers import answers
from samscope.analysis.causes.cells import BANK, Span
from samscope.analysis.causes.effects import effects, pairs
from samscope.clips.clip import Timeline

TIMELINE = Timeline()
MIDDLE, ONWARDS = Span(12, 15), Span(12, 27)
CLEAN_J, LOST = 0.9, 0.4


def row(
    draw: int, set_name: str, kind: str, j: float, edited: str = "", *, span: Span | None = None
) -> dict[str, object]:
    return {
        "set": set_name,
        "clip": draw,
        "source_video": f"source{draw}",
        "partner_video": f"partner{draw}",
        "overlay_videos": np.array([f"look{draw}"]),
        "kind": kind,
        "edited": edited,
        "first": None if span is None else span.first,
        "last": None if span is None else span.last,
        "tracked": True,
        "j": j,
        "object_score": 10 * j,
        "wait": 10 * (1 - j),
        "returned": j > 0.5,
    }


def outcomes(shares: Mapping[str, float], draws: int = 12, noise: float = 0.02) -> pd.DataFrame:
    """Outcomes of an interjection, each position of which brings back its share of what is lost."""
    random = np.random.default_rng(0)
    rows = []
    for draw in range(draws):
        lost = LOST + noise * random.standard_normal()
        rows.append(row(draw, "clean", "clean", CLEAN_J))
        rows.append(row(draw, "interjection", "transformed", CLEAN_J - lost))
        for position, share in shares.items():
            won = share * lost + noise * random.standard_normal()
            rows.append(row(draw, "interjection", "restore", CLEAN_J - lost + won, position, span=MIDDLE))
            rows.append(row(draw, "interjection", "spoil", CLEAN_J - won, position, span=MIDDLE))
    return pd.DataFrame(rows)


def test_effects_are_shares_of_what_is_lost() -> None:
    measured = effects(outcomes({"memory_features": 0.8, "object_pointer": 0.1})).set_index(
        ["kind", "edited"]
    )
    assert set(measured["clips"]) == set(measured["videos"]) == {12}
    for kind in ("restore", "spoil"):
        for position, share in (("memory_features", 0.8), ("object_pointer", 0.1)):
            cell: dict[str, float] = measured.loc[[(kind, position)]].to_dict("records")[0]  # type: ignore[assignment]
            assert cell["share"] == pytest.approx(share, abs=0.03)
            assert cell["share_low"] < share < cell["share_high"]
            assert cell["score_share"] == pytest.approx(cell["share"], abs=1e-9)
            assert cell["wait_gain"] == pytest.approx(10 * cell["gain"])
            assert cell["lost"] == pytest.approx(LOST, abs=0.02)


def test_a_share_of_nothing_is_not_defined() -> None:
    table = outcomes({"memory_features": 0.5}, noise=0.0)
    table.loc[table["kind"] == "transformed", "j"] = CLEAN_J
    measured = effects(table)
    assert measured["share"].isna().all()
    assert measured["gain"].notna().all()


def test_draws_without_a_clean_clip_do_not_count() -> None:
    table = outcomes({"memory_features": 0.5})
    measured = effects(table.loc[(table["set"] != "clean") | (table["clip"] > 3)])
    assert set(measured["clips"]) == {8}


def test_a_pair_is_told_that_does_something_only_together() -> None:
    alone = {"object_pointer": 0.0, "memory_features": 0.0}
    found = pairs(outcomes({**alone, BANK: 0.9})).set_index("kind")
    assert found["only_together"].all()
    assert found.loc["restore", "beyond"] == pytest.approx(0.9 * LOST, abs=0.03)
    found = pairs(outcomes({**alone, "memory_features": 0.9, BANK: 0.9}))
    assert not found["only_together"].any()
    assert pairs(outcomes({BANK: 0.9})).empty


def test_answers_say_what_carries_the_loss() -> None:
    table = outcomes({"memory_features": 0.9, "object_pointer": 0.05, BANK: 1.0})
    answered = answers(table, TIMELINE).set_index("id")
    assert answered.loc["costs-interjection", "verdict"] == "holds"
    assert answered.loc["interjection-memory-features", "verdict"] == "holds"
    assert answered.loc["interjection-object-pointer", "verdict"] == "fails"
    assert answered.loc["overlay-memory-conditioned", "verdict"] == "undecided"
    assert answered.loc["overlay-memory-conditioned", "reason"] == "overlay was not traced"


def test_an_overlay_is_asked_of_middle_and_suffix() -> None:
    table = outcomes({"memory_conditioned": 0.9, "prompt_conditioned": 0.1})
    table["set"] = table["set"].replace("interjection", "overlay")
    asked = answers(table, TIMELINE).set_index("id")
    for identifier in ("overlay-memory-conditioned", "overlay-memory-conditioned-beyond-prompt-conditioned"):
        assert asked.loc[identifier, "verdict"] == "undecided"
        assert asked.loc[identifier, "reason"] == "memory_conditioned was not restored on frames 12-27"
    table.loc[table["last"] == MIDDLE.last, "last"] = ONWARDS.last
    asked = answers(table, TIMELINE).set_index("id")
    assert asked.loc["overlay-memory-conditioned", "verdict"] == "holds"
    assert asked.loc["overlay-prompt-conditioned", "verdict"] == "fails"
    assert asked.loc["overlay-memory-conditioned-beyond-prompt-conditioned", "verdict"] == "holds"


def test_nothing_is_decided_where_nothing_is_lost_or_videos_are_few() -> None:
    few = answers(outcomes({"memory_features": 0.9}, draws=4), TIMELINE).set_index("id")
    assert few.loc["interjection-memory-features", "verdict"] == "too few videos"
    table = outcomes({"memory_features": 0.9})
    rows = table["kind"] == "transformed"
    table.loc[rows, "j"] = CLEAN_J + 0.1 * np.random.default_rng(1).standard_normal(rows.sum()) - 0.01
    doubted = answers(table, TIMELINE).set_index("id").loc["interjection-memory-features"]
    assert doubted["verdict"] == "undecided"
    assert "not certain" in doubted["reason"]
