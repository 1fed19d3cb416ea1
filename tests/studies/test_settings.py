"""Settings survive ``study.json`` and refuse what cannot be."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from samscope.clips.clip import SETS, Timeline
from samscope.clips.sets.options import TransformOptions
from samscope.clips.settings import ClipSettings, parse_sets, parse_strides
from samscope.studies.settings import StudySettings
from samscope.support.errors import UsageError
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from samscope.trackers.sam2.loading import load_model

EVERYTHING = StudySettings(
    out=Path("study"),
    clips=ClipSettings(
        videos=Path("DAVIS"),
        resolution="480p",
        subset="val",
        count=3,
        seed=7,
        sets=("clean", "overlay"),
        source="car-shadow",
        object_id=1,
        partner="goat",
        min_area=0.01,
        strides=(1, 4),
        timeline=Timeline(4, 3, 2),
        options=TransformOptions("replace", "blur", "copies"),
    ),
    model="facebook/sam2-hiera-large",
    device="cuda:1",
    image_size=512,
    mode="fast",
    compile=True,
    maps=2,
    keep=True,
    control="none",
    threads=4,
)


def test_what_is_compiled_is_not_exact() -> None:
    with pytest.raises(UsageError, match="compile is asked for, and mode exact"):
        replace(EVERYTHING, mode="exact")


@pytest.mark.parametrize("settings", [EVERYTHING, StudySettings(Path("study"))])
def test_settings_survive_json(settings: StudySettings) -> None:
    written = json.loads(json.dumps({**settings.to_json(), "created": "today"}))
    assert StudySettings.from_json(written) == settings


def test_sets_are_kept_in_their_order() -> None:
    assert ClipSettings(sets=parse_sets("overlay, clean")).sets == ("clean", "overlay")
    assert ClipSettings().sets == SETS


@pytest.mark.parametrize("names", ["", ",", "clean,dirty"])
def test_unknown_sets_are_refused(names: str) -> None:
    with pytest.raises(UsageError, match=r"--sets names .*; the sets are clean, interjection"):
        ClipSettings(sets=parse_sets(names))


def test_strides_are_numbers() -> None:
    assert parse_strides("1, 3") == (1, 3)
    with pytest.raises(UsageError, match="--strides is '1;2'"):
        parse_strides("1;2")


def test_ranges() -> None:
    with pytest.raises(UsageError, match="--maps is -1"):
        StudySettings(Path("study"), maps=-1)
    with pytest.raises(UsageError, match="--threads is 0"):
        StudySettings(Path("study"), threads=0)
    with pytest.raises(UsageError, match="--resolution and --subset"):
        ClipSettings(subset="val")


def test_the_built_in_model_has_one_name() -> None:
    assert StudySettings(Path("study")).model == BUILT_IN_MODEL
    assert load_model(BUILT_IN_MODEL).name == BUILT_IN_MODEL
