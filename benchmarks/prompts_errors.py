"""How far samscope's prompts on any frame are from the official SAM 2 predictor, session by session.

Run it as ``python -m benchmarks.prompts_errors FOLDER``, where FOLDER holds ``recipe.py``,
``parameters-*.json`` and ``prompts/expected-*.safetensors``. A file is a session: its metadata has the calls.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from benchmarks.computed_once import ComputedOnce
from benchmarks.reference_errors import load_recipe, rounding_steps
from samscope import Model, Released, Seen, TrackedFrame, TrackingSession, load_model
from samscope.trackers.edits import Edit
from samscope.trackers.memory import Bank, Memory, Paths, Recall
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.prompt import Prompt
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.decoding import NO_OBJECT_LOGIT
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.memory_encoding import encode_memory
from samscope.trackers.sam2.step import BranchedStep, Step
from samscope.trackers.tracked_frame import logits_at, without_overlap

PREFIX = "expected-sam2.1-tiny-256-"

RUNS = (
    "box-click",
    "box-click-at-once",
    "clicks",
    "clicks-at-once",
    "clicks-replaced",
    "clicks-stable",
    "correction",
    "correction-as-cond",
    "correction-legacy",
    "correction-legacy-clear",
    "correction-mask-as-cond",
    "correction-reverse",
    "correction-start-7",
    "late-object",
    "long",
    "long-reverse",
    "many-cond",
    "many-cond-2",
    "mask-click",
    "middle",
    "middle-reverse-first",
    "points-absent",
    "points-absent-again",
    "reprompt-first",
    "reprompt-first-as-cond",
    "signed-forward",
    "signed-reverse",
    "stride-3",
    "stride-3-reverse",
    "two-objects",
    "two-objects-non-overlap",
    "two-prompts",
)

_MEMORIES = 7
_NOISE = 5e-5
"""How near to 0 a logit may fall on either side."""
_TIED = 2e-4
"""Difference of two objects' logits at which either may be the higher one."""

_RULE_OPTIONS = ("max_cond_frames_in_attn", "only_obj_ptrs_in_the_past_for_eval")


@dataclass
class Errors:
    """The largest errors of a session over all calls, objects and frames.

    Attributes:
        relative: by key, the largest difference over the largest value that the key has in the file; of mask
            logits -1024 (absent) is no such value.
        rounding: how many bfloat16 steps the worst element of a stored memory is off.
        unequal: where what was attended, decoded or yielded differs, in words.
        compared: how many tensors were compared.
        attended: how many lists of attended memories and pointers were.
        settled: how many pixels of prompted masks are so near the cut at 0 that noise decides on which side
            they fall; where it is the other one than in the reference, the memory is encoded of the
            reference's mask, as one pixel moves all that follows by 3e-4.
    """

    relative: dict[str, float] = field(default_factory=dict)
    rounding: float = 0.0
    unequal: list[str] = field(default_factory=list)
    compared: int = 0
    attended: int = 0
    settled: int = 0


@dataclass(frozen=True)
class Reference:
    """A file of official numbers: its tensors by key, and what repeats it."""

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, str]

    def json(self, key: str) -> Any:
        """Return a fact that is written as JSON."""
        return json.loads(self.facts[key])

    @cached_property
    def largest(self) -> Mapping[str, float]:
        """The largest value of each kind of tensor in the file; -1024, of what is absent, is none."""
        kinds: dict[str, list[Tensor]] = {}
        for key, tensor in self.tensors.items():
            kinds.setdefault(key.rsplit("/", maxsplit=1)[-1], []).append(tensor.float().flatten())
        largest = {}
        for kind, tensors in kinds.items():
            present = torch.cat(tensors)
            present = present[present > NO_OBJECT_LOGIT]
            largest[kind] = float(present.abs().amax()) if len(present) else 1.0
        return largest


