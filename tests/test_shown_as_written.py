"""What is written is what is shown: square brackets and colons are no markup in help, tables and progress."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from rich.markup import render
from rich.table import Table

from samscope.cli.help_text import examples, print_table
from samscope.cli.main import app
from samscope.support.progress import OnConsole
from tests.command import SHORT, message, samscope, save_model, save_videos

BRACKETS = "clips[1]"
LOOKS_LIKE_MARKUP = "[bold]a :car: [/red] clips[1]"


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the words that call each command, and the command as it was written."""
    group: Any = typer.main.get_command(app)
    yield (), group
    for name, command in group.commands.items():
        yield (name,), command


def squeezed(text: str) -> str:
    """Return text without spaces and the frames of panels, so that it does not matter where lines break."""
    return re.sub(r"[\s│╭╮╰╯─]", "", text)


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=lambda value: str(value)[:40])
def test_help_shows_every_word_that_was_written(
    words: tuple[str, ...], command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERMINAL_WIDTH", "400")
    shown = squeezed(samscope(*words, "--help").out)
    written = [command.help, *(getattr(parameter, "help", None) for parameter in command.params)]
    told = [text for text in written if text]
    assert told
    assert [text for text in told if squeezed(text) not in shown] == []
    assert squeezed(render(command.epilog, emoji=False).plain) in shown


def test_the_help_of_the_engine_names_the_package_to_install() -> None:
    assert "samscope[ray]" in squeezed(samscope("study", "--help").out)


def test_examples_keep_their_brackets() -> None:
    shown = render(examples((f"samscope report {BRACKETS}", f"of {LOOKS_LIKE_MARKUP}")), emoji=False).plain
    assert f"samscope report {BRACKETS}" in shown
    assert f"of {LOOKS_LIKE_MARKUP}" in shown


def test_a_table_shows_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(title=LOOKS_LIKE_MARKUP, caption=LOOKS_LIKE_MARKUP)
    table.add_column(LOOKS_LIKE_MARKUP)
    table.add_row(LOOKS_LIKE_MARKUP)
    print_table(table)
    assert capsys.readouterr().out.count(LOOKS_LIKE_MARKUP) == 4


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_shows_names_as_they_are(terminal: bool) -> None:
    text = io.StringIO()
    progress = OnConsole(Console(file=text, force_terminal=terminal, width=200, color_system=None))
    with progress.steps(LOOKS_LIKE_MARKUP, 2, done=0, every=1) as advance:
        advance(LOOKS_LIKE_MARKUP)
        advance(LOOKS_LIKE_MARKUP)
    last = [line for line in text.getvalue().splitlines() if "2/2" in line or "2 of 2" in line][-1]
    assert last.split("\r")[-1].count(LOOKS_LIKE_MARKUP) == 2


def test_messages_name_folders_with_brackets(tmp_path: Path) -> None:
    folder = tmp_path / BRACKETS
    for arguments in (
        ("study", "--videos", folder, "--out", tmp_path / "study"),
        ("study", "--out", tmp_path / "study", "--model", folder / "sam2.pt"),
        ("evaluate", "--videos", folder, "--out", tmp_path / "scores"),
        ("compare", folder, tmp_path / "[red]", "--out", tmp_path / "both"),
        ("merge", folder, "--out", tmp_path / "study"),
        ("report", folder),
    ):
        outcome = samscope(*arguments)
        assert outcome.status == 2, outcome.err
        assert str(folder) in message(outcome)


@pytest.mark.slow
def test_folders_and_videos_with_brackets_are_read_and_written(tmp_path: Path) -> None:
    folder = tmp_path / BRACKETS
    videos, model = save_videos(folder / "videos", ["goat[1]", "[b]car"]), save_model(folder / "model")
    built, shard, study = folder / "built", folder / "shard", folder / "[study]"
    assert samscope("build", "--videos", videos, "--clips", "1", *SHORT, "--out", built).status == 0
    track = ("record", "--videos", built, "--model", model, "--shard", "1/1", "--keep", "--out", shard)
    outcome = samscope(*track, "--log-json")
    assert outcome.status == 0, outcome.err
    assert samscope("merge", shard, "--out", study).status == 0
    outcome = samscope("evaluate", "--videos", videos, "--model", model, "--out", folder / "scores")
    assert outcome.status == 0, outcome.err
    assert all(name in outcome.out for name in ("goat[1]", "[b]car"))
