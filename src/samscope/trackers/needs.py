"""What a memory rule needs of a tracker, and how one that needs what there is not is refused."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import TypeVar

from samscope.support.errors import UsageError
from samscope.trackers.memory import MemoryRule

T = TypeVar("T")


class Need(StrEnum):
    """What a rule may need of a tracker beyond the masks, in words for messages.

    A rule names its own in ``needs``, a frozen set, and a tracker what it gives in ``offers``; ``require``
    holds one to the other. ``TRUTH`` comes with the clip, where the tracker hands it on.
    """

    PREDICTED_IOUS = "predicted IoUs"
    OBJECT_SCORES = "object scores"
    CHOICE = "a choice among the decoded masks"
    FRAME_SIZE = "the size of the frames"
    MASK_PROMPTS = "boxes and clicks that are turned into masks"
    ENCODING_AGAIN = "memories that are encoded again"
    PATHS = "several paths"
    TRUTH = "the truth of every frame"


def needs_of(rule: MemoryRule | None) -> frozenset[Need]:
    """Return what a rule says that it needs."""
    needs: frozenset[Need] = getattr(rule, "needs", frozenset())
    return needs


def given(rule: MemoryRule, value: T | None, need: Need) -> T:
    """Return what a rule needs of a tracker.

    Raises:
        UsageError: there is none.
    """
    if value is None:
        raise _missing(rule, [need], "this tracker")
    return value


def require(rule: MemoryRule, offers: Collection[Need], giver: str) -> None:
    """Refuse a rule that needs what there is not.

    Args:
        rule: the rule.
        offers: what there is.
        giver: who has no more, for the message.

    Raises:
        UsageError: something is missing; the message names it.
    """
    missing = [need for need in Need if need in needs_of(rule) and need not in offers]
    if missing:
        raise _missing(rule, missing, giver)


def _missing(rule: MemoryRule, needs: Sequence[Need], giver: str) -> UsageError:
    names = " and ".join(need.value for need in needs)
    return UsageError(
        f"memory rule {rule.name}: it needs {names}, which {giver} does not have; take another rule"
    )


def require_truth(rule: MemoryRule | None, there: bool) -> None:
    """Refuse a rule that needs the truth of a clip where there is none.

    Raises:
        UsageError: it is so.
    """
    if rule is not None and Need.TRUTH in needs_of(rule) and not there:
        raise UsageError(
            f"memory rule {rule.name}: it needs {Need.TRUTH.value}, and there are no labels; give truth=, "
            "track a labelled video, or take another rule"
        )
