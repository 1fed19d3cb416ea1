"""Which clips of a study its random twin tracks as well: a rule that is known before anything is tracked."""

from collections.abc import Iterable, Sequence

from samscope.clips.clip import SetName

TWIN_SETS: tuple[SetName, ...] = ("clean", "interjection", "object_removal")
"""The sets whose object goes, and the clean clips that those are held against."""

_SHARE = 3
"""The twin tracks fewer than one clip in so many: a clip costs it what it costs the model."""


def twin_sets(sets: Iterable[str]) -> tuple[str, ...]:
    """Return the sets that a twin tracks of those of a study; none where no object goes."""
    tracked = tuple(name for name in TWIN_SETS if name in set(sets))
    return tracked if set(tracked) - {"clean"} else ()


def twin_every(sets: Sequence[str]) -> int:
    """Return k where the twin tracks every k-th draw, from the first: the least k under a third of the clips.

    With all six sets the twin tracks three of them in every second draw, a quarter of the clips.

    Args:
        sets: the study's.
    """
    return _SHARE * len(twin_sets(sets)) // len(sets) + 1


def has_twin(set_name: str, draw: int, sets: Sequence[str]) -> bool:
    """Tell whether the twin tracks a clip too; it depends on no other clip.

    Args:
        set_name: the clip's set.
        draw: the number of its draw.
        sets: the study's.
    """
    return set_name in twin_sets(sets) and draw % twin_every(sets) == 0
