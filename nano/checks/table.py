"""The checks on composed clips as a table for a terminal."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.table import Table

from samscope.analysis.statistics.bootstrap import Estimate
from samscope.evaluation.tables import estimates_table


def composed_table(composed: Mapping[str, Any]) -> Table:
    """Return the table of what ``ComposedChecks.stated`` gives."""
    table = estimates_table("on composed clips", measured(composed))
    table.caption = "intervals: 95 %, bootstrap over clips"
    return table


def measured(composed: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, Estimate]]:
    """Return the measured numbers of composed clips with their intervals.

    Args:
        composed: as ``composed.ComposedChecks.stated`` gives it: whatever in it has a ``value`` and an
            ``interval`` is a measured number.
        path: names of what it is in.

    Returns:
        Each one's name, ``pointer use: lost foreign``, and estimate; NaN where it is not defined.
    """
    if {"value", "interval"} <= composed.keys():
        ends = composed["interval"] or (np.nan, np.nan)
        value, low, high = (
            np.nan if number is None else float(number) for number in (composed["value"], *ends)
        )
        return [(": ".join(path).replace("_", " "), Estimate(value, low, high))]
    inner = [(name, part) for name, part in composed.items() if isinstance(part, Mapping)]
    return [measurement for name, part in inner for measurement in measured(part, (*path, name))]
