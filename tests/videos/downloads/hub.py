"""A hub for models on this machine, as far as its client asks anything of it."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.command import Outcome, samscope

UNREACHABLE = "http://127.0.0.1:9"

FILES = {
    "config.json": b'{"model_type": "sam2_video"}',
    "model.safetensors": b"\x02\0\0\0\0\0\0\0{}",
    "evil.bin": b"x",
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the hub has and says.

    Attributes:
        listed: the files of ``someone/model`` by name, as its list tells of them.
        sent: what is sent of them.
        refused: answers in the place of the list, or of files: status, error code and message by ``api`` or
            ``resolve``.
        asked: the paths that were asked for.
        tokens: what requests said of who asks.
    """

    listed: Mapping[str, bytes]
    sent: Mapping[str, bytes]
    refused: Mapping[str, tuple[int, str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def siblings(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Return a model's list of files."""
    listed: list[dict[str, Any]] = []
    for name, content in files.items():
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        listed.append({"rfilename": name, "size": len(content), "blobId": blob})
        if name.endswith(".safetensors"):
            listed[-1]["lfs"] = {"size": len(content), "sha256": digest(content), "pointerSize": 134}
    return listed


@contextmanager
def serving_hub(hub: Hub) -> Iterator[str]:
    """Serve a hub while the ``with`` lasts; yields its address."""
    listed = siblings(hub.listed)
    tree = [
        {"type": "file", "path": one["rfilename"], "size": one["size"], "oid": one["blobId"]}
        for one in listed
    ]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.asked.append(path)
            hub.tokens.append(self.headers.get("Authorization"))
            kind = "api" if path.startswith("/api/") else "resolve"
            if kind in hub.refused:
                self._refuse(*hub.refused[kind])
            elif path.startswith("/api/models/someone/model/tree/"):
                self._send(json.dumps(tree).encode(), "application/json")
            elif path.startswith("/api/models/someone/model"):
                info = {"id": "someone/model", "sha": COMMIT, "siblings": listed}
                self._send(json.dumps(info).encode(), "application/json")
            elif path.startswith(f"/someone/model/resolve/{COMMIT}/"):
                self._send(hub.sent[path.rsplit("/", 1)[1]], "application/octet-stream")
            else:
                self._refuse(404, "RepoNotFound", "Repository not found")

        do_HEAD = do_GET  # noqa: N815

        def _refuse(self, status: int, code: str, message: str) -> None:
            self.send_response(status)
            if code:
                self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", message)
            self.send_header("Content-Length", "0")
            self.end_headers()

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


def use_hub(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub's client ask at another address."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        endpoint + "/{repo_id}/resolve/{revision}/{filename}",
    )


def download_model(name: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Run the command line against a hub at another address."""
    use_hub(endpoint, monkeypatch)
    return samscope("download", name)


def cache_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the hub's client keep its files in a folder, with nobody logged in."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(folder / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return folder
