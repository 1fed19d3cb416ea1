import numpy as np
import pytest

from samscope.clips.synthetic.kinds import KINDS
from samscope.clips.synthetic.outlines import covered
from samscope.clips.synthetic.textures import make_coat


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 10


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_stay_about_their_circle_and_are_of_a_fair_size(kind: str) -> None:
    for seed in range(20):
        shape = KINDS[kind].drawn(np.random.default_rng(seed))
        for time in (0.0, 7.0, 31.5, 400.0):
            distance = np.linalg.norm(np.concatenate(covered(shape.parts(time))), axis=1)
            assert 0.6 < distance.max() < 1.3


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_change_smoothly_and_keep_their_parts(kind: str) -> None:
    shape = KINDS[kind].drawn(np.random.default_rng(1))
    for time in range(40):
        now, soon = shape.parts(time), shape.parts(time + 1)
        assert [part.surface for part in now] == [part.surface for part in soon]
        for part, later in zip(now, soon, strict=True):
            assert np.abs(part.polygon - later.polygon).max() < 0.35


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "ball"])
def test_shapes_move_in_themselves(kind: str) -> None:
    shape = KINDS[kind].drawn(np.random.default_rng(1))
    first, later = (np.concatenate([part.polygon for part in shape.parts(time)]) for time in (0, 5))
    assert np.abs(first - later).max() > 0.015


@pytest.mark.parametrize("kind", KINDS)
def test_details_lie_on_the_object_and_every_surface_is_in_a_coat(kind: str) -> None:
    coat = make_coat([np.full((8, 8, 3), 90, np.uint8)], 24, np.random.default_rng(0))
    parts = KINDS[kind].drawn(np.random.default_rng(2)).parts(3.0)
    assert any(part.detail for part in parts)
    assert {part.surface for part in parts} <= set(coat.surfaces)
