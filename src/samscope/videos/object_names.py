"""What the objects of a video are called, as far as the video or its name tells."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from samscope.videos.video import Video

_WORD = re.compile(r"([^\W\d_]{3,})(?=$|[\W_]|\d+$)")
"""A first word of at least three letters, and not the beginning of a hash."""


@runtime_checkable
class NamesObjects(Protocol):
    """A video that knows what its objects are called."""

    @property
    def object_names(self) -> Mapping[int, str]:
        """Names of the objects by id."""


@dataclass(frozen=True)
class ObjectNames:
    """The names of the objects of some videos.

    A video that does not tell them is taken to show what the first word of its name says: ``car`` is shown
    in ``car-shadow`` and in ``car-roundabout``. A word that more than half of the videos begin with says
    nothing.

    Attributes:
        says_nothing: such words.
    """

    says_nothing: frozenset[str]

    def shown_in(self, video: Video) -> frozenset[str]:
        """Return the names of all objects of a video, none where they are not known."""
        if isinstance(video, NamesObjects):
            return frozenset(video.object_names.values())
        return frozenset({_first_word(video.name)} - self.says_nothing - {""})

    def name_of(self, video: Video, object_id: int) -> str | None:
        """Return the name of one object of a video, or None where it is not known."""
        if isinstance(video, NamesObjects):
            return video.object_names.get(object_id)
        return next(iter(self.shown_in(video)), None)


def names_among(videos: Sequence[Video]) -> ObjectNames:
    """Return the names of the objects of videos."""
    words = Counter(_first_word(video.name) for video in videos)
    return ObjectNames(frozenset(word for word, times in words.items() if 2 * times > len(videos)))


def _first_word(name: str) -> str:
    """Return the word that a name begins with in small letters, or nothing."""
    word = _WORD.match(name)
    return word[1].casefold() if word else ""