class Sessions:
    """Sessions on models that are made once, and whose equal steps are: most differ in their prompts alone.

    Args:
        folder: holds ``recipe.py``, ``parameters-*.json`` and ``prompts/``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._recipe = folder, load_recipe(folder / "recipe.py")
        self._models: dict[str, NetworkTracker] = {}
        self._computed = ComputedOnce()

    def measure(self, run: str) -> Errors:
        """Repeat a session, and compare with the official numbers; on one thread, as they were made.

        Args:
            run: one of ``RUNS``.

        Raises:
            FileNotFoundError: the folder does not hold it.
        """
        reference = read_reference(self._folder / "prompts" / f"{PREFIX}{run}.safetensors")
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return _Repeated(reference, self._recipe, self._model_for(reference)).errors()
        finally:
            torch.set_num_threads(before)

    def _model_for(self, reference: Reference) -> NetworkTracker:
        weights = f"{reference.facts['object_score_bias']} {reference.facts['weights_multiplied']}"
        if weights not in self._models:
            self._models[weights] = _model(self._folder, self._recipe, reference)
            self._computed.share(self._models[weights].network)
        return self._models[weights]


def read_reference(file: Path) -> Reference:
    """Read a file of official numbers."""
    with safe_open(file, "pt") as held:
        return Reference({key: held.get_tensor(key) for key in held.keys()}, held.metadata())  # noqa: SIM118


def _model(folder: Path, recipe: ModuleType, reference: Reference) -> NetworkTracker:
    """Write the recipe's weights as an official checkpoint and load it as a user would."""
    shapes = json.loads((folder / "parameters-sam2.1-hiera-tiny.json").read_text())
    arrays = recipe.weights(shapes, float(reference.facts["object_score_bias"]))
    for name, factor in reference.json("weights_multiplied"):
        arrays[name] = arrays[name] * np.float32(factor)
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "official.pt"
        torch.save({"model": {name: torch.from_numpy(value) for name, value in arrays.items()}}, checkpoint)
        model = load_model(checkpoint, image_size=256, mode="exact")
    assert isinstance(model, NetworkTracker)  # noqa: S101 - it was written as one
    return model


def _clip(recipe: ModuleType, name: str) -> NDArray[np.uint8]:
    frames: NDArray[np.uint8] = recipe.frames(12)
    if name == "frames12":
        return frames
    return frames[[11 - abs(11 - time % 22) for time in range(40)]]


def _mask(recipe: ModuleType, text: str) -> NDArray[np.bool_]:
    """Return the mask that ``disc(T)`` or ``square(T)`` stands for."""
    shape, time = re.fullmatch(r"(disc|square)\((\d+)\)", text).groups()  # type: ignore[union-attr]
    y, x = np.mgrid[: recipe.HEIGHT, : recipe.WIDTH]
    t = int(time)
    if shape == "disc":
        disc: NDArray[np.bool_] = recipe._disc(t, x, y)
        return disc
    square: NDArray[np.bool_] = (abs(x - 84 - 9 * t) < 28) & (abs(y - 116 + 5 * t) < 28)
    return square


