import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from samscope.report import page as page_module
from samscope.report.glossary import GLOSSARY
from samscope.report.page import write_report
from samscope.report.redraw import redraw
from samscope.report.results import Results, compute_results
from samscope.report.room import LARGEST
from samscope.report.scripts import inline, set_rules
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from tests.planted import FEW_POSITIONS, planted
from tests.quick_decoding import quick_page
from tests.report.conftest import HOSTILE
from tests.report.reading import Page, read

pytestmark = pytest.mark.slow

FIGURES = {
    "clips",
    "separability-by-position",
    "features-over-time-image_embeddings",
    "features-over-time-object_pointer_ungated",
    "features-over-time-memory_features",
    "separability-interjection-image_embeddings",
    "separability-interjection-object_pointer_ungated",
    "separability-interjection-memory_features",
    "separability-object_removal-image_embeddings",
    "separability-object_removal-object_pointer_ungated",
    "separability-object_removal-memory_features",
    "position-maps-clean",
    "position-maps-obscuration",
    "pointer-pca",
    "pointer-pca-overlay",
    "pointer-distance",
    "decoded-boxes-through-time",
    "decoded-boxes-by-set",
}
NOT_RECORDED = {
    *(
        f"{figure}-{position}"
        for figure in ("features-over-time", "separability-interjection", "separability-object_removal")
        for position in ("memory_conditioned", "prompt_conditioned")
    ),
    "position-maps-clean-beside-overlay",
    "position-maps-overlay",
}
WITHOUT_NUMBERS = {"clips"}
TABLES = {
    "findings",
    "lost_clips",
    "claims",
    "separability",
    "timecourse",
    "accuracy",
    "absence_measures",
    "threshold_transfer",
    "pointer_distances",
    "pointer_correlations",
    "decoding_scores",
    "decoding_input_differences",
    "motion_lead",
}


@pytest.fixture(scope="module")
def html(report: Path) -> str:
    return (report / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return read(html)


def _figures(page: Page) -> list[dict[str, str]]:
    """The pictures of figures; the frame browser's own one has no source before its script runs."""
    return [attributes for attributes in page.named("img") if "src" in attributes]


def test_every_figure_is_in_the_page_and_beside_it(report: Path, page: Page, html: str) -> None:
    shown = {attributes["id"] for attributes in page.named("figure")}
    assert shown == FIGURES | NOT_RECORDED | {"diagram"}
    assert len(_figures(page)) == len(FIGURES)
    assert len(page.named("figcaption")) == len(FIGURES) + 1
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html, re.DOTALL)
    assert all(len(caption) > 100 for caption in captions)
    for name in FIGURES:
        with Image.open(report / "figures" / f"{name}.png") as picture:
            assert picture.width > 600
        ElementTree.parse(report / "figures" / f"{name}.svg")  # noqa: S314
    assert {path.stem for path in (report / "figures").iterdir()} == FIGURES


