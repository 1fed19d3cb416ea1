import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.bench import run as job
from benchmarks.bench.measuring import Measured
from benchmarks.bench.run import stated
from benchmarks.bench.settings import BenchmarkSettings, Contender, Growth
from benchmarks.bench.stages import PARTS
from benchmarks.bench.table import ratio_with_range
from samscope.support.errors import UsageError
from samscope.trackers.devices import device_at_hand
from samscope.trackers.sam2.built_in import RANDOM_MODELS
from tests.command import SHORT, benchmarks, save_videos
from tests.preloaded import preloaded

SETS = "clean,interjection"
TIMED = ["transformers", "alone", "track", "exact", "fast", "fast_observed"]


@pytest.fixture(scope="module")
def _soon_started() -> Iterator[None]:
    """Time contenders in processes that begin with everything imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "multiprocessing", SimpleNamespace(get_context=lambda _: preloaded()))
        yield


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, _soon_started: None) -> Path:
    """A benchmark of two sets of one draw, by the command line."""
    folder = tmp_path_factory.mktemp("benchmark")
    outcome = benchmarks(
        "--videos", save_videos(folder / "videos"), *SHORT, "--clips", "1", "--sets", SETS,
        "--contenders", ",".join(TIMED), "--out", folder / "bench",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    return folder / "bench"


@pytest.mark.slow
def test_every_contender_is_timed_on_the_same_frames(out: Path) -> None:
    measured = json.loads((out / "benchmark.json").read_text())["measured"]
    assert [one["contender"] for one in measured] == TIMED
    assert len({one["frames"] for one in measured}) == 1
    assert measured[0]["ratio"] == 1
    for one in measured:
        assert one["frames_per_second"] == pytest.approx(one["frames"] / one["seconds"])
        assert 0 < sum(one["stage_seconds"].values()) < one["seconds"]
        assert one["peak_memory"] > 2**26


@pytest.mark.slow
def test_shared_work_is_done_once_and_changes_no_pixel(out: Path) -> None:
    measured = json.loads((out / "benchmark.json").read_text())["measured"]
    transformers, alone, one_clip, exact, fast, observed = measured
    for part in ("image encoder", "memory attention"):
        assert exact["stage_calls"][part] < alone["stage_calls"][part]
        assert exact["operations"][part] < alone["operations"][part]
        assert exact["operations"][part] == fast["operations"][part] == observed["operations"][part]
    assert fast["stage_calls"] == observed["stage_calls"]
    fast_calls, exact_calls = (sum(one["stage_calls"].values()) for one in (fast, exact))
    assert fast_calls < exact_calls, "small frames go in batches"
    assert (alone["equal_pixels"], exact["equal_pixels"]) == (1, 1)
    assert fast["equal_pixels"] > 0.999
    assert one_clip["equal_pixels"] > 0.999
    assert one_clip["stage_calls"] == alone["stage_calls"]
    assert observed["equal_pixels"] is None
    assert transformers["stage_calls"]["image encoder"] == alone["stage_calls"]["image encoder"]


@pytest.mark.slow
def test_table_and_figure_are_there(out: Path) -> None:
    table = (out / "benchmark.md").read_text()
    assert all(part in table for part in PARTS)
    assert table.count("| samscope") == 5
    assert (out / "benchmark.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (out / "benchmark.svg").read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("_soon_started")
def test_what_grows_is_timed_for_every_value(tmp_path: Path) -> None:
    outcome = benchmarks(
        "--videos", save_videos(tmp_path / "videos"), *SHORT, "--clips", "1", "--sets", "clean",
        "--contenders", "fast", "--rounds", "2", "--growth", "clips=1,2", "--growth", "image_size=128",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    results = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    one, two, small = results["growth"]
    assert [(part["axis"], part["value"]) for part in (one, two, small)] == [
        ("clips", 1), ("clips", 2), ("image_size", 128),
    ]  # fmt: skip
    assert two["frames"] == 2 * one["frames"] == 2 * results["measured"][0]["frames"]
    assert all(part["frames_per_second"] > 0 and part["peak_memory"] > 2**26 for part in results["growth"])
    (measured,) = results["measured"]
    assert [of_round["ratio"] for of_round in measured["rounds"]] == [1, 1]
    assert measured["seconds"] in [of_round["seconds"] for of_round in measured["rounds"]]
    table = (tmp_path / "out" / "benchmark.md").read_text()
    assert "Each was timed 2 times, in turns" in table
    assert "| clips in each set: 2 | samscope fast" in table
    assert (tmp_path / "out" / "growth.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clips", "write what grows and its values"),
        ("videos=1,2", "--growth names 'videos'; it takes clips, frames"),
        ("clips=", "--growth clips has no values"),
        ("clips=1,-2", "'-2' is no whole number"),
        ("frames=x", "'x' is no whole number"),
    ],
)
def test_what_cannot_grow(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Growth.parse(text)


def test_every_axis_changes_its_own_setting() -> None:
    settings = BenchmarkSettings(Path("out"))
    (frames, clips, size, model) = (
        Growth.parse(text).applied(settings, text.split("=")[1])
        for text in ("frames=280", "clips=16", "image_size=512", "model=facebook/sam2.1-hiera-large")
    )
    assert (frames.clips.timeline.length, frames.clips.timeline.middle) == (280, 4)
    assert (clips.clips.count, clips.clips.timeline) == (16, settings.clips.timeline)
    assert (size.image_size, model.model) == (512, "facebook/sam2.1-hiera-large")
    with pytest.raises(UsageError, match="prefix"):
        Growth.parse("frames=5").applied(settings, "5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contenders": ()}, "--contenders names none"),
        ({"contenders": ("exact", "sam3")}, "--contenders names 'sam3'; they are transformers, official"),
        ({"contenders": ("exact", "exact")}, "one of them twice"),
        ({"threads": 0}, "--threads is 0"),
        ({"rounds": 0}, "--rounds is 0"),
    ],
)
def test_what_cannot_be_timed(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        BenchmarkSettings(Path("out"), **options)


def test_ratios_are_of_the_same_round_and_the_rest_of_the_median_one() -> None:
    def took(contender: Contender, seconds: float, masks: list[int]) -> Measured:
        pixels = 8 * len(masks)
        packed = np.array(masks, np.uint8)
        return Measured(
            contender, 10, seconds, {"image encoder": seconds / 2}, {"image encoder": 1}, {}, 1.0, 1, pixels,
            packed,
        )  # fmt: skip

    rounds = [
        [took("alone", 10.0, [0b11]), took("fast", 5.0, [0b01])],
        [took("alone", 30.0, []), took("fast", 10.0, [])],
        [took("alone", 12.0, []), took("fast", 8.0, [])],
    ]
    alone, fast = stated(0, rounds), stated(1, rounds)
    assert (alone["seconds"], fast["seconds"]) == (12.0, 8.0)
    assert fast["frames_per_second"] == 10 / 8
    assert fast["stage_seconds"] == {"image encoder": 4.0}
    assert [of_round["ratio"] for of_round in fast["rounds"]] == [2.0, 3.0, 1.5]
    assert (alone["ratio"], fast["ratio"]) == (1.0, 2.0)
    assert (alone["equal_pixels"], fast["equal_pixels"]) == (1, 7 / 8)
    assert "masks" not in fast


@pytest.mark.parametrize(
    ("ratios", "said"), [([2.0], "2.00"), ([1.0, 1.0], "1.00"), ([3.0, 1.5, 2.0], "2.00 (1.50 to 3.00)")]
)
def test_ratios_have_their_range_where_they_differ(ratios: list[float], said: str) -> None:
    assert ratio_with_range(ratios) == said


@pytest.mark.slow
@pytest.mark.usefixtures("_soon_started")
def test_random_weights_where_a_machine_chooses(tmp_path: Path) -> None:
    outcome = benchmarks(
        "--videos", save_videos(tmp_path / "videos"), *SHORT, "--clips", "1", "--sets", "clean",
        "--model", RANDOM_MODELS[0], "--image-size", "64", "--device", "auto", "--threads", "2",
        "--contenders", "transformers,track,fast", "--out", tmp_path / "out",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    results = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert results["device"] == str(device_at_hand("auto"))
    assert [one["contender"] for one in results["measured"]] == ["transformers", "track", "fast"]
    assert {one["frames"] for one in results["measured"]} == {8}


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_there_is_told_before_anything_is_timed(tmp_path: Path) -> None:
    outcome = benchmarks("--device", "cuda", "--out", tmp_path / "bench")
    assert outcome.status == 2
    assert "device 'cuda' is not at hand; this machine has cpu" in outcome.err
    assert not (tmp_path / "bench").exists()


@pytest.mark.slow
def test_a_model_that_is_nowhere_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    outcome = benchmarks("--model", tmp_path / "sam2.pt", "--out", tmp_path / "bench")
    assert outcome.status == 2
    assert "sam2.pt: no such file" in outcome.err
    assert not (tmp_path / "bench").exists()
