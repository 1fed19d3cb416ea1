import subprocess
import sys


def test_a_page_is_drawn_without_what_runs_a_model() -> None:
    command = "import sys, samscope.report.study_report; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
