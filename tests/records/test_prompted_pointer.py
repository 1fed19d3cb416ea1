import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from samscope.observation.observe import observe
from samscope.records.prompted_pointer import without_prompted_pointer
from samscope.records.schema import FEATURES
from samscope.records.store import RecordWriter, open_study
from tests.observation.fakes import fake_clip, fake_track

SUFFIXES = ("", "_untransformed", "_online")


def _features(absent: tuple[int, ...] = (), position: str = "object_pointer_ungated") -> pd.DataFrame:
    """Return the rows of one clip of 10 frames, whose every value is 1."""
    ages: list[float] = []
    references = []
    present = [frame for frame in range(10) if frame not in absent]
    for frame in range(10):
        before = [other for other in present if other < frame]
        ages.append(frame - before[-1] if before else np.nan)
        references.append(min(len(before), 5))
    rows: dict[str, Any] = {name: np.ones(10) for name in FEATURES.names}
    rows |= {"set": "clean", "clip": 0, "frame": np.arange(10), "position": position}
    rows |= {f"age{suffix}": ages for suffix in SUFFIXES}
    rows |= {f"references{suffix}": references for suffix in SUFFIXES}
    return pd.DataFrame(rows)


def _undefined(table: pd.DataFrame, column: str) -> list[int]:
    return [int(frame) for frame in table.loc[table[column].isna(), "frame"]]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_rests_on_the_prompted_frame_is_undefined(suffix: str) -> None:
    found = without_prompted_pointer(_features())
    assert _undefined(found, f"short{suffix}") == [1]
    assert _undefined(found, f"ratio{suffix}") == [1, 2]
    for spread in ("", "_variance", "_none", "_variance_without_floor"):
        assert _undefined(found, f"long{spread}{suffix}") == [1, 2, 3, 4, 5]
    assert found[f"references{suffix}"].tolist() == [0, 0, 1, 2, 3, 4, 5, 5, 5, 5]
    assert _undefined(found, f"age{suffix}") == [0, 1]


def test_it_stays_a_reference_for_as_long_as_no_later_one_replaces_it() -> None:
    found = without_prompted_pointer(_features(absent=(1, 2, 5)))
    assert _undefined(found, "short") == [1, 2, 3]
    assert _undefined(found, "ratio") == [1, 2, 3, 4]
    assert _undefined(found, "long") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_prompted_frame_that_is_no_reference_changes_nothing() -> None:
    table = _features(absent=(0,))
    pd.testing.assert_frame_equal(without_prompted_pointer(table), table)


def test_other_positions_and_the_order_of_rows_stay() -> None:
    both = pd.concat([_features(), _features(position="memory_features")], ignore_index=True)
    both = both.sample(frac=1, random_state=0)
    found = without_prompted_pointer(both)
    assert found.index.equals(both.index)
    other = found["position"] == "memory_features"
    pd.testing.assert_frame_equal(found[other], both[other])
    pointer = found[~other].sort_values("frame").reset_index(drop=True)
    pd.testing.assert_frame_equal(pointer, without_prompted_pointer(_features()))


def test_an_opened_study_leaves_it_out_unless_asked(tmp_path: Path) -> None:
    """What is recorded is left out of the tables, not of the files."""
    clip = fake_clip()
    (tmp_path / "study.json").write_text(json.dumps({}))
    RecordWriter(tmp_path).write(0, [observe(fake_track(clip), clip)])
    usual, papers = open_study(tmp_path), open_study(tmp_path, prompted_pointer=True)
    assert (usual.prompted_pointer, papers.prompted_pointer) == (False, True)
    pointer = papers.features["position"].str.startswith("object_pointer")
    first = pointer & (papers.features["frame"] == 1)
    assert papers.features.loc[first, "short"].notna().all()
    assert usual.features.loc[first, "short"].isna().all()
    pd.testing.assert_frame_equal(usual.features[~pointer], papers.features[~pointer])
