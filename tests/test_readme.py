"""What the README promises can be run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(example, {"__name__": "__main__"})  # noqa: S102  the README's own code
    assert len(capsys.readouterr().out.splitlines()) == 12


def test_its_files_exist() -> None:
    linked = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert len(linked) >= 5
    assert [target for target in linked if not (ROOT / target).is_file()] == []
