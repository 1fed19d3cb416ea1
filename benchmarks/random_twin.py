"""How much of what a model tells of absence its random twin tells too: AUROC of both, by position.

    python -m benchmarks.random_twin --out results                          # made-up videos
    python -m benchmarks.random_twin --out results --videos DAVIS --clips 9

Here the twin tracks every draw, where a study has it track a share of them. ``results`` takes the twin as a
model of its own, the records of both, and ``against_twin.csv``.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from samscope.analysis.absence.against_twin import against_twin
from samscope.analysis.absence.contrasts import AGAINST
from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, OBJECT_SCORE
from samscope.clips.settings import ClipSettings
from samscope.records.store import Twin, open_study
from samscope.records.twins import TWIN_SETS
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.progress import OnConsole
from samscope.trackers.random_twin import random_twin
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from samscope.trackers.sam2.loading import Model, load_model


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default=BUILT_IN_MODEL)
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--clips", type=int, default=ClipSettings.count)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    twin = random_twin(load_model(given.model))
    if not isinstance(twin, Model):
        parser.error(f"--model {given.model}: no SAM 2, and so not written as one")
    twin.network.save_pretrained(given.out / "twin-model")
    clips = ClipSettings(given.videos, count=given.clips, sets=TWIN_SETS)
    for name, model in (("model", given.model), ("twin", str(given.out / "twin-model"))):
        settings = StudySettings(given.out / name, clips, model=model, control="none", maps=0, resume=True)
        run_record(settings, OnConsole())
    recorded = open_study(given.out / "twin")
    of_twin = Twin(recorded.clips, recorded.frames, recorded.features)
    study = replace(open_study(given.out / "model"), twin=of_twin)
    table = against_twin(study)
    table.to_csv(given.out / "against_twin.csv", index=False)
    selected = table.loc[
        table["feature"].isin([COMBINATION, OBJECT_SCORE])
        & table["spread"].isin(["std", None])
        & (table["pooling"] == "pooled")
    ]
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            rows = selected.loc[(selected["set"] == set_name) & (selected["against"] == against)]
            print(f"\n{set_name}, against {against}: {rows['clips'].max()} clips")
            columns = ["position", "feature", "value", "reference_value", "difference", "low", "high"]
            print(rows[columns].round(2).to_string(index=False))


if __name__ == "__main__":
    main()