@pytest.fixture(scope="module")
def drawn_again(report: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    """The same study's report, drawn once more in two processes, and the results it was drawn of."""
    folder = Path(shutil.copytree(report, tmp_path_factory.mktemp("again") / "report"))
    computed: list[Results] = []

    def compute(*given: Any) -> Results:
        computed.append(compute_results(*given))
        return computed[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_module, "compute_results", compute)
        write_report(folder, processes=2)
    (results,) = computed
    return folder, results


def test_every_table_is_in_the_page_and_beside_it(
    report: Path, page: Page, drawn_again: tuple[Path, Results]
) -> None:
    assert {path.stem for path in (report / "tables").iterdir()} == TABLES | FIGURES - WITHOUT_NUMBERS
    _, results = drawn_again
    for name, expected in results.tables.items():
        written = pd.read_csv(report / "tables" / f"{name}.csv")
        assert list(written.columns) == list(expected.columns)
        assert len(written) == len(expected)
    named = {attributes["aria-labelledby"] for attributes in page.named("table")}
    for set_name in ("interjection", "object_removal"):
        for against in ("present", "clean_gap"):
            for pooling in ("pooled", "within_clips"):
                assert f"separability-{set_name}-{against}-{pooling}" in named
            assert f"spread-{set_name}-{against}" in named
    assert {
        "accuracy-j_and_f",
        "accuracy-j",
        "accuracy-f",
        "absence",
        "absence-benchmarks",
        "transfer",
        "decoding-object_pointer_ungated",
        "decoding-object_pointer",
    } <= named


def test_is_well_formed_and_can_be_read_aloud(page: Page) -> None:
    assert page.mistakes == []
    assert page.open_elements == []
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("main")) == len(page.named("h1")) == len(page.named("title")) == 1
    assert all(len(attributes["alt"]) > 20 for attributes in _figures(page))
    assert all(attributes["scope"] in {"col", "row"} for attributes in page.named("th"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"][1:] for attributes in page.named("a") if attributes["href"].startswith("#")]
    assert set(links) <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_carries_everything_and_runs_only_its_own_script(html: str, page: Page) -> None:
    kinds = {re.split("[;,]", attributes["src"])[0] for attributes in _figures(page)}
    assert kinds == {"data:image/svg+xml", "data:image/webp"}
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "base", "form"}
    assert not [
        name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"
    ]
    scripts = page.named("script")
    assert [attributes.get("type", "") for attributes in scripts].count("application/json") == len(
        scripts
    ) - 1
    assert not [attributes for attributes in scripts if "src" in attributes]
    assert "url(" not in str(inline(rules=set_rules()).style)
    (policy,) = [tag["content"] for tag in page.named("meta") if "http-equiv" in tag]
    assert policy == inline(rules=set_rules()).policy
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script == str(inline().script)


def test_can_be_sent(html: str) -> None:
    assert len(html.encode()) < LARGEST


def test_every_link_leads_into_the_page(page: Page) -> None:
    links = [attributes for attributes in page.named("a") if not attributes["href"].startswith("#")]
    assert all(link["href"].startswith("data:text/csv;charset=utf-8,") for link in links)
    carried = {link["download"].removesuffix(".csv") for link in links}
    assert len(carried) == len(links)
    large = {name for name in TABLES | FIGURES - WITHOUT_NUMBERS if f"{name}.csv" in page.text} - carried
    assert carried | large == TABLES | FIGURES - WITHOUT_NUMBERS
    assert carried >= {
        "accuracy",
        "absence_measures",
        "separability-by-position",
        "pointer-pca",
        "decoded-boxes-by-set",
    }


def test_every_word_of_the_glossary_has_its_place(page: Page) -> None:
    anchors = {attributes["id"] for attributes in page.named("div") if "id" in attributes}
    assert {term.anchor for term in GLOSSARY} <= anchors


def test_the_model_stands_above_everything(page: Page) -> None:
    assert page.text.index("SAM 2 weights from outside samscope (planted)") < page.text.index("The answer")


def test_a_hostile_video_name_is_shown_as_text(html: str, page: Page) -> None:
    assert HOSTILE not in html
    assert f"videos of {printable(HOSTILE)}" in page.text
    assert f"3 ({printable(HOSTILE)})" in page.text
    assert "\x1b" not in html


def test_says_what_was_run(page: Page) -> None:
    for fact in (
        "planted",
        "512 by 512 pixels",
        "4 of 3 source videos in each of 6 sets",
        "prefix 12, middle 4",
    ):
        assert fact in page.text
    assert "build 1.5 s, track 20.2 s" in page.text


def test_the_same_records_give_the_same_bytes_in_several_processes_too(
    report: Path, drawn_again: tuple[Path, Results]
) -> None:
    def content(folder: Path) -> dict[str, bytes]:
        files = [path for path in folder.rglob("*") if path.is_file() and "records" not in path.parts]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    again, _ = drawn_again
    assert content(again) == content(report)
    assert not list(again.rglob("*.unfinished"))


def test_what_was_not_run_is_left_out_with_a_reason(tmp_path: Path) -> None:
    folder = planted(clips=2, videos=["goat"], sets=["clean"], positions=FEW_POSITIONS, maps=False).write(
        tmp_path / "study"
    )
    stale = folder / "figures" / "pointer-pca.png"
    stale.parent.mkdir()
    stale.write_bytes(b"of an older report")
    page = read(write_report(folder).read_text(encoding="utf-8"))
    assert page.mistakes == []
    assert len(_figures(page)) == 2
    assert page.text.count("Not shown.") == len(FIGURES | NOT_RECORDED) - 2
    for reason in (
        "ran neither interjection nor object removal",
        "did not run the set interjection",
        "did not run the set obscuration",
        "takes a clean and an obscuration clip",
        "No frame lacks its object",
        "no threshold was fitted",
        "No pointer could be decoded",
        "from 1 source video: too few for any answer",
    ):
        assert reason in page.text
    assert not stale.exists()


def test_settings_may_lack_everything(tmp_path: Path) -> None:
    study = planted(clips=2, sets=["interjection", "obscuration"], positions=FEW_POSITIONS[:1], maps=False)
    study.settings.clear()
    page = read(write_report(study.write(tmp_path / "study")).read_text(encoding="utf-8"))
    assert "a SAM 2 on made-up or unnamed videos" in page.text
    assert "too few for any answer" in page.text
    assert "nan" not in page.text.lower().split()


def test_no_maps_is_said_so(tmp_path: Path) -> None:
    folder = planted(clips=2, sets=["clean", "obscuration"], positions=FEW_POSITIONS, maps=False).write(
        tmp_path / "study"
    )
    page = read(write_report(folder).read_text(encoding="utf-8"))
    assert page.text.count("No maps were kept") == 2
    assert "No frames were kept of any clip" in page.text
    assert "pointer-pca" in {attributes["id"] for attributes in page.named("figure")}
    assert (folder / "figures" / "pointer-pca.png").is_file()


def test_undefined_records_do_not_stop_the_page(tmp_path: Path) -> None:
    study = planted(clips=2, positions=FEW_POSITIONS[:1], maps=False)
    study.features["ratio"] = np.nan
    study.features.loc[study.features["set"] == "interjection", ["short", "long"]] = np.nan
    study.frames.loc[study.frames["set"] == "obscuration", "obscured"] = np.nan
    page = read(write_report(study.write(tmp_path / "study")).read_text(encoding="utf-8"))
    assert page.mistakes == []
    assert "nan" not in page.text.lower().split()


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no study"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_clip_is_enough_for_a_page(tmp_path: Path) -> None:
    study = planted(clips=1, videos=["goat"], positions=FEW_POSITIONS[:1])
    page = read(write_report(study.write(tmp_path / "study")).read_text(encoding="utf-8"))
    assert page.mistakes == []
    assert "nan" not in page.text.lower().split()
    assert "No pointer could be decoded" in page.text
    assert page.text.count("No pointer of these frames was decoded") == 2
    assert "transfer" in {attributes["aria-labelledby"] for attributes in page.named("table")}


@pytest.mark.parametrize("name", ["figures", "tables"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, name: str) -> None:
    folder = planted(clips=2, sets=["clean"], positions=FEW_POSITIONS, maps=False).write(tmp_path / "study")
    (folder / name).write_text("in the way")
    with quick_page(), pytest.raises(SamscopeError, match=f"{name}"):
        write_report(folder)
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(
    "name",
    [
        "clips",
        "decoded-boxes-through-time",
        "features-over-time-memory_features",
        "pointer-distance",
        "position-maps-clean",
        "separability-by-position",
    ],
)
def test_a_figure_drawn_again_is_that_of_the_report(report: Path, tmp_path: Path, name: str) -> None:
    for path in redraw(report, name, out=tmp_path):
        assert path.read_bytes() == (report / "figures" / path.name).read_bytes()
