from itertools import combinations

import pytest

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.clips.clip import SETS
from samscope.records.twins import TWIN_SETS, has_twin, twin_every, twin_sets

CHOICES = [chosen for count in range(1, 7) for chosen in combinations(SETS, count)]


def test_the_twin_tracks_what_absence_is_told_in() -> None:
    assert ("clean", *ABSENT_SETS) == TWIN_SETS
    assert twin_sets(SETS) == TWIN_SETS
    assert twin_sets(["overlay", "interjection"]) == ("interjection",)
    assert twin_sets(["clean", "obscuration"]) == ()


@pytest.mark.parametrize("sets", CHOICES)
def test_it_tracks_under_a_third_of_the_clips_and_every_kth_draw(sets: tuple[str, ...]) -> None:
    every = twin_every(sets)
    tracked = [(name, draw) for draw in range(12 * every) for name in sets if has_twin(name, draw, sets)]
    assert len(tracked) == 12 * len(twin_sets(sets))
    assert len(tracked) < 12 * every * len(sets) / 3
    assert {draw for _, draw in tracked} <= set(range(0, 12 * every, every))
    if every > 1:
        assert len(twin_sets(sets)) / ((every - 1) * len(sets)) >= 1 / 3, "fewer draws than could be"
