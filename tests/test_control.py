"""The random twin of a study: it changes no record of the model, and none of its own is lost or mixed in."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from samscope.clips.clip import Timeline
from samscope.clips.settings import ClipSettings
from samscope.records.parts import read_job
from samscope.records.schema import TWIN_TABLES
from samscope.records.store import Study, open_study
from samscope.records.twins import TWIN_SETS
from samscope.studies.identity import differences
from samscope.studies.merge import run_merge
from samscope.studies.settings import Control, StudySettings
from samscope.studies.sharding import Shard
from samscope.studies.stages import run_record
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from samscope.support.result_folder import read_json
from samscope.trackers.random_twin import random_twin
from samscope.trackers.sam2.loading import Model, load_model
from tests.command import save_model, save_videos

DRAWS = 3


def settings(material: Path, out: str, *, control: Control = "random") -> StudySettings:
    clips = ClipSettings(material / "videos", count=DRAWS, seed=5, timeline=Timeline(2, 1, 2))
    model = str(material / "model")
    return StudySettings(material / out, clips, model=model, mode="exact", threads=1, maps=0, control=control)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    save_videos(folder / "videos")
    save_model(folder / "model")
    twin = random_twin(load_model(folder / "model"))
    assert isinstance(twin, Model)
    twin.network.save_pretrained(folder / "twin")
    return folder


@pytest.fixture(scope="module")
def whole(material: Path) -> Path:
    return run_record(settings(material, "whole"), Silent())


def test_the_model_s_records_are_the_same_bytes_without_a_twin(material: Path, whole: Path) -> None:
    alone = run_record(settings(material, "alone", control="none"), Silent())
    assert open_study(alone).twin is None
    for table in ("clips", "frames", "features"):
        for part in (alone / "records" / table).iterdir():
            assert part.read_bytes() == (whole / "records" / table / part.name).read_bytes()
    assert not [name for name in TWIN_TABLES if (alone / "records" / name).exists()]
    before, now = read_job(alone), read_job(whole)
    said = differences(before, now)
    assert said[0] == "control was none and is random"
    assert said[1].startswith("the random twin's weights differ")


def test_the_twin_tracks_the_clips_that_the_rule_names_as_a_model_would(material: Path, whole: Path) -> None:
    twin = open_study(whole).twin
    assert twin is not None
    expected = {(name, draw) for name in TWIN_SETS for draw in (0, 2)}
    assert set(zip(twin.clips["set"], twin.clips["clip"], strict=True)) == expected
    alone = replace(settings(material, "by-itself", control="none"), model=str(material / "twin"))
    alone = replace(alone, clips=replace(alone.clips, sets=TWIN_SETS))
    model = open_study(run_record(alone, Silent()))
    for own, other, column in (
        (twin.frames, model.frames, "object_score"),
        (twin.features, model.features, "short"),
    ):
        key = [name for name in ("set", "clip", "frame", "position") if name in own]
        both = own.merge(other, on=key, validate="one_to_one", suffixes=("", "_by_itself"))
        assert len(both) == len(own)
        # weights that were read lie otherwise in memory than drawn ones, which moves the last bits
        np.testing.assert_allclose(both[column], both[f"{column}_by_itself"], rtol=1e-3, atol=1e-5)
    told = read_json(whole / "study.json")
    assert (told["control"], told["twin_sets"], told["twin_every"]) == ("random", list(TWIN_SETS), 2)


def same_twin(first: Study, second: Study) -> None:
    assert first.twin is not None
    assert second.twin is not None
    for table in ("clips", "frames", "features"):
        pd.testing.assert_frame_equal(
            getattr(first.twin, table), getattr(second.twin, table), check_exact=True
        )


def test_shards_and_a_resumed_study_end_with_the_same_twin(material: Path, whole: Path) -> None:
    asked = settings(material, "merged")
    shards = [
        run_record(replace(asked, out=material / f"shard-{number}", shard=Shard(number, 2)), Silent())
        for number in (1, 2)
    ]
    same_twin(open_study(whole), open_study(run_merge(shards, asked.out, Silent())))
    unfinished = Path(shutil.copytree(whole, material / "again.partial"))
    (unfinished / "records" / "twin_features" / "part-00002.parquet").unlink()
    (unfinished / "study.json").unlink()
    again = run_record(replace(settings(material, "again"), resume=True), Silent())
    same_twin(open_study(whole), open_study(again))


@pytest.mark.parametrize("name", TWIN_TABLES)
def test_records_of_the_twin_that_are_missing_are_not_passed_over(
    whole: Path, tmp_path: Path, name: str
) -> None:
    spoilt = Path(shutil.copytree(whole, tmp_path / "spoilt"))
    (spoilt / "records" / name / "part-00002.parquet").unlink()
    with pytest.raises(
        SamscopeError, match=rf"{name}: rows of \('clean', 2\) are missing; run the study again"
    ):
        open_study(spoilt)
    shutil.rmtree(spoilt / "records" / name)
    with pytest.raises(SamscopeError, match=rf"{name} is missing; run the study again"):
        open_study(spoilt)


def test_a_control_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--control is 'shuffled'; it can be random, none"):
        StudySettings(tmp_path, control="shuffled")  # type: ignore[arg-type]
