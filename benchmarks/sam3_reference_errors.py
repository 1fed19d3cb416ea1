"""How far samscope's SAM 3 tracker is from the official code, frame by frame and position by position.

Run it as ``python -m benchmarks.sam3_reference_errors FOLDER``, where FOLDER holds ``recipe.py`` and, in
``trackers``, ``recipe_more.py`` (weights and features that any code can rebuild) and the
``expected-sam3-tracker-*.safetensors`` (what the official code computed from them). At 1008 pixels the image
encoder takes minutes a frame on a CPU; ``--small`` leaves those runs out.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from transformers import Sam3TrackerVideoModel

from benchmarks.reference_errors import load_recipe, rounding_steps
from samscope.trackers.prompt import Prompt, make_prompt
from samscope.trackers.registry import load_model
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.sam3 import Sam3Memory, selection_score
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.preprocessing import preprocess
from samscope.trackers.sam2.step import Step, first_step, next_step
from samscope.trackers.sam3.loading import released_configuration
from samscope.trackers.sam3.official_names import to_transformers
from samscope.trackers.sam3.step import SAM3, encode_frame
from samscope.trackers.sam3.tracker import Sam3Tracker


@dataclass(frozen=True)
class Run:
    """One file of official numbers.

    Attributes:
        name: its name between ``expected-sam3-tracker-`` and the ending.
        frames: frames of its clip, whose number is part of the computation.
        size: side of the image in pixels.
        features: whether made-up features stood in the image encoder's place.
        point: whether the prompt was a click; else a mask.
        selection: whether the memory selection was on.
        bias: of the object score's last layer.
    """

    name: str
    frames: int
    size: int = 336
    features: bool = False
    point: bool = False
    selection: bool = False
    bias: float = 2.0


RUNS = (
    Run("selection", 24, features=True, selection=True, bias=0.32),
    Run("noselection", 24, features=True, bias=0.32),
    Run("selection-rare", 24, features=True, selection=True, bias=0.18),
    Run("336-mask", 8),
    Run("336-point", 4, point=True),
    Run("336-mask-absent", 10, bias=0.35),
    Run("1008-mask", 4, size=1008),
    Run("1008-point", 3, size=1008, point=True),
    Run("1008-mask-selection", 4, size=1008, selection=True),
)


@dataclass(frozen=True)
class _Thinning:
    """Every how-maniest place of a map was kept: of masks, and of the three levels of features."""

    masks: int
    finest: int
    half: int
    coarse: int


_THINNING = {336: _Thinning(1, 6, 3, 1), 1008: _Thinning(2, 18, 9, 4), "features": _Thinning(2, 6, 3, 2)}

LISTS = ("memory_frames", "memory_ages", "pointer_frames", "pointer_distances")
"""What is compared exactly."""

_SCORE_BIAS = "tracker.sam_mask_decoder.pred_obj_score_head.layers.2.bias"
_CLICK = (60, 100)


@dataclass(frozen=True)
class Errors:
    """The largest errors of one run over all frames.

    Attributes:
        relative: by key of the reference file, ||got - expected|| / ||expected|| of the worst frame; for the
            object score and the selection score over the largest expected one of the tracked frames.
        rounding: how many bfloat16 steps the worst element of the stored memory is off, as in
            ``benchmarks.reference_errors``; None where the file has no memories.
        unequal: the lists of frames that are not as expected, as ``frame/key``.
        frames: how many frames were compared.
    """

    relative: dict[str, float]
    rounding: float | None
    unequal: tuple[str, ...]
    frames: int


@dataclass(frozen=True, eq=False)
class Reference:
    """The folder of official numbers.

    Attributes:
        folder: the one that holds ``recipe.py`` and ``trackers``.
        recipe: clip and prompts.
        recipe_more: weights and features.
        shapes: of the official parameters, by name.
    """

    folder: Path
    recipe: ModuleType
    recipe_more: ModuleType
    shapes: dict[str, list[int]]

    def file(self, run: Run) -> Path:
        """Return the file of a run; some are kept aside."""
        return self.folder / "trackers" / f"expected-sam3-tracker-{run.name}.safetensors"

    def expected(self, run: Run) -> dict[str, Tensor]:
        """Return the official numbers of a run."""
        numbers: dict[str, Tensor] = load_file(self.file(run))
        return numbers

    def weights(self, start: str = "") -> dict[str, Tensor]:
        """Return the weights, by official name, whose names begin with ``start``."""
        shapes = {name: shape for name, shape in self.shapes.items() if name.startswith(start)}
        return {name: torch.from_numpy(value) for name, value in self.recipe_more.weights(shapes).items()}

    def prompt(self, run: Run) -> Prompt:
        """Return a run's prompt."""
        mask: NDArray[np.bool_] = self.recipe.prompt_mask()
        if run.point:
            return make_prompt((mask.shape[0], mask.shape[1]), run.size, points=[_CLICK], labels=[1])
        return make_prompt((mask.shape[0], mask.shape[1]), run.size, mask=mask, resize_mask=False)


