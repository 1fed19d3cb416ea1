import contextlib
import io
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import films

pytestmark = pytest.mark.slow


def test_films_and_arrays_are_timed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], *, check: bool, **options: Any) -> Any:
        """Run the first command as it is, and the others in this process, which has everything imported."""
        commands.append(command)
        if len(commands) == 1:
            return subprocess.run(command, check=check, **options)
        with monkeypatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
            patch.setattr(sys, "argv", ["films", *command[3:]])
            films.main()
        return SimpleNamespace(stdout=out.getvalue())

    monkeypatch.setattr(films, "DISTINCT", 4)
    monkeypatch.setattr(films, "subprocess", SimpleNamespace(run=run, PIPE=subprocess.PIPE))
    monkeypatch.setattr(sys, "argv", ["films", "--frames", "9", "--objects", "2"])
    films.main()
    assert [command[1:3] for command in commands] == [["-m", "benchmarks.films"]] * 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["film", "array", "film"]
    assert all(" ms a frame, peak " in line for line in lines)
    assert "9 frames, 1 object:" in lines[0]
