"""What a memory rule needs of a tracker, and how one that no tracker can take is refused."""

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
    """Refuse a rule that needs what there is not, or that is no value.

    Args:
        rule: the rule.
        offers: what there is.
        giver: who has no more, for the message.

    Raises:
        UsageError: something is missing, and the message names it; or as ``require_hashable``.
    """
    require_hashable(rule)
    missing = [need for need in Need if need in needs_of(rule) and need not in offers]
    if missing:
        raise _missing(rule, missing, giver)


def require_hashable(rule: MemoryRule) -> None:
    """Refuse a rule that has no hash: tracks are kept apart by their rules.

    Raises:
        UsageError: it has none; the message says why.
    """
    try:
        hash(rule)
    except TypeError as error:
        name = getattr(rule, "name", type(rule).__name__)
        raise UsageError(
            f"memory rule {name}: it cannot be hashed ({error}); write {type(rule).__name__} as a frozen "
            "dataclass whose settings are numbers, text or tuples of these"
        ) from error


def _missing(rule: MemoryRule, needs: Sequence[Need], giver: str) -> UsageError:
    names = " and ".join(need.value for need in needs)
    return UsageError(
        f"memory rule {rule.name}: it needs {names}, which {giver} does not have; take another rule"
    )


def require_truth(rule: MemoryRule | None, has_truth: bool) -> None:
    """Refuse a rule that needs the truth of a clip where there is none.

    Raises:
        UsageError: it is so.
    """
    if rule is not None and Need.TRUTH in needs_of(rule) and not has_truth:
        raise UsageError(
            f"memory rule {rule.name}: it needs {Need.TRUTH.value}, and there are no labels; give truth=, "
            "track a labelled video, or take another rule"
        )
