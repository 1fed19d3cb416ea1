import pytest

from nano.training.schedule import learning_rate


def rate(step: int, hold: float = 0.0) -> float:
    return learning_rate(step, steps=1000, peak=2.0, warm_up=100, hold=hold)


def test_rises_linearly_then_falls_along_a_cosine_to_zero() -> None:
    assert rate(0) == pytest.approx(0.02)
    assert rate(49) == pytest.approx(1.0)
    assert rate(100) == pytest.approx(2.0)
    assert rate(550) == pytest.approx(1.0)  # half way from 100 to 1000
    assert rate(1000) == pytest.approx(0.0)


def test_holds_its_peak() -> None:
    assert rate(699, hold=0.7) == 2.0
    assert rate(850, hold=0.7) == pytest.approx(1.0)
    assert rate(1000, hold=0.7) == pytest.approx(0.0)