@dataclass(frozen=True, eq=False, repr=False)
class _Noting(Model):
    """A model that notes the steps that it takes, and cuts prompted masks as the reference does.

    Attributes:
        steps: the steps.
        expected: the reference's mask logits [1, 1, S/4, S/4] of the prompt that is taken next, where it has
            them.
        settled: how many pixels each prompted mask had so near the cut that they fell on the other side.
    """

    steps: list[Step] = field(default_factory=list)
    expected: list[Tensor] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)

    def prompt(
        self,
        encoded: EncodedFrame,
        prompt: Prompt,
        bank: Bank,
        frame: int,
        *,
        corrects: bool,
        edits: Sequence[Edit] = (),
    ) -> Step:
        """Take a prompt, and note the step."""
        step = super().prompt(encoded, prompt, bank, frame, corrects=corrects, edits=edits)
        if self.expected:
            step = self._cut_alike(step, self.expected.pop())
        self.steps.append(step)
        return step

    def _cut_alike(self, step: Step, expected: Tensor) -> Step:
        """Return a step whose memory is of the expected mask, where that differs by what noise decides."""
        fine = [_upsampled(logits, self.image_size) for logits in (step.decoded.mask_logits, expected)]
        flipped = (fine[0] > 0) != (fine[1] > 0)
        if not flipped.any() or fine[0][flipped].abs().max() > _NOISE:
            return step
        self.settled.append(int(flipped.sum()))
        with self.inference():
            decoded = replace(step.decoded, mask_logits=expected)
            _, output, features = encode_memory(self.network, step.encoded, decoded, prompted=True)
            memory = Memory(step.frame, features, step.decoded.pointer)
        bank = step.bank.prompting(memory)
        return replace(step, memory_encoder_output=output, memory_features=features, bank=bank)

    def follow(
        self,
        encoded: Sequence[EncodedFrame],
        banks: Sequence[Bank | Paths],
        frame: int,
        **options: Any,
    ) -> list[Step | BranchedStep]:
        """Track objects, and note the steps."""
        steps = super().follow(encoded, banks, frame, **options)
        self.steps.extend(step for step in steps if isinstance(step, Step))
        return steps


