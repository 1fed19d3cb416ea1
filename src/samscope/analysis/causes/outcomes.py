"""The table of a trace: what each run came to, one row a run of a draw and set."""

from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa

from samscope.clips.tables import read_table
from samscope.support.errors import SamscopeError

TABLE = "outcomes"
"""Of the folder ``records``."""

Kind = Literal["clean", "transformed", "restore", "spoil", "clean_probe", "transformed_probe"]
"""What a run is: a clip without edits, a cell of either direction, or a probe's edits in either clip."""

WITHOUT_POINTERS = "without_pointers"
ONLY_POINTERS = "only_pointers"
OTHER_POINTERS = "other_pointers"
FORCED_PRESENT = "forced_present"
FORCED_ABSENT = "forced_absent"
WITHOUT_FRAME = "without_frame"
"""Probes: edits that need no other run, as ``studies.tracing.probes`` makes them."""

OUTCOMES = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("source_video", pa.string()),
        ("partner_video", pa.string()),
        ("overlay_videos", pa.list_(pa.string())),
        ("kind", pa.string()),
        ("edited", pa.string()),
        ("first", pa.int32()),
        ("last", pa.int32()),
        ("tracked", pa.bool_()),
        ("j", pa.float64()),
        ("object_score", pa.float64()),
        ("wait", pa.float64()),
        ("returned", pa.bool_()),
    ]
)
"""Of a run: ``edited``, the position of a cell or the name of a probe, empty for none; ``first`` and
``last``, the frames that are edited, null for none, of ``without_frame`` the one that is not read in the
suffix; ``tracked``, whether it was: where both runs are one until after the edited frames, the outcome is
known.

Over the suffix: ``j``, the mean on frames that show the object, null where none does; ``object_score``, the
mean on all, null where the family has none; ``wait``, frames from the suffix' first to the first with J of at
least 0.5, as many as the suffix has where none does, which ``returned`` tells."""


def read_outcomes(folder: Path) -> pd.DataFrame:
    """Return the outcomes of a trace, draw after draw.

    Args:
        folder: of the trace, finished or not.

    Raises:
        SamscopeError: there are none, or a file is damaged.
    """
    parts = sorted(
        (folder / "records" / TABLE).glob("part-*.parquet"), key=lambda part: (len(part.name), part.name)
    )
    if not parts:
        raise SamscopeError(f"{folder}: no trace; name a folder that `samscope trace` has made")
    tables = [read_table(part, OUTCOMES, "trace again") for part in parts]
    table: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return table
