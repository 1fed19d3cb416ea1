from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from samscope.analysis.map_contrasts import COLUMNS, map_contrasts, region_contrasts
from samscope.records.store import open_study
from tests.planted import NULL, planted, row

FRAMES = 28


def test_contrast_in_standard_deviations_worked_out_by_hand() -> None:
    values = np.array([[[1.0, 1.0], [1.0, 5.0]]])
    region = np.array([[[0.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_allclose(region_contrasts(values, region), (5 - 1) / np.std([1, 1, 1, 5]))


def test_a_place_partly_in_the_region_counts_in_part() -> None:
    values = np.array([[[0.0, 4.0, 8.0]]])
    region = np.array([[[0.0, 0.5, 1.0]]])
    inside, outside = (0.5 * 4 + 8) / 1.5, (0.5 * 4 + 0) / 1.5
    np.testing.assert_allclose(region_contrasts(values, region), (inside - outside) / np.std([0, 4, 8]))


@pytest.mark.parametrize(
    ("values", "region"),
    [
        ([1.0, 2.0], [0.0, 0.0]),
        ([1.0, 2.0], [1.0, 1.0]),
        ([2.0, 2.0], [1.0, 0.0]),
        ([np.nan, 2.0], [1.0, 0.0]),
    ],
)
def test_undefined_contrasts(values: list[float], region: list[float]) -> None:
    assert np.isnan(region_contrasts(np.array([[values]]), np.array([[region]]))).all()


def _found(tmp_path: Path, maps: dict[str, NDArray[Any]], set_name: str = "clean") -> pd.DataFrame:
    study = planted(clips=2, sets=["clean", "interjection"], positions=(NULL,), maps=False)
    with_maps = replace(study, maps={(set_name, 1): maps})
    return map_contrasts(open_study(with_maps.write(tmp_path / "study")), [set_name])


def _maps(values: NDArray[Any], mask: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    masks = np.broadcast_to(mask, (FRAMES, *mask.shape)).copy()
    return {"masks": masks, "predicted": masks, "prompt_conditioned/mean": values.astype(np.float16)}


def test_the_mask_is_laid_over_the_map_and_the_prompted_frame_is_left_out(tmp_path: Path) -> None:
    """A mask of 6 x 8 pixels, whose right half is the object, on a map of 2 x 4 places."""
    mask = np.zeros((6, 8), dtype=np.uint8)
    mask[:, 4:] = 1
    values = np.tile(np.array([0.0, 0.0, 2.0, 2.0]), (FRAMES, 2, 1))
    values[0] = 7 - 9 * values[0]
    found = row(_found(tmp_path, _maps(values, mask)), region="object")
    assert found["contrast"] == pytest.approx((2 - 0) / 1)
    assert (found["frames"], found["undefined"]) == (FRAMES - 1, 0)
    assert (found["clip"], found["source_video"]) == (1, "dog")
    assert (found["position"], found["kind"]) == ("prompt_conditioned", "mean")


def test_the_border_is_where_the_outline_runs(tmp_path: Path) -> None:
    mask = np.zeros((12, 12), dtype=np.uint8)
    mask[3:9, 3:9] = 1
    values = np.zeros((FRAMES, 12, 12))
    values[:, 2:10, 2:10] = 1
    values[:, 4:8, 4:8] = 0
    table = _found(tmp_path, _maps(values, mask))
    assert row(table, region="border")["contrast"] == pytest.approx(1 / values[0].std())
    assert 0 < row(table, region="object")["contrast"] < 1 / values[0].std()


def test_frames_without_the_object_are_left_out_and_undefined_ones_counted(tmp_path: Path) -> None:
    mask = np.zeros((4, 4), dtype=np.uint8)
    mask[:2] = 1
    values = np.tile(np.array([[1.0], [1.0], [0.0], [0.0]]), (FRAMES, 1, 4))
    values[12:16] *= -9
    values[20] = np.nan
    found = row(_found(tmp_path, _maps(values, mask), "interjection"), region="object")
    assert found["contrast"] == pytest.approx(2)
    assert (found["frames"], found["undefined"]) == (FRAMES - 1 - 4 - 1, 1)


def test_only_the_sets_that_were_asked_for(tmp_path: Path) -> None:
    mask = np.zeros((4, 4), dtype=np.uint8)
    mask[:2] = 1
    maps = _maps(np.tile(np.array([[1.0], [1.0], [0.0], [0.0]]), (FRAMES, 1, 4)), mask)
    study = planted(clips=2, sets=["clean", "interjection"], positions=(NULL,), maps=False)
    both = replace(study, maps={("clean", 0): maps, ("interjection", 1): maps})
    opened = open_study(both.write(tmp_path / "study"))
    assert set(map_contrasts(opened)["set"]) == {"clean"}
    assert set(map_contrasts(opened, ["clean", "interjection"])["set"]) == {"clean", "interjection"}


def test_no_maps_no_rows() -> None:
    found = map_contrasts(planted(clips=2, sets=["clean"], positions=(NULL,), maps=False).study)
    assert found.empty
    assert tuple(found.columns) == COLUMNS
