"""``samscope download``, against servers on this machine."""

import hashlib
import io
import time
import zipfile
from pathlib import Path

import pytest

from samscope.videos.downloads.collections import COLLECTIONS
from tests.command import message, samscope, save_videos
from tests.videos.downloads.server import Served, serving

UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An archive as DAVIS' authors pack it, with small videos."""
    folder = tmp_path_factory.mktemp("archive") / "DAVIS"
    save_videos(folder, frames=4)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder.parent))
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_videos_are_fetched_unpacked_and_ready(tmp_path: Path, archive: bytes) -> None:
    out = tmp_path / "DAVIS"
    with serving(Served(archive)) as url:
        arguments = ("--url", url, "--sha256", digest(archive).upper(), "--out", out)
        outcome = samscope("download", "davis-2017", *arguments)
    assert outcome.status == 0, outcome.err
    assert f"go on with: samscope study --videos {out}" in outcome.out
    assert left(tmp_path) == ["DAVIS"]
    assert left(out / "JPEGImages" / "480p") == ["first", "second", "third"]


def test_an_archive_that_was_got_by_hand(tmp_path: Path, archive: bytes) -> None:
    packed = tmp_path / "by-hand.zip"
    packed.write_bytes(archive)
    arguments = ("--archive", packed, "--sha256", digest(archive), "--out", tmp_path / "DAVIS")
    assert samscope("download", "davis-2017", *arguments).status == 0
    assert left(tmp_path) == ["DAVIS", "by-hand.zip"]


def test_an_archive_of_another_content_is_refused(tmp_path: Path, archive: bytes) -> None:
    packed = tmp_path / "by-hand.zip"
    packed.write_bytes(archive)
    arguments = ("--archive", packed, "--out", tmp_path / "DAVIS")
    outcome = samscope("download", "davis-2017", *arguments)
    assert outcome.status == 1
    assert f"{len(archive):,} bytes; the published one has 832,766,765" in message(outcome)
    outcome = samscope("download", "davis-2017", *arguments, "--sha256", "0" * 64)
    assert outcome.status == 1
    assert f"its SHA-256 is {digest(archive)}; expected {'0' * 64}" in message(outcome)
    outcome = samscope("download", "davis-2017", "--archive", tmp_path / "none", "--out", tmp_path / "DAVIS")
    assert outcome.status == 2
    assert left(tmp_path) == ["by-hand.zip"]


def test_a_download_that_broke_off_goes_on_by_the_same_command(tmp_path: Path, archive: bytes) -> None:
    served = Served(archive, "breaks off", piece=5000)
    arguments = ("--sha256", digest(archive), "--out", tmp_path / "DAVIS")
    with serving(served) as url:
        served.piece = 0
        outcome = samscope("download", "davis-2017", "--url", url, *arguments)
        assert outcome.status == 1
        served.piece = 5000
        served.content = archive[:5000]
        outcome = samscope("download", "davis-2017", "--url", url, *arguments)
        assert outcome.status == 1
        served.manner, served.content = "well", archive
        assert not (tmp_path / "DAVIS").exists()
        assert samscope("download", "davis-2017", "--url", url, *arguments).status == 0
    assert left(tmp_path) == ["DAVIS"]


def test_a_server_of_something_else_is_refused_before_anything_is_fetched(
    tmp_path: Path, archive: bytes
) -> None:
    with serving(Served(archive)) as url:
        outcome = samscope("download", "davis-2017", "--url", url, "--out", tmp_path / "DAVIS")
    assert outcome.status == 1
    told = message(outcome)
    assert f"the server offers {len(archive):,} bytes; expected 832,766,765" in told
    assert "or by hand: get DAVIS-2017-trainval-480p.zip from https://davischallenge.org" in told
    assert left(tmp_path) == []


def test_without_a_network_the_manual_way_is_told_within_seconds(tmp_path: Path) -> None:
    begin = time.monotonic()
    arguments = ("--url", f"{UNREACHABLE}/a.zip", "--out", tmp_path / "DAVIS")
    outcome = samscope("download", "davis-2017", *arguments)
    assert time.monotonic() - begin < 10
    assert outcome.status == 1
    told = message(outcome)
    assert "cannot be reached (" in told
    assert "samscope download davis-2017 --archive DAVIS-2017-trainval-480p.zip --out " in told
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["../../evil", "/evil", "DAVIS/../../evil", "DAVIS/\x1b[2J"])
def test_a_hostile_archive_leaves_nothing(tmp_path: Path, archive: bytes, name: str) -> None:
    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr(name, "evil")
    content = buffer.getvalue()
    inside = tmp_path / "a" / "b"
    arguments = ("--sha256", digest(content), "--out", inside / "DAVIS")
    with serving(Served(content)) as url:
        outcome = samscope("download", "davis-2017", "--url", url, *arguments)
    assert outcome.status == 1
    assert "nothing was unpacked" in message(outcome)
    assert not list(tmp_path.rglob("*evil*"))
    assert left(inside) == ["DAVIS.zip"]


def test_an_archive_without_videos(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("DAVIS/readme.txt", "nothing here")
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    arguments = ("--archive", tmp_path / "a.zip", "--sha256", digest(buffer.getvalue()))
    outcome = samscope("download", "davis-2017", *arguments, "--out", tmp_path / "DAVIS")
    assert outcome.status == 1
    assert "holds no videos in the DAVIS layout: no folder JPEGImages" in message(outcome)
    assert left(tmp_path) == ["a.zip"]


def test_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "DAVIS").mkdir()
    (tmp_path / "DAVIS" / "mine").write_text("years of work")
    for arguments, said in (
        (("coco",), "'coco' is no collection that samscope knows; it knows davis-2017"),
        (("davis-2017", "--out", tmp_path / "DAVIS"), "exists; name another folder"),
        (("davis-2017", "--out", tmp_path / "x", "--sha256", "1234"), "expected 64 digits"),
        (("davis-2017", "--out", tmp_path / "x", "--url", "file:///etc/passwd"), "begins with https://"),
        (("someone/model", "--out", tmp_path / "x"), "--sha256 and --archive are for videos"),
    ):
        outcome = samscope("download", *arguments)
        assert outcome.status == 2
        assert said in message(outcome)
    assert left(tmp_path) == ["DAVIS"]


def test_what_is_on_record_of_a_collection() -> None:
    for name, published in COLLECTIONS.items():
        assert published.url.startswith("https://")
        assert len(published.sha256) == 64
        assert published.size < published.most_unpacked
        assert name == name.lower()
