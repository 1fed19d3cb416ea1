"""Fit the gate that comes with samscope: the memory rule ``presence`` of the built-in model.

    python -m benchmarks.presence_gate MATERIAL --out src/samscope/trackers/rules/nano_gate.json

MATERIAL is the folder of the built-in model's training material; of it the videos ``davis_train`` are used,
which are DAVIS 2016's training sequences. Two studies are recorded, of made-up videos and of these, with seed
1000 and 12 draws of five sets each, so that no video of DAVIS's validation takes part and no made-up one of
another seed. Printed is what each measurement tells on held-out source videos.
"""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from samscope.analysis.presence_gate import fit_rule
from samscope.clips.clip import SetName
from samscope.clips.settings import ClipSettings
from samscope.records.store import open_study
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.progress import OnConsole

SEED, DRAWS = 1000, 12
SHIPPED = "object_score,predicted_iou,pointer_distance,area_change,memory_distance"
"""What the gate weighs that comes with samscope: candidates that disagree add nothing sure to these."""
SETS: tuple[SetName, ...] = ("clean", "interjection", "object_removal", "obscuration", "overlay")


def main() -> None:
    """Record the studies, write the gate, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("material", type=Path, metavar="MATERIAL")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--measurements", default=SHIPPED, help="separated by commas")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studies = []
        for name, videos in (("made-up", None), ("davis", arguments.material / "davis_train")):
            clips = ClipSettings(videos=videos, count=arguments.draws, seed=SEED, sets=SETS)
            settings = StudySettings(out=Path(folder) / name, clips=clips, maps=0, control="none")
            run_record(settings, OnConsole())
            studies.append(open_study(settings.out))
        parts = fit_rule(studies, arguments.out, arguments.measurements.split(","))
    table = Table("gate of", "AUROC on held-out videos", "low", "high", box=None)
    for name, estimate in parts.items():
        table.add_row(name, *(f"{value:.3f}" for value in (estimate.value, estimate.low, estimate.high)))
    Console().print(table)


if __name__ == "__main__":
    main()
