"""What `make` says where a machine lacks something, and what the pins promise."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PINS = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def fake_python(folder: Path, refused: str) -> Path:
    """Write a stand-in for Python 3.10 or one without venv: it fails where its code holds ``refused``."""
    path = folder / "python-fake"
    lines = ["#!/bin/sh", '[ "$1" = --version ] && echo Python 3.10.13 && exit']
    path.write_text("\n".join([*lines, f'case "$2" in *{refused}*) exit 1; esac', ""]))
    path.chmod(0o755)
    return path


def test_no_python(clone: Path) -> None:
    done = make(clone, "setup", "PYTHON=python-that-is-not-here")
    assert done.returncode != 0
    said = done.stderr.splitlines()[0]
    assert said.startswith("make: no 'python-that-is-not-here' here; install Python 3.11 or newer")
    assert not (clone / ".venv").exists()


def test_a_python_that_is_too_old(clone: Path) -> None:
    done = make(clone, "study", f"PYTHON={fake_python(clone, 'version_info')}")
    assert done.returncode != 0
    said = done.stderr.splitlines()[0]
    assert "is Python 3.10.13; samscope needs Python 3.11 or newer: make study PYTHON=python3.12" in said
    assert not (clone / ".venv").exists()


def test_a_python_without_venv(clone: Path) -> None:
    done = make(clone, "test", f"PYTHON={fake_python(clone, 'ensurepip')}")
    assert done.returncode != 0
    assert "install its venv module" in done.stderr.splitlines()[0]
    assert not (clone / ".venv").exists()


def test_study_passes_its_options_on(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "ready").touch()
    options = ["VIDEOS=my videos", "MODEL=tiny.pt", "CLIPS=4", "SEED=3", "DEVICE=cuda"]
    default = make(clone, "-n", "study", *options).stdout
    expected = '--videos "my videos" --model "tiny.pt" --clips "4" --seed "3" --device "cuda"'
    assert f'--out "out/study" --overwrite {expected}' in " ".join(default.replace("\\\n", " ").split())
    elsewhere = make(clone, "-n", "study", "OUT=/elsewhere/study").stdout
    assert '--out "/elsewhere/study"' in elsewhere
    assert "--overwrite" not in elsewhere


def test_everything_is_pinned_and_nothing_is_for_one_machine_only() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", pin) for pin in PINS)
    pinned = {re.split("==", pin)[0].lower().replace("_", "-") for pin in PINS}
    assert "torch==2.13.0" in PINS
    assert not any(re.match(r"nvidia|cuda|triton|torchvision", name) for name in pinned)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert {re.split(r"[<>=\[]", one)[0].lower() for one in asked} <= pinned
