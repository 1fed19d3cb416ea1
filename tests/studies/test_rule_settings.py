"""Lists of memory rules."""

from pathlib import Path

import pytest

from samscope.studies.rule_settings import DEFAULT_RULES, RuleSettings, parse_rules
from samscope.support.errors import UsageError


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("sam2", ("sam2",)),
        (" sam2, samurai ", ("sam2", "samurai")),
        (
            "oracle:write=absent,gates=memories,sam2:stride=3",
            ("oracle:write=absent,gates=memories", "sam2:stride=3"),
        ),
        ("sam2,sam2:stride=1,", None),
        ("sam2,sam2", None),
    ],
)
def test_settings_belong_to_the_rule_before_them(text: str, rules: tuple[str, ...] | None) -> None:
    if rules is None:
        with pytest.raises(UsageError, match="sam2 stands there twice"):
            parse_rules(text)
    else:
        assert parse_rules(text) == rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no rule"),
        (" , ", "there is no rule"),
        ("sam2,nothing", "'nothing': there is no such rule"),
        ("sam2:strides=2", "no setting"),
        ("stride=2,sam2", "no such rule"),
    ],
)
def test_what_is_no_list_of_rules_is_refused_at_once(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        RuleSettings(Path("out"), text)


def test_the_usual_ones_are_as_they_are_called() -> None:
    assert ",".join(RuleSettings(Path("out")).names) == DEFAULT_RULES


def test_no_twin_and_no_map_is_recorded() -> None:
    study = RuleSettings(Path("out"), batch=2).study
    assert (study.control, study.maps, study.batch, study.memory) == ("none", 0, 2, None)
