"""What the README promises can be run."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.small_model import small_network

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    small_network().save_pretrained(tmp_path / "model")
    program, replaced = re.subn(r'load_model\("[^"]+"\)', f"load_model({str(tmp_path / 'model')!r})", example)
    assert replaced == 1
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 12


def test_its_files_exist() -> None:
    linked = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert len(linked) >= 5
    assert [target for target in linked if not (ROOT / target).is_file()] == []
