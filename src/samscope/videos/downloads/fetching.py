"""Fetching a file over HTTP: resumed where it broke off, and refused if it is not what was published."""

import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from samscope.support.disk import disk_errors_explained
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import read_json_object

SECONDS_TO_ANSWER = 10.0
"""A server that says nothing for as long is given up."""

MEBIBYTE = 2**20

_PIECE = 2**16
_TRIES_IN_VAIN = 2
_LEAST_BYTES_A_SECOND = 1024
_SECONDS_BEFORE_TOO_SLOW = 60.0
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_PARTIAL, _OK, _NOT_SATISFIABLE = 206, 200, 416


@dataclass(frozen=True)
class Expected:
    """What a file must be.

    Attributes:
        sha256: its SHA-256, as hex.
        size: its bytes; None where only a bound is known.
        most_bytes: bytes that are taken at most.
    """

    sha256: str
    size: int | None
    most_bytes: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise UsageError(f"SHA-256 {self.sha256!r}: expected 64 digits of 0-9 and a-f")


class _BrokenOffError(Exception):
    """The connection ended before the file did."""


def fetch(url: str, target: Path, expected: Expected, advance: Callable[[str], None]) -> None:
    """Fetch a file, going on with what an earlier call has left.

    Until it is whole and checked it lies in ``<target>.partial``, with what the server said of it in
    ``<target>.partial.json``. A connection that breaks off is taken up again as long as that gets on.

    Args:
        url: an http or https address.
        target: what it shall be called; a file of that name is taken if it is the very file.
        expected: what it must be.
        advance: called for every mebibyte, with the file's name; what was there already counts.

    Raises:
        UsageError: the address is of another kind.
        SamscopeError: the server cannot be reached or has no such file, the connection breaks off for good,
            or the file is not the expected one, in which case what was fetched of it is removed.
    """
    if not url.startswith(("https://", "http://")):
        raise UsageError(f"{url}: expected an address that begins with https:// or http://")
    if target.is_file() and target.stat().st_size == expected.size and digest_of(target) == expected.sha256:
        return
    partial = target.with_name(f"{target.name}.partial")
    counted = _Counted(advance, target.name)
    in_vain = 0
    while True:
        before = _size(partial)
        try:
            _fetch_rest(url, partial, expected, counted)
            break
        except (_BrokenOffError, http.client.HTTPException, OSError) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
                raise SamscopeError(f"{url}: the server answers {error.code} {error.reason}") from error
            in_vain = 0 if _size(partial) > before else in_vain + 1
            if not before and not _size(partial):
                raise SamscopeError(f"{url}: cannot be reached ({_reason(error)})") from error
            if in_vain >= _TRIES_IN_VAIN:
                raise SamscopeError(
                    f"{url}: broke off after {_size(partial):,} bytes ({_reason(error)}); the same command "
                    "goes on from there"
                ) from error
    if (digest := digest_of(partial)) != expected.sha256:
        _forget(partial)
        raise SamscopeError(
            f"{url}: not the published file, so it was removed: its SHA-256 is {digest}; expected "
            f"{expected.sha256}"
        )
    with disk_errors_explained(target):
        partial.replace(target)
    _notes(partial).unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _Span:
    """The place that an answer begins at, and the file's size if the server says it."""

    start: int
    total: int | None


class _Counted:
    """Calls ``advance`` once for every mebibyte."""

    def __init__(self, advance: Callable[[str], None], name: str) -> None:
        self._advance, self._name, self._counted = advance, name, 0

    def reach(self, size: int) -> None:
        for _ in range(self._counted, size // MEBIBYTE):
            self._advance(self._name)
        self._counted = max(self._counted, size // MEBIBYTE)


def _fetch_rest(url: str, partial: Path, expected: Expected, counted: _Counted) -> None:
    notes = _read_notes(partial)
    start = _size(partial) if notes.get("url") == url and notes.get("validator") else 0
    if start and start == notes.get("total"):
        return
    headers = {"Accept-Encoding": "identity", "User-Agent": "samscope"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": notes["validator"]}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (fetch has looked at the scheme)
    try:
        response = _opener().open(request, timeout=SECONDS_TO_ANSWER)
    except urllib.error.HTTPError as error:
        if error.code == _NOT_SATISFIABLE and start:
            error.close()
            _forget(partial)
            raise _BrokenOffError("the server has another file by now") from error
        raise
    with response:
        span = _begin(response, start)
        _check_total(url, partial, span.total, expected)
        validator = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        strong = "" if validator.startswith("W/") else validator
        with disk_errors_explained(partial):
            _notes(partial).write_text(json.dumps({"url": url, "validator": strong, "total": span.total}))
            file = partial.open("ab" if span.start else "wb")
        with file:
            _copy(response, file, partial, span, counted, most=expected.size or expected.most_bytes)


def _begin(response: Any, offset: int) -> _Span:
    """Return what the answer holds of the file."""
    if response.status == _PARTIAL:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != offset:
            raise _BrokenOffError("the server answers with another part than was asked for")
        return _Span(offset, int(match[2]))
    if response.status != _OK:
        raise _BrokenOffError(f"the server answers {response.status}")
    length = response.headers.get("Content-Length", "")
    return _Span(0, int(length) if length.isdecimal() else None)


def _check_total(url: str, partial: Path, total: int | None, expected: Expected) -> None:
    if total is None:
        return
    if expected.size is not None and total != expected.size:
        _forget(partial)
        raise SamscopeError(
            f"{url}: not the published file: the server offers {total:,} bytes; expected {expected.size:,}"
        )
    if total > expected.most_bytes:
        raise SamscopeError(f"{url}: {total:,} bytes; at most {expected.most_bytes:,} are taken")


def _copy(
    response: Any, file: IO[bytes], partial: Path, span: _Span, counted: _Counted, *, most: int
) -> None:
    done, begin = span.start, time.monotonic()
    counted.reach(done)
    while piece := response.read1(_PIECE):
        done += len(piece)
        if done > most:
            raise SamscopeError(f"{response.url}: sends more than {most:,} bytes; it is not the file")
        with disk_errors_explained(partial):
            file.write(piece)
        counted.reach(done)
        took = time.monotonic() - begin
        if took > _SECONDS_BEFORE_TOO_SLOW and (done - span.start) / took < _LEAST_BYTES_A_SECOND:
            raise _BrokenOffError("too slow")
    if span.total is not None and done < span.total:
        raise _BrokenOffError("the connection was closed")


class _SameOrSafer(urllib.request.HTTPRedirectHandler):
    """Follows the server elsewhere, but not from https to anything else."""

    def redirect_request(  # noqa: PLR0917 (the library's)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https://") and not newurl.startswith("https://"):
            fp.close()
            raise SamscopeError(f"{req.full_url}: leads to {newurl}, which is not https; it was not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens http and https alone, wherever a server leads: no file of this machine, no ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _SameOrSafer(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _notes(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _read_notes(partial: Path) -> dict[str, Any]:
    try:
        return read_json_object(_notes(partial), _PIECE)
    except (OSError, ValueError, SamscopeError):
        return {}


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _forget(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _notes(partial).unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None)
    return " ".join(str(inner or error).split()) or type(error).__name__
