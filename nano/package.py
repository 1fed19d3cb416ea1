"""The built-in model's folder: weights, what they were made with, results and card."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nano.checks.card import write_card
from nano.checks.composed import check_composed_clips, require_material
from nano.training.export import TRAINING_FILE
from samscope.evaluation.job import run_evaluation
from samscope.evaluation.settings import EvaluationSettings, PromptName
from samscope.support.disk import whole_folder
from samscope.support.errors import SamscopeError
from samscope.support.progress import Progress
from samscope.support.result_folder import EVALUATION_FILE, write_json
from samscope.trackers.sam2.loading import load_model

FRAMES = 28
PROMPTS: tuple[PromptName, ...] = ("mask", "point", "box")
KEPT = (
    "frames", "seed", "image_size", "prompt", "weights_sha256", "samscope", "created", "versions", "machine",
    "frame_time_ms", "summary", "sequences", "left_out",
)  # fmt: skip
"""What is kept of each evaluation: all but paths, objects and frames."""


def build_folder(
    model: Path, videos: Path, material: Path, out: Path, *, retime: bool, progress: Progress
) -> None:
    """Evaluate a trained model and write its folder as a whole.

    Args:
        model: folder that a training has exported.
        videos: DAVIS 2016 validation.
        material: the training material, for the checks on composed clips.
        out: the folder, made or replaced.
        retime: keep the results that ``model`` has already, and take the time of a frame anew.
        progress: hears how far it is.

    Raises:
        UsageError: a folder does not hold what it must.
        SamscopeError: the results that are kept are not those of the model.
    """
    require_material(material)
    if retime:
        evaluations = _retimed(
            model, videos, json.loads((model / EVALUATION_FILE).read_text(encoding="utf-8")), progress
        )
    else:
        evaluations = {prompt: _evaluated(model, videos, prompt, progress) for prompt in PROMPTS}
        checks = check_composed_clips(
            load_model(str(model), mode="exact"), material, seed=0, progress=progress
        )
        evaluations["mask"]["composed"] = checks.stated()
    loaded = load_model(str(model))
    parameters = sum(weight.numel() for weight in loaded.network.parameters())
    training = json.loads((model / TRAINING_FILE).read_text(encoding="utf-8"))
    with whole_folder(out) as folder:
        for name in ("config.json", "model.safetensors", TRAINING_FILE):
            shutil.copyfile(model / name, folder / name)
        write_json(folder / EVALUATION_FILE, evaluations)
        card = write_card(training, evaluations, parameters, loaded.image_size)
        (folder / "README.md").write_text(card, encoding="utf-8")


def _evaluated(model: Path, videos: Path, prompt: PromptName, progress: Progress) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        settings = EvaluationSettings(
            Path(folder) / prompt, videos, model=str(model), prompt=prompt, frames=FRAMES, threads=1
        )
        run_evaluation(settings, progress)
        whole = json.loads((settings.out / EVALUATION_FILE).read_text(encoding="utf-8"))
    return {name: whole[name] for name in KEPT}


def _retimed(
    model: Path, videos: Path, evaluations: dict[str, dict[str, Any]], progress: Progress
) -> dict[str, dict[str, Any]]:
    """Return evaluations with the time of a frame, and the machine that it was taken on, as they are now."""
    retimed: dict[str, dict[str, Any]] = {}
    for prompt in PROMPTS:
        now = _evaluated(model, videos, prompt, progress)
        if now["summary"] != evaluations[prompt]["summary"]:
            raise SamscopeError(
                f"{model}: its results with a {prompt} are no longer what it has; evaluate anew"
            )
        retimed[prompt] = evaluations[prompt] | {name: now[name] for name in ("frame_time_ms", "machine")}
    return retimed
