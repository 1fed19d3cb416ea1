import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from samscope.exports.both_ways import Answer, BeforePrompts, frames_back
from samscope.exports.film_settings import FilmSettings
from samscope.exports.result import open_result
from samscope.exports.track_film import run_track_film
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from samscope.trackers.prompts import FramePrompt, PromptedObject
from samscope.trackers.registry import load_model
from samscope.trackers.track_objects import track_objects
from tests.exports.films import moving_square, save_frames

FRAMES, PROMPTED = 6, 3
BOX = (19.0, 20.0, 43.0, 40.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_frames(tmp_path_factory.mktemp("films") / "square", FRAMES)


@pytest.fixture
def settings(video: Path, tmp_path: Path) -> FilmSettings:
    return FilmSettings(str(video), tmp_path / "masks", box=BOX, frame=PROMPTED, both_ways=True)


def test_frames_before_the_prompt_are_those_of_a_pass_in_reverse(settings: FilmSettings) -> None:
    run_track_film(settings, Silent())
    result = list(open_result(settings.out))
    told = [PromptedObject(1, (FramePrompt(frame=PROMPTED, box=BOX),))]
    frames, model = moving_square(FRAMES), load_model("nano")
    back = track_objects(model, frames[: PROMPTED + 1], told, reverse=True)
    expected = {seen.frame_index: seen.objects[1] for seen in back}
    forwards = track_objects(model, frames, told)
    expected |= {seen.frame_index: seen.objects[1] for seen in forwards if seen.objects}
    assert sorted(expected) == [frame.index for frame in result] == list(range(FRAMES))
    for frame in result:
        seen = expected[frame.index]
        np.testing.assert_array_equal(frame.labels == 1, seen.mask.numpy())
        assert frame.labels.any()
        assert frame.objects[1].object_score == pytest.approx(seen.object_score, abs=1e-4)
        assert frame.objects[1].predicted_iou == pytest.approx(seen.predicted_iou, abs=1e-5)
    assert [path.name for path in settings.out.iterdir() if path.name.startswith(".")] == []


def test_each_object_goes_back_from_its_own_first_prompt(settings: FilmSettings, tmp_path: Path) -> None:
    told = {
        "objects": [
            {
                "id": 1,
                "prompts": [{"frame": 4, "box": [22, 20, 46, 40]}, {"frame": 2, "box": [16, 20, 40, 40]}],
            },
            {"id": 2, "prompts": [{"frame": 0, "points": [[60, 50]]}]},
        ]
    }
    (tmp_path / "prompts.json").write_text(json.dumps(told))
    told_by_file = replace(settings, box=None, prompts=tmp_path / "prompts.json")
    run_track_film(told_by_file, Silent())
    both = list(open_result(settings.out))
    assert [sorted(frame.objects) for frame in both] == [[1, 2]] * FRAMES
    run_track_film(replace(told_by_file, both_ways=False, overwrite=True), Silent())
    forwards = list(open_result(settings.out))
    assert [sorted(frame.objects) for frame in forwards] == [[2], [2], *[[1, 2]] * (FRAMES - 2)]
    for frame, before in zip(both[2:], forwards[2:], strict=True):
        np.testing.assert_array_equal(frame.labels, before.labels)


def test_the_pass_back_begins_at_the_latest_prompt_of_an_object_that_begins_later() -> None:
    first = PromptedObject(1, (FramePrompt(frame=0, box=BOX), FramePrompt(frame=9, box=BOX)))
    later = PromptedObject(2, (FramePrompt(frame=2, box=BOX), FramePrompt(frame=4, box=BOX)))
    assert [frames_back(prompts) for prompts in ([first], [later], [first, later])] == [0, 5, 5]


def test_a_user_who_stops_on_the_way_back_keeps_nothing(settings: FilmSettings, tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match="stopped in the pass backwards"):
        run_track_film(settings, Silent(), lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_released_passes_are_refused_both_ways(settings: FilmSettings) -> None:
    with pytest.raises(UsageError, match="--as-released beside --both-ways"):
        replace(settings, as_released=True)


def test_answers_wait_on_the_disk_and_go_when_they_are_taken(tmp_path: Path) -> None:
    logits = torch.linspace(-3, 3, 6).reshape(2, 3)
    with BeforePrompts(tmp_path) as before:
        before.put(5, {7: Answer(logits, 1.5, None), 2: Answer(-logits, None, 0.25)})
        before.put(4, {})
        (folder,) = tmp_path.iterdir()
        assert len(list(folder.iterdir())) == 1
        answers = before.take(5)
        assert list(answers) == [7, 2]
        assert torch.equal(answers[7].mask_logits, logits)
        assert torch.equal(answers[2].mask_logits, -logits)
        assert answers[7][1:] == (1.5, None)
        assert answers[2][1:] == (None, 0.25)
        assert before.take(5) == before.take(4) == {}
    assert list(tmp_path.iterdir()) == []
