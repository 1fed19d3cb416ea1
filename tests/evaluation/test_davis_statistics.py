import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.evaluation.davis_statistics import davis_statistics


def by_definition(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean, recall and decay as Perazzi et al. define them, with the bins of the DAVIS 2017 evaluation.

    The bins' ends are places from 1 to n in four equal steps, rounded half up; each bin holds both its ends.
    """
    count = len(values)
    ends = [int(np.floor(1 + quarter * (count - 1) / 4 + 0.5)) for quarter in range(5)]
    bins = [[values[place - 1] for place in range(ends[q], ends[q + 1] + 1)] for q in range(4)]
    mean = sum(values) / count
    recall = sum(1 for value in values if value > 0.5) / count
    return mean, recall, sum(bins[0]) / len(bins[0]) - sum(bins[3]) / len(bins[3])


@pytest.mark.parametrize("count", [*range(1, 40), 68, 102, 255, 256, 257, 400])
def test_equal_to_the_definition(count: int) -> None:
    values = np.random.default_rng(count).random(count)
    statistics = davis_statistics(values)

    assert (statistics.mean, statistics.recall, statistics.decay) == pytest.approx(by_definition(values))


@pytest.mark.parametrize(
    ("values", "mean", "recall", "decay"),
    [
        pytest.param([0.8], 0.8, 1, 0, id="one frame"),
        pytest.param([0.9, 0.5], 0.7, 0.5, 0.4, id="a half is not recalled, and a frame makes a quarter"),
        # Places 1, 2, 3, 4, 5: the first bin holds frames 1 and 2, the last 4 and 5.
        pytest.param([1, 0.8, 0.6, 0.4, 0.2], 0.6, 0.6, 0.6, id="five frames"),
        # Places 1, 2.25, 3.5, 4.75, 6 become 1, 2, 4, 5, 6.
        pytest.param([1, 0.9, 0, 0, 0.3, 0.2], 0.4, 1 / 3, 0.7, id="six frames"),
        # Places 1, 2.5, 4, 5.5, 7 become 1, 3, 4, 6, 7: halves go up.
        pytest.param([1, 0.9, 0.8, 0, 0, 0.3, 0.1], 3.1 / 7, 3 / 7, 0.7, id="seven frames"),
        pytest.param([0.1, 0.1, 0.9, 0.9, 0.9], 0.58, 0.6, -0.8, id="better with time"),
    ],
)
def test_by_hand(values: list[float], mean: float, recall: float, decay: float) -> None:
    statistics = davis_statistics(np.array(values, float))

    assert (statistics.mean, statistics.recall, statistics.decay) == pytest.approx((mean, recall, decay))
