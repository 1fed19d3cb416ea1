import math

import numpy as np
import pytest
import torch
from torch import Tensor

from samscope.observation.medians import lower_median


def _values(kind: str, count: int) -> Tensor:
    values = torch.randn(count, generator=torch.Generator().manual_seed(count)).square()
    match kind:
        case "all equal":
            values[:] = 0.3
        case "few kinds":
            values = torch.tensor([0.25, 0.5, 0.5000001, 3.0])[torch.arange(count) * 7 % 4]
        case "from the smallest to infinite":
            values = torch.logspace(-44, 38, count)
            values[-1] = math.inf
        case "no numbers among them":
            values[::3] = math.nan
        case "mostly nothing":
            values[: 2 * count // 3] = 0.0
    return values


@pytest.mark.parametrize("count", [1, 2, 5, 1000, 50_001])
@pytest.mark.parametrize(
    "kind",
    [
        "spread out",
        "all equal",
        "few kinds",
        "from the smallest to infinite",
        "no numbers among them",
        "mostly nothing",
    ],
)
def test_is_what_sorting_finds_bit_for_bit(kind: str, count: int) -> None:
    values = _values(kind, count)
    expected = np.sort(values.numpy())[(count - 1) // 2]
    found = lower_median(values), *lower_median(torch.stack([values, values.flip(0)]))
    for one in found:
        assert one.numpy().tobytes() == expected.tobytes()


def test_every_row_has_its_own() -> None:
    rows = torch.stack([_values("spread out", 1000) * 10.0**power for power in range(-6, 6)])
    assert torch.equal(lower_median(rows), rows.sort(dim=1).values[:, 499])
