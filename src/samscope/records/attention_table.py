"""Reading the table ``attention`` of a study, which only studies with ``--attention`` have."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from samscope.clips.tables import read_table
from samscope.records.record_checks import check_attention
from samscope.records.schema import ATTENTION
from samscope.support.errors import SamscopeError, UsageError

_REMEDY = "run the study again"


def read_attention(
    study: Path, parts: Sequence[Path] | None, clips: pd.DataFrame, draw: int | None
) -> pd.DataFrame:
    """Return rows of ``schema.ATTENTION``, in the order in which they were recorded.

    Args:
        study: the study's folder, for messages.
        parts: the files of the table, each named by the first of its draws, ascending; None where attention
            was not recorded.
        clips: those of the study, ``schema.CLIPS``.
        draw: number of the draw whose clips are read; None for all.

    Raises:
        UsageError: attention was not recorded, or there is no such draw.
        SamscopeError: a file is missing or damaged, or says what no study has written.
    """
    if parts is None:
        raise UsageError(f"{study} does not tell what memory attention looked at; {_REMEDY} with --attention")
    if draw is not None:
        if draw not in set(clips["clip"]):
            raise UsageError(f"{study} has no draw {draw}; its numbers are 0 to {clips['clip'].max()}")
        parts = [part for part in parts if int(part.stem.removeprefix("part-")) <= draw][-1:]
    if not parts:
        raise SamscopeError(f"{study}: the records of attention are missing; {_REMEDY}")
    tables = [read_table(part, ATTENTION, _REMEDY) for part in parts]
    table: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    check_attention(table, clips, parts[0].parent)
    return table if draw is None else table.loc[table["clip"] == draw].reset_index(drop=True)
