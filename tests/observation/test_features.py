import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from samscope.observation.distance import Distances
from samscope.observation.features import (
    Features,
    FrameAtPosition,
    History,
    ReferenceWindow,
    advance,
)
from samscope.observation.kinds import FEATURE_WINDOW
from samscope.observation.measurement_cache import MeasurementCache


def _seen(frame: int, tensor: Tensor) -> FrameAtPosition:
    return FrameAtPosition(frame, tensor, frame)


def _run(
    values: Sequence[float | None], present: Sequence[bool] | None = None
) -> tuple[list[Features], History]:
    """Return the features of a track at a position with one element, and the last history."""
    history, result = History(), []
    for frame, value in enumerate(values):
        seen = None if value is None else _seen(frame, torch.tensor([value]))
        becomes = True if present is None else present[frame]
        [features], [history] = advance(seen, [history], [becomes], MeasurementCache())
        result.append(features)
    return result, history


def test_worked_by_hand() -> None:
    features, _ = _run([0.0, 1.0, 3.0, 6.0])
    assert features[0] == Features(references=0)
    assert features[1] == Features(short=1, references=1, age=1, long_none=1)
    # References 0 and 1: mean 0.5, deviation 0.5.
    assert features[2] == Features(2, 5, 2, 2, 1, 10, long_none=2.5, long_variance_without_floor=10)
    # References 0, 1 and 3: mean 4/3, variance 14/9.
    assert features[3].short == 3
    assert features[3].ratio == 1.5
    assert features[3].long == pytest.approx(math.sqrt(14), rel=1e-6)
    assert features[3].long_variance == pytest.approx(3, rel=1e-6)
    assert features[3].long_none == pytest.approx(14 / 3, rel=1e-6)


def test_references_grow_old_while_the_object_is_absent() -> None:
    present = [True, True, True, False, False, True, True]
    features, _ = _run([0.0, 1.0, 2.0, 10.0, 11.0, 3.0, 4.0], present)
    assert [one.age for one in features] == [None, 1, 1, 1, 2, 3, 1]
    assert [one.references for one in features] == [0, 1, 2, 3, 3, 3, 4]
    assert [one.short for one in features] == [None, 1, 1, 8, 9, 1, 1]
    # The ratio is of the distances of two frames, not of their references.
    assert [one.ratio for one in features] == [None, None, 1, 8, 9 / 8, 1 / 9, 1]


def test_window_takes_the_latest_five() -> None:
    features, history = _run([100.0, *(float(value) for value in range(1, 8))])
    assert features[-1].references == FEATURE_WINDOW == 5
    assert features[-1].long_none == 7 - 4  # 2, 3, 4, 5, 6
    assert history.window.frames == (3, 4, 5, 6, 7)


def test_equal_frames_have_distance_0_and_no_ratio() -> None:
    features, _ = _run([0.1, 0.3, 0.3, 0.3, 0.7])
    assert [one.short for one in features] == pytest.approx([None, 0.2, 0, 0, 0.4])
    assert [one.ratio for one in features] == [None, None, 0, None, None]
    constant, _ = _run([0.3] * 7)
    spreads = ("long", "long_variance", "long_variance_without_floor")
    assert all(getattr(one, spread) is None for one in constant for spread in spreads)
    assert all(one.long_none == 0 for one in constant[1:])


def test_what_does_not_exist_is_neither_compared_nor_a_reference() -> None:
    features, _ = _run([None, 1.0, 3.0, None, 5.0, 6.0])
    assert features[0] == features[1] == features[3] == Features()
    assert features[2] == Features(short=2, references=1, age=1, long_none=2)
    assert features[4].age == 2
    assert features[4].ratio is None
    assert features[5].ratio == 1 / 2


def test_object_that_never_appears_has_no_features() -> None:
    features, history = _run([1.0, 2.0], [False, False])
    assert features == [Features(), Features()]
    assert history.window.frames == ()


def test_histories_with_equal_windows_share_tensors_and_features() -> None:
    first = History()
    histories: list[History] = [first, first]
    for frame in range(4):
        tensor = torch.randn(3, generator=torch.Generator().manual_seed(frame))
        features, histories = advance(_seen(frame, tensor), histories, [True, frame != 3], MeasurementCache())
        assert features[0] == features[1]
    assert histories[0].window.frames == (0, 1, 2, 3)
    assert histories[1].window.frames == (0, 1, 2)
    pairs = zip(histories[0].window.references, histories[1].window.references, strict=False)
    assert all(one is other for one, other in pairs)


def test_a_frame_is_never_its_own_reference() -> None:
    seen: list[Tensor] = []
    histories = [History()]
    for frame in range(8):
        seen.append(torch.full((2,), float(frame)))
        before = histories[0].window
        [features], histories = advance(_seen(frame, seen[-1]), histories, [True], MeasurementCache())
        assert frame not in before.frames
        assert features.short != 0


def test_windows_are_values() -> None:
    window = ReferenceWindow().add(_seen(3, torch.ones(1)))
    longer = window.add(_seen(5, torch.zeros(1)))
    assert window.frames == (3,)
    assert longer.frames == (3, 5)
    with pytest.raises(ValueError, match="frame 5 is not later than the latest reference, 5"):
        longer.add(_seen(5, torch.ones(1)))


def test_a_frame_that_is_known_by_its_name_is_not_compared_again() -> None:
    """The tensors of two tracks are not the same objects, but their names say that they are equal."""
    cache, windows = MeasurementCache(), []
    for _ in range(2):
        window = ReferenceWindow()
        for frame in range(3):
            window = window.add(_seen(frame, torch.full((4,), float(frame))))
        windows.append(window)

    def distances(window: ReferenceWindow, seen: FrameAtPosition) -> Distances:
        comparison = window.comparison(seen, cache)
        assert comparison is not None
        return comparison.value()

    one, other = (distances(window, _seen(3, torch.ones(4))) for window in windows)
    assert one is other
    shorter = ReferenceWindow(windows[1].references[1:])
    assert distances(shorter, _seen(3, torch.ones(4))) != one
    assert distances(windows[1], _seen(4, torch.zeros(4))) != one
