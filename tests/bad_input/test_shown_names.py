"""Names from strangers where they are shown and written: terminals, bars, logs, tables, pages and files."""

import io
import logging
from pathlib import Path

import pytest
from rich.console import Console

from samscope.cli.logs import ROOT, log_on_standard_error
from samscope.cli.messages import one_line, say
from samscope.support.disk import whole_file
from samscope.support.errors import SamscopeError
from samscope.support.progress import OnConsole
from tests.command import SHORT, message, samscope, save_videos

STEERING = "goat\x1b]0;owned\x07\x1b[2J\u202e\r\nsamscope: all is well"


def test_an_error_is_one_line_whatever_it_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    say(one_line(SamscopeError(f"{STEERING}: damaged")))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert line.startswith(r"samscope: goat\x1b]0;owned\x07\x1b[2J\u202e samscope: all is well: damaged")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_log_has_a_line_for_each_event(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> None:
    with log_on_standard_error(1, as_json=as_json):
        logging.getLogger(ROOT).warning("video %s", STEERING, extra={"video": STEERING})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert "owned" in line


@pytest.mark.parametrize("terminal", [False, True])
def test_a_bar_shows_brackets_and_escapes_as_they_are(*, terminal: bool) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, width=160)
    for piece in ("[/] [bold]goat[/bold] [link=https://example.com]x", STEERING):
        with OnConsole(console).stage("tracking", 1) as advance:
            advance(piece)
        with OnConsole(console).steps("training", 1, done=0, every=1) as advance:
            advance(piece)
    assert "\x1b]0;owned" not in shown.getvalue()
    assert "\u202e" not in shown.getvalue()
    assert r"\x1b]0;owned\x07" in shown.getvalue()
    assert "[bold]goat[/bold] [link=https://example.com]x" in shown.getvalue()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("goat\nsamscope: all is well", r"'goat\nsamscope: all is well' of a video holds line breaks"),
        ("\x1b[2Jgoat", r"'\x1b[2Jgoat' of a video holds"),
        ("\u202etaog", r"'\u202etaog' of a video holds"),
        ("\udcff\udcfe", r"'\udcff\udcfe' of a video holds"),
        ("=HYPERLINK(1)", "is a formula to a spreadsheet"),
        ("g" * 250, "is longer than 200 bytes"),
        ("back\\slash", "is a path and not a name"),
    ],
    ids=["newline", "escape", "direction", "bytes", "formula", "long", "backslash"],
)
def test_a_name_that_is_not_safe(tmp_path: Path, name: str, said: str) -> None:
    videos = save_videos(tmp_path / "videos", ["first", name])
    outcome = samscope("build", "--videos", videos, "--clips", "1", *SHORT, "--out", tmp_path / "built")
    assert outcome.status == 1
    told = message(outcome)
    assert told.isprintable()
    assert said in told
    assert told.endswith("; rename it")
    assert [path.name for path in tmp_path.iterdir()] == ["videos"]


def test_names_with_quotes_brackets_and_html_are_names(tmp_path: Path) -> None:
    names = ["<script>alert(1)", "\"; rm -rf '$HOME", "[red]$x_$ {0} %s"]
    videos = save_videos(tmp_path / "videos", names)
    built = tmp_path / "built"
    outcome = samscope("build", "--videos", videos, "--clips", "3", "--sets", "clean", *SHORT, "--out", built)
    assert outcome.status == 0, outcome.err
    written = {path.name.partition("-")[2] for path in (built / "clean" / "JPEGImages" / "64p").iterdir()}
    assert written <= set(names)
    again = samscope(
        "build", "--videos", built / "clean", "--clips", "1", *SHORT, "--out", tmp_path / "again"
    )
    assert again.status == 0, again.err


def test_a_list_of_videos_that_are_paths(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    lists = videos / "ImageSets" / "2017"
    lists.mkdir(parents=True)
    for content, said in {
        b"../../etc/passwd\n": "lists 'passwd', but",
        b"..\n": "lists '..', but",
        b"first\x1b[2J\n": r"lists 'first\x1b[2J', but",
        b"\xff\xfe\x00": "cannot be read as a list of videos",
        b"\x00" * 100: "has no such video",
    }.items():
        (lists / "val.txt").write_bytes(content)
        arguments = ("--videos", videos, "--subset", "val", *SHORT, "--out", tmp_path / "built")
        outcome = samscope("build", *arguments)
        assert outcome.status == 1
        assert said in message(outcome)
        assert message(outcome).isprintable()


def test_a_list_of_videos_without_end(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    lists = videos / "ImageSets" / "2017"
    lists.mkdir(parents=True)
    with (lists / "train.txt").open("wb") as hole:
        hole.truncate(2**40)
    outcome = samscope("build", "--videos", videos, "--subset", "train", *SHORT, "--out", tmp_path / "built")
    assert outcome.status == 1
    assert "1,099,511,627,776 bytes" in message(outcome)


def test_links_within_the_folder(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    for kind in ("JPEGImages", "Annotations"):
        (videos / kind / "480p" / "fourth").symlink_to("first")
    whole = tmp_path / "entrance"
    whole.symlink_to(videos)
    arguments = ("--source", "fourth", "--clips", "1", *SHORT, "--out", tmp_path / "built")
    outcome = samscope("build", "--videos", whole, *arguments)
    assert outcome.status == 0, outcome.err


def test_a_link_in_the_place_of_a_file_to_be_written_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    page = tmp_path / "study" / "report.html"
    page.parent.mkdir()
    page.symlink_to(secret)
    page.with_name(".report.html.unfinished").symlink_to(secret)
    with whole_file(page) as unfinished:
        unfinished.write_text("theirs")
    assert secret.read_text() == "mine"
    assert page.read_text() == "theirs"
    assert not page.is_symlink()
