"""How large the page may be, and what room is left in it for sample clips."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

LARGEST = 15_000_000
"""Bytes that a page may have, so that it can be sent by mail."""

MARKUP = 800_000
"""Bytes set aside for the page's own elements, its style and its script."""


def room_left(content: Mapping[str, Any]) -> int:
    """Return how many characters the page has left for pictures of sample clips.

    Args:
        content: everything else that it shows.
    """
    return max(0, LARGEST - MARKUP - characters(content))


def characters(value: Any) -> int:
    """Count the characters of every text in a value: in mappings, sequences and dataclasses too."""
    match value:
        case str():
            return len(value)
        case Mapping():
            return sum(map(characters, value.values()))
        case list() | tuple():
            return sum(map(characters, value))
        case _ if is_dataclass(value):
            return sum(characters(getattr(value, field.name)) for field in fields(value))
        case _:
            return 0
