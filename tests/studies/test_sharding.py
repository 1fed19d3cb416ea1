"""Shards hold every group once, keep videos together, and are of about equal size."""

from itertools import chain

import numpy as np
import pytest

from samscope.clips.clip import Draw, Excerpt
from samscope.studies.sharding import Group, Shard, shares
from samscope.support.errors import UsageError


def groups_of(videos: list[int], together: int = 1) -> list[Group]:
    """Return groups of draws whose sources are the videos of these numbers."""
    draws = []
    for number, video in enumerate(videos):
        source = Excerpt(f"video{video}", 1, 0, 1)
        draws.append(Draw(number, 0, source, source, (source,) * 3))
    return [draws[first : first + together] for first in range(0, len(draws), together)]


def numbers(share: list[Group]) -> list[int]:
    return [draw.clip for group in share for draw in group]


@pytest.mark.parametrize("seed", range(60))
def test_every_group_is_in_one_share(seed: int) -> None:
    rng = np.random.default_rng(seed)
    videos = rng.integers(1 + seed % 10, size=int(rng.integers(1, 60))).tolist()
    together = 1 + seed % 4
    groups = groups_of(videos, together)
    count = int(rng.integers(1, len(groups) + 1))
    parted = shares(groups, count)
    assert len(parted) == count
    assert all(parted)
    assert sorted(chain.from_iterable(map(numbers, parted))) == list(range(len(videos)))
    assert all(numbers(share) == sorted(numbers(share)) for share in parted)
    assert parted == shares(groups, count)
    largest, fair = max(len(numbers(share)) for share in parted), len(videos) / count
    assert largest <= fair + max(fair, together)


def test_a_video_stays_in_one_share_unless_it_is_more_than_that() -> None:
    parted = shares(groups_of([number % 8 for number in range(64)]), 4)
    homes = [{draw.source.video for group in share for draw in group} for share in parted]
    assert [len(home) for home in homes] == [2, 2, 2, 2]
    assert len(set().union(*homes)) == 8
    assert [len(share) for share in shares(groups_of([0] * 12), 3)] == [4, 4, 4]


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "1/0", "a/b", "-1/4", "1/4/2", "", "1.5/3"])
def test_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="--shard is"):
        Shard.parse(text)


def test_shards_beyond_the_work_are_empty() -> None:
    assert str(Shard.parse(" 2/3 ")) == "2/3"
    groups = groups_of([0, 1, 0])
    parted = [Shard(number, 5).part_of(groups) for number in range(1, 6)]
    assert sorted(map(len, parted)) == [0, 0, 1, 1, 1]
    assert sorted(group[0].clip for part in parted for group in part) == [0, 1, 2]
