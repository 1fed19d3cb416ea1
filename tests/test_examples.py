"""The example notebook runs, and shows what its cells give."""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOK = EXAMPLES / "look_into_a_study.ipynb"

_RUN = """
import sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient
made = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(made, timeout=600).execute()
nbformat.write(made, sys.argv[2])
"""


def _cells(notebook: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return cells


def _kinds(cell: dict[str, Any]) -> list[list[str]]:
    """Return what a cell shows, but for the warnings of libraries."""
    outputs = [output for output in cell.get("outputs", []) if output.get("name") != "stderr"]
    return [sorted(output.get("data", {output["output_type"]: ""})) for output in outputs]


def test_every_cell_has_been_run_and_shows_what_it_gives() -> None:
    cells = _cells(NOTEBOOK)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert all(cell["outputs"] for cell in code)
    outputs = [output for cell in code for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"execute_result", "display_data"}
    assert sum("image/png" in output["data"] for output in outputs) >= 3
    assert NOTEBOOK.stat().st_size < 1_000_000


def test_is_the_notebook_that_the_script_writes() -> None:
    pytest.importorskip("nbclient")
    spec = spec_from_file_location("make_notebook", EXAMPLES / "make_notebook.py")
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    written = [(cell["cell_type"], "".join(cell["source"])) for cell in _cells(NOTEBOOK)]
    kinds = {"text": "markdown", "code": "code"}
    assert written == [(kinds[kind], source) for kind, source in script.CELLS]


def test_runs_from_beginning_to_end(tmp_path: Path) -> None:
    pytest.importorskip("nbclient")
    again = tmp_path / "again.ipynb"
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, NOTEBOOK, again],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert [_kinds(cell) for cell in _cells(again)] == [_kinds(cell) for cell in _cells(NOTEBOOK)]
