from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from samscope.support.errors import UsageError
from samscope.trackers.needs import Need, given, needs_of, require, require_truth
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.rules.dam4sam import Dam4SamMemory
from samscope.trackers.rules.oracle import OracleMemory
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.samurai import SamuraiMemory
from tests.small_model import small_network


@dataclass(frozen=True, eq=False, repr=False)
class WithoutScores(NetworkTracker):
    """A family that has neither object scores nor memories that are encoded again."""

    offers: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTED_IOUS, Need.FRAME_SIZE, Need.MASK_PROMPTS})

    def _untrained_network(self) -> None:
        raise NotImplementedError

    def usual_batch(self, sets: int) -> int:
        return sets


def test_a_rule_that_needs_what_a_family_does_not_offer_is_refused_and_it_is_named() -> None:
    tracker = WithoutScores(small_network(), "scoreless", 64, torch.device("cpu"))
    assert tracker.with_memory_rule(Sam2Memory(3)).memory_rule == Sam2Memory(3)
    with pytest.raises(UsageError) as refused:
        tracker.with_memory_rule(SamuraiMemory())
    assert str(refused.value) == (
        "memory rule samurai: it needs object scores and a choice among the decoded masks, which scoreless "
        "does not have; take another rule"
    )
    with pytest.raises(UsageError, match="memory rule dam4sam: it needs memories that are encoded again"):
        tracker.with_memory_rule(Dam4SamMemory())
    with pytest.raises(
        UsageError, match="memory rule oracle: it needs the truth of every frame, which scoreless"
    ):
        tracker.with_memory_rule(OracleMemory())


def test_what_a_rule_needs_is_what_it_says() -> None:
    assert needs_of(None) == needs_of(Sam2Memory()) == frozenset()
    assert needs_of(OracleMemory()) == {Need.TRUTH}
    require(SamuraiMemory(), frozenset(Need), "anyone")
    require_truth(Sam2Memory(), has_truth=False)
    require_truth(None, has_truth=False)
    with pytest.raises(
        UsageError, match=r"memory rule oracle: it needs .*, and there are no labels; give truth="
    ):
        require_truth(OracleMemory(), has_truth=False)


def test_what_is_given_is_returned_and_what_is_missing_named() -> None:
    assert given(Sam2Memory(), False, Need.TRUTH) is False
    with pytest.raises(UsageError, match="memory rule sam2: it needs object scores, which this tracker does"):
        given(Sam2Memory(), None, Need.OBJECT_SCORES)
