"""A study from and to object storage is the one of local folders, and never looks half-done."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_videos
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from samscope.support.storage.at_hand import fetch_folder
from samscope.support.storage.staging import place_of
from samscope.support.urls import file_system, url_of
from samscope.videos.copies import Copies
from samscope.videos.davis import read_collection
from samscope.videos.video import Collection
from tests.command import SHORT, message, samscope
from tests.quick_decoding import quick_page

SETS = "clean,context_removal"


@pytest.fixture(scope="module", autouse=True)
def _quick_page() -> Iterator[None]:
    with quick_page():
        yield


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def bucket() -> str:
    """Return an address in fsspec's file system in memory that no other test uses."""
    return f"memory://{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Return an address in a bucket of moto's server, which speaks S3 over HTTP."""
    pytest.importorskip("s3fs", reason="samscope[s3] is not installed")
    moto = pytest.importorskip("moto.server", reason="moto's server is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        system, _ = file_system("s3://samscope")
        system.mkdir("samscope")
        yield "s3://samscope"
        system.clear_instance_cache()
    server.stop()


def put(folder: Path, url: str) -> str:
    system, root = file_system(url)
    for file in folder.rglob("*"):
        if file.is_file():
            system.pipe_file(f"{root}/{file.relative_to(folder).as_posix()}", file.read_bytes())
    return url


def records(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in (folder / "records").rglob("*")
        if file.is_file()
    }


def asked(material: Path, videos: str | Path) -> tuple[str | Path, ...]:
    return (
        "record", "--videos", videos, "--model", material / "model", "--clips", "3", "--seed", "5",
        "--sets", SETS, *SHORT, "--threads", "1",
    )  # fmt: skip


def check_study(material: Path, url: str, tmp_path: Path) -> None:
    """Track from and to object storage, as a whole and in merged shards, and compare with local folders."""
    local = samscope(*asked(material, material / "videos"), "--out", tmp_path / "local")
    assert local.status == 0, local.err
    videos = put(material / "videos", f"{url}/videos")
    whole = samscope(*asked(material, videos), "--out", f"{url}/study")
    assert whole.status == 0, whole.err
    assert whole.out.startswith(f"records are in {url}/study; draw them with")
    fetch_folder(f"{url}/study", tmp_path / "fetched")
    assert records(tmp_path / "fetched") == records(tmp_path / "local")
    assert f'"out": "{url}/study"' in (tmp_path / "fetched" / "study.json").read_text()
    assert f'"videos": "{url}/videos"' in (tmp_path / "fetched" / "study.json").read_text()
    for number in (1, 2):
        shard = f"{url}/shards/{number}"
        assert samscope(*asked(material, videos), "--shard", f"{number}/2", "--out", shard).status == 0
    merged = samscope("merge", f"{url}/shards/*", "--out", f"{url}/merged")
    assert merged.status == 0, merged.err
    fetch_folder(f"{url}/merged", tmp_path / "merged")
    again = samscope("merge", f"{url}/shards/*", "--out", tmp_path / "merged-here")
    assert again.status == 0, again.err
    assert records(tmp_path / "merged") == records(tmp_path / "merged-here")
    check_drawing(url, tmp_path)
    refused = samscope(*asked(material, videos), "--out", f"{url}/study")
    assert message(refused).startswith(f"--out {url}/study: exists; name another address")
    assert not list((tmp_path / "cache").rglob("study.json")), "what was sent is not kept twice"


def check_drawing(url: str, tmp_path: Path) -> None:
    """Draw studies that lie on object storage, and compare with the same ones on this machine."""
    system, root = file_system(url)
    before = set(system.find(f"{root}/study"))
    system.pipe_file(f"{root}/study/tables/older.csv", b"a table of an older version")
    drawn = samscope("report", f"{url}/study")
    assert (drawn.status, drawn.out.splitlines()[-1]) == (0, f"open {url}/study/report.html"), drawn.err
    assert samscope("report", tmp_path / "fetched").status == 0
    written = {file.removeprefix(f"{root}/study/") for file in set(system.find(f"{root}/study")) - before}
    assert written == {
        file.relative_to(tmp_path / "fetched").as_posix()
        for top in ("figures", "tables", "report.html")
        for file in [tmp_path / "fetched" / top, *(tmp_path / "fetched" / top).rglob("*")]
        if file.is_file()
    }
    for name in written:
        assert system.cat_file(f"{root}/study/{name}") == (tmp_path / "fetched" / name).read_bytes(), name
    figure = ("figure", f"{url}/study", "pointer-distance")
    refused = samscope(*figure)
    assert (refused.status, "with --out" in message(refused)) == (2, True)
    several, nowhere = f"{url}/*", tmp_path / "nowhere"
    for arguments in (
        ("report", several),
        ("figure", several, "clips", "--out", nowhere),
        ("compare", several, f"{url}/merged", "--out", nowhere),
    ):
        refused = samscope(*arguments)
        assert (refused.status, "without *" in message(refused)) == (2, True), refused.err
    compared = samscope("compare", f"{url}/study", f"{url}/merged", "--out", tmp_path / "compared")
    assert compared.status == 0, compared.err
    assert f'"study": "{url}/merged"' in (tmp_path / "compared/comparison.json").read_text()


@pytest.mark.slow
def test_a_study_in_memory(material: Path, bucket: str, tmp_path: Path) -> None:
    check_study(material, bucket, tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_study_on_an_s3_server(material: Path, s3: str, tmp_path: Path) -> None:
    check_study(material, s3, tmp_path)


def test_addresses_are_told_from_paths() -> None:
    assert url_of("s3://bucket/DAVIS/") == url_of(Path("s3://bucket/DAVIS")) == "s3://bucket/DAVIS"
    assert url_of(Path("file:///data/x")) == "file:///data/x"
    assert [url_of(path) for path in ("DAVIS", "/data/s3:/x", "./s3:/x", "c:/x", "s3:", "")] == [None] * 6
    with pytest.raises(UsageError, match="nonsense://x: Protocol not known"):
        file_system("nonsense://x")


def test_remote_videos_are_the_local_ones(material: Path, bucket: str) -> None:
    videos = open_videos(ClipSettings(Path(put(material / "videos", f"{bucket}/videos"))))
    local = read_collection(material / "videos")
    assert isinstance(videos, Collection)
    assert (videos.name, list(videos)) == (local.name, list(local))
    for name in local:
        assert (videos[name].size, len(videos[name])) == (local[name].size, len(local[name]))
        assert (videos[name].frame(3) == local[name].frame(3)).all()
        assert (videos[name].labels(11) == local[name].labels(11)).all()


def test_what_is_wrong_with_remote_videos_is_said(material: Path, bucket: str) -> None:
    with pytest.raises(UsageError, match="no JPEGImages/"):
        read_collection(f"{bucket}/nothing")
    url = put(material / "videos", f"{bucket}/videos")
    with pytest.raises(UsageError, match=r"no list val\.txt"):
        read_collection(url, subset="val")
    with pytest.raises(UsageError, match=r"no resolution named '1080p'; there is 480p"):
        read_collection(url, "1080p")
    system, root = file_system(url)
    system.pipe_file(f"{root}/ImageSets/2017/val.txt", b"second\nother\n")
    with pytest.raises(SamscopeError, match=r"2017/val\.txt: lists 'other', but .* no such video"):
        read_collection(url, subset="val")
    system.pipe_file(f"{root}/ImageSets/2017/val.txt", b"second\n")
    assert list(read_collection(url, subset="val")) == ["second"]
    system.pipe_file(f"{root}/JPEGImages/480p/third/00000.jpg", b"no picture")
    with pytest.raises(SamscopeError, match=r"third/00000\.jpg: its size cannot be read"):
        read_collection(url)
    system.rm_file(f"{root}/JPEGImages/480p/third/00000.jpg")
    with pytest.raises(SamscopeError, match=r"third: 11 frames, but 12 masks in .*\(00000 has no frame\)"):
        read_collection(url)
    for number in range(1, 12):
        system.rm_file(f"{root}/JPEGImages/480p/third/{number:05d}.jpg")
    with pytest.raises(SamscopeError, match=r"480p/third: masks of a video without frames"):
        read_collection(url)
    collection = read_collection(url, leave_out=True)
    assert (list(collection), list(collection.left_out)) == (["first", "second"], ["third"])
    system.rm(f"{root}/Annotations/480p/third", recursive=True)
    system.pipe_file(f"{root}/JPEGImages/480p/second/00003.png", b"another")
    with pytest.raises(SamscopeError, match=r"00003\.png: a second picture of the stem 00003"):
        read_collection(url)


def test_copies_stay_within_their_bound(bucket: str) -> None:
    system, root = file_system(bucket)
    for number in range(40):
        system.pipe_file(f"{root}/{number}/file", bytes(100))
    copies = Copies(bucket, most_bytes=2000)
    for number in range(40):
        assert (copies.folder(str(number), ("file",)) / "file").stat().st_size == 100
        copies.folder("0", ("file",))
    kept = sorted(int(path.name) for path in copies.folder("0", ("file",)).parent.iterdir())
    assert kept == [0, *range(21, 40)]
    assert (copies.fetched, copies.requests) == (40, 40)
    with pytest.raises(SamscopeError, match="FileNotFoundError"):
        copies.folder("50", ("file",))


@pytest.mark.parametrize("manifest", ["study.json", "rules.json"])
def test_what_is_half_sent_does_not_look_finished(
    bucket: str, manifest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, root = file_system(f"{bucket}/study")
    place = place_of(Path(f"{bucket}/study"))
    (place.folder / "parts").mkdir(parents=True)
    for name, text in {"parts/job.json": "{}", manifest: '{"samscope": "1"}', "page.html": "new"}.items():
        (place.folder / name).write_text(text)
    place.send(Silent())
    system.pipe_file(f"{root}/old.html", b"old")
    assert system.exists(f"{root}/{manifest}")

    def broken(*_: object, **__: object) -> None:
        raise OSError("the network is down")

    with monkeypatch.context() as patch:
        patch.setattr(type(system), "put", broken)
        with pytest.raises(SamscopeError, match=f"--out {bucket}/study: OSError: the network is down"):
            place_of(Path(f"{bucket}/study"), overwrite=True).send(Silent())
    assert not system.exists(f"{root}/{manifest}")
    with pytest.raises(UsageError, match="exists"):
        place_of(Path(f"{bucket}/study"))
    place_of(Path(f"{bucket}/study"), resume=True).send(Silent())
    assert sorted(Path(file).name for file in system.find(root)) == sorted(
        ["job.json", "page.html", manifest]
    )
    place.clear()
    assert not place.folder.exists()
    system.pipe_file(file_system(f"{bucket}/other")[1] + "/thesis.pdf", b"mine")
    with pytest.raises(UsageError, match="holds no result of samscope"):
        place_of(Path(f"{bucket}/other"), overwrite=True)
