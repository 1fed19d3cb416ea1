import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from samscope.records.store import open_study
from tests.docs.worked_examples import PACKAGE, PAGES, ROOT, example, follow, results

NAMES = sorted(path.name for path in PAGES.glob("*.md") if path.name != "README.md")
OF_PACKAGES = ("memory-rule.md", "model-family.md")


def test_there_is_a_page_for_each_thing_and_the_index_has_them_all() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert sorted(set(re.findall(r"\]\(([a-z-]+\.md)\)", index))) == NAMES
    assert len(NAMES) == 9


@pytest.mark.parametrize("page", ["README.md", *NAMES])
def test_what_a_page_links_to_is_there(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    linked = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert [target for target in linked if not (PAGES / target).exists()] == []


@pytest.mark.parametrize("page", NAMES)
def test_a_pages_code_fits_the_source_and_its_style(page: str, tmp_path: Path) -> None:
    followed = example(page)
    assert followed.commands
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for path, content in results(followed):
        if path in followed.written and (ROOT / path).exists():
            assert content == (ROOT / path).read_text(encoding="utf-8"), f"{page} quotes another {path}"
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--no-cache", "--config", "lint.isort.known-first-party = ['samscope', 'tests']"]
    for command in ([*ruff, "check", *options], [*ruff, "format", "--check", *options]):
        checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", [name for name in NAMES if name not in OF_PACKAGES])
def test_a_page_works_when_it_is_followed(page: str, tmp_path: Path) -> None:
    followed = example(page)
    assert any(path.startswith("tests/") for path in (*followed.written, *followed.changed))
    follow(followed, tmp_path, quick=page != "set.md")  # whose sheet of clips shows the new set


@pytest.mark.slow
def test_a_study_runs_with_another_packages_memory_rule(tmp_path: Path) -> None:
    follow(example("memory-rule.md"), tmp_path, quick=True)
    assert (tmp_path / "confident" / "report.html").is_file()
    told = json.loads((tmp_path / "confident" / "study.json").read_text(encoding="utf-8"))
    assert told["memory_rule"] == "confident:least_iou=0.8"
    study = open_study(tmp_path / "confident")
    assert study.frames["predicted_iou"].notna().all()
    assert study.features.query("position == 'memory_features'")["short"].notna().any()


@pytest.mark.slow
def test_a_study_runs_with_another_packages_family(tmp_path: Path) -> None:
    follow(example("model-family.md"), tmp_path)
    assert (tmp_path / "colour" / "report.html").is_file()
    told = json.loads((tmp_path / "colour" / "study.json").read_text(encoding="utf-8"))
    assert told["model"] == "colour"
    assert told["memory_rule"] is None
    study = open_study(tmp_path / "colour")
    assert study.frames["object_score"].isna().all()
    assert study.frames.query("segment == 'suffix'")["j"].mean() > 0.05
    recorded = study.features.dropna(subset=["short"])
    assert set(recorded["position"]) == {"frame"}


def test_the_pages_of_packages_show_all_of_the_package() -> None:
    shown = {path for page in OF_PACKAGES for path in example(page).written}
    there = {path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".toml"}}
    assert {ROOT / path for path in shown} == {path for path in there if path.name != "__init__.py"}
