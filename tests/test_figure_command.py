"""``samscope figure``: one figure from a study's records."""

from pathlib import Path

import pytest

from samscope.figures.catalogue import catalogue
from samscope.figures.choices import FigureChoices
from samscope.report import study_report as reporting
from tests.command import message, samscope
from tests.planted import FEW_POSITIONS, planted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted(clips=2, positions=FEW_POSITIONS).write(tmp_path_factory.mktemp("planted"))


def test_without_a_name_it_lists_them_all(folder: Path) -> None:
    outcome = samscope("figure", folder)
    assert outcome.status == 0
    assert [line.split()[0] for line in outcome.out.splitlines()[1:] if not line.startswith("   ")] == list(
        catalogue()
    )


def test_it_draws_one_and_says_where(folder: Path, tmp_path: Path) -> None:
    options = (
        "--references",
        "online",
        "--spread",
        "variance_without_floor",
        "--outlines",
        "--robust-scale",
        "--prompted-pointer",
    )
    outcome = samscope("figure", folder, "position-maps-clean", *options, "--frame", "3", "--out", tmp_path)
    assert outcome.status == 0
    assert outcome.out.split() == [str(tmp_path / f"position-maps-clean.{kind}") for kind in ("png", "svg")]
    assert all(Path(path).is_file() for path in outcome.out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pointer-pcs"], "did you mean pointer-pca"),
        (["clips", "--spread", "wide"], "'--spread'"),
        (["position-maps-clean", "--frame", "28"], "its frames are 0 to 27"),
        (["pointer-pca", "--clip", "many"], "'--clip'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(folder: Path, arguments: list[str], said: str) -> None:
    outcome = samscope("figure", folder, *arguments)
    assert outcome.status == 2
    assert said in message(outcome)


def test_a_folder_that_is_no_study_is_told(tmp_path: Path) -> None:
    outcome = samscope("figure", tmp_path, "clips")
    assert outcome.status == 2
    assert "is no study" in message(outcome)


def test_a_report_follows_the_same_options(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[FigureChoices] = []

    def write(report: Path, choices: FigureChoices, *_: object) -> Path:
        asked.append(choices)
        return report / "report.html"

    monkeypatch.setattr(reporting, "write_report", write)
    assert samscope("report", folder).status == 0
    options = (
        "--references",
        "untransformed",
        "--spread",
        "none",
        "--outlines",
        "--robust-scale",
        "--prompted-pointer",
    )
    assert samscope("report", folder, *options).status == 0
    assert asked == [
        FigureChoices(),
        FigureChoices("untransformed", "none", robust_scale=True, outlines=True, prompted_pointer=True),
    ]