class _Repeated:
    """A session that is repeated call by call, and compared meanwhile."""

    def __init__(self, reference: Reference, recipe: ModuleType, model: NetworkTracker) -> None:
        options = reference.json("options")
        rule = Sam2Memory(
            stride=options.pop("memory_temporal_stride_for_eval", 1),
            **{key: options.pop(key) for key in _RULE_OPTIONS if key in options},
        )
        self._recipe, self._reference, self._errors = recipe, reference, Errors()
        self._left = set(reference.tensors)
        self._kept_calls = {int(key[:2]) for key in reference.tensors}
        self._only_shown = options.pop("non_overlap_masks", False)
        self._model = _Noting(**vars(model))
        self._session = TrackingSession(
            self._model,
            _clip(recipe, reference.facts["clip"]),
            memory=rule,
            as_released=Released(legacy=reference.facts["predictor"].startswith("July"), **options),
            non_overlap_masks=self._only_shown,
        )

    def errors(self) -> Errors:
        """Repeat all calls, and return how far they are off."""
        for call in self._reference.json("calls"):
            self._model.steps.clear()
            if call["call"] not in self._kept_calls:
                self._repeat(call)
            elif call["do"] == "propagate":
                self._propagate(call)
            else:
                self._prompt(call)
        self._errors.settled = sum(self._model.settled)
        if self._left:
            self._errors.unequal.append(f"never compared: {sorted(self._left)[:3]}")
        return self._errors

    def _repeat(self, call: dict[str, Any]) -> list[TrackedFrame]:
        """Repeat a call; return what a pass yields."""
        if call["do"] == "propagate":
            return list(self._session.propagate(start=call["start_frame"], reverse=call["reverse"]))
        expected = f"{call['call']:02d}/o{call['object']}/{call['frame']:02d}/low_res_masks"
        if expected in self._reference.tensors:
            self._model.expected.append(self._reference.tensors[expected])
        if call["do"] == "mask":
            self._session.prompt(call["object"], call["frame"], mask=_mask(self._recipe, call["mask"]))
        else:
            prompt = {key: call[key] for key in ("points", "labels", "box", "clear_old_points")}
            self._session.prompt(call["object"], call["frame"], **prompt)
        return []

    def _prompt(self, call: dict[str, Any]) -> None:
        number, object_id, frame = call["call"], call["object"], call["frame"]
        exists = object_id in self._session.object_ids
        already = exists and frame in self._session.conditioning_frames(object_id)
        self._repeat(call)
        if not already:
            conditions = frame in self._session.conditioning_frames(object_id)
            self._hold(f"call {number}: becomes conditioning", conditions, call["becomes_conditioning"])
        self._hold(f"call {number}: objects", list(self._session.object_ids), call["returns_objects"])
        where = f"{number:02d}/o{object_id}/{frame:02d}"
        (step,) = self._model.steps
        self._compare_step(where, step)
        if len(step.decoded.candidate_ious[0]) > 1:
            candidates = torch.where(step.decoded.present, step.decoded.candidate_logits, NO_OBJECT_LOGIT)
            self._compare(f"{where}/multimask_low_res_masks", candidates)
        self._compare_shown(number, frame, self._session.mask_logits(frame))

    def _propagate(self, call: dict[str, Any]) -> None:
        number, tracked = call["call"], self._repeat(call)
        steps = iter(self._model.steps)
        for together in tracked:
            frame = together.frame_index
            for object_id, seen in together.objects.items():
                where = f"{number:02d}/o{object_id}/{frame:02d}"
                if seen.prompted:
                    self._compare_held(where, seen)
                else:
                    step = next(steps)
                    self._compare_step(where, step)
                    self._compare(f"{where}/memory_features", step.memory_features[:, ::8])
            logits = {object_id: seen.mask_logits for object_id, seen in together.objects.items()}
            self._compare_shown(number, frame, logits)
        self._compare_passed_over(number)
        self._hold(f"call {number}: frames", [together.frame_index for together in tracked], call["order"])

    def _compare_passed_over(self, number: int) -> None:
        """Compare prompted frames that a pass has taken over and not come to."""
        for key in sorted(self._left):
            call, object_id, frame, _ = key.split("/")
            if int(call) == number and key in self._left:
                held = self._session.track(int(object_id[1:])).latest(int(frame))
                if held is not None and held.seen is not None:
                    self._compare_held(key.rsplit("/", 1)[0], held.seen)

    def _compare_step(self, where: str, step: Step) -> None:
        decoded, prompt = step.decoded, step.prompt
        self._compare(f"{where}/low_res_masks", decoded.mask_logits)
        self._compare(f"{where}/object_score_logits", decoded.object_score)
        self._compare(f"{where}/pointer", decoded.pointer)
        self._compare(f"{where}/pointer_ungated", decoded.pointer_ungated)
        self._compare(f"{where}/predicted_ious", decoded.candidate_ious)
        if step.memory_conditioned is not None:
            self._compare(f"{where}/memory_conditioned", step.memory_conditioned[:, ::32])
        expected = self._expected(f"{where}/decoded")
        if expected is not None:
            points = 0 if prompt is None or prompt.points is None else prompt.points.shape[1]
            refines = prompt is not None and (prompt.mask is not None or prompt.previous is not None)
            decoded_as = [points, int(refines), decoded.candidate_logits.shape[1]]
            self._hold(f"{where}/decoded", decoded_as, expected.flatten().tolist()[:3])
        self._compare_attended(where, step.recall)

    def _compare_held(self, where: str, seen: Seen) -> None:
        self._compare(f"{where}/low_res_masks", seen.mask_logits)
        self._compare(f"{where}/object_score_logits", torch.tensor(seen.object_score))
        self._compare(f"{where}/pointer", seen.at("object_pointer"))
        self._compare(f"{where}/memory_features", seen.at("memory_features")[::8])

    def _compare_shown(self, number: int, frame: int, logits: Mapping[int, Tensor]) -> None:
        size = (self._recipe.HEIGHT, self._recipe.WIDTH)
        shown_logits = {key: logits_at(low, size) for key, low in logits.items()}
        open_to_noise = _nearly_tied(list(shown_logits.values()))[::4, ::4] & self._only_shown
        if self._only_shown:
            shown_logits = without_overlap(shown_logits)
        for object_id, values in shown_logits.items():
            key = f"{number:02d}/o{object_id}/{frame:02d}/video_masks"
            if key in self._reference.tensors:
                expected = self._reference.tensors[key][0, 0]
                self._compare(key, torch.where(open_to_noise, expected, values[::4, ::4]))

    def _compare_attended(self, where: str, recall: Recall | None) -> None:
        if self._only_shown:
            return
        for kind, got in _attended(recall).items():
            expected = self._expected(f"{where}/attended_{kind}")
            expected_rows = [] if expected is None else [tuple(row) for row in expected.tolist()]
            self._errors.attended += expected is not None
            self._hold(f"{where}/attended_{kind}", sorted(got), sorted(expected_rows))

    def _hold(self, where: str, got: object, expected: object) -> None:
        if got != expected:
            self._errors.unequal.append(f"{where}: {got}, expected {expected}")

    def _expected(self, key: str) -> Tensor | None:
        self._left.discard(key)
        return self._reference.tensors.get(key)

    def _compare(self, key: str, got: Tensor) -> None:
        expected = self._expected(key)
        if expected is None:
            if not self._only_shown:
                self._errors.unequal.append(f"{key}: not in the reference")
            return
        kind = key.rsplit("/", maxsplit=1)[-1]
        expected_values, values = expected.float().reshape(got.shape), got.float()
        error = float((values - expected_values).abs().max()) / self._reference.largest[kind]
        self._errors.relative[kind] = max(self._errors.relative.get(kind, 0.0), error)
        self._errors.compared += 1
        if kind == "memory_features":
            self._errors.rounding = max(self._errors.rounding, rounding_steps(values, expected_values))


