from pathlib import Path

import pytest

from samscope.analysis.pointers.decoding import decode_pointers
from samscope.figures.decoded_boxes import READ_BY
from samscope.figures.entry import Asked
from samscope.records.store import Study, open_study
from samscope.report.decoding_drawings import decoding_drawings
from samscope.report.drawings import Drawing
from tests.planted import FEW_POSITIONS, Planted, planted


def _drawings(study: Study) -> list[Drawing]:
    decoding = decode_pointers(study.clips, study.frames, [READ_BY])
    return decoding_drawings(Asked(study, decoding=decoding), decoding)


def _written(study: Planted, folder: Path) -> Study:
    return open_study(study.write(folder / "study"))


def test_boxes_stand_on_the_frames_of_the_maps(tmp_path: Path) -> None:
    through, beside = _drawings(_written(planted(clips=3, positions=FEW_POSITIONS[:1]), tmp_path))
    assert through.missing == beside.missing == ""
    assert len([axes for axes in through.draw().axes if axes.images]) == 8
    panels = [axes.get_title(loc="left") for axes in beside.draw().axes if axes.images]
    assert [title.split(",")[0] for title in panels] == ["Clean", "Obscuration"]
    assert "frame 14" in beside.caption
    assert all("frame 14" in title for title in panels)


def test_one_set_is_enough(tmp_path: Path) -> None:
    study = planted(clips=3, sets=["clean"], positions=FEW_POSITIONS[:1])
    drawings = _drawings(_written(study, tmp_path))
    assert [drawing.missing for drawing in drawings] == ["", ""]
    assert "frame 12" in drawings[1].caption


@pytest.mark.parametrize(
    ("videos", "maps", "said"),
    [(["camel", "goat"], False, "No frames were kept"), (["camel"], True, "No pointer of these frames")],
)
def test_what_is_missing_is_said(tmp_path: Path, videos: list[str], maps: bool, said: str) -> None:
    study = planted(clips=2, videos=videos, positions=FEW_POSITIONS[:1], maps=maps)
    drawings = _drawings(_written(study, tmp_path))
    assert all(drawing.missing.startswith(said) for drawing in drawings)
