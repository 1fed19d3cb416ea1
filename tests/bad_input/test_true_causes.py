"""Each refusal names what is really the matter, where another cause would be told as easily."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.command import (
    SHORT,
    Outcome,
    benchmarks,
    message,
    nano,
    samscope,
    save_model,
    save_videos,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study, a build and a shard, by these names, of the videos and model beside."""
    folder = tmp_path_factory.mktemp("made")
    where = ("--videos", save_videos(folder / "videos"), "--model", save_model(folder / "model"))
    one = (*SHORT, "--clips", "1", "--sets", "clean", "--maps", "0")
    assert samscope("record", *where, *one, "--out", folder / "study").status == 0
    assert samscope("record", *where, *one, "--shard", "1/2", "--out", folder / "shard").status == 0
    build = ("build", "--videos", folder / "videos", *SHORT, "--clips", "1", "--sets", "clean")
    assert samscope(*build, "--out", folder / "build").status == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("command", ["report", "figure", "compare"])
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere", "nowhere: no such folder; name one that `samscope study --out` has made"),
        ("study/records", "is a part of the study"),
        ("study/study.json", "study; name that folder"),
        ("model/config.json", "config.json is a file, not the folder of a study"),
        ("shard", "is a shard; put it together with the others by `samscope merge`"),
        ("build", "holds clips that `samscope build` has made; track through them first"),
        ("videos", "is no study: it has no study.json"),
        ("unfinished", "is not finished, its draws lie in"),
        ("unfinished.partial", "is a study that is not finished; go on with it by --resume"),
        ("scores", "is an evaluation, not a study"),
        ("both", "is a comparison of studies"),
    ],
)
def test_what_is_no_study_is_told_as_what_it_is(
    command: str, named: str, said: str, made: Path, tmp_path: Path
) -> None:
    (made / "unfinished.partial" / "parts").mkdir(parents=True, exist_ok=True)
    (made / "unfinished.partial" / "parts" / "job.json").write_text('{"digest": "0", "job": {}}')
    for folder, file in (("scores", "evaluation.json"), ("both", "comparison.json")):
        (made / folder).mkdir(exist_ok=True)
        (made / folder / file).write_text(json.dumps({"samscope": "0"}))
    out = ("--out", tmp_path / "out")
    more = {"report": (), "figure": ("clips", *out), "compare": (made / "study", *out)}[command]
    outcome = samscope(command, made / named, *more)
    assert outcome.status == 2
    assert said in message(outcome)
    assert str(made / named) in message(outcome)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_shard_that_is_not_there_is_told_as_missing(made: Path, tmp_path: Path) -> None:
    outcome = samscope("merge", made / "shards" / "*", "--out", tmp_path / "out")
    assert (outcome.status, "/shards/*: no such folder" in message(outcome)) == (2, True)


@pytest.mark.slow
def test_a_study_that_is_named_twice(made: Path, tmp_path: Path) -> None:
    outcome = samscope("compare", made / "study", made / "build" / ".." / "study", "--out", tmp_path / "out")
    assert outcome.status == 2
    assert "study is named twice; name two studies" in message(outcome)


@pytest.mark.parametrize("name", ["nano", "facebook"])
def test_a_result_may_be_called_as_the_model_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read is the built-in model or the hub's, not the folder of that name."""
    monkeypatch.chdir(tmp_path)
    videos = save_videos(tmp_path / "videos")
    model = {"nano": "nano", "facebook": "facebook/sam2.1-hiera-tiny"}[name]
    for command in ("study", "record", "evaluate"):
        outcome = samscope(
            command, "--videos", videos, "--model", model, "--out", name, "--device", "toaster"
        )
        assert "device 'toaster'" in message(outcome) or "hub" in message(outcome)
        assert "would replace" not in message(outcome)


ADDRESS = "s3://bucket/folder"


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (benchmarks, ("--out", ADDRESS), f"--out {ADDRESS}: this result is written to this machine alone"),
        (nano, ("train", "--material", "m", "--out", ADDRESS), f"--out {ADDRESS}: a training reads and"),
        (nano, ("train", "--material", ADDRESS, "--out", "x"), f"--material {ADDRESS}: a training reads"),
    ],
)
def test_an_address_is_no_folder_of_this_machine(
    command: Callable[..., Outcome],
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = command(*arguments)
    assert outcome.status == 2
    assert said in message(outcome)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "--out", ADDRESS), f"--out {ADDRESS}: this result is written to this machine alone"),
        (("compare", "a", "b", "--out", ADDRESS), f"--out {ADDRESS}: this result is written"),
        (("evaluate", "--videos", "videos", "--out", ADDRESS), f"--out {ADDRESS}: this result is written"),
        (("evaluate", "--videos", ADDRESS, "--out", "x"), f"--videos {ADDRESS}: an evaluation reads folders"),
        (("figure", "study", "clips", "--out", ADDRESS), f"--out {ADDRESS}: a single figure is written"),
        (("download", "davis-2017", "--out", ADDRESS), f"--out {ADDRESS}: this result is written"),
        (("download", "https://host/DAVIS.zip"), "is an address; name a collection, with --url https://host"),
        (("download", "nano"), "nano is built in: go on with samscope study --model nano"),
        (("download", "random-hiera-tiny"), "random-hiera-tiny is made on this machine: go on with samscope"),
    ],
)
def test_an_address_is_not_taken_for_a_folder_or_a_model(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = samscope(*arguments)
    assert outcome.status == 2
    assert said in message(outcome)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("missing", "said", "status"),
    [
        ("ray", "Ray is not installed; pip install 'samscope[ray]'", 2),
        ("cannot", "Ray is installed and cannot be imported (a library of it is too old)", 1),
    ],
)
def test_a_ray_that_cannot_be_imported_is_not_told_as_missing(
    missing: str, said: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            if missing == "ray":
                raise ModuleNotFoundError("No module named 'ray'", name="ray")
            raise ImportError("a library of it is too old")

    monkeypatch.setitem(sys.modules, "samscope.studies.ray.on_ray", Broken("samscope.studies.ray.on_ray"))
    outcome = samscope("study", "--engine", "ray", "--out", tmp_path / "study")
    assert (outcome.status, said in message(outcome)) == (status, True), outcome.err
    outcome = samscope("study", "--engine", "ray", "--device", "toaster", "--out", tmp_path / "study")
    assert (outcome.status, "--device toaster: there is no such device" in message(outcome)) == (2, True)
    assert list(tmp_path.iterdir()) == []
