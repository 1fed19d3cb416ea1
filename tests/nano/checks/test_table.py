import numpy as np

from nano.checks.table import measured


def test_measured_numbers_are_found_wherever_they_are() -> None:
    stated = {
        "seed": 0,
        "absence": {"auroc": {"value": None, "interval": None, "clips": 2, "meaning": "a chance"}},
        "box_probe": {"stored": {"alpha": 3.0, "gain": {"value": 0.5, "interval": [0.25, 0.75]}}},
        "share": [0.1, 0.2],
    }
    (auroc, undefined), (gain, known) = measured(stated)

    assert (auroc, gain) == ("absence: auroc", "box probe: stored: gain")
    assert np.isnan(undefined.value)
    assert not undefined.has_interval
    assert (known.value, known.low, known.high) == (0.5, 0.25, 0.75)
