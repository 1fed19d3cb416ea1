from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from samscope.analysis.causes.cells import BANK
from samscope.analysis.causes.outcomes import OUTCOMES
from samscope.clips.clip import Timeline
from samscope.figures.causes import TRACE_FIGURES
from samscope.report.trace_page import write_trace_page
from samscope.support.errors import SamscopeError
from tests.analysis.causes.test_effects import outcomes


def write(folder: Path, table: pd.DataFrame) -> None:
    path = folder / "records" / "outcomes" / "part-00000.parquet"
    path.parent.mkdir(parents=True)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    pq.write_table(pa.Table.from_pylist(rows, schema=OUTCOMES), path)


def test_the_page_says_what_the_tables_say(tmp_path: Path) -> None:
    write(tmp_path, outcomes({"object_pointer": 0.0, "memory_features": 0.0, BANK: 0.9}))
    page = write_trace_page(tmp_path, Timeline()).read_text()
    assert "Interjection, restore, frames 12 to 15: object pointer + memory features" in page
    assert '<span class="verdict holds">holds</span>' in page
    assert "overlay was not traced" in page
    totals = pd.read_csv(tmp_path / "tables" / "totals.csv")
    assert len(totals) == 6
    gain = totals.loc[(totals["kind"] == "restore") & (totals["edited"] == BANK), "gain"].item()
    assert f">{gain:.3f} <small>" in page
    assert "<script" not in page
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == set(TRACE_FIGURES)


def test_no_pair_is_told_where_there_is_none(tmp_path: Path) -> None:
    write(tmp_path, outcomes({"memory_features": 0.9}))
    assert "No traced pair does something together" in write_trace_page(tmp_path, Timeline()).read_text()


def test_a_page_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match="no trace; name a folder"):
        write_trace_page(tmp_path, Timeline())