def open_reference(folder: Path) -> Reference:
    """Return the folder of official numbers, as a value."""
    trackers = folder / "trackers"
    shapes = json.loads((trackers / "parameters-sam3-tracker.json").read_text())
    recipe = load_recipe(folder / "recipe.py")
    return Reference(folder, recipe, load_recipe(trackers / "recipe_more.py"), shapes)


def without_encoder(reference: Reference, size: int) -> Sam3TrackerVideoModel:
    """Return the recipe's network for images of a size, without its image encoder."""
    network = Sam3TrackerVideoModel(released_configuration(size), remove_vision_encoder=True)
    network.load_state_dict(to_transformers(reference.weights("tracker.")))
    return network.eval()


def write_checkpoint(reference: Reference, file: Path) -> None:
    """Write the recipe's weights as an official checkpoint, 1.9 GB."""
    torch.save({"model": reference.weights()}, file)


def encode(reference: Reference, tracker: Sam3Tracker, frames: int, threads: int) -> list[EncodedFrame]:
    """Encode the first frames of the recipe's clip."""
    with _threads(threads), tracker.inference():
        pixels = (
            preprocess(frame, tracker.image_size, tracker.normalisation)
            for frame in reference.recipe.frames(frames)
        )
        return [encode_frame(tracker.network, frame[None]) for frame in pixels]


def made_up_features(reference: Reference, network: Sam3TrackerVideoModel) -> Iterator[EncodedFrame]:
    """Yield the features that stand in the image encoder's place, frame after frame."""
    size = network.config.image_size
    pixels = torch.zeros(1, 3, size, size)
    frame = 0
    while True:
        full, half, top = map(torch.from_numpy, reference.recipe_more.features(frame))
        position = _sine_position(network, top)
        yield EncodedFrame(pixels, full, half, top, position)
        frame += 1


def _sine_position(network: Sam3TrackerVideoModel, top: Tensor) -> Tensor:
    """Return the sine position encoding of the coarsest level, which the image encoder's neck has."""
    encoding = type(network.memory_encoder.position_encoding)(top.shape[1] // 2, normalize=True)
    position: Tensor = encoding(top.shape, top.device, top.dtype)
    return position


def track(
    reference: Reference, run: Run, network: Sam3TrackerVideoModel, encodings: Iterator[EncodedFrame]
) -> list[Step]:
    """Track a run's object through its frames, on one thread, as the reference was made."""
    with _threads(1), torch.inference_mode():
        bias = reference.recipe_more.array(_SCORE_BIAS, (1,), run.bias)
        network.mask_decoder.pred_obj_score_head.proj_out.bias.copy_(torch.from_numpy(bias))
        rule = Sam3Memory() if run.selection else Sam2Memory()
        prompt = reference.prompt(run)
        first = next(encodings)
        steps = [first_step(network, first, prompt, length=run.frames, rule=rule, form=SAM3)]
        for frame in range(1, run.frames):
            steps.append(next_step(network, next(encodings), steps[-1].bank, frame, form=SAM3))
        return steps


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Have PyTorch use so many threads meanwhile."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def compare(
    expected: dict[str, Tensor], run: Run, network: Sam3TrackerVideoModel, steps: Sequence[Step]
) -> Errors:
    """Compare every number that a file has with what samscope computed."""
    if {int(name[:2]) for name in expected} != set(range(len(steps))):
        raise ValueError(f"{run.name}: the file has other frames than the {len(steps)} that were tracked")
    relative: dict[str, float] = {}
    rounding: float | None = None
    unequal = []
    for name, official in expected.items():
        step, key = steps[int(name[:2])], name[3:]
        if key in LISTS:
            if _lists(step)[key] != official.tolist():
                unequal.append(name)
            continue
        got = _kept(step, key, network, run)
        expected_values = official.reshape(got.shape)
        scale = _scale(expected, key, expected_values)
        error = float(torch.linalg.vector_norm(got - expected_values)) / scale
        relative[key] = max(relative.get(key, 0.0), error)
        if key == "memory_features":
            rounding = max(rounding or 0.0, rounding_steps(got, expected_values))
    return Errors(relative, rounding, tuple(unequal), len(steps))


