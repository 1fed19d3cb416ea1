"""A study whose names may be shown: what cannot be printed in them is written out as an escape."""

from dataclasses import replace
from typing import Any

import pandas as pd

from samscope.records.schema import VIDEO_NAMES
from samscope.records.store import Study
from samscope.support.printable import printable


def printable_study(study: Study) -> Study:
    """Return a study whose settings and names of videos can be shown on a page and in a figure."""
    return replace(study, settings=_printable_value(study.settings), clips=_printable_columns(study.clips))


def _printable_columns(table: pd.DataFrame) -> pd.DataFrame:
    changed = {name: table[name].map(_printable_value) for name in VIDEO_NAMES if name in table}
    return table.assign(**changed)


def _printable_value(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {_printable_value(key): _printable_value(entry) for key, entry in value.items()}
        case list():
            return [_printable_value(entry) for entry in value]
        case _:
            return value
