"""Studies side by side, from the command line to the page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyarrow.parquet as pq
import pytest

from samscope.analysis.pointers.decoding import READINGS, decode_pointers
from samscope.report import results
from tests.command import message, samscope
from tests.planted import SEPARATING, Planted, planted
from tests.report.reading import Page, read

HOSTILE = '_$x^2$ <img src=x onerror="alert(1)">&amp;{{ 7*7 }}'
FIGURES = {"claims", "separability", "features", "accuracy", "absence"}
TABLES = {"settings", "claims"} | {
    f"{name}{differences}"
    for name in ("features", "separability", "accuracy", "absence", "scores")
    for differences in ("", "_differences")
}


@pytest.fixture(scope="module", autouse=True)
def _quick_decoders() -> Iterator[None]:
    """Decode one way only: the others would take most of the time of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "decode_pointers", partial(decode_pointers, readings=READINGS[:1]))
        yield


def _made(**choices: object) -> Planted:
    sets = ("clean", "interjection", "object_removal")
    return planted(**{"clips": 4, "sets": sets, "positions": (SEPARATING,), "maps": False, **choices})  # type: ignore[arg-type]


def _worse(study: Planted) -> Planted:
    """Return the same clips with a worse tracker."""
    frames = study.frames.assign(j=study.frames["j"] - 0.2, f=study.frames["f"] - 0.2)
    return replace(study, frames=frames, settings={**study.settings, "model": "worse"})


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("studies")
    return _made().write(folder / "good"), _worse(_made()).write(folder / "worse")


