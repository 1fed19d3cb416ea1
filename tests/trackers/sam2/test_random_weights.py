"""Random weights of the released architectures, by name wherever a model is named."""

import json
from pathlib import Path

import pytest
import torch

import samscope
from samscope.trackers.sam2.built_in import RANDOM_MODELS, RANDOM_SEED
from samscope.trackers.sam2.released import HIERA_SIZES
from tests.command import SHORT, save_videos
from tests.command import samscope as run
from tests.small_model import network_of


def test_they_are_the_released_sizes() -> None:
    assert tuple(f"random-hiera-{size.name}" for size in HIERA_SIZES) == RANDOM_MODELS


def test_they_are_the_same_each_time_and_leave_the_callers_numbers_alone() -> None:
    before = torch.random.get_rng_state()
    first, second = (samscope.load_model(RANDOM_MODELS[0], image_size=256) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.digest() == second.digest()
    assert first.name == RANDOM_MODELS[0]
    assert samscope.load_model(RANDOM_MODELS[0], mode="exact").image_size == 1024


@pytest.mark.parametrize("name", RANDOM_MODELS)
def test_they_have_as_many_weights_as_the_released_ones(name: str) -> None:
    millions = {"tiny": 39, "small": 46, "base-plus": 81, "large": 224}[name.removeprefix("random-hiera-")]
    network = network_of(samscope.load_model(name, image_size=256))
    assert round(sum(weight.numel() for weight in network.parameters()) / 1e6) == millions


@pytest.mark.slow
def test_a_study_of_them_states_their_seed(tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    outcome = run(
        "record", "--videos", videos, "--clips", "1", "--sets", "clean", *SHORT, "--image-size", "256",
        "--model", RANDOM_MODELS[0], "--device", "auto", "--out", tmp_path / "out",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    study = json.loads((tmp_path / "out" / "study.json").read_text())
    assert study["weights_seed"] == RANDOM_SEED
    assert study["model"] == RANDOM_MODELS[0]
    assert study["device"] == ("cuda" if torch.cuda.is_available() else "cpu")
    assert study["image_mean"] == [0.485, 0.456, 0.406]
