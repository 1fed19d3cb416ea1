import math
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from samscope.observation.distance import (
    Distances,
    distance_sums,
    distances,
    read_distances,
    regularised_distance,
)
from samscope.observation.kinds import Spread

SPREADS: tuple[Spread, ...] = get_args(Spread)


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _by_definition(features: Tensor, references: Tensor) -> Distances:
    values = references.double().numpy()
    difference = features.double().numpy() - values.mean(axis=0)
    bare = std = values.std(axis=0)
    floor = np.sort(std, axis=None)[(std.size - 1) // 2]
    std = np.maximum(std, floor)
    return Distances(
        std=float(np.linalg.norm(difference / std)),
        variance=float(np.linalg.norm(difference / std**2)),
        none=float(np.linalg.norm(difference)),
        variance_without_floor=float(np.linalg.norm(difference / bare**2)) if bare.all() else None,
        latest=float(np.linalg.norm(features.double().numpy() - values[-1])),
    )


def test_worked_by_hand() -> None:
    references = torch.tensor([[0.0, 0.0], [2.0, 4.0]])  # mean 1, 2; deviation 1, 2; variance 1, 4
    features = torch.tensor([3.0, 6.0])  # 2, 4 away
    assert regularised_distance(features, references, "std") == pytest.approx(math.sqrt(8))
    assert regularised_distance(features, references, "variance") == pytest.approx(math.sqrt(5))
    assert regularised_distance(features, references, "none") == pytest.approx(math.sqrt(20))


def test_spread_is_at_least_its_median() -> None:
    references = torch.tensor([[0.0, 0.0, 0.0], [0.0, 2.0, 4.0]])  # deviation 0, 1, 2
    features = torch.tensor([1.0, 2.0, 4.0])  # 1, 1, 2 away from the mean
    assert regularised_distance(features, references, "std") == pytest.approx(math.sqrt(3))
    assert regularised_distance(features, references, "variance") == pytest.approx(1.5)


def test_without_the_floor_small_variances_weigh_what_they_are() -> None:
    references = torch.tensor([[0.0, 0.0, 0.0], [0.2, 2.0, 4.0]])  # variance 0.01, 1, 4
    features = torch.tensor([0.2, 2.0, 4.0])  # 0.1, 1, 2 away from the mean
    found = distances(features, references)
    assert found.variance_without_floor == pytest.approx(math.sqrt(100 + 1 + 0.25))
    assert found.variance == pytest.approx(math.sqrt(0.01 + 1 + 0.25))


def test_without_the_floor_one_element_without_variance_leaves_it_undefined() -> None:
    references = torch.tensor([[1.0, 0.0, 0.0], [1.0, 2.0, 4.0]])
    for first in (1.0, 3.0):  # 0/0, and infinite
        found = distances(torch.tensor([first, 2.0, 4.0]), references)
        assert found.variance_without_floor is None
        assert found.variance is not None


def test_one_reference_has_a_distance_but_no_spread() -> None:
    references, features = torch.tensor([[1.0, 1.0]]), torch.tensor([4.0, 5.0])
    assert distances(features, references) == Distances(none=5.0, latest=5.0)


@pytest.mark.parametrize("window", [2, 3, 5])
@pytest.mark.parametrize("shape", [(7,), (3, 5, 4), (2, 300, 333)])
def test_equals_the_definition(window: int, shape: tuple[int, ...]) -> None:
    references, features = _random(window, *shape), _random(*shape, seed=1)
    expected = _by_definition(features, references)
    found = distances(features, references)
    assert found.latest == pytest.approx(expected.latest, rel=1e-5)
    for spread in SPREADS:
        assert getattr(found, spread) == pytest.approx(getattr(expected, spread), rel=1e-5)
        assert regularised_distance(features, references, spread) == pytest.approx(
            getattr(expected, spread), rel=1e-5
        )


@pytest.mark.parametrize("kind", ["spread out", "sorted", "mostly equal", "half of them nothing", "periodic"])
def test_median_of_many_values_is_the_median(kind: str) -> None:
    """However the values lie: the floor is looked for where a sample of them says, and found anywhere."""
    count = 100_000
    values = _random(count).square_().double().numpy() + 1e-3
    match kind:
        case "sorted":
            values = np.sort(values)
        case "mostly equal":
            values[: 3 * count // 4] = values[0]
        case "half of them nothing":
            values[::2] = 0.0
            values[1] = 0.0
        case "periodic":
            values[::12] = 1e6
    # Two references at plus and minus the deviation, so that the variances are the values.
    deviation = torch.from_numpy(np.sqrt(values)).float()
    references, features = torch.stack([deviation, -deviation]), torch.ones(count)
    found = distances(features, references)
    if kind == "half of them nothing":
        assert found.std is None
    else:
        assert found.std == pytest.approx(_by_definition(features, references).std, rel=1e-5)


@pytest.mark.parametrize("odd", range(5))
@pytest.mark.parametrize("scale", [1e-12, 1e-4, 1.0, 1e4, 1e12])
def test_one_reference_far_from_the_others_costs_no_precision(odd: int, scale: float) -> None:
    references, features = _random(5, 60), _random(60, seed=1)
    references[odd] += scale
    expected = _by_definition(features, references)
    found = distances(features, references)
    for spread in SPREADS:
        assert getattr(found, spread) == pytest.approx(getattr(expected, spread), rel=1e-5)


def test_no_variance_is_below_zero_however_small_the_offsets() -> None:
    """Their squares are at the end of what float32 holds, where every product is rounded coarsely."""
    offsets = torch.linspace(0, 2e-22, 400)
    for count in range(1, 5):
        references = [torch.zeros(400)] * (5 - count) + [offsets] * count
        found = distances(torch.ones(400), references)
        assert found.std is None or found.std > 0


def test_order_of_the_references_does_not_matter() -> None:
    references, features = _random(5, 8, 6), _random(8, 6, seed=1)
    forward, backward = distances(features, references), distances(features, references.flip(0))
    for spread in SPREADS:
        assert getattr(forward, spread) == pytest.approx(getattr(backward, spread), rel=1e-5)


def test_scaling_and_shifting_everything() -> None:
    references, features = _random(4, 50), _random(50, seed=1)
    before = distances(features, references)
    scaled = distances(8 * features, 8 * references)
    shifted = distances(features + 2, references + 2)
    assert before.std is not None
    assert before.variance is not None
    assert before.none is not None
    assert before.variance_without_floor is not None
    assert scaled.std == pytest.approx(before.std)
    assert scaled.variance == pytest.approx(before.variance / 8)
    assert scaled.none == pytest.approx(before.none * 8)
    assert scaled.variance_without_floor == pytest.approx(before.variance_without_floor / 8)
    for spread in SPREADS:
        assert getattr(shifted, spread) == pytest.approx(getattr(before, spread), rel=1e-4)


def test_equal_references_have_no_spread_and_an_exact_distance() -> None:
    frame = _random(5, 31)[0]  # values whose mean of five is rounded
    assert distances(frame, [frame] * 5) == Distances(none=0.0, latest=0.0)
    assert distances(frame + 1, [frame] * 3).std is None


def test_half_without_spread_is_undefined_and_less_is_not() -> None:
    still, moving = torch.zeros(6), torch.tensor([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    assert distances(moving, [still, moving]).std is None
    moving[2] = 1.0
    assert distances(moving, [still, moving]).std == pytest.approx(math.sqrt(4))


def test_small_spreads_do_not_overflow() -> None:
    references = torch.stack([torch.zeros(4), torch.full((4,), 2e-15)])
    found = distances(torch.ones(4), references)
    assert found.std == pytest.approx(2e15)
    assert found.variance == pytest.approx(2e30)
    assert found.variance_without_floor == pytest.approx(2e30)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_undefined(bad: float) -> None:
    features, references = torch.ones(3), _random(3, 3)
    spoilt = references.clone()
    spoilt[1, 1] = bad
    assert distances(torch.tensor([1.0, bad, 1.0]), references) == Distances()
    latest = distances(features, spoilt[-1:]).none
    assert distances(features, spoilt) == Distances(latest=latest)
    assert distances(features, spoilt.roll(1, 0)) == Distances()  # the spoilt one is the latest


def test_without_references_or_elements_it_is_undefined() -> None:
    assert distances(torch.ones(3), []) == Distances()
    assert distances(torch.ones(0), torch.ones(2, 0)) == Distances()
    assert all(regularised_distance(torch.ones(3), [], spread) is None for spread in SPREADS)


def test_bfloat16_is_computed_in_float32() -> None:
    references, features = _random(5, 40).bfloat16(), _random(40, seed=1).bfloat16()
    assert distances(features, references) == distances(features.float(), references.float())


def test_holds_no_graph_and_changes_nothing() -> None:
    references, features = _random(5, 8).requires_grad_(), _random(8, seed=1).requires_grad_()
    before = references.clone(), features.clone()
    found = distances(features, references)
    assert isinstance(found.std, float)
    assert torch.equal(references, before[0])
    assert torch.equal(features, before[1])


def test_refuses_references_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"a reference is \(4,\), features \(3,\)"):
        distances(torch.ones(3), [torch.ones(4)])


def test_many_equal_spreads_have_their_median() -> None:
    """The median is found among values that begin alike: ties and a lone rank must not lead astray."""
    rng = np.random.default_rng(0)
    for size in (2, 3, 10, 1001):
        offsets = rng.choice([0.25, 0.5, 0.5001, 3.0], size).astype(np.float32)
        references = torch.stack([torch.zeros(size), torch.from_numpy(2 * offsets)])
        features = torch.ones(size)
        expected = _by_definition(features, references)
        assert distances(features, references).std == pytest.approx(expected.std, rel=1e-5)


@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_rows_have_the_distances_of_each(window: int, offset: float) -> None:
    frames = offset + _random(4, window + 1, 3001, seed=window)
    of_rows = distance_sums(*frames.unbind(1))
    assert of_rows.shape == (4, 1, 6)
    for (flat, *references), sums in zip(frames, of_rows, strict=True):
        got, expected = read_distances(sums), distances(flat, references)
        assert (got.std is None) == (window == 1)
        for spread, value in vars(expected).items():
            assert getattr(got, spread) == (None if value is None else pytest.approx(value, rel=2e-4))


def test_rows_of_equal_references_leave_undefined_what_is() -> None:
    flat = torch.arange(9.0)
    same = [torch.ones(9)] * 3
    (of_row,) = distance_sums(*(tensor[None] for tensor in (flat, *same)))
    assert read_distances(of_row) == distances(flat, same)
