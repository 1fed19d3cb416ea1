from dataclasses import replace
from typing import Any

import pytest

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank
from samscope.trackers.rules.oracle import OracleMemory
from tests.trackers.rules.banks import Said, memory, new_bank, recalled

TRUTH = [True, True, False, False, True, False]
"""Of frames 1 to 6."""


def after(rule: OracleMemory, truth: list[bool]) -> Bank:
    bank = new_bank(rule)
    for frame, present in enumerate(truth, start=1):
        bank = bank.remember(replace(memory(frame), truth=present), Said())
    return bank


@pytest.mark.parametrize(
    ("settings", "memories", "pointers"),
    [
        ({}, [0, 1, 2, 5], [0, 5, 2, 1]),
        ({"write": "absent"}, [0, 3, 4, 6], [0, 6, 4, 3]),
        ({"gates": "memories"}, [0, 1, 2, 5], [0, 6, 5, 4, 3, 2, 1]),
        ({"gates": "pointers"}, [0, 1, 2, 3, 4, 5, 6], [0, 5, 2, 1]),
        ({"write": "absent", "gates": "memories"}, [0, 3, 4, 6], [0, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_what_is_read_is_what_the_truth_lets_in(
    settings: dict[str, Any], memories: list[int], pointers: list[int]
) -> None:
    read = recalled(after(OracleMemory(**settings), TRUTH), 7)
    assert read["memory_frames"] == memories
    assert read["memory_ages"] == [0, *range(len(memories) - 1, 0, -1)]
    assert read["pointer_frames"] == pointers
    assert read["pointer_distances"] == [7 - frame for frame in pointers]


def test_it_is_sam2s_rule_while_the_object_is_there() -> None:
    assert recalled(after(OracleMemory(), [True] * 30), 31)["memory_frames"] == [0, *range(25, 31)]


def test_what_was_seen_long_ago_is_read_as_long_as_nothing_else_is_written_and_a_bank_stays_small() -> None:
    bank = after(OracleMemory(), [True] * 9 + [False] * 200)
    assert recalled(bank, 210)["memory_frames"] == [0, 4, 5, 6, 7, 8, 9]
    assert len(after(OracleMemory(gates="memories"), [True, False] * 200).tracked) <= 6 + 15


def test_without_the_truth_it_is_refused() -> None:
    with pytest.raises(UsageError, match="memory rule oracle: it needs the truth of every frame"):
        new_bank(OracleMemory()).remember(memory(1), Said())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"write": "all"}, "write is 'all'; it can be present or absent"),
        ({"gates": "none"}, "gates is 'none'; it can be both, memories or pointers"),
    ],
)
def test_settings_that_are_no_such_word_are_refused(settings: dict[str, str], complaint: str) -> None:
    with pytest.raises(UsageError, match=f"memory rule oracle: {complaint}"):
        OracleMemory(**settings)
