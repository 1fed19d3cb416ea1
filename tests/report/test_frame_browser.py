import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from samscope.records.store import Study, open_study
from samscope.report.frame_browser import frame_browser, outline
from tests.planted import FEW_POSITIONS, Planted, planted, row, with_attention


def _with_maps_of(study: Planted, draws: list[int]) -> Planted:
    """Give the draws the maps of draw 0, moved a little, so that no two have the same pictures."""
    maps = dict(study.maps)
    for draw in draws:
        for name in ("clean", "obscuration"):
            of = dict(maps[name, 0])
            study.maps[name, draw] = of | {"frames": np.roll(of["frames"], 7 * draw, axis=2)}
    return study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = _with_maps_of(planted(clips=3, positions=FEW_POSITIONS), [2])
    return open_study(made.write(tmp_path_factory.mktemp("study")))


@pytest.fixture(scope="module")
def data(study: Study) -> dict[str, Any]:
    browser = frame_browser(study)
    assert browser is not None
    assert browser.shown == (0, 2)
    assert browser.left_out == ()
    return browser.data


def _picture(data: dict[str, Any], number: int) -> Any:
    with Image.open(BytesIO(b64decode(data["pictures"][number].partition(",")[2]))) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_every_draw_and_set_with_maps_is_there(data: dict[str, Any]) -> None:
    assert [clip["title"] for clip in data["clips"]] == ["camel, draw 0", "goat, draw 2"]
    for clip in data["clips"]:
        assert list(clip["sets"]) == ["clean", "obscuration"]
        assert (clip["width"], clip["height"]) == (96, 54)


def test_frames_are_the_recorded_ones(study: Study, data: dict[str, Any]) -> None:
    maps = study.maps("obscuration", 2)
    shown = data["clips"][1]["sets"]["obscuration"]
    assert len(shown["frames"]) == 28
    for frame in (0, 13, 27):
        assert np.abs(_picture(data, shown["frames"][frame]) - maps["frames"][frame]).mean() < 6


def test_maps_are_coloured_low_to_high_and_missing_where_there_are_none(data: dict[str, Any]) -> None:
    shown = data["clips"][0]["sets"]["clean"]["maps"]
    assert set(shown) == {of["name"] for of in data["maps"]}
    assert shown["memory_conditioned"]["mean"][0] is None
    assert shown["memory_conditioned"]["mean"][1] is not None
    assert shown["memory_features"]["variance"][0] is not None
    colours = _picture(data, shown["memory_features"]["mean"][5]).sum(axis=2)
    wave = np.sin(np.linspace(0, 6, 32))[:, None] * np.cos(np.linspace(0, 9, 32))[None]
    assert np.corrcoef(colours.ravel(), wave.ravel())[0, 1] > 0.8


def test_equal_pictures_are_carried_once(data: dict[str, Any]) -> None:
    assert len(set(data["pictures"])) == len(data["pictures"])
    one, other = (data["clips"][draw]["sets"]["clean"]["maps"]["frame"]["mean"] for draw in (0, 1))
    assert one == other


def test_numbers_are_those_of_the_records(study: Study, data: dict[str, Any]) -> None:
    shown = data["clips"][1]["sets"]["obscuration"]
    for frame in (0, 9, 20):
        facts = row(study.frames, set="obscuration", clip=2, frame=frame)
        assert shown["score"][frame] == pytest.approx(facts["object_score"], rel=1e-3)
        assert shown["j"][frame] == pytest.approx(facts["j"], rel=1e-2)
        assert shown["obscured"][frame] == pytest.approx(facts["obscured"], abs=1e-3)
        assert shown["segment"][frame] == facts["segment"]
        measured = row(study.features, set="obscuration", clip=2, frame=frame, position="frame")["long"]
        assert shown["features"]["frame"]["long"][frame] == (
            None if np.isnan(measured) else pytest.approx(measured, rel=1e-3)
        )
    assert shown["middle"] == [12, 15]


def test_attention_is_shown_where_it_was_recorded(data: dict[str, Any], tmp_path: Path) -> None:
    assert data["looked_from"] == []
    assert "attention" not in data["clips"][0]["sets"]["clean"]
    made = with_attention(planted(clips=1, sets=["clean"], positions=FEW_POSITIONS[:1]))
    browser = frame_browser(open_study(made.write(tmp_path)))
    assert browser is not None
    assert [of["name"] for of in browser.data["looked_from"]][:2] == ["share", "share_from_object"]
    looked = browser.data["clips"][0]["sets"]["clean"]["attention"]
    assert looked[0] is None
    assert looked[10]["memories"]["frames"] == looked[10]["pointers"]["frames"] == [0, 4, 5, 6, 7, 8, 9]
    assert looked[10]["memories"]["share"][0] == 0.375
    assert looked[10]["memories"]["share_from_object"][0] == 0.75
    assert looked[10]["pointers"]["share_from_rival"] == [None] * 7
    for frame in looked[1:]:
        for name in ("share", "share_from_object", "share_from_rest"):
            assert sum(frame["memories"][name] + frame["pointers"][name]) == pytest.approx(1, abs=5e-3)


def test_draws_that_find_no_room_are_named(study: Study) -> None:
    browser = frame_browser(study, room=1)
    assert browser is not None
    assert (browser.shown, browser.left_out) == ((0,), (2,))
    assert len(browser.data["clips"]) == 1


def test_without_maps_there_is_no_browser(tmp_path: Path) -> None:
    made = planted(clips=1, sets=["clean"], positions=FEW_POSITIONS[:1], maps=False)
    assert frame_browser(open_study(made.write(tmp_path / "study"))) is None


@pytest.mark.parametrize("size", [(40, 60), (1, 1)])
def test_an_empty_mask_has_no_outline(size: tuple[int, int]) -> None:
    assert outline(np.zeros(size, np.uint8)) == ""


def test_an_outline_filled_again_is_the_mask() -> None:
    rows, columns = np.mgrid[:80, :120]
    distance = np.hypot(rows - 40, columns - 50)
    mask = ((distance < 30) & (distance > 12)) | ((rows > 60) & (columns > 100))
    again = np.zeros(mask.shape, np.uint8)
    rings = []
    for path in outline(mask.astype(np.uint8)).split("M")[1:]:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
        rings.append(np.array(numbers).reshape(-1, 2))
    assert len(rings) == 3
    cv2.fillPoly(again, [np.round(ring - 0.5).astype(np.int32) for ring in rings], 1)
    overlap = (again & mask).sum() / (again | mask).sum()
    assert overlap > 0.93
