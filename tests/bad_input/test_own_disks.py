"""The user's own disk: links to data disks are followed, and what systems leave is passed over."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.urls import file_system
from samscope.videos.davis import read_collection
from samscope.videos.downloads.archives import unpack_zip
from samscope.videos.passed_over import is_passed_over
from tests.command import SHORT, message, samscope, save_model, save_videos

LEFT_BEHIND = (
    "__MACOSX", "lost+found", "System Volume Information", "$RECYCLE.BIN", "@eaDir", "#recycle", ".Trashes",
    ".DS_Store", "Thumbs.db", "thumbs.DB", "desktop.ini",
)  # fmt: skip


@pytest.mark.parametrize(
    "place",
    [
        "JPEGImages", "Annotations", "JPEGImages/480p", "JPEGImages/480p/first", "Annotations/480p/first",
        "Annotations/480p/second/00003.png",
    ],
)  # fmt: skip
def test_links_to_another_disk_are_followed(tmp_path: Path, place: str) -> None:
    videos = save_videos(tmp_path / "videos")
    expected = {name: video.labels(3) for name, video in read_collection(videos).items()}
    (videos / place).rename(tmp_path / "disk")
    (videos / place).symlink_to(tmp_path / "disk")
    for name, video in read_collection(videos).items():
        np.testing.assert_array_equal(video.labels(3), expected[name])
        assert video.frame(3).shape == (64, 96, 3)


def test_a_list_may_be_a_link(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    (tmp_path / "lists" / "2017").mkdir(parents=True)
    (tmp_path / "lists" / "2017" / "val.txt").write_text("second\n")
    (videos / "ImageSets").symlink_to(tmp_path / "lists")
    assert list(read_collection(videos, subset="val")) == ["second"]


def test_clips_are_built_from_linked_videos(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "disk")
    linked = tmp_path / "DAVIS"
    linked.mkdir()
    for kind in ("JPEGImages", "Annotations"):
        (linked / kind).symlink_to(videos / kind)
    outcome = samscope(
        "build", "--videos", linked, "--clips", "1", "--sets", "clean", *SHORT, "--out", tmp_path / "built"
    )
    assert outcome.status == 0, outcome.err


@pytest.mark.parametrize(
    "place", ["JPEGImages", "JPEGImages/480p/first", "Annotations/480p/second/00003.png"]
)
@pytest.mark.parametrize("target", ["gone", "itself"])
def test_a_link_that_leads_nowhere_is_named(tmp_path: Path, place: str, target: str) -> None:
    videos = save_videos(tmp_path / "videos")
    (videos / place).rename(tmp_path / "elsewhere")
    (videos / place).symlink_to(tmp_path / "gone" if target == "gone" else videos / place)
    with pytest.raises(SamscopeError, match=rf"{Path(place).name}: a link that leads nowhere"):
        read_collection(videos)


@pytest.mark.parametrize("name", LEFT_BEHIND)
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_systems_leave_is_passed_over_at_every_level(tmp_path: Path, name: str, kind: str) -> None:
    videos = save_videos(tmp_path / "videos")
    (videos / "ImageSets" / "2017").mkdir(parents=True)
    (videos / "ImageSets" / "2017" / "val.txt").write_text("second\n")
    for folder in [videos, *(path for path in videos.rglob("*") if path.is_dir())]:
        if kind == "folder":
            (folder / name).mkdir()
            (folder / name / "00000.jpg").write_bytes(b"x")
        else:
            (folder / name).write_bytes(b"x")
    assert list(read_collection(videos)) == ["first", "second", "third"]
    assert len(read_collection(videos, subset="val")["second"]) == 12
    url = f"memory://left-{kind}-{abs(hash(name))}"
    system, root = file_system(url)
    for file in videos.rglob("*"):
        if file.is_file():
            system.pipe_file(f"{root}/{file.relative_to(videos).as_posix()}", file.read_bytes())
    assert list(read_collection(url)) == ["first", "second", "third"]


def test_other_names_are_not_passed_over() -> None:
    for name in ("goat", "macosx", "lost", "Thumbs", "recycle", "snapshot", "eaDir", "@goat"):
        assert not is_passed_over(name)


def test_an_archive_with_what_systems_leave(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    archive = tmp_path / "davis.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in videos.rglob("*"):
            if file.is_file():
                packed.write(file, f"DAVIS/{file.relative_to(videos)}")
        packed.writestr("__MACOSX/DAVIS/._x", b"x")
        packed.writestr(".DS_Store", b"x")
        packed.writestr("DAVIS/JPEGImages/480p/Thumbs.db", b"x")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    out = tmp_path / "out"
    outcome = samscope("download", "davis-2017", "--archive", archive, "--sha256", digest, "--out", out)
    assert outcome.status == 0, outcome.err
    assert sorted(path.name for path in out.iterdir()) == ["Annotations", "JPEGImages"]
    assert list(read_collection(out)) == ["first", "second", "third"]


def test_an_archive_may_hold_no_link_even_among_what_is_passed_over(tmp_path: Path) -> None:
    archive = tmp_path / "davis.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        link = zipfile.ZipInfo("__MACOSX/link")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    (tmp_path / "out").mkdir()
    with pytest.raises(SamscopeError, match="is a link or a device"):
        unpack_zip(archive, tmp_path / "out", lambda _: None, most_bytes=2**20, most_files=10)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("film.mp4", r"film\.mp4: a film, and not a folder; samscope track FILM .*ffmpeg -i"),
        ("FILM.MOV", r"FILM\.MOV: a film, and not a folder"),
        ("DAVIS.zip", r"DAVIS\.zip: an archive, and not a folder; unpack it"),
        ("notes.txt", r"notes\.txt: a file, and not a folder; give one"),
    ],
)
def test_a_file_in_the_place_of_a_folder_is_told_as_such(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UsageError, match=said):
        read_collection(tmp_path / name)
    outcome = samscope("build", "--videos", tmp_path / name, "--out", tmp_path / "built")
    assert outcome.status == 2
    assert "no such folder" not in outcome.err


def test_a_folder_of_films_or_within_the_layout(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mp4").write_bytes(b"x")
    with pytest.raises(SamscopeError, match=r"not in the DAVIS layout: .*it holds films \(a\.mp4\)"):
        read_collection(tmp_path / "films")
    videos = save_videos(tmp_path / "videos")
    with pytest.raises(SamscopeError, match="give the folder above JPEGImages"):
        read_collection(videos / "JPEGImages")


def test_a_video_without_masks_does_not_stop_an_evaluation(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos", ["first", "second", "third"], frames=5)
    for mask in (videos / "Annotations" / "480p" / "second").iterdir():
        mask.unlink()
    (videos / "Annotations" / "480p" / "second").rmdir()
    (videos / "Annotations" / "480p" / "third" / "00002.png").unlink()
    (videos / "Annotations" / "480p" / "fourth").mkdir()
    model = save_model(tmp_path / "model")
    outcome = samscope("evaluate", "--videos", videos, "--model", model, "--out", tmp_path / "scores")
    assert outcome.status == 0, outcome.err
    content = json.loads((tmp_path / "scores" / "evaluation.json").read_text())
    assert [row["video"] for row in content["objects"]] == ["first"]
    left_out = {one["video"]: one["reason"] for one in content["left_out"]}
    assert left_out.keys() == {"second", "third", "fourth"}
    assert "5 frames, but 0 masks" in left_out["second"]
    assert "00002 has no mask" in left_out["third"]
    assert "masks of a video without frames" in left_out["fourth"]
    assert "samscope: 3 videos left out, 1 read; the first," in outcome.err
    assert "videos left out: 3 (fourth, second, third)" in " ".join(outcome.out.split())


def test_an_evaluation_without_any_video_that_has_masks(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos", ["first"], frames=5)
    for mask in (videos / "Annotations" / "480p" / "first").iterdir():
        mask.unlink()
    outcome = samscope("evaluate", "--videos", videos, "--out", tmp_path / "scores")
    assert outcome.status == 1
    assert "no video can be read; the first, " in message(outcome)
    assert "5 frames, but 0 masks" in message(outcome)
