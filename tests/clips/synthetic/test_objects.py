from dataclasses import replace

import numpy as np
import pytest

from samscope.clips.synthetic.objects import Swing, Thing, coverage, paint
from samscope.clips.synthetic.outlines import Part, ellipse, joint
from samscope.clips.synthetic.textures import Coat


class Disc:
    """A disc with a dark dot to the right of its middle."""

    def parts(self, time: float) -> list[Part]:
        """Return the disc and its dot."""
        return [
            Part(ellipse(1, 1, points=120), joint()),
            Part(ellipse(0.25, 0.25, 0.5), joint(), "dark", detail=True),
        ]


COAT = Coat({"body": np.full((16, 16, 3), 200, np.uint8), "dark": np.full((1, 1, 3), 110, np.uint8)}, 0.0)


def still(value: float) -> Swing:
    return Swing(value, 0.0, 50.0, 0.0)


def disc(x: float, y: float, radius: float) -> Thing:
    return Thing(Disc(), still(x), still(y), still(radius), still(0.0), 0.0, mirrored=False)


def test_swing_stays_within_its_reach() -> None:
    swing = Swing(10.0, 3.0, 40.0, 0.5)
    values = np.array([swing.at(time) for time in np.linspace(0, 400, 2000)])
    assert 10 - 3 <= values.min() < 8
    assert 12 < values.max() <= 10 + 3


def test_coverage_of_a_disc_has_its_area_and_its_centre() -> None:
    covered = coverage(disc(30.25, 20.5, 12.0), 0, (48, 64))
    assert covered.alpha.sum() == pytest.approx(np.pi * 12**2, rel=0.03)
    assert np.count_nonzero(covered.mask((48, 64))) == pytest.approx(np.pi * 12**2, rel=0.03)
    rows, columns = np.nonzero(covered.mask((48, 64)))
    assert columns.mean() + 0.5 == pytest.approx(30.25, abs=0.2)
    assert rows.mean() + 0.5 == pytest.approx(20.5, abs=0.2)


def test_edges_are_soft_over_about_one_pixel() -> None:
    alpha = coverage(disc(30.0, 20.0, 12.0), 0, (48, 64)).alpha
    partial = np.count_nonzero((alpha > 0.02) & (alpha < 0.98))
    assert 0.5 * 2 * np.pi * 12 < partial < 1.8 * 2 * np.pi * 12


def test_thing_cut_by_the_border_or_outside() -> None:
    half = coverage(disc(0.0, 20.0, 10.0), 0, (48, 64))
    assert half.left == 0
    assert np.count_nonzero(half.mask((48, 64))) == pytest.approx(np.pi * 10**2 / 2, rel=0.06)
    assert not coverage(disc(-30.0, 20.0, 10.0), 0, (48, 64)).mask((48, 64)).any()
    assert not coverage(disc(90.0, 20.0, 10.0), 0, (48, 64)).mask((48, 64)).any()


@pytest.mark.parametrize("x", [-30.0, 0.0, 30.0, 64.0])
def test_paint_changes_the_object_and_darkens_only_its_surroundings(x: float) -> None:
    picture = np.full((48, 64, 3), 100, np.float32)
    thing = disc(x, 20.0, 10.0)
    paint(picture, thing, COAT, -2.3, 0)
    mask = coverage(thing, 0, (48, 64)).mask((48, 64))
    assert (picture[mask] != 100).all()
    alpha_free = np.ones((48, 64), bool)
    covered = coverage(thing, 0, (48, 64))
    height, width = covered.alpha.shape
    alpha_free[covered.top : covered.top + height, covered.left : covered.left + width] = covered.alpha == 0
    assert (picture[alpha_free] <= 100).all()
    assert (picture[alpha_free] >= 65).all()
    assert (picture[:, 60:] == 100).all() or x > 40


def test_details_are_painted_where_the_object_turns_them() -> None:
    for angle, column, row in ((0.0, 35, 20), (np.pi / 2, 30, 25), (np.pi, 25, 20)):
        picture = np.full((48, 64, 3), 100, np.float32)
        thing = replace(disc(30.5, 20.5, 10.0), angle=still(angle))
        paint(picture, thing, COAT, -2.3, 0)
        assert picture[row, column].max() < 0.65 * picture[20, 30].max()


def test_objects_are_brighter_towards_the_light() -> None:
    for light, bright, dark in ((0.0, (20, 38), (20, 22)), (np.pi / 2, (28, 30), (12, 30))):
        picture = np.full((48, 64, 3), 100, np.float32)
        plain = Coat(dict.fromkeys(("body", "dark"), COAT.surfaces["body"]), 0.0)
        paint(picture, disc(30.5, 20.5, 10.0), plain, light, 0)
        assert picture[bright].mean() > picture[dark].mean() + 20
