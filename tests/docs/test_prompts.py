"""What the page on prompts shows, runs."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.docs.worked_examples import ROOT

PAGE = ROOT / "docs" / "prompts.md"


def test_the_example_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (prompts,) = re.findall(r"^```json\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "prompts.json").write_text(prompts, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    names: dict[str, object] = {}
    exec("\n".join(blocks), names)  # noqa: S102  the page's own code
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == [str(index) for index in range(10)]
    assert ["2:" in line for line in printed] == [False] * 4 + [True] * 6
    disc = np.asarray(names["film"])[0, :, :, 0] > 200
    first = names["before"][0].mask.numpy()  # type: ignore[index]
    assert (first & disc).sum() / (first | disc).sum() > 0.8
