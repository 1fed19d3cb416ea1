"""The model in the package: complete, small enough, loadable by both libraries, and a tracker."""

import json

import numpy as np
import pytest
import torch
from transformers import Sam2VideoModel

import samscope
from nano.checks.card import write_card
from nano.training.forward import track_clips
from nano.training.frames import normalised
from samscope.observation.davis_measures import region_similarity
from samscope.trackers.prompt import make_prompt
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, built_in_folder

FOLDER = built_in_folder()
FILES = {"README.md", "config.json", "evaluation.json", "model.safetensors", "training.json"}


@pytest.fixture(scope="module")
def model() -> samscope.Tracker:
    return samscope.load_model(BUILT_IN_MODEL)


def read(name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def test_its_files_and_their_size() -> None:
    assert {path.name for path in FOLDER.iterdir()} == FILES
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 15_000_000


def test_plain_transformers_loads_the_same_weights(model: samscope.Model) -> None:
    plain, report = Sam2VideoModel.from_pretrained(FOLDER, output_loading_info=True)

    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    ours = model.network.state_dict()
    assert ours.keys() == plain.state_dict().keys()
    for name, value in plain.state_dict().items():
        assert torch.equal(value.float(), ours[name]), name


def test_the_card_says_what_was_measured(model: samscope.Model) -> None:
    parameters = sum(weight.numel() for weight in model.network.parameters())
    evaluations = read("evaluation.json")
    card = write_card(read("training.json"), evaluations, parameters, model.image_size)  # type: ignore[arg-type]

    assert (FOLDER / "README.md").read_text(encoding="utf-8") == card
    for evaluation in evaluations.values():
        assert evaluation["weights_sha256"] == model.digest()  # type: ignore[index]


def moving_square(frames: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Return a red square that moves over a smooth ground, uint8 [T, 120, 160, 3], and its masks."""
    ground = np.linspace(60, 120, 160).astype(np.uint8)
    pictures = np.broadcast_to(ground[:, None], (frames, 120, 160, 3)).copy()
    masks = np.zeros((frames, 120, 160), bool)
    for index in range(frames):
        masks[index, 40:80, 20 + 5 * index : 60 + 5 * index] = True
        pictures[index][masks[index]] = (200, 60, 40)
    return pictures, masks


@pytest.mark.parametrize(
    ("prompt", "least"),
    [
        ({"mask": moving_square()[1][0]}, 0.7),
        ({"points": [[40, 60]]}, 0.3),
        ({"box": [20, 40, 60, 80]}, 0.3),
    ],
    ids=["mask", "point", "box"],
)
def test_tracks_what_moves(model: samscope.Model, prompt: dict[str, object], least: float) -> None:
    frames, masks = moving_square()
    track = list(samscope.track(model, frames, **prompt))  # type: ignore[arg-type]
    overlaps = [
        region_similarity(truth, seen.mask.numpy()) for truth, seen in zip(masks[1:], track[1:], strict=True)
    ]

    assert np.mean(overlaps) >= least
    assert overlaps[-1] > region_similarity(masks[-1], masks[0])


def test_training_and_tracking_agree_on_a_clip(model: samscope.Model) -> None:
    frames, masks = moving_square(6)
    side = model.image_size
    shown = np.stack([np.kron(frame[:96, :96], np.ones((2, 2, 1), np.uint8)) for frame in frames])
    mask = np.kron(masks[0][:96, :96], np.ones((2, 2), bool))
    assert shown.shape[1:3] == (side, side)
    prompt = make_prompt((side, side), side, mask=mask)
    with torch.no_grad():
        steps = track_clips(model.network, normalised(shown[:, None]), prompt, length=6).steps

    for step, seen in zip(steps, samscope.track(model, shown, mask=mask), strict=True):
        torch.testing.assert_close(step.decoded.mask_logits[0, 0], seen.mask_logits, rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(step.decoded.pointer[0], seen.object_pointer, rtol=1e-4, atol=1e-4)
        assert float(step.decoded.object_score[0]) == pytest.approx(seen.object_score, abs=1e-3)
