"""Measure what shared work and the fast mode gain, and write it down in benchmarks/README.md.

    python benchmarks/speed.py RESULTS

Each case is a `samscope bench`, whose folder is written to RESULTS. Nothing else should run meanwhile. The
released architecture has random weights, since speed does not depend on them; clips are of made-up videos.
Cases that RESULTS has already are not measured again: remove their folders to measure them anew.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import Sam2VideoModel

from samscope.benchmark.job import FIGURE, RESULTS, TABLE, run_benchmark
from samscope.benchmark.settings import DEFAULT_SETS, BenchmarkSettings, Contender
from samscope.clips.clip import SETS, SetName, Timeline
from samscope.models.built_in import BUILT_IN_MODEL
from samscope.models.released import HIERA_SIZES, released_configuration
from samscope.progress import OnConsole
from samscope.settings import ClipSettings

HERE = Path(__file__).parent
TINY = "sam2.1-hiera-tiny-random"


@dataclass(frozen=True)
class Case:
    """One benchmark.

    Attributes:
        name: of its folder.
        title: its heading.
        model: the built-in model, or ``TINY``.
        sets: of the clips.
        clips: in each set.
        timeline: of each clip.
        contenders: what is timed.
    """

    name: str
    title: str
    model: str
    sets: tuple[SetName, ...]
    clips: int
    timeline: Timeline
    contenders: tuple[Contender, ...]


CASES = (
    Case(
        "study",
        "A whole study with the built-in model: six sets, everything recorded",
        BUILT_IN_MODEL,
        SETS,
        2,
        Timeline(),
        ("alone_observed", "fast_observed", "transformers", "alone", "exact", "fast", "bf16"),
    ),
    Case(
        "three-sets",
        "hiera-tiny at 1024: clean, interjection and context removal of one draw",
        TINY,
        DEFAULT_SETS,
        1,
        Timeline(6, 2, 2),
        ("transformers", "exact", "fast"),
    ),
)


def main() -> None:
    """Measure the cases and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder for the results of the cases")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--cases", nargs="+", choices=[case.name for case in CASES], default=[case.name for case in CASES]
    )
    arguments = parser.parse_args()
    for case in CASES:
        if case.name in arguments.cases and not (arguments.results / case.name / RESULTS).exists():
            measure(case, arguments.results / case.name, arguments.threads)
    write_page(arguments.results)


def measure(case: Case, out: Path, threads: int) -> None:
    """Run the benchmark of a case."""
    with TemporaryDirectory() as folder:
        model = case.model
        if model == TINY:
            model = str(Path(folder) / TINY)
            torch.manual_seed(0)
            Sam2VideoModel(released_configuration(HIERA_SIZES[0], version_2_1=True)).save_pretrained(model)
        clips = ClipSettings(count=case.clips, sets=case.sets, timeline=case.timeline)
        settings = BenchmarkSettings(out, clips, model=model, threads=threads, contenders=case.contenders)
        run_benchmark(settings, OnConsole())


def write_page(results: Path) -> None:
    """Write benchmarks/README.md, and the figures beside it."""
    parts = ["# Speed", "", "Measured by `python benchmarks/speed.py RESULTS`; higher ratios are better."]
    for case in CASES:
        if not (results / case.name / RESULTS).exists():
            continue
        figure = f"{case.name}.png"
        shutil.copyfile(results / case.name / f"{FIGURE}.png", HERE / figure)
        table = (results / case.name / TABLE).read_text(encoding="utf-8").strip()
        parts += ["", f"## {case.title}", "", f"![{case.title}]({figure})", "", table]
        measured = json.loads((results / case.name / RESULTS).read_text(encoding="utf-8"))["measured"]
        parts += ["", _gains({one["contender"]: one["frames_per_second"] for one in measured})]
    (HERE / "README.md").write_text("\n".join(parts) + "\n", encoding="utf-8")


def _gains(speeds: dict[str, float]) -> str:
    """Say in a sentence what is gained by what, as far as it was measured."""
    pairs = {
        "shared work, exact, against transformers' session": ("exact", "transformers"),
        "shared work and fast, against transformers' session": ("fast", "transformers"),
        "a study with everything recorded, against one clip at a time": ("fast_observed", "alone_observed"),
        "recording everything, against tracking alone": ("fast_observed", "fast"),
    }
    said = [
        f"{what}: {speeds[one] / speeds[other]:.2f}x"
        for what, (one, other) in pairs.items()
        if one in speeds and other in speeds
    ]
    return f"Ratios: {'; '.join(said)}."


if __name__ == "__main__":
    main()
