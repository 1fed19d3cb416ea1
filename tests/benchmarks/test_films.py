import sys

import pytest

from benchmarks.films import main

pytestmark = pytest.mark.slow


def test_films_and_arrays_are_timed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.films.DISTINCT", 4)
    monkeypatch.setattr(sys, "argv", ["films", "--frames", "9", "--objects", "2"])
    main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["film", "array", "film"]
    assert all(" ms a frame, peak " in line for line in lines)
    assert "9 frames, 1 object:" in lines[0]
