from pathlib import Path

import pytest

from samscope.figures.choices import FigureChoices
from samscope.report.redraw import redraw
from samscope.support.errors import SamscopeError, UsageError
from tests.planted import FEW_POSITIONS, planted
from tests.report.conftest import HOSTILE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted(clips=4, positions=FEW_POSITIONS).write(tmp_path_factory.mktemp("planted"))


def test_one_figure_is_written_in_every_format_and_nothing_else(folder: Path) -> None:
    paths = redraw(folder, "features-over-time-frame")
    assert paths == [folder / "figures" / f"features-over-time-frame.{kind}" for kind in ("png", "svg")]
    assert sorted((folder / "figures").iterdir()) == paths
    before = [path.read_bytes() for path in paths]
    assert before[0].startswith(b"\x89PNG")
    redraw(folder, "features-over-time-frame")
    assert [path.read_bytes() for path in paths] == before
    redraw(folder, "features-over-time-frame", FigureChoices("online"))
    assert [path.read_bytes() for path in paths] != before


def test_it_goes_where_it_is_told_to(folder: Path, tmp_path: Path) -> None:
    paths = redraw(folder, "position-maps-obscuration", clip=0, frame=5, out=tmp_path / "new")
    assert sorted((tmp_path / "new").iterdir()) == paths


def test_a_hostile_name_is_drawn_as_text(tmp_path: Path) -> None:
    names = [HOSTILE, "goat"]
    hostile = planted(clips=2, videos=names, sets=["clean", "obscuration"], positions=FEW_POSITIONS[:1])
    paths = redraw(hostile.write(tmp_path / "study"), "pointer-pca")
    assert all(path.stat().st_size > 1000 for path in paths)


def test_nothing_is_written_where_it_cannot_be_drawn(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no figure 'x'"):
        redraw(tmp_path / "nowhere", "x")
    with pytest.raises(UsageError, match="no such folder"):
        redraw(tmp_path / "nowhere", "clips")
    with pytest.raises(
        SamscopeError,
        match="position-maps-overlay shows: No maps were kept for a clean clip",
    ):
        redraw(folder, "position-maps-overlay", out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
