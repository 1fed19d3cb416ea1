from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.map_contrasts import COLUMNS, MAP_CONTRASTS, has_map_levels, map_contrasts
from samscope.observation.map_levels import LEVEL_COLUMNS
from samscope.records.store import Study
from tests.planted import planted, row

FRAMES = 28
POSITION = "prompt_conditioned"


def _study(sets: tuple[str, ...] = ("clean", "interjection")) -> Study:
    return planted(clips=2, sets=sets, positions=(POSITION, "object_pointer"), maps=False).study


def _with(study: Study, column: str, values: np.ndarray, set_name: str = "clean") -> Study:
    features = study.features.copy()
    chosen = (features["set"] == set_name) & (features["clip"] == 1) & (features["position"] == POSITION)
    features.loc[chosen, column] = values
    return replace(study, features=features)


def test_contrasts_are_differences_of_levels() -> None:
    study = _study()
    levels = {"object": 3.0, "border": 2.0, "rival": 1.0, "ground": -0.5, "edges": 0.25}
    for name, value in levels.items():
        study = _with(study, f"variance_{name}", np.full(FRAMES, value))
    table = map_contrasts(study)
    expected = {"object": 3.5, "border": 2.5, "rival": 1.5, "object_less_rival": 2.0, "edges": 0.25}
    assert tuple(expected) == MAP_CONTRASTS
    for contrast, value in expected.items():
        of = row(table, set="clean", clip=1, position=POSITION, kind="variance", contrast=contrast)
        assert of["value"] == pytest.approx(value)
        assert (of["frames"], of["undefined"]) == (FRAMES - 1, 0)


def test_the_prompted_frame_and_frames_without_the_object_are_left_out() -> None:
    values = np.zeros(FRAMES)
    values[0], values[12:16], values[20] = 100, 100, np.nan
    study = _with(_study(), "mean_edges", values, "interjection")
    of = row(map_contrasts(study, ["interjection"]), clip=1, position=POSITION, kind="mean", contrast="edges")
    assert of["value"] == 0
    assert (of["frames"], of["undefined"]) == (FRAMES - 1 - 4 - 1, 1)


def test_only_the_sets_that_were_asked_for() -> None:
    assert set(map_contrasts(_study())["set"]) == {"clean"}
    assert set(map_contrasts(_study(), ["clean", "interjection"])["set"]) == {"clean", "interjection"}


def test_records_without_levels_have_no_rows() -> None:
    study = _study()
    older = replace(study, features=study.features.assign(**dict.fromkeys(LEVEL_COLUMNS, np.nan)))
    assert (has_map_levels(study), has_map_levels(older)) == (True, False)
    found = map_contrasts(older)
    assert found.empty
    assert tuple(found.columns) == COLUMNS
    bare = replace(study, features=pd.DataFrame(columns=["set", "clip"]))
    assert not has_map_levels(bare)
