"""``samscope evaluate``: what it writes, what it prints, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from samscope.evaluation import job
from samscope.evaluation.settings import EvaluationSettings
from samscope.support.errors import UsageError
from samscope.support.result_folder import is_result
from samscope.trackers.sam2.loading import load_model
from tests.clips.folders import save_video
from tests.command import Outcome, message, samscope, save_model, save_videos
from tests.evaluation.videos import several_objects


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_videos(tmp_path_factory.mktemp("videos"), ["first", "second"], frames=6)
    save_video(folder, "several", *several_objects())
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results" / "scores"


def evaluate(videos: Path, model: Path, out: Path, *more: str | Path) -> Outcome:
    return samscope("evaluate", "--videos", videos, "--model", model, "--out", out, *more)


def read(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "evaluation.json").read_text())
    return content


def test_everything_is_written_and_the_tables_printed(videos: Path, model: Path, out: Path) -> None:
    outcome = evaluate(videos, model, out, "--seed", "5")

    assert outcome.status == 0, outcome.err
    assert outcome.err.splitlines() == ["videos", "model", "frame time (6)", "tracking (24)"]
    assert sorted(path.name for path in out.iterdir()) == [
        "evaluation.json",
        "frames.csv",
        "objects.csv",
        "sequences.csv",
    ]
    content = read(out)
    assert content["weights_sha256"] == load_model(model).digest()
    assert (content["seed"], content["prompt"], content["frames"]) == (5, "mask", None)
    assert (content["device"], content["image_size"]) == ("cpu", 64)
    assert content["versions"]["torch"] == torch.__version__
    assert content["machine"]["processor"]
    assert content["frame_time_ms"]["median"] > 0
    assert content["left_out"] == [{"video": "several", "object_id": 3, "reason": "not on the first frame"}]
    assert content["summary"]["drift"] == {"value": None, "low": None, "high": None}
    assert [row["video"] for row in content["sequences"]] == ["first", "second", "several"]
    assert len(content["objects"]) == 4
    printed = " ".join(outcome.out.split())
    assert "first 1 " in printed
    assert "mean over objects 4 " in printed
    assert "left out, not on the first frame: 1 (several/3)" in printed
    assert "bootstrap over 3 videos" in printed
    assert outcome.out.splitlines()[-1] == f"every number is in {out}"


def test_the_tables_agree_with_each_other(videos: Path, model: Path, out: Path) -> None:
    assert evaluate(videos, model, out, "--frames", "5").status == 0
    frames, objects = pd.read_csv(out / "frames.csv"), pd.read_csv(out / "objects.csv")
    sequences = pd.read_csv(out / "sequences.csv")

    counted = frames.loc[frames["counted"]].groupby(["video", "object"])[["j", "f"]].mean()
    assert len(frames) == 4 * 5
    assert objects["j_mean"].to_numpy() == pytest.approx(counted["j"].to_numpy())
    assert objects["j_and_f"].to_numpy() == pytest.approx(counted.mean(axis=1).to_numpy())
    assert sequences["j_and_f"].to_numpy() == pytest.approx(
        objects.groupby("video")["j_and_f"].mean().to_numpy()
    )
    assert read(out)["summary"]["j_and_f"]["value"] == pytest.approx(objects["j_and_f"].mean())


def test_the_same_command_gives_the_same_scores(videos: Path, model: Path, tmp_path: Path) -> None:
    one, two, other = tmp_path / "one", tmp_path / "two", tmp_path / "other"
    assert evaluate(videos, model, one, "--prompt", "point").status == 0
    assert evaluate(videos, model, two, "--prompt", "point").status == 0
    assert evaluate(videos, model, other, "--prompt", "point", "--seed", "1").status == 0

    tables = [(folder / "frames.csv").read_bytes() for folder in (one, two, other)]
    assert tables[0] == tables[1] != tables[2]


def test_an_older_evaluation_is_replaced_if_asked(videos: Path, model: Path, out: Path) -> None:
    assert evaluate(videos, model, out, "--frames", "4").status == 0
    assert is_result(out)
    outcome = evaluate(videos, model, out)
    assert outcome.status == 2
    assert "replace it with --overwrite" in message(outcome)
    assert evaluate(videos, model, out, "--frames", "3", "--overwrite").status == 0
    assert read(out)["frames"] == 3


def refuse(outcome: Outcome, status: int, out: Path, *said: str) -> None:
    told = message(outcome)
    assert outcome.status == status, told
    assert outcome.out == ""
    for words in said:
        assert words in told
    assert not out.parent.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--frames", "1"), "--frames is 1; it must be at least 3"),
        (("--frames", "many"), "'--frames'"),
        (("--prompt", "scribble"), "mask"),
        (("--seed", "-1"), "--seed is -1"),
        (("--threads", "0"), "--threads is 0"),
        (("--subset", "val"), "no list val.txt"),
        (("--resolution", "4K"), "no resolution named '4K'; there is 480p"),
        (("--device", "toaster"), "device 'toaster'"),
        (("--image-size", "100"), "image size 100"),
        (("--model", "my model"), "'my model': no such folder or file"),
    ],
)
def test_wrong_arguments(arguments: tuple[str, str], said: str, videos: Path, model: Path, out: Path) -> None:
    refuse(evaluate(videos, model, out, *arguments), 2, out, said)


def test_videos_that_are_missing_or_none(tmp_path: Path, model: Path, out: Path) -> None:
    refuse(evaluate(tmp_path / "nowhere", model, out), 2, out, "nowhere: no such folder; give one")
    (tmp_path / "holiday").mkdir()
    refuse(evaluate(tmp_path / "holiday", model, out), 1, out, "holiday: not in the DAVIS layout")
    outcome = samscope("evaluate", "--out", out)
    refuse(outcome, 2, out, "Missing option '--videos'")


def test_no_object_on_any_first_frame(tmp_path: Path, model: Path, out: Path) -> None:
    frames, masks = several_objects()
    masks[0][:] = 0
    save_video(tmp_path / "videos", "late", frames, masks)
    refuse(
        evaluate(tmp_path / "videos", model, out), 1, out, "has an object on its first frame", "give videos"
    )


def test_a_damaged_frame_leaves_nothing_behind(tmp_path: Path, model: Path, out: Path) -> None:
    folder = save_videos(tmp_path / "videos", ["first"], frames=5)
    frame = folder / "JPEGImages" / "480p" / "first" / "00003.jpg"
    frame.write_bytes(frame.read_bytes()[:-100])
    refuse(evaluate(folder, model, out), 1, out, "00003.jpg", "copy it again")


def test_what_is_read_is_not_replaced(videos: Path, model: Path, tmp_path: Path) -> None:
    outcome = evaluate(videos, model, videos, "--overwrite")
    assert outcome.status == 2
    assert f"would replace {videos}" in message(outcome)


def test_a_device_whose_memory_is_full(
    videos: Path, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(job, "evaluate_sequences", fill)
    refuse(evaluate(videos, model, out), 1, out, "--device cpu: its memory is full")


def test_settings_refuse_an_unknown_prompt(tmp_path: Path) -> None:
    settings = EvaluationSettings(out=tmp_path / "out", videos=tmp_path)
    with pytest.raises(UsageError, match="--prompt is 'scribble'; it can be mask, point, box"):
        replace(settings, prompt="scribble")  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_stand_in_on_real_davis(shared: Path, out: Path) -> None:
    data = shared / "data"
    outcome = evaluate(data / "davis", data / "prototype-nano", out, "--subset", "val", "--frames", "28")

    assert outcome.status == 0, outcome.err
    content = read(out)
    summary = {name: estimate["value"] for name, estimate in content["summary"].items()}
    assert len(content["sequences"]) == 9
    assert content["left_out"] == []
    assert 0.4 < summary["j_and_f"] < 0.65
    assert summary["j_mean"] > summary["copied_j"]  # it does more than to keep the first mask
    assert summary["late_j"] < summary["early_j"]
    assert summary["auroc"] is None  # the object is there on every frame
    low, high = (content["summary"]["j_and_f"][end] for end in ("low", "high"))
    assert low < summary["j_and_f"] < high
    assert np.isfinite(content["frame_time_ms"]["median"])
