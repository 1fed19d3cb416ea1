"""Numbers and names as they are written on the page."""

import math
from collections.abc import Sequence

from samscope.figures.style import SET_STYLES

NONE = "\N{EN DASH}"
"""What stands where there is no number."""


def number(value: float, digits: int = 2) -> str:
    """Return a number with a fixed number of digits, never minus zero, or a dash where it is undefined."""
    return f"{round(value, digits) + 0.0:.{digits}f}" if math.isfinite(value) else NONE


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return an interval as its ends with a dash between; empty where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    between = "\N{EN DASH}" if low >= 0 else " to "
    return f"{number(low, digits)}{between}{number(high, digits)}"


def estimate(value: float, low: float, high: float, digits: int = 2) -> str:
    """Return a number with its interval, if it has one, in brackets."""
    between = interval(low, high, digits)
    return f"{number(value, digits)} ({between})" if between else number(value, digits)


def listed(parts: Sequence[str]) -> str:
    """Return words as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def set_label(set_name: str) -> str:
    """Return a set's name as figures and tables show it."""
    return SET_STYLES[set_name].label


def sentence_label(set_name: str) -> str:
    """Return a set's name inside a sentence."""
    return set_label(set_name).lower()