def _scale(expected: dict[str, Tensor], key: str, expected_values: Tensor) -> float:
    """Return what an error is divided by; scores that cross zero are held to the largest tracked one."""
    if key not in ("object_score_logits", "selection_score"):
        return float(torch.linalg.vector_norm(expected_values))
    return max(
        float(value.abs().max())
        for name, value in expected.items()
        if name.endswith(f"/{key}") and not name.startswith("00/")
    )


def _lists(step: Step) -> dict[str, list[int]]:
    if step.recall is None:
        return {}
    memories, pointers = step.recall.memories, step.recall.pointers
    return {
        "memory_frames": [memory.frame for _, memory in memories],
        "memory_ages": [age for age, _ in memories],
        "pointer_frames": [pointer.frame for _, pointer in pointers],
        "pointer_distances": [distance for distance, _ in pointers],
    }


def _kept(step: Step, key: str, network: Sam3TrackerVideoModel, run: Run) -> Tensor:
    """Return what the reference keeps of a frame under a key, thinned out in the same way."""
    decoded, encoded = step.decoded, step.encoded
    thin = _THINNING["features" if run.features else run.size]
    every = {
        "low_res_masks": (decoded.mask_logits, 1, thin.masks),
        "image_embeddings": (encoded.image_embeddings, 8, thin.finest),
        "image_embeddings_half": (encoded.half, 8, thin.half),
        "image_embeddings_top": (encoded.top, 16, thin.coarse),
        "memory_conditioned": (step.memory_conditioned, 16, thin.coarse),
        "prompt_conditioned": (decoded.prompt_conditioned, 16, thin.coarse),
        "memory_encoder_output": (step.memory_encoder_output, 4, thin.coarse),
        "memory_features": (step.memory_features.float(), 4, thin.coarse),
    }
    if key in every:
        values, channels, places = every[key]
        if values is None:
            raise ValueError(f"frame {step.frame} has no {key}")
        return values[:, ::channels, ::places, ::places]
    if key == "memory_position":
        features = step.memory_features
        position: Tensor = network.memory_encoder.position_encoding(
            features.shape, features.device, torch.float32
        )
        return position[:, ::4, :: thin.coarse, :: thin.coarse]
    if key == "selection_score":
        return selection_score(decoded.predicted_iou, decoded.object_score)
    scalars = {
        "object_score_logits": decoded.object_score,
        "pointer": decoded.pointer,
        "pointer_ungated": decoded.pointer_ungated,
        "predicted_ious": decoded.candidate_ious,
        "iou_score": decoded.predicted_iou,
    }
    return scalars[key]


def main() -> None:
    """Print a table of the largest errors of every run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="leave out the runs at 1008 pixels")
    arguments = parser.parse_args()
    reference = open_reference(arguments.folder)
    results: dict[str, Errors] = {}
    at_hand = [run for run in RUNS if reference.file(run).is_file()]
    network = without_encoder(reference, 336)
    for run in at_hand:
        if run.features:
            steps = track(reference, run, network, made_up_features(reference, network))
            results[run.name] = compare(reference.expected(run), run, network, steps)
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "sam3.pt"
        write_checkpoint(reference, checkpoint)
        for size in (336,) if arguments.small else (336, 1008):
            runs = [run for run in at_hand if run.size == size and not run.features]
            tracker = load_model(checkpoint, image_size=size, mode="exact")
            assert isinstance(tracker, Sam3Tracker)  # noqa: S101 - it was written as one
            encodings = encode(reference, tracker, max(run.frames for run in runs), os.cpu_count() or 1)
            for run in runs:
                steps = track(reference, run, tracker.network, iter(encodings))
                results[run.name] = compare(reference.expected(run), run, tracker.network, steps)
    keys = sorted({key for errors in results.values() for key in errors.relative})
    print("| run | frames |", " | ".join(keys), "| memory_features, bf16 steps | unequal lists |")
    print("|" + " --- |" * (len(keys) + 4))
    for name, errors in results.items():
        cells = " | ".join(f"{errors.relative[key]:.1e}" if key in errors.relative else "" for key in keys)
        steps_off = "" if errors.rounding is None else f"{errors.rounding:.2f}"
        print(f"| {name} | {errors.frames} | {cells} | {steps_off} | {len(errors.unequal)} |")


if __name__ == "__main__":
    main()
