"""Everything that a step computes stays on a CUDA device, pretended where there is none."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from samscope.trackers.modes import MODES
from samscope.trackers.positions import POSITION_NAMES
from tests.ready_python import run_ready

ROOT = Path(__file__).resolve().parents[2]
TRACKS = 3

pytestmark = pytest.mark.skipif(
    shutil.which("g++") is None, reason="g++ compiles the pretended device's guard"
)


def printed(*options: str) -> list[dict[str, Any]]:
    """Return what a process of its own prints, whose PyTorch takes the pretended device for one."""
    arguments = ["-m", "benchmarks.pretended_cuda", "--image-size", "256", *options]
    done = run_ready(arguments, ROOT, (ROOT / "src", ROOT))
    assert done.status == 0, done.text
    return [json.loads(line) for line in done.text.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return printed("--tracks", str(TRACKS), "--misplaced")


def test_no_devices_or_dtypes_mix_and_the_host_waits_seldom(lines: list[dict[str, Any]]) -> None:
    of_modes = lines[:-1]
    assert [of_mode["mode"] for of_mode in of_modes] == list(MODES)
    for of_mode in of_modes:
        assert set(of_mode["positions"]) == set(POSITION_NAMES)
        assert {device for device, _, _ in of_mode["positions"].values()} == {"cuda:0"}
        assert of_mode["positions"]["memory_features"][1] == "bfloat16"
        # At each frame index for the scores of all tracks, and for all that is measured of them.
        assert of_mode["waits"] == dict.fromkeys(("scores_of", "tensors"), of_mode["frames"])


def test_a_parameter_left_on_the_host_is_noticed(lines: list[dict[str, Any]]) -> None:
    assert "found at least two devices, cuda:0 and cpu" in lines[-1]["noticed"]


def test_a_film_copies_its_frames_to_the_device_and_next_to_nothing_else() -> None:
    rules = ("sam2", "samurai", "sam2long")
    *films, host_made = printed("--modes", "bf16", "--film", *rules, "--host-made")
    sam2, samurai, sam2long = films
    assert tuple(film["rule"] for film in films) == rules
    assert sam2["copies"] == {"_normalised": 1}
    assert sam2["waits"] == {"scores_of": 1}
    assert samurai["copies"] == {"_normalised": 1}
    assert samurai["waits"] == dict.fromkeys(("choose", "mask_boxes", "remember", "scores_of"), 1)
    assert sam2long["copies"] == {"_normalised": 1, "_token_scales": 1, "_chosen": 1}
    assert sam2long["waits"] == {"_numbers": 1, "scores_of": 1}
    assert sum(host_made["copies"].values()) == 2
    assert sum(host_made["waits"].values()) == 2
