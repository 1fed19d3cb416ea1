"""The clips and models of ``reference/rules``, rebuilt: official trackers were run on them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file

from benchmarks.reference_errors import load_recipe
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.prompt import Prompt, make_prompt
from samscope.trackers.registry import load_model
from samscope.trackers.rules.naming import memory_rule
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import Step

SIZE = (192, 256)

_HEADS = ("sam_mask_decoder.iou_prediction_head.", "sam_mask_decoder.pred_obj_score_head.")
"""Of what cases edit; the image encoder is the same in all."""


@dataclass(frozen=True, eq=False)
class Case:
    """A whole tracker on the made-up clip.

    Attributes:
        name: as in ``cases.json``.
        facts: what stands there.
        expected: the arrays of its file.
    """

    name: str
    facts: Mapping[str, Any]
    expected: Mapping[str, NDArray[Any]]

    @property
    def weights(self) -> str:
        """What the weights of cases differ in."""
        return json.dumps([self.facts[key] for key in ("size", "object_score_bias", "edit")])

    def prompt(self) -> Prompt:
        """The prompt on frame 0."""
        kind, _, corners = self.facts["prompt"].partition(" ")
        told: dict[str, Any] = {"mask": prompt_mask()}
        if kind == "box":
            told = {"box": [float(corner) for corner in corners.split(",")]}
        return make_prompt(SIZE, self.facts["size"], **told)


class Rebuilt:
    """Models, encoded frames and tracks of the cases, each made once.

    Frames are encoded for all cases; the model of the latest weights is kept, with its tracks.
    """

    def __init__(self, shared: Path, scratch: Path) -> None:
        self._shared, self._scratch = shared, scratch
        self._model: tuple[str, NetworkTracker] | None = None
        self._encoded: dict[int, list[EncodedFrame]] = {}
        self._tracks: dict[tuple[Any, ...], list[Step]] = {}

    def model(self, case: Case) -> NetworkTracker:
        if self._model is None or self._model[0] != case.weights:
            self._model = case.weights, _model(self._shared / "reference", case, self._scratch)
            self._tracks.clear()
        return self._model[1]

    def encoded(self, case: Case) -> list[EncodedFrame]:
        size, count = case.facts["size"], case.facts["frames"]
        model, encoded = self.model(case), self._encoded.setdefault(size, [])
        for frame in clip_frames(count)[len(encoded) :]:
            encoded += model.encode(model.preprocess(frame)[None])
        return encoded[:count]

    def track(self, case: Case, rule: str) -> list[Step]:
        """Return the steps of a rule."""
        model, encoded = self.model(case).with_memory_rule(memory_rule(rule)), self.encoded(case)
        key = case.facts["prompt"], len(encoded), rule
        if key not in self._tracks:
            steps: list[Any] = [*model.start(encoded[:1], [case.prompt()], length=len(encoded))]
            for frame in range(1, len(encoded)):
                (step,) = model.follow([encoded[frame]], [steps[-1].bank], frame)
                assert isinstance(step, Step)
                steps.append(step)
            self._tracks[key] = steps
        return self._tracks[key]


def open_case(shared: Path, name: str) -> Case:
    folder = shared / "reference" / "rules"
    facts = json.loads((folder / "cases.json").read_text())[name]
    return Case(name, facts, load_file(folder / f"case-{name}.safetensors"))


def _model(folder: Path, case: Case, scratch: Path) -> NetworkTracker:
    """Write the case's weights as an official checkpoint and load it as a user would."""
    recipe = load_recipe(folder / "recipe.py")
    shapes = json.loads((folder / "parameters-sam2.1-hiera-tiny.json").read_text())
    arrays = recipe.weights(shapes, case.facts["object_score_bias"])
    for name, operation, value in case.facts["edit"]:
        assert name.startswith(_HEADS)
        edited = np.float32(value)
        arrays[name] = arrays[name] * edited if operation == "multiply" else arrays[name] + edited
    checkpoint = scratch / "official.pt"
    torch.save({"model": {name: torch.from_numpy(value) for name, value in arrays.items()}}, checkpoint)
    model = load_model(checkpoint, image_size=case.facts["size"], mode="exact")
    assert isinstance(model, NetworkTracker)
    return model


def clip_frames(count: int) -> NDArray[np.uint8]:
    """uint8 [count, 192, 256, 3]; target hidden at 14-18 and 27-29, a bar at 6-8, another scene at 33-39."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    clip = np.empty((count, *SIZE, 3), np.uint8)
    for t in range(count):
        cut = int(33 <= t <= 39)
        ground = 64 + 40 * ((x // (16 + 9 * cut) + y // (16 - 5 * cut)) % 2) + (x * 60) // SIZE[1]
        red, green = ground, ground + 20 - 40 * cut
        blue = (200 * (SIZE[0] - y if cut else y)) // SIZE[0]
        target, other = _centres(t)
        for is_other, (centre_x, centre_y) in ((1, other), (0, target)):
            if not is_other and (14 <= t <= 18 or 27 <= t <= 29):
                continue
            radius = 26 if is_other else 32 - t % 5
            disc = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius * radius
            stripes = ((x + 2 * y) // 6) % 2
            red = np.where(disc, 230 - 90 * stripes, red)
            green = np.where(disc, 40 + 60 * stripes + 30 * is_other, green)
            blue = np.where(disc, 30 + 50 * is_other, blue)
        if 6 <= t <= 8:
            bar = abs(x - 130) < 50
            red, green, blue = (np.where(bar, v, c) for v, c in ((90, red), (90, green), (110, blue)))
        clip[t] = np.stack([red, green, blue], -1).clip(0, 255)
    return clip


def prompt_mask() -> NDArray[np.bool_]:
    """bool [192, 256]: the target on frame 0."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    disc: NDArray[np.bool_] = (x - 60) ** 2 + (y - 100) ** 2 < 32**2
    return disc


def _centres(t: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """(x, y) of the target and of the look-alike."""

    def triangle(n: int, period: int) -> int:
        return abs((n + period // 2) % period - period // 2)

    target = 60 + 3 * triangle(2 * t, 90), 100 - 2 * triangle(3 * t, 40)
    return target, (200 - 3 * triangle(2 * t, 90), 60 + 2 * triangle(3 * t, 44))
