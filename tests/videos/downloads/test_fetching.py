import hashlib
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.downloads import fetching
from samscope.videos.downloads.fetching import Expected, fetch
from tests.videos.downloads.server import Manner, Served, serving

CONTENT = np.random.default_rng(0).bytes(5_000_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
EXPECTED = Expected(DIGEST, len(CONTENT), 10_000_000)


def ignore(_: str) -> None:
    pass


def test_a_file_is_fetched_whole_and_counted_by_mebibytes(tmp_path: Path) -> None:
    heard: list[str] = []
    with serving(Served(CONTENT)) as url:
        fetch(url, tmp_path / "a.zip", EXPECTED, heard.append)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert heard == ["a.zip"] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_what_is_there_already_is_not_fetched_again(tmp_path: Path) -> None:
    served = Served(CONTENT)
    with serving(served) as url:
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert served.asked == [""]


def test_a_connection_that_breaks_off_is_taken_up_again_as_long_as_it_gets_on(tmp_path: Path) -> None:
    served = Served(CONTENT, "breaks off", piece=2_000_000)
    with serving(served) as url:
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert served.asked == ["", "bytes=2000000-", "bytes=4000000-"]


def test_a_second_call_goes_on_where_the_first_has_stopped(tmp_path: Path) -> None:
    served = Served(CONTENT, "breaks off", piece=3_000_000)
    with serving(served) as url:

        def stop(_: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fetch(url, tmp_path / "a.zip", EXPECTED, stop)
        kept = (tmp_path / "a.zip.partial").stat().st_size
        assert 0 < kept < len(CONTENT)
        served.manner = "well"
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert served.asked == ["", f"bytes={kept}-"]
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("manner", ["no ranges", "other part"])
def test_a_server_that_cannot_go_on_begins_anew_or_is_given_up(tmp_path: Path, manner: Manner) -> None:
    served = Served(CONTENT, "breaks off", piece=1_000_000)
    with serving(served) as url:
        served.manner = "breaks off"
        (tmp_path / "a.zip.partial").write_bytes(CONTENT[:1_000_000])
        (tmp_path / "a.zip.partial.json").write_text(
            f'{{"url": "{url}", "validator": "\\"first\\"", "total": {len(CONTENT)}}}'
        )
        served.manner = manner
        if manner == "no ranges":
            fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
            assert (tmp_path / "a.zip").read_bytes() == CONTENT
        else:
            with pytest.raises(SamscopeError, match="another part than was asked for"):
                fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
            assert not (tmp_path / "a.zip").exists()


def test_a_file_that_was_replaced_meanwhile_is_fetched_from_its_beginning(tmp_path: Path) -> None:
    served = Served(CONTENT, etag='"second"')
    with serving(served) as url:
        (tmp_path / "a.zip.partial").write_bytes(b"old" * 1000)
        (tmp_path / "a.zip.partial.json").write_text(f'{{"url": "{url}", "validator": "\\"first\\""}}')
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("notes", ["", "{", "[]", '{"url": "http://elsewhere/", "validator": "x"}', None])
def test_a_beginning_of_unknown_origin_is_not_gone_on_with(tmp_path: Path, notes: str | None) -> None:
    (tmp_path / "a.zip.partial").write_bytes(b"other" * 1000)
    if notes is not None:
        (tmp_path / "a.zip.partial.json").write_text(notes)
    served = Served(CONTENT)
    with serving(served) as url:
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert served.asked == [""]
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "manner", "said"),
    [
        (CONTENT[:-1], "well", "the server offers 4,999,999 bytes; expected 5,000,000"),
        (CONTENT + b"x", "well", "the server offers 5,000,001 bytes"),
        (CONTENT[:-1] + b"x", "well", "its SHA-256 is"),
        (CONTENT[:-1] + b"x", "no length", "its SHA-256 is"),
        (CONTENT + b"x" * 100_000, "no length", "sends more than 5,000,000 bytes"),
        (CONTENT, "never ends", "sends more than 5,000,000 bytes"),
        (CONTENT[:-100], "lies", "broke off|the server offers 4,999,900 bytes"),
        (CONTENT, "missing", "the server answers 404 Not Found"),
    ],
)
def test_what_is_not_the_published_file(tmp_path: Path, content: bytes, manner: Manner, said: str) -> None:
    with serving(Served(content, manner)) as url:
        with pytest.raises(SamscopeError, match=said) as refused:
            fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
        assert str(refused.value).startswith(url)
    assert not (tmp_path / "a.zip").exists()
    if "SHA-256" in said:
        assert list(tmp_path.iterdir()) == []


def test_a_server_that_nobody_answers_at_is_known_at_once(tmp_path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(SamscopeError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/a.zip", tmp_path / "a.zip", EXPECTED, ignore)
    with pytest.raises(SamscopeError, match="cannot be reached"):
        fetch("https://nowhere.invalid/a.zip", tmp_path / "a.zip", EXPECTED, ignore)
    assert time.monotonic() - begin < fetching.SECONDS_TO_ANSWER
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS_TO_ANSWER", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a.zip"
        begin = time.monotonic()
        with pytest.raises(SamscopeError, match=r"cannot be reached \(timed out\)"):
            fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
        assert time.monotonic() - begin < 5


def test_a_server_that_sends_drop_by_drop_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_SECONDS_BEFORE_TOO_SLOW", 0.0)
    monkeypatch.setattr(fetching, "_LEAST_BYTES_A_SECOND", 10**15)
    served = Served(CONTENT, etag="W/weak")
    with serving(served) as url, pytest.raises(SamscopeError, match=r"broke off after .* \(too slow\)"):
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert set(served.asked) == {""}
    assert len(served.asked) < 12  # a try that by chance got further than the one before is not in vain


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://localhost/a", "/etc/passwd", "data:,x"])
def test_addresses_of_other_kinds_are_not_opened(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="expected an address that begins with https:// or http://"):
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)


@pytest.mark.parametrize("elsewhere", ["file:///etc/passwd", "ftp://127.0.0.1/a.zip"])
def test_a_server_cannot_lead_to_files_of_this_machine(tmp_path: Path, elsewhere: str) -> None:
    with serving(Served(redirect=elsewhere)) as url, pytest.raises(SamscopeError):
        fetch(url, tmp_path / "a.zip", EXPECTED, ignore)
    assert list(tmp_path.iterdir()) == []


def test_a_server_may_lead_elsewhere(tmp_path: Path) -> None:
    with serving(Served(CONTENT)) as url, serving(Served(redirect=url)) as first:
        fetch(first, tmp_path / "a.zip", EXPECTED, ignore)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("digest", ["", "0" * 63, "g" * 64, "0" * 64 + "\n"])
def test_what_is_no_digest(digest: str) -> None:
    with pytest.raises(UsageError, match="expected 64 digits"):
        Expected(digest, None, 1)