def _upsampled(logits: Tensor, side: int) -> Tensor:
    return functional.interpolate(logits, size=(side, side), mode="bilinear", align_corners=False)


def _nearly_tied(logits: Sequence[Tensor]) -> Tensor:
    """Tell at which pixels the highest of several objects' logits [H, W] is so by less than the noise."""
    if len(logits) < 2:
        return torch.zeros(logits[0].shape, dtype=torch.bool)
    first, second = torch.stack(list(logits)).topk(2, dim=0).values
    tied: Tensor = (first != second) & (first - second < _TIED)
    return tied


def _attended(recall: Recall | None) -> dict[str, list[tuple[int, int, int]]]:
    """Return what was read as the reference lists it: frame, 1 if as a conditioning one, row or distance."""
    if recall is None:
        return {"memories": [], "pointers": []}
    conditioning = {memory.frame for age, memory in recall.memories if age == 0}
    return {
        "memories": [
            (abs(memory.frame), int(age == 0), (age or _MEMORIES) - 1) for age, memory in recall.memories
        ],
        "pointers": [
            (abs(memory.frame), int(memory.frame in conditioning), distance)
            for distance, memory in recall.pointers
        ],
    }


def main() -> None:
    """Print a table of the largest errors of every session that the folder holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("sessions", nargs="*", default=RUNS, help="those of them to repeat; all if left out")
    arguments = parser.parse_args()
    folder, sessions = arguments.folder, Sessions(arguments.folder)
    keys = ("low_res_masks", "video_masks", "object_score_logits", "pointer", "memory_conditioned")
    print("| session |", " | ".join(keys), "| memory, bf16 steps | pixels settled | tensors | attended |")
    print("|" + " --- |" * (len(keys) + 5))
    for run in arguments.sessions:
        if not (folder / "prompts" / f"{PREFIX}{run}.safetensors").is_file():
            continue
        errors = sessions.measure(run)
        cells = " | ".join(f"{errors.relative[key]:.1e}" if key in errors.relative else "" for key in keys)
        lists = f"{errors.attended} equal" if not errors.unequal else f"{len(errors.unequal)} UNEQUAL"
        print(
            f"| {run} | {cells} | {errors.rounding:.2f} | {errors.settled} | {errors.compared} | {lists} |",
            flush=True,
        )
        for where in errors.unequal[:5]:
            print("   ", where)


if __name__ == "__main__":
    main()