@pytest.fixture(scope="module")
def compared(studies: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "both"
    done = samscope("compare", *studies, "--names", f"good,{HOSTILE}", "--out", out)
    assert done.status == 0, done.err
    assert done.out == f"open {out / 'comparison.html'}\n"
    return out


@pytest.fixture(scope="module")
def page(compared: Path) -> Page:
    return read((compared / "comparison.html").read_text(encoding="utf-8"))


def test_everything_is_there(compared: Path, page: Page) -> None:
    assert {path.stem for path in (compared / "tables").iterdir()} == TABLES
    assert {path.name for path in (compared / "figures").iterdir()} == {
        f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")
    }
    for name in FIGURES:
        ElementTree.parse(compared / "figures" / f"{name}.svg")  # noqa: S314
    assert {attributes["id"] for attributes in page.named("figure")} == FIGURES
    assert {attributes["id"] for attributes in page.named("li") if "id" in attributes} == {
        f"file-{name}" for name in TABLES
    }
    files = {attributes["download"] for attributes in page.named("a") if "download" in attributes}
    assert files <= {f"{name}.csv" for name in TABLES}
    assert {"settings.csv", "accuracy_differences.csv"} <= files


def test_tables_name_the_study_and_the_difference_is_the_planted_one(compared: Path) -> None:
    own = pd.read_csv(compared / "tables" / "accuracy.csv")
    assert own["study"].unique().tolist() == ["good", HOSTILE]
    differences = pd.read_csv(compared / "tables" / "accuracy_differences.csv")
    assert set(differences["reference"]) == {"good"}
    assert differences["paired"].all()
    shown = differences.query("measure == 'j_and_f' and segment == 'whole' and set == 'clean'").iloc[0]
    assert shown[["difference", "low", "high"]].tolist() == pytest.approx([-0.2] * 3, abs=1e-5)
    claims = pd.read_csv(compared / "tables" / "claims.csv")
    by_study = [set(rows["claim"]) for _, rows in claims.groupby("study")]
    assert by_study[0] == by_study[1]


def test_the_page_says_what_differs(page: Page) -> None:
    text = " ".join(page.text.split())
    assert "lower, by -0.20 (-0.20 to -0.20)" in text
    assert "12 clips of 4 source videos in common with good (clean, interjection and object removal)" in text
    assert "shows no sure difference at any position" in text
    assert "claims is decided in both studies" in text
    assert "Every study is held against the first one, good." in text


def test_the_page_is_well_formed_and_runs_nothing(compared: Path, page: Page) -> None:
    html = (compared / "comparison.html").read_text(encoding="utf-8")
    assert page.mistakes == []
    assert page.open_elements == []
    assert HOSTILE not in html
    assert HOSTILE in page.text
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base"}
    policies = [attributes["content"] for attributes in page.named("meta") if "http-equiv" in attributes]
    assert [policy.split(";")[0] for policy in policies] == ["default-src 'none'"]
    addresses = [
        attributes[name] for _, attributes in page.tags for name in ("src", "href") if name in attributes
    ]
    assert addresses
    assert all(address.startswith(("#", "data:image/", "data:text/csv")) for address in addresses)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    inside = {attributes["href"][1:] for attributes in page.named("a") if attributes["href"].startswith("#")}
    assert inside <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all(len(attributes["alt"]) > 20 for attributes in page.named("img"))


def test_studies_without_a_clip_in_common_are_not_paired(tmp_path: Path) -> None:
    one = _made(clips=2, sets=["clean"]).write(tmp_path / "one")
    other = _made(clips=2, sets=["clean"], videos=["fox", "hen"])
    third = _made(clips=2, sets=["overlay"])
    out = tmp_path / "out"
    done = samscope(
        "compare", one, other.write(tmp_path / "two"), third.write(tmp_path / "three"), "--out", out
    )
    assert done.status == 0, done.err
    page = read((out / "comparison.html").read_text(encoding="utf-8"))
    assert page.mistakes == []
    assert page.text.count("It has no clip in common with one") == 2
    assert "Not shown. No study has a frame without its object." in page.text
    assert "nan" not in page.text.lower().split()
    table = pd.read_csv(out / "tables" / "accuracy_differences.csv")
    assert set(table["study"]) == {"two"}
    assert not table["paired"].any()


def _refused(*arguments: str | Path, out: Path) -> str:
    done = samscope("compare", *arguments, "--out", out)
    assert done.status == 2, done.err
    assert not out.exists()
    assert list(out.parent.glob(".*partial*")) == []
    return message(done)


def test_a_folder_that_is_no_study_is_named(studies: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    for wrong, said in ((tmp_path / "nowhere", "no such folder"), (tmp_path / "holiday", "is no study")):
        told = _refused(studies[0], wrong, out=tmp_path / "out")
        assert str(wrong) in told
        assert said in told


def test_names_must_tell_studies_apart(studies: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "two studies are called 'good'" in _refused(studies[0], studies[0], out=out)
    assert "two studies are called 'a'" in _refused(*studies, "--names", "a, a", out=out)
    assert "--names has 3 and there are 2 studies" in _refused(*studies, "--names", "a,b,c", out=out)
    assert "has no name" in _refused(*studies, "--names", "a,", out=out)
    assert "nothing to compare it with" in _refused(studies[0], out=out)


def test_another_schema_is_named_with_its_file(studies: tuple[Path, Path], tmp_path: Path) -> None:
    older = _made(clips=2).write(tmp_path / "older")
    part = older / "records" / "frames" / "part-00001.parquet"
    pq.write_table(pq.read_table(part, partitioning=None).drop_columns(["object_score"]), part)
    done = samscope("compare", studies[0], older, "--out", tmp_path / "out")
    assert done.status == 1
    told = message(done)
    assert str(part) in told
    assert "this version of samscope" in told
    assert not (tmp_path / "out").exists()


def test_a_result_is_replaced_only_if_asked_and_a_study_never(
    studies: tuple[Path, Path], compared: Path
) -> None:
    assert "exists" in message(samscope("compare", *studies, "--out", compared))
    done = samscope("compare", *studies, "--out", studies[0], "--overwrite")
    assert done.status == 2
    assert "which is read" in message(done)


def test_help_says_when_differences_are_paired() -> None:
    done = samscope("compare", "--help")
    assert done.status == 0
    text = " ".join(re.sub(r"[\u2500-\u257f]", " ", done.out).split())
    for said in ("held against the first", "share their clips", "--names", "samscope compare tiny large"):
        assert said in text
