"""The work of a study cut into shards, for machines that know nothing of each other."""

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass

from samscope.clips.clip import Draw
from samscope.support.errors import UsageError

Group = Sequence[Draw]
"""Draws that are tracked together."""


@dataclass(frozen=True)
class Shard:
    """One of several shares of a study's work.

    Attributes:
        number: which one, from 1.
        count: how many there are.

    Raises:
        UsageError: there is no such shard.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise UsageError(
                f"--shard is {self}; the shards are 1/{max(self.count, 1)} to {self.count}/{self.count}"
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Return the shard that ``3/64`` names.

        Raises:
            UsageError: the text names no shard.
        """
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip())
        if match is None or int(match[2]) < 1:
            raise UsageError(f"--shard is {text!r}; expected which one of how many, such as 3/64")
        return cls(int(match[1]), int(match[2]))

    def part_of(self, groups: Sequence[Group]) -> list[Group]:
        """Return the groups of this shard, in their order; none where all are in shards before it.

        Args:
            groups: all groups of the study.
        """
        filled = min(self.count, len(groups))
        return shares(groups, filled)[self.number - 1] if self.number <= filled else []


def shares(groups: Sequence[Group], count: int) -> list[list[Group]]:
    """Cut groups of draws into shares of about equal work.

    Groups of one source video stay together, so that its files are fetched and read in one place, unless they
    are more than a share: then they are cut, in their order, into pieces of at most one. The pieces are given
    away from the largest to the smallest, each to the share that has least so far. So the largest share has
    at most one piece more than the mean, and none is empty where there are as many groups as shares.

    All clips of a study are of one length, so that draws measure the work as frames do.

    Args:
        groups: in order; a group counts as its first draw's source video's.
        count: how many shares, at least 1 and at most the number of groups.

    Returns:
        The shares, each with its groups in order; equal arguments give equal shares.
    """
    limit = max(1, sum(map(len, groups)) // count)
    by_video: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        by_video.setdefault(group[0].source.video, []).append(place)
    pieces = [piece for places in by_video.values() for piece in _pieces(places, groups, limit)]
    pieces = _enough(pieces, count)
    pieces.sort(key=lambda piece: (-sum(len(groups[place]) for place in piece), piece[0]))
    filled = [(0, number) for number in range(count)]
    places: list[list[int]] = [[] for _ in range(count)]
    for piece in pieces:
        draws, number = filled[0]
        places[number] += piece
        heapq.heapreplace(filled, (draws + sum(len(groups[place]) for place in piece), number))
    return [[groups[place] for place in sorted(share_places)] for share_places in places]


def _pieces(places: Sequence[int], groups: Sequence[Group], limit: int) -> list[list[int]]:
    """Cut the groups of a video, in order, into pieces of at most ``limit`` draws, and at least a group."""
    pieces: list[list[int]] = [[]]
    draws = 0
    for place in places:
        if pieces[-1] and draws + len(groups[place]) > limit:
            pieces.append([])
            draws = 0
        pieces[-1].append(place)
        draws += len(groups[place])
    return pieces


def _enough(pieces: list[list[int]], count: int) -> list[list[int]]:
    """Halve the longest pieces until there are as many as shares."""
    if len(pieces) >= count:
        return pieces
    longest = [(-len(piece), piece) for piece in pieces]
    heapq.heapify(longest)
    while len(longest) < count:
        _, piece = heapq.heappop(longest)
        middle = len(piece) // 2
        for half in (piece[:middle], piece[middle:]):
            heapq.heappush(longest, (-len(half), half))
    return [piece for _, piece in longest]
