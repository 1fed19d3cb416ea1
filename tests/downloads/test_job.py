"""``samscope download``, against servers on this machine."""

import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from samscope.downloads.collections import COLLECTIONS
from tests.command import Outcome, message, samscope, save_videos
from tests.downloads.server import Served, serving

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


FILES = {
    "config.json": b'{"model_type": "sam2_video"}',
    "model.safetensors": b"\x02\0\0\0\0\0\0\0{}",
    "evil.bin": b"x",
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def a_hub(sent: dict[str, bytes]) -> Iterator[str]:
    """Serve a model as the hub does: its list of files tells of ``FILES``, and ``sent`` are sent."""
    listed: list[dict[str, Any]] = []
    for name, content in FILES.items():
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        listed.append({"rfilename": name, "size": len(content), "blobId": blob})
        if name.endswith(".safetensors"):
            listed[-1]["lfs"] = {"size": len(content), "sha256": digest(content), "pointerSize": 134}
    tree = [
        {"type": "file", "path": one["rfilename"], "size": one["size"], "oid": one["blobId"]}
        for one in listed
    ]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/api/models/someone/model/tree/"):
                self._send(json.dumps(tree).encode(), "application/json")
            elif path.startswith("/api/models/someone/model"):
                info = {"id": "someone/model", "sha": COMMIT, "siblings": listed}
                self._send(json.dumps(info).encode(), "application/json")
            elif path.startswith(f"/someone/model/resolve/{COMMIT}/"):
                self._send(sent[path.rsplit("/", 1)[1]], "application/octet-stream")
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        do_HEAD = do_GET  # noqa: N815

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{digest(content)}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return tmp_path / "hub"


def download_model(name: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Run the command line against a hub at another address."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        endpoint + "/{repo_id}/resolve/{revision}/{filename}",
    )
    return samscope("download", name)


def test_a_model_comes_into_the_hubs_cache_without_what_is_pickled(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_hub(FILES) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 0, outcome.err
    assert "go on with: samscope study --model someone/model" in outcome.out
    (folder,) = (cache / "models--someone--model" / "snapshots").iterdir()
    assert left(folder) == ["config.json", "model.safetensors"]
    again = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert again.status == 0, again.err


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_model_whose_files_are_not_those_on_the_list(
    cache: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FILES[file][:-1] + b"X"
    with a_hub({**FILES, file: other}) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 1, outcome.err
    assert message(outcome).startswith(f"model 'someone/model': {file} is not the hub's")
    assert not list(cache.rglob(file))
    assert not [path for path in cache.rglob("*") if path.is_file() and path.read_bytes() == other]
    with a_hub(FILES) as endpoint:
        assert download_model("someone/model", endpoint, monkeypatch).status == 0


@pytest.mark.usefixtures("cache")
def test_a_model_that_is_not_there_or_a_hub_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_hub(FILES) as endpoint:
        outcome = download_model("someone/else", endpoint, monkeypatch)
    assert outcome.status == 2
    assert "model 'someone/else' is not on the hub" in message(outcome)
    begin = time.monotonic()
    outcome = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert time.monotonic() - begin < 10
    assert outcome.status == 2
    assert "or get it by hand, on a machine with a network: hf download someone/model" in message(outcome)
