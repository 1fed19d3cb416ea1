import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from samscope.exports import track_film
from samscope.exports.film_settings import Click, FilmSettings
from samscope.exports.result import open_result
from samscope.exports.track_film import INTERRUPTED, run_track_film
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from samscope.trackers.registry import load_model
from samscope.trackers.track import track
from samscope.trackers.track_objects import track_objects
from samscope.trackers.tracked_frame import TrackedFrame
from samscope.videos.opened import open_video
from tests.exports.films import moving_square, save_frames

FRAMES = 5
BOX = (10.0, 20.0, 34.0, 40.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_frames(tmp_path_factory.mktemp("films") / "square", FRAMES)


@pytest.fixture
def settings(video: Path, tmp_path: Path) -> FilmSettings:
    return FilmSettings(str(video), tmp_path / "masks", box=BOX)


def test_masks_are_those_of_the_tracker(settings: FilmSettings, tmp_path: Path) -> None:
    tracked = run_track_film(replace(settings, exports=("coco", "film")), Silent())
    assert (tracked.frames, tracked.stopped_by) == (FRAMES, None)
    assert {path.name for path in tmp_path.iterdir()} == {"masks", "masks-coco.json", "masks-film.mp4"}
    result = open_result(settings.out)
    seen = list(track(load_model("nano"), moving_square(FRAMES), box=BOX))
    for frame, expected in zip(result, seen, strict=True):
        np.testing.assert_array_equal(frame.labels == 1, expected.mask.numpy())
        assert frame.objects[1].object_score == pytest.approx(expected.object_score, abs=1e-4)
        assert frame.objects[1].predicted_iou == pytest.approx(expected.predicted_iou, abs=1e-5)
    assert result.facts.model == "nano"
    assert result.facts.video == settings.film
    assert result.facts.prompts == {"objects": [{"id": 1, "prompts": [{"frame": 0, "box": list(BOX)}]}]}


def test_several_objects_are_read_from_a_file(settings: FilmSettings, tmp_path: Path) -> None:
    mask = np.zeros((64, 96), dtype=np.uint8)
    mask[22:38, 16:36] = 9
    Image.fromarray(mask).save(tmp_path / "mask.png")
    told = {
        "objects": [
            {"id": 3, "name": "square", "prompts": [{"frame": 1, "mask": "mask.png"}]},
            {"id": 8, "prompts": [{"frame": 0, "points": [[60, 50], [20, 30]], "labels": [1, 0]}]},
        ]
    }
    (tmp_path / "prompts.json").write_text(json.dumps(told))
    run_track_film(replace(settings, box=None, prompts=tmp_path / "prompts.json"), Silent())
    result = open_result(settings.out)
    assert result.facts.objects == {3: "square", 8: "8"}
    assert [sorted(frame.objects) for frame in result] == [[8], *[[3, 8]] * (FRAMES - 1)]
    (kept,) = result.facts.prompts["objects"][0]["prompts"]
    with Image.open(settings.out / kept["mask"]) as image:
        np.testing.assert_array_equal(np.asarray(image) == 3, mask > 0)
    assert result.facts.prompts["objects"][1] == told["objects"][1]


def test_a_user_who_stops_keeps_what_was_tracked(settings: FilmSettings) -> None:
    asked = iter([False, True])
    tracked = run_track_film(settings, Silent(), lambda: next(asked))
    assert (tracked.frames, tracked.stopped_by) == (2, INTERRUPTED)
    result = open_result(settings.out)
    assert (len(result), result.stopped_by) == (2, INTERRUPTED)


def breaking(count: int) -> Any:
    def broken(*arguments: Any, **options: Any) -> Iterator[TrackedFrame]:
        for number, frame in enumerate(track_objects(*arguments, **options)):
            if number == count:
                raise SamscopeError("the film broke off")
            yield frame

    return broken


def test_an_error_on_the_way_keeps_what_was_tracked(
    settings: FilmSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_film, "track_objects", breaking(3))
    tracked = run_track_film(settings, Silent())
    assert (tracked.frames, tracked.stopped_by) == (3, "the film broke off")
    assert len(list(open_result(settings.out))) == 3


def test_an_error_before_the_first_frame_leaves_nothing(
    settings: FilmSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_film, "track_objects", breaking(0))
    with pytest.raises(SamscopeError, match="the film broke off"):
        run_track_film(settings, Silent())
    assert list(tmp_path.iterdir()) == []


def test_a_live_source_is_exported_while_it_comes(
    settings: FilmSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live(*arguments: Any, **options: Any) -> Any:
        video = open_video(*arguments, **options)
        monkeypatch.setattr(type(video.source), "live", True)
        return video

    monkeypatch.setattr(track_film, "open_video", live)
    tracked = run_track_film(replace(settings, exports=("frames", "vot")), Silent(), lambda: False)
    assert tracked.frames == FRAMES
    assert len(list((tmp_path / "masks-frames").iterdir())) == FRAMES
    assert (tmp_path / "masks-vot" / "masks" / "square_001.txt").is_file()
    assert open_result(settings.out).facts.video == "square"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"box": None}, "which object\\? tell it by --box"),
        ({"prompts": Path("prompts.json")}, "--box beside --prompts"),
        ({"box": (34.0, 20.0, 10.0, 40.0)}, "object 1, frame 0: "),
        ({"box": None, "point": (Click(200, 10),)}, "object 1, frame 0: "),
        ({"frame": FRAMES}, "the video has 5 frames, the last one is 4"),
        ({"start": "50"}, "--start 50"),
        ({"exports": ("gif",)}, "--to gif: no such format"),
        ({"object_id": 300}, "expected a whole number from 1 to 255"),
        ({"film": "nowhere.mp4"}, "nowhere.mp4: no such file or folder"),
    ],
)
def test_what_cannot_be_tracked_is_refused(
    changes: dict[str, Any], expected: str, settings: FilmSettings, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=expected):
        run_track_film(replace(settings, **changes), Silent())
    assert list(tmp_path.iterdir()) == []


def test_places_are_looked_at_first(settings: FilmSettings, tmp_path: Path) -> None:
    (tmp_path / "masks-film.mp4").write_text("mine")
    with pytest.raises(UsageError, match=r"masks-film\.mp4: there is a file already"):
        run_track_film(replace(settings, exports=("film",)), Silent())
    assert [path.name for path in tmp_path.iterdir()] == ["masks-film.mp4"]
