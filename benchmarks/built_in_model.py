"""Evaluate a trained model and make the built-in model's folder of it: weights, results and card.

    python benchmarks/built_in_model.py RUN/model --videos DAVIS --material MATERIAL

It scores the first 28 frames of every video with mask, point and box prompts, and runs the checks on composed
clips: some minutes on one core. Do nothing else on the machine meanwhile, or the frame time is no good.
"""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from samscope.clips.disk import whole_folder
from samscope.evaluation.card import write_card
from samscope.evaluation.job import run_evaluation
from samscope.evaluation.settings import EvaluationSettings, PromptName
from samscope.models.built_in import built_in_folder
from samscope.models.loading import load_model
from samscope.output import EVALUATION_FILE, write_json
from samscope.progress import OnConsole
from samscope.training.export import TRAINING_FILE

FRAMES = 28
PROMPTS: tuple[PromptName, ...] = ("mask", "point", "box")
KEPT = (
    "frames", "seed", "image_size", "prompt", "weights_sha256", "samscope", "created", "versions", "machine",
    "frame_time_ms", "summary", "sequences", "left_out", "composed",
)  # fmt: skip
"""What is kept of each evaluation: all but paths, objects and frames."""


def main() -> None:
    """Evaluate, and write the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="folder that `samscope train` has exported")
    parser.add_argument("--videos", type=Path, required=True, help="DAVIS 2016 validation")
    parser.add_argument("--material", type=Path, required=True, help="the training material")
    parser.add_argument(
        "--out", type=Path, default=built_in_folder(), help="default: the package's own folder"
    )
    parser.add_argument(
        "--retime",
        action="store_true",
        help="keep the results that MODEL has already and take the time of a frame anew",
    )
    given = parser.parse_args()
    if given.retime:
        evaluations = json.loads((given.model / EVALUATION_FILE).read_text(encoding="utf-8"))
        retime(given.model, given.videos, evaluations)
    else:
        evaluations = evaluate(given.model, given.videos, given.material)
    model = load_model(given.model)
    parameters = sum(weight.numel() for weight in model.network.parameters())
    training = json.loads((given.model / TRAINING_FILE).read_text(encoding="utf-8"))
    with whole_folder(given.out) as folder:
        for name in ("config.json", "model.safetensors", TRAINING_FILE):
            shutil.copyfile(given.model / name, folder / name)
        write_json(folder / EVALUATION_FILE, evaluations)
        card = write_card(training, evaluations, parameters, model.image_size)
        (folder / "README.md").write_text(card, encoding="utf-8")
    print(f"wrote {given.out}")


def evaluate(model: Path, videos: Path, material: Path) -> dict[str, dict[str, Any]]:
    """Return what is kept of an evaluation with each kind of prompt."""
    kept = {}
    with TemporaryDirectory() as folder:
        for prompt in PROMPTS:
            settings = EvaluationSettings(
                Path(folder) / prompt, videos, model=str(model), prompt=prompt, frames=FRAMES, threads=1
            )
            if prompt == "mask":
                settings = replace(settings, material=material)
            run_evaluation(settings, OnConsole())
            whole = json.loads((settings.out / EVALUATION_FILE).read_text(encoding="utf-8"))
            kept[prompt] = {name: whole[name] for name in KEPT}
    return kept


def retime(model: Path, videos: Path, evaluations: dict[str, dict[str, Any]]) -> None:
    """Replace the time of a frame in evaluations, and the machine that it was taken on."""
    with TemporaryDirectory() as folder:
        for prompt in PROMPTS:
            settings = EvaluationSettings(
                Path(folder) / prompt, videos, model=str(model), prompt=prompt, frames=FRAMES, threads=1
            )
            run_evaluation(settings, OnConsole())
            whole = json.loads((settings.out / EVALUATION_FILE).read_text(encoding="utf-8"))
            if whole["summary"] != evaluations[prompt]["summary"]:
                raise SystemExit(
                    f"{model}: its results with a {prompt} are no longer what it has; evaluate anew"
                )
            evaluations[prompt] |= {name: whole[name] for name in ("frame_time_ms", "machine")}


if __name__ == "__main__":
    main()
