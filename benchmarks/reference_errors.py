"""How far samscope's tracking is from the official SAM 2 code, position by position.

Run it as ``python -m benchmarks.reference_errors FOLDER``, where FOLDER holds ``recipe.py`` (weights and
frames that any code can rebuild) and ``expected-*.safetensors`` (what the official code computed from them).
"""

import argparse
import importlib.util
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from benchmarks.computed_once import ComputedOnce
from samscope import Seen, Tracker, load_model, track
from samscope.trackers.modes import Mode
from samscope.trackers.network_tracker import NetworkTracker

RUNS = (
    "sam2.1-tiny-256-mask",
    "sam2.1-tiny-256-mask-absent",
    "sam2.1-tiny-256-point",
    "sam2.1-tiny-256-box",
    "sam2-tiny-256-mask",
    "sam2.1-tiny-1024-mask",
)
ABSENT_BIAS = -0.85
"""Bias of the object score with which the object goes absent in the middle of the clip."""


@dataclass(frozen=True)
class Errors:
    """The largest errors of one run over all frames.

    Attributes:
        relative: by key of the reference file, ||got - expected|| / ||expected|| of the worst frame; for the
            object score |got - expected| over the largest |expected| of the tracked frames, since the score
            itself crosses zero.
        rounding: how many bfloat16 steps the worst element of the stored memory is off; elements
            smaller than a hundredth of the largest are held to that hundredth's step.
        frames: how many frames were compared.
    """

    relative: dict[str, float]
    rounding: float
    frames: int


def measure(
    folder: Path,
    run: str,
    *,
    device: str = "cpu",
    mode: Mode = "exact",
    computed: ComputedOnce | None = None,
) -> Errors:
    """Rebuild weights and frames, track with samscope, and compare with the official numbers.

    One thread, as the reference was made: with more, the encoder's sums differ by 3e-7, which flips
    bfloat16 roundings in memory.

    Args:
        folder: as for the command.
        run: one of ``RUNS``.
        device: where samscope tracks.
        mode: how it computes.
        computed: what other runs have computed in mode ``exact``, to be used and added to; None for nothing.
    """
    expected = load_file(folder / f"expected-{run}.safetensors", device=device)
    recipe = load_recipe(folder / "recipe.py")
    version, size, kind = _parts(run)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        checkpoint = _checkpoint(folder, recipe, version, absent=kind == "mask-absent")
        model = _model(checkpoint, size, device, mode)
        if computed is not None:
            computed.share(model.network)
        count = 1 + max(int(key[:2]) for key in expected)
        return _compare(expected, list(_track(model, recipe, kind, count)), size)
    finally:
        torch.set_num_threads(before)


def _parts(run: str) -> tuple[str, int, str]:
    version, _, size, kind = run.split("-", 3)
    return version, int(size), kind


def load_recipe(file: Path) -> ModuleType:
    """Return a recipe of weights and frames, which lies beside the numbers and in no package."""
    specification = importlib.util.spec_from_file_location(file.stem, file)
    if specification is None or specification.loader is None:
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _checkpoint(folder: Path, recipe: ModuleType, version: str, *, absent: bool) -> dict[str, Any]:
    """Return the recipe's weights as an official checkpoint."""
    shapes = json.loads((folder / f"parameters-{version}-hiera-tiny.json").read_text())
    arrays = recipe.weights(shapes, ABSENT_BIAS) if absent else recipe.weights(shapes)
    return {"model": {name: torch.from_numpy(value) for name, value in arrays.items()}}


def _model(checkpoint: dict[str, Any], size: int, device: str, mode: Mode) -> NetworkTracker:
    """Write a checkpoint and load it as a user would."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "official.pt"
        torch.save(checkpoint, file)
        model = load_model(file, device, size, mode=mode)
    assert isinstance(model, NetworkTracker)  # noqa: S101 - it was written as one
    return model


def _track(model: Tracker, recipe: ModuleType, kind: str, count: int) -> list[Seen]:
    frames = recipe.frames(count)
    if kind == "point":
        return list(track(model, frames, points=[[60, 100]], labels=[1]))
    if kind == "box":
        return list(track(model, frames, box=[28, 68, 92, 132]))
    return list(track(model, frames, mask=recipe.prompt_mask()))


def _compare(expected: dict[str, Tensor], track: list[Seen], size: int) -> Errors:
    relative: dict[str, float] = {}
    rounding = 0.0
    largest_score = max(
        float(expected[f"{seen.frame_index:02d}/object_score_logits"].abs()) for seen in track[1:]
    )
    for seen in track:
        for key, got in _kept(seen, size).items():
            expected_values = expected.get(f"{seen.frame_index:02d}/{key}")
            if (got is None) != (expected_values is None):
                raise AssertionError(f"frame {seen.frame_index}: {key} exists on one side only")
            if got is None or expected_values is None:
                continue
            expected_values = expected_values.reshape(got.shape)
            scale = (
                largest_score
                if key == "object_score_logits"
                else float(torch.linalg.vector_norm(expected_values))
            )
            error = float(torch.linalg.vector_norm(got - expected_values)) / scale
            relative[key] = max(relative.get(key, 0.0), error)
            if key == "memory_features":
                rounding = max(rounding, rounding_steps(got, expected_values))
    return Errors(relative, rounding, len(track))


def _kept(seen: Seen, size: int) -> dict[str, Tensor | None]:
    """Return what the reference keeps of a frame, thinned out in the same way."""
    step = max(1, size // 256)
    conditioned = seen.memory_conditioned
    return {
        "low_res_masks": seen.mask_logits[:: step // 2 or 1, :: step // 2 or 1],
        "object_score_logits": torch.tensor(seen.object_score),
        "pointer": seen.object_pointer,
        "pointer_ungated": seen.object_pointer_ungated,
        "image_embeddings": seen.at("image_embeddings")[::8, :: 4 * step, :: 4 * step],
        "memory_conditioned": None if conditioned is None else conditioned[::16, ::step, ::step],
        "prompt_conditioned": seen.at("prompt_conditioned")[::16, ::step, ::step],
        "memory_encoder_output": seen.at("memory_encoder_output")[::4, ::step, ::step],
        "memory_features": seen.at("memory_features")[::4, ::step, ::step].float(),
    }


def rounding_steps(got: Tensor, expected: Tensor) -> float:
    """Return the largest difference in units of the last place of bfloat16 (8 significant bits)."""
    magnitude = expected.abs().clamp(min=float(expected.abs().max()) * 1e-2)
    unit = 2.0 ** (torch.floor(torch.log2(magnitude)) - 7)
    return float(((got - expected).abs() / unit).max())


def main() -> None:
    """Print a table of the largest errors of every run that the folder holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    computed = ComputedOnce()
    results = {run: measure(folder, run, computed=computed) for run in RUNS}
    keys = list(next(iter(results.values())).relative)
    print("| run | frames |", " | ".join(keys), "| memory_features, bf16 steps |")
    print("|" + " --- |" * (len(keys) + 3))
    for run, errors in results.items():
        cells = " | ".join(f"{errors.relative[key]:.1e}" for key in keys)
        print(f"| {run} | {errors.frames} | {cells} | {errors.rounding:.2f} |")


if __name__ == "__main__":
    main()
