"""What the first study costs and decides: CPU seconds of its steps, and the verdicts on the paper's claims.

    python -m benchmarks.first_study --out study            # 24 draws, as `make study` makes them
    python -m benchmarks.first_study --out study --clips 8

CPU seconds are those of all threads of this process, which is alone to count: they hardly depend on what else
runs on the machine. A study that is there already is drawn again, and only that is counted.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import pandas as pd

from samscope.clips.settings import ClipSettings
from samscope.report.study_report import run_report
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.studies.study_recording import Recorder
from samscope.support.progress import Advance, Silent

STEPS = {
    "make": "making clips",
    "_observe": "tracking and measuring, the model",
    "_observe_twin": "tracking and measuring, its random twin",
    "_write": "writing records",
}
"""Methods of ``Recorder``, one after another for every draw, and what each does."""


class Metered:
    """Takes the CPU seconds of stages and of the steps within ``tracking``."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Begin a stage and take its time."""
        begin = time.process_time()
        with Silent().stage(title, total) as advance:
            yield advance
        self.add(title, time.process_time() - begin)

    def add(self, title: str, seconds: float) -> None:
        """Add to what a step has taken."""
        self.seconds[title] = self.seconds.get(title, 0.0) + seconds

    def metering(self, title: str, step: Callable[..., Any]) -> Callable[..., Any]:
        """Return a step that has its time taken."""

        @wraps(step)
        def metered(*arguments: Any, **options: Any) -> Any:
            begin = time.process_time()
            try:
                return step(*arguments, **options)
            finally:
                self.add(title, time.process_time() - begin)

        return metered


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--clips", type=int, default=ClipSettings.count)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--control", choices=("random", "none"), default="random")
    given = parser.parse_args()
    metered = Metered()
    metered.add("start", time.process_time())
    if not given.out.exists():
        for name, title in STEPS.items():
            setattr(Recorder, name, metered.metering(f"  {title}", getattr(Recorder, name)))
        clips = ClipSettings(videos=given.videos, count=given.clips, seed=given.seed)
        run_record(StudySettings(given.out, clips, control=given.control), metered)
        _tell(metered.seconds)
    run_report(given.out, metered)
    _tell(metered.seconds)
    claims = pd.read_csv(given.out / "tables" / "claims.csv")
    print(claims.groupby("definition", sort=False)["verdict"].value_counts(dropna=False).to_string())


def _tell(seconds: dict[str, float]) -> None:
    for title, taken in seconds.items():
        print(f"{taken:8.1f} CPU s  {title}", flush=True)


if __name__ == "__main__":
    main()
