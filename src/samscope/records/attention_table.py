"""Reading the table ``attention`` of a study, which only studies with ``--attention`` have."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from samscope.clips.tables import read_table
from samscope.records.record_checks import check_attention
from samscope.records.schema import ATTENTION
from samscope.support.errors import SamscopeError

_REMEDY = "run the study again"


def read_attention(parts: Sequence[Path], clips: pd.DataFrame, draw: int | None) -> pd.DataFrame:
    """Return rows of ``schema.ATTENTION``, in the order in which they were recorded.

    Args:
        parts: the files of the table, each named by the first of its draws, ascending.
        clips: those of the study, ``schema.CLIPS``.
        draw: number of the draw whose clips are read; None for all.

    Raises:
        SamscopeError: a file is missing or damaged, or says what no study has written.
    """
    if draw is not None:
        parts = [part for part in parts if int(part.stem.removeprefix("part-")) <= draw][-1:]
    if not parts:
        raise SamscopeError(f"the records of attention are missing; {_REMEDY}")
    table: pd.DataFrame = pa.concat_tables(
        [read_table(part, ATTENTION, _REMEDY) for part in parts]
    ).to_pandas()
    check_attention(table, clips, parts[0].parent)
    return table if draw is None else table.loc[table["clip"] == draw].reset_index(drop=True)
