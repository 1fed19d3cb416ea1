"""How far samscope's EdgeTAM is from the official code, position by position.

Run it as ``python -m benchmarks.edgetam_errors FOLDER``, where FOLDER holds ``recipe.py`` (frames and
prompts) and ``trackers`` (weights that any code can rebuild, and what the official code computed from them).
"""

import argparse
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import EdgeTamVideoModel

from benchmarks.computed_once import ComputedOnce
from benchmarks.reference_errors import Errors, rounding_steps
from samscope.trackers.edgetam.loading import from_weights
from samscope.trackers.edgetam.step import EDGETAM, latent_tokens
from samscope.trackers.prompt import Prompt, make_prompt
from samscope.trackers.sam2.encoding import encode_frame
from samscope.trackers.sam2.preprocessing import preprocess
from samscope.trackers.sam2.step import Step, first_step, next_step

RUNS = ("edgetam-256-mask", "edgetam-256-point", "edgetam-256-mask-absent", "edgetam-1024-mask")

ABSENT_BIAS = -0.53
"""Bias of the object score with which the object goes absent on some frames."""


def measure(folder: Path, run: str, *, computed: ComputedOnce | None = None) -> Errors:
    """Rebuild weights and frames, track with samscope, and compare with the official numbers.

    One thread, as the reference was made.

    Args:
        folder: as for the command.
        run: one of ``RUNS``.
        computed: what other runs have computed, which is used and added to; None for nothing.

    Raises:
        FileNotFoundError: FOLDER does not hold the run.
    """
    expected = load_file(folder / "trackers" / f"expected-{run}.safetensors")
    _, size, kind = run.split("-", 2)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = _network(folder / "trackers", int(size), absent=kind == "mask-absent")
        if computed is not None:
            computed.share(network)
        with torch.no_grad():
            steps = _steps(
                network, _module(folder / "recipe.py"), kind, 1 + max(int(key[:2]) for key in expected)
            )
            return _compare(network, expected, steps)
    finally:
        torch.set_num_threads(before)


def _module(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _network(folder: Path, size: int, *, absent: bool) -> EdgeTamVideoModel:
    shapes = json.loads((folder / "parameters-edgetam.json").read_text())
    arrays = _module(folder / "recipe_more.py").weights(shapes, ABSENT_BIAS if absent else 2.0)
    weights = {name: torch.from_numpy(value) for name, value in arrays.items()}
    return from_weights(folder, weights, size).network


def _steps(network: EdgeTamVideoModel, recipe: ModuleType, kind: str, count: int) -> Iterator[Step]:
    size: int = network.config.image_size
    frames = recipe.frames(count)
    prompt = _prompt(recipe, kind, size)
    step: Step | None = None
    for index, frame in enumerate(frames):
        encoded = encode_frame(network, preprocess(frame, size)[None])
        if step is None:
            step = first_step(network, encoded, prompt, length=count, form=EDGETAM)
        else:
            step = next_step(network, encoded, step.bank, index, form=EDGETAM)
        yield step


def _prompt(recipe: ModuleType, kind: str, size: int) -> Prompt:
    if kind == "point":
        return make_prompt((recipe.HEIGHT, recipe.WIDTH), size, points=[[60, 100]], labels=[1])
    return make_prompt((recipe.HEIGHT, recipe.WIDTH), size, mask=recipe.prompt_mask())


def _compare(network: EdgeTamVideoModel, expected: dict[str, Tensor], steps: Iterator[Step]) -> Errors:
    scores = [value for key, value in expected.items() if key.endswith("object_score_logits")]
    tracked = [
        value for key, value in expected.items() if key.endswith("object_score_logits") and key[:2] != "00"
    ]
    largest_score = max(float(value.abs().max()) for value in tracked)
    relative: dict[str, float] = {}
    rounding = 0.0
    frames = 0
    for step in steps:
        frames += 1
        kept = _kept(network, step)
        wanted_here = {key[3:]: value for key, value in expected.items() if int(key[:2]) == step.frame}
        if kept.keys() != wanted_here.keys():
            raise AssertionError(f"frame {step.frame}: {kept.keys() ^ wanted_here.keys()} on one side only")
        for key, got in kept.items():
            expected_values = wanted_here[key]
            if got.shape != expected_values.shape:
                raise AssertionError(
                    f"frame {step.frame}: {key} is {got.shape}, expected {expected_values.shape}"
                )
            scale = (
                largest_score
                if key == "object_score_logits"
                else float(torch.linalg.vector_norm(expected_values))
            )
            error = float(torch.linalg.vector_norm(got - expected_values)) / scale
            relative[key] = max(relative.get(key, 0.0), error)
            if key == "memory_features":
                rounding = max(rounding, rounding_steps(got, expected_values))
    if frames != len(scores):
        raise AssertionError(f"{frames} frames, expected {len(scores)}")
    return Errors(relative, rounding, frames)


def _kept(network: EdgeTamVideoModel, step: Step) -> dict[str, Tensor]:
    """Return what the reference keeps of a frame, thinned out in the same way."""
    thin = network.config.image_size // 256
    decoded, encoded = step.decoded, step.encoded
    masks = max(1, thin // 2)
    kept = {
        "low_res_masks": decoded.mask_logits[..., ::masks, ::masks],
        "object_score_logits": decoded.object_score[:, None],
        "pointer": decoded.pointer,
        "pointer_ungated": decoded.pointer_ungated,
        "predicted_ious": decoded.candidate_ious,
        "image_embeddings": encoded.image_embeddings[:, ::8, :: 4 * thin, :: 4 * thin],
        "image_embeddings_half": encoded.half[:, ::8, :: 4 * thin, :: 4 * thin],
        "image_embeddings_top": encoded.top[:, ::16, ::thin, ::thin],
        "prompt_conditioned": decoded.prompt_conditioned[:, ::16, ::thin, ::thin],
        "memory_encoder_output": step.memory_encoder_output[:, ::4, ::thin, ::thin],
        "memory_features": step.memory_features[:, ::2, ::2].float(),
    }
    if step.memory_conditioned is not None:
        kept["memory_conditioned"] = step.memory_conditioned[:, ::16, ::thin, ::thin]
    if step.frame == 0:
        _, places = latent_tokens(network, step.memory_features.float())
        kept["memory_position"] = places.transpose(0, 1)[:, :, ::2]
    return kept


def main() -> None:
    """Print a table of the largest errors of every run in the folder, and name those that it lacks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    present_runs = [run for run in RUNS if (folder / "trackers" / f"expected-{run}.safetensors").is_file()]
    computed = ComputedOnce()
    results = {run: measure(folder, run, computed=computed) for run in present_runs}
    keys = list(dict.fromkeys(key for errors in results.values() for key in errors.relative))
    print("| run | frames |", " | ".join(keys), "| memory_features, bf16 steps |")
    print("|" + " --- |" * (len(keys) + 3))
    for run, errors in results.items():
        cells = " | ".join(f"{errors.relative[key]:.1e}" for key in keys)
        print(f"| {run} | {errors.frames} | {cells} | {errors.rounding:.2f} |")
    for run in RUNS:
        if run not in present_runs:
            print(f"{run}: no such file in {folder / 'trackers'}")


if __name__ == "__main__":
    main()
