"""A server on this machine that sends a file well, or in one of the ways in which servers do not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Manner = Literal[
    "well", "breaks off", "no ranges", "other part", "no length", "never ends", "missing", "lies"
]


@dataclass
class Served:
    """What a server sends, and what it was asked for.

    Attributes:
        content: the file.
        manner: how it is sent.
        etag: what the server calls this version of the file.
        redirect: an address that it leads to instead.
        piece: bytes after which a connection breaks off.
        asked: the Range of every request so far; empty where there was none.
    """

    content: bytes = b""
    manner: Manner = "well"
    etag: str = '"first"'
    redirect: str = ""
    piece: int = 0
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(served: Served) -> Iterator[str]:
    """Serve a file at an address of this machine while the context is open."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            served.asked.append(asked)
            self.close_connection = True
            if served.redirect:
                self._head(302, {"Location": served.redirect, "Content-Length": "0"})
                return
            if served.manner == "missing":
                self._head(404, {"Content-Length": "0"})
                return
            current = self.headers.get("If-Range") in {None, served.etag}
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and current else 0
            if served.manner == "no ranges":
                start = 0
            self._answer(start)

        def _answer(self, start: int) -> None:
            content, total = served.content[start:], len(served.content)
            headers = {"ETag": served.etag}
            if served.manner not in {"no length", "never ends"}:
                headers["Content-Length"] = str(len(content) + (100 if served.manner == "lies" else 0))
            if start:
                claimed = start + 1 if served.manner == "other part" else start
                headers["Content-Range"] = f"bytes {claimed}-{total - 1}/{total}"
            self._head(206 if start else 200, headers)
            if served.manner == "breaks off":
                content = content[: served.piece]
            self.wfile.write(content)
            while served.manner == "never ends":
                self.wfile.write(bytes(2**16))

        def _head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/archive.zip"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
