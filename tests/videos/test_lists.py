"""Lists of videos: one reader for folders and object storage, and no doubt which list is read."""

import codecs
import json
import logging
import uuid
from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.urls import file_system
from samscope.videos.davis import read_collection
from samscope.videos.lists import listed_videos, matching_lists, names_in_list
from samscope.videos.video import Collection
from tests.clips.folders import moving_square, save_video
from tests.command import SHORT, samscope, save_model, save_videos

NAMES = ("bear", "my dog", "été")
PAIRS = "".join(
    f"/JPEGImages/480p/{name}/0000{index}.jpg /Annotations/480p/{name}/0000{index}.png\n"
    for name in ("my dog", "bear")
    for index in range(2)
)


@pytest.fixture(params=["local", "remote"])
def where(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


def read(root: Path, where: str, subset: str) -> Collection:
    """Read a folder as it lies there, or what was put of it on object storage."""
    if where == "local":
        return read_collection(root, subset=subset)
    url = f"memory://{uuid.uuid4().hex}/videos"
    system, there = file_system(url)
    for file in root.rglob("*"):
        if file.is_file():
            system.pipe_file(f"{there}/{file.relative_to(root).as_posix()}", file.read_bytes())
    return read_collection(url, subset=subset)


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    for name in NAMES:
        save_video(tmp_path / "videos", name, *moving_square(2))
    return tmp_path / "videos"


def write_list(videos: Path, name: str, content: str | bytes) -> Path:
    path = videos / "ImageSets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("my dog\nbear\n", ["my dog", "bear"]),
        (codecs.BOM_UTF8 + b"bear\r\nmy dog\r\n", ["bear", "my dog"]),
        (codecs.BOM_UTF16_LE + "bear\nété\n".encode("utf-16-le"), ["bear", "été"]),
        ("\n  bear \t\n\nbear\n", ["bear"]),
        ("bear/\n./my dog\n", ["bear", "my dog"]),
        ("/a disk/DAVIS/JPEGImages/480p/my dog\n480p/bear/\n", ["my dog", "bear"]),
        ("/a disk/DAVIS/JPEGImages/480p/my dog/00000.jpg\nbear/00001\n", ["my dog", "bear"]),
        ("e\u0301te\u0301\n", ["été"]),
        (PAIRS, ["my dog", "bear"]),
        (PAIRS.replace("/JPEG", "JPEG").replace("/Annot", "Annot"), ["my dog", "bear"]),
    ],
    ids=[
        "spaces",
        "mark",
        "utf-16",
        "blank",
        "slashes",
        "folders",
        "frames",
        "accents",
        "pairs",
        "relative pairs",
    ],
)
def test_a_line_is_a_name_or_a_pair(videos: Path, where: str, content: str | bytes, names: list[str]) -> None:
    write_list(videos, "2017/val.txt", content)
    collection = read(videos, where, "val")
    assert (list(collection), collection.list_read) == (names, "ImageSets/2017/val.txt")


@pytest.mark.parametrize(
    ("subset", "taken", "names"),
    [
        ("val", "2017/val.txt", ["bear"]),
        ("val.txt", "2017/val.txt", ["bear"]),
        ("2016/val", "2016/val.txt", ["my dog"]),
        ("2017/val", "2017/val.txt", ["bear"]),
        ("ImageSets/2016/val.txt", "2016/val.txt", ["my dog"]),
        ("own", "own.txt", ["été"]),
        ("train", "other/train.txt", ["été"]),
        ("test", "2018/test.txt", ["my dog"]),
    ],
)
def test_any_list_can_be_asked_for(
    videos: Path, where: str, caplog: pytest.LogCaptureFixture, *, subset: str, taken: str, names: list[str]
) -> None:
    write_list(videos, "2016/val.txt", "my dog\n")
    write_list(videos, "2017/val.txt", "bear\n")
    write_list(videos, "own.txt", "été\n")
    write_list(videos, "other/train.txt", "été\n")
    write_list(videos, "2018/test.txt", "my dog\n")
    with caplog.at_level(logging.WARNING, "samscope"):
        collection = read(videos, where, subset)
    assert (list(collection), collection.list_read) == (names, f"ImageSets/{taken}")
    said = [record.message for record in caplog.records]
    if subset in {"val", "val.txt"}:
        taken_of = f"--subset {subset}: taken is ImageSets/2017/val.txt; there are also 2016/val: "
        assert said == [f"{taken_of}name one of them so"]
    else:
        assert not said


