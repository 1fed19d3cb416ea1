import numpy as np
import pytest

from samscope.clips.synthetic.outlines import bands, covered, ellipse, end_of, joint, limb, on, spots


def test_joints_on_joints_place_as_one_after_the_other() -> None:
    base, inner = joint(1.0, 2.0, np.pi / 2), joint(3.0, 0.0)
    assert end_of(base, 3.0, 0.5) == pytest.approx((0.5, 5.0))
    assert end_of(on(base, inner), 0.0, 0.5) == pytest.approx((0.5, 5.0))


def test_limb_hangs_from_its_joint() -> None:
    curve = limb(1.0, 0.3, 0.1)
    assert curve[:, 1].min() == pytest.approx(-0.3)
    assert curve[:, 1].max() == pytest.approx(1.1)
    assert np.abs(curve[:, 0]).max() == pytest.approx(0.3)


def test_spots_and_bands_stay_on_what_they_mark() -> None:
    for seed in range(10):
        for spot in spots(np.random.default_rng(seed), 8, 0.5, 0.3, 0.05):
            assert ((spot / (0.5, 0.3)) ** 2).sum(axis=1).max() < 1.2
    assert [curve[:, 0].min() for curve in bands(2, 0.0, 0.9, 1.0)] == pytest.approx([0.0, 0.6])
    assert max(curve[:, 0].max() for curve in bands(2, 0.0, 0.9, 1.0)) == pytest.approx(0.9)


def test_ellipse() -> None:
    assert np.abs(ellipse(2.0, 1.0) / (2.0, 1.0)).max() == pytest.approx(1.0)
    assert covered([]) == []
