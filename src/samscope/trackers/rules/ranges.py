"""The ranges of memory rules' settings."""

import math

from samscope.support.errors import UsageError
from samscope.trackers.memory import MemoryRule


def require_range(rule: MemoryRule, *settings: str, low: float = -math.inf, high: float = math.inf) -> None:
    """Refuse settings of a rule that are out of a range; one that is None is passed over.

    Args:
        rule: the rule.
        settings: their names.
        low: the least that they may be.
        high: the most.

    Raises:
        UsageError: one is out of it, or no number.
    """
    expected = f"at least {low}" if math.isinf(high) else f"within {low} and {high}"
    expected = "a number" if math.isinf(low) else expected
    for setting in settings:
        value = getattr(rule, setting)
        if value is not None and not low <= value <= high:
            raise UsageError(f"memory rule {rule.name}: {setting} is {value}; it must be {expected}")


def require_word(rule: MemoryRule, setting: str, words: tuple[str, ...]) -> None:
    """Refuse a setting that is none of some words.

    Raises:
        UsageError: it is none.
    """
    value = getattr(rule, setting)
    if value not in words:
        expected = f"{', '.join(words[:-1])} or {words[-1]}"
        raise UsageError(f"memory rule {rule.name}: {setting} is {value!r}; it can be {expected}")