def test_a_list_may_be_any_file(
    videos: Path, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hard.txt").write_text("my dog\n")
    (tmp_path / "hard").write_text("bear\n")
    monkeypatch.chdir(tmp_path)
    for subset in (str(tmp_path / "hard.txt"), "hard.txt", "./hard.txt", "./hard"):
        collection = read(videos, where, subset)
        assert list(collection) == (["bear"] if subset == "./hard" else ["my dog"])
        assert collection.list_read == str(Path(subset))
    with pytest.raises(UsageError, match=r"no list hard\.txt in any folder of it"):
        read(videos, where, "hard")


def test_a_name_that_means_two_files_is_refused(
    videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_list(videos, "2017/val.txt", "bear\n")
    (tmp_path / "val.txt").write_text("my dog\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"--subset val\.txt: both .*2017/val\.txt and .*; name one"):
        read_collection(videos, subset="val.txt")
    assert list(read_collection(videos, subset="val")) == ["bear"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("bear\nwolf\n", r"val\.txt: lists 'wolf', but .* no such video; expected a name in each line"),
        ("bear 12\n", r"lists 'bear 12'"),
        ("\n \n", r"val\.txt: names no video"),
        (b"\xff\xfebear", r"val\.txt: cannot be read as a list|lists"),
        (b"b\xe9ar\n", r"val\.txt: cannot be read as a list of videos"),
    ],
)
def test_a_list_that_is_none(videos: Path, where: str, content: str | bytes, said: str) -> None:
    write_list(videos, "2017/val.txt", content)
    with pytest.raises(SamscopeError, match=said):
        read(videos, where, "val")


def test_a_path_that_leads_to_no_list(videos: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "link.txt").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"none\.txt: no such file; expected a text"):
        read(videos, where, str(tmp_path / "none.txt"))
    with pytest.raises(SamscopeError, match=r"link\.txt: a link that leads nowhere"):
        read(videos, where, str(tmp_path / "link.txt"))


def test_lists_that_are_there_are_named(videos: Path, where: str) -> None:
    write_list(videos, "2016/val.txt", "bear\n")
    write_list(videos, "__MACOSX/test.txt", "bear\n")
    with pytest.raises(UsageError, match=r"no list test\.txt .* name one that exists \(2016/val\)"):
        read(videos, where, "test")


def test_the_list_of_the_resolution_comes_first() -> None:
    available = ["1080p/val.txt", "2016/val.txt", "2017/val.txt", "480p/val.txt", "val.txt"]
    assert matching_lists(available, "val", "480p")[:3] == ["480p/val.txt", "2017/val.txt", "2016/val.txt"]
    assert matching_lists(available, "val", "")[0] == "val.txt"
    assert matching_lists(available, "2018/val", "480p") == []


def test_names_are_those_of_the_folders() -> None:
    assert names_in_list(b"a b\n", "here") == ["a b"]
    assert listed_videos(["e\u0301", "b"], ["é", "b"], "here", "there") == ["é", "b"]


def test_a_study_records_which_list_was_read(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    write_list(videos, "2016/val.txt", "first\nsecond\n")
    write_list(videos, "2017/val.txt", "second\nthird\n")
    model = save_model(tmp_path / "model")
    for command, more in (("record", ("--clips", "1", "--sets", "clean", *SHORT)), ("evaluate", ())):
        outcome = samscope(
            command,
            "--videos",
            videos,
            "--subset",
            "val",
            "--model",
            model,
            *more,
            "--out",
            tmp_path / command,
        )
        assert outcome.status == 0, outcome.err
        assert (
            "samscope: --subset val: taken is ImageSets/2017/val.txt; there are also 2016/val" in outcome.err
        )
        file = "study.json" if command == "record" else "evaluation.json"
        assert json.loads((tmp_path / command / file).read_text())["list_read"] == "ImageSets/2017/val.txt"
