"""The command that measures samscope on a device runs, keeps what it measured, and says what it could not."""

import json
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.autograd import DeviceType  # type: ignore[attr-defined]

from benchmarks import gpu_running
from benchmarks.gpu import SMALL, main, next_part
from benchmarks.gpu_busy import on_device
from benchmarks.gpu_page import gpu_page
from benchmarks.gpu_parts import PEERS, GpuSettings, measure_compile
from benchmarks.gpu_running import Part, run_part
from benchmarks.gpu_timing import attempted
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from samscope.trackers.sam2.loading import Model
from tests.command import save_videos
from tests.preloaded import preloaded

MACHINE = {
    "device": "cuda:0",
    "machine": {"device": "A GPU", "processor": "A processor", "cores": 4, "load": 0.0},
    "memory_bytes": 8 << 30,
    "capability": [9, 0],
    "driver": None,
    "cuda": "13.0",
    "cudnn": 91000,
    "session_may_take_tf32": True,
    "threads": 4,
    "official_predictor": False,
    "samscope": "0",
    "created": "2026-01-01T00:00:00+00:00",
    "versions": {"torch": "2", "transformers": "5"},
}
MEASURED = {"clips": 6, "frames": 24, "seconds": 2.0, "frames_per_second": 12.0, "peak_bytes": 3 << 30}


@pytest.fixture
def _soon_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure parts in processes that begin with everything imported, which is no part of their time."""
    first = preloaded().Process(target=int)
    first.start()
    first.join()
    monkeypatch.setattr(gpu_running, "multiprocessing", SimpleNamespace(get_context=lambda _: preloaded()))


@pytest.mark.slow
@pytest.mark.usefixtures("_soon_started")
def test_a_small_run_on_a_cpu_measures_every_part_but_those_of_a_gpu(tmp_path: Path) -> None:
    out, videos = tmp_path / "gpu", save_videos(tmp_path / "videos")
    assert main(["--out", str(out), "--small", "--device", "cpu", "--videos", str(videos)]) == 0
    results = json.loads((out / "gpu.json").read_text(encoding="utf-8"))
    assert set(results["left_out"]) == {"parity", "host", "compile"}
    assert results["left"] == []
    rows = {part["part"]: part["rows"] for part in results["parts"]}
    assert set(rows) == {"modes", "film", "study"}
    _, fast, bf16 = rows["modes"]
    assert 0 < fast["mask_error_median"] < 1e-4 < bf16["mask_error_median"] < 0.5
    assert bf16["mask_iou_mean"] <= fast["mask_iou_mean"] <= 1
    for part in ("film", "study"):
        peers, own = rows[part][: len(PEERS)], rows[part][len(PEERS) :]
        assert [row["contender"] for row in peers] == [name for name, _, _ in PEERS]
        measured = {row["contender"]: row for row in peers if "failed" not in row}
        assert set(measured) >= {"transformers' session", "transformers' session, bfloat16"}
        if find_spec("sam2") is None:
            assert {row["failed"] for row in peers[2:]} == {"the package sam2 is not installed"}
        assert own
        assert [row["failed"] for row in own if "failed" in row] == []
        for row in own:
            expected = {
                peer: row["frames_per_second"] / one["frames_per_second"] for peer, one in measured.items()
            }
            assert row["against"] == expected
            assert row["peak_bytes"] is None
    whole = next(row for row in rows["study"] if row["contender"] == "whole study")
    assert (whole["clips"], whole["frames"]) == (12, 48)
    assert (out / "gpu.md").read_text(encoding="utf-8") == gpu_page(results)


@pytest.mark.slow
def test_an_encoder_is_measured_as_it_is_and_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Model] = []

    def noted(model: Model) -> Model:
        compiled.append(model)
        return model

    monkeypatch.setattr(Model, "compiled", noted)
    rows = list(islice(measure_compile(GpuSettings("cpu", **SMALL), BUILT_IN_MODEL, 60.0), 2))
    assert [(row["mode"], row["encoder"]) for row in rows] == [("fast", "as it is"), ("fast", "compiled")]
    assert [model.mode for model in compiled] == ["fast"]
    for row in rows:
        assert "failed" not in row
        speeds = (row["first_seconds"], row["film_frames_per_second"], row["recorded_frames_per_second"])
        assert min(speeds) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("_soon_started")
def test_a_part_that_fails_is_told_with_its_error() -> None:
    outcome = run_part(GpuSettings("cpu"), Part("modes", "no-such-model", 300), lambda _: None)
    assert outcome.rows == ()
    assert outcome.failed is not None
    assert "no-such-model" in outcome.failed


def test_a_part_is_ended_at_its_limit() -> None:
    outcome = run_part(GpuSettings("cpu"), Part("machine", "", 0.2), lambda _: None)
    assert outcome.failed == "stopped at its limit of 0 s"
    assert outcome.seconds < 30


def test_a_row_that_fails_keeps_what_it_is_of() -> None:
    def full() -> dict[str, Any]:
        raise torch.OutOfMemoryError("full\nof tensors")

    assert attempted({"mode": "fast"}, full) == {"mode": "fast", "failed": "OutOfMemoryError: full"}


def test_time_that_a_part_leaves_goes_to_those_after_it() -> None:
    plan = [("film", "a"), ("study", "a"), ("study", "b")]
    limits = [next_part(plan[place:], 1000.0).limit for place in range(3)]
    assert limits[0] < limits[1] < limits[2] == 1000.0
    assert next_part(plan, -5.0).limit == 0.0


def test_kernels_are_counted_once_and_waits_apart() -> None:
    def event(device: DeviceType, key: str, count: int, microseconds: float) -> SimpleNamespace:
        return SimpleNamespace(device_type=device, key=key, count=count, self_device_time_total=microseconds)

    events = [
        event(DeviceType.CPU, "aten::mm", 3, 3e6),  # the host's name for the time of gemm
        event(DeviceType.CUDA, "gemm", 3, 3e6),
        event(DeviceType.CUDA, "Memcpy HtoD", 1, 5e5),
        event(DeviceType.CPU, "cudaStreamSynchronize", 2, 0.0),
    ]
    assert on_device(events) == (3.5, 4, 2)


def test_the_page_tells_of_a_gpu_and_of_what_failed() -> None:
    peer = {"contender": "transformers' session", "mode": None, **MEASURED}
    own = {
        "contender": "recorded",
        "mode": "fast",
        "batch": 64,
        "usual_batch": True,
        **MEASURED,
        "against": {"transformers' session": 1.5},
    }
    lost = {"contender": "recorded", "mode": "bf16", "failed": "OutOfMemoryError: full"}
    part = {"part": "study", "model": "random-hiera-tiny", "limit": 9.0, "seconds": 9.0}
    busy = {
        "what": "a film",
        "mode": "fast",
        "frames": 8,
        "seconds": 1.0,
        "busy": 0.75,
        "kernels": 900.0,
        "waits": 2.0,
    }
    error = {"mode": "fast", "run": "mask", "frames": 9, "relative": {"pointer": 1e-5}, "bfloat16_steps": 1.0}
    encoder = {
        "mode": "bf16",
        "encoder": "compiled",
        "first_seconds": 71.25,
        "film_frames_per_second": 40.0,
        "recorded_frames_per_second": 130.0,
        "peak_bytes": 3 << 30,
    }
    page = gpu_page(
        {
            "machine": MACHINE,
            "settings": {"videos": "somewhere/davis", "image_size": None},
            "left": ["host random-hiera-large"],
            "left_out": {"modes": "not asked for"},
            "parts": [
                {"part": "parity", "model": "", "seconds": 1.0, "failed": None, "rows": [error]},
                {**part, "failed": "stopped at its limit of 9 s", "rows": [peer, own, lost]},
                {**part, "part": "host", "failed": None, "rows": [busy]},
                {**part, "part": "compile", "failed": None, "rows": [encoder]},
            ],
        }
    )
    assert "A GPU, A processor" in page
    assert "Clips are of davis, which a whole study reads within its time" in page
    assert "Not measured yet: host random-hiera-large." in page
    assert "| recorded, fast, batch 64 (usual) | 6 | 12 | 1.50 | 3.00 GiB |" in page
    assert "| recorded, bf16 | OutOfMemoryError: full |" in page
    assert "Not whole: stopped at its limit of 9 s" in page
    assert "| a film | fast | 75 % | 900 | 2.00 | 8 |" in page
    assert "| fast | mask | 1.0e-05 | 1.00 |" in page
    assert "| bf16 | compiled | 71.2 | 40 | 130 | 3.00 GiB |" in page
    assert "Left out: not asked for." in page


@pytest.mark.parametrize(
    ("option", "value"),
    [("--videos", "no-such-folder"), ("--reference", "no-such-folder"), ("--minutes", "1")],
)
def test_wrong_arguments_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path / "gpu"), option, value])
    assert stopped.value.code == 2
    assert f"{option} " in capsys.readouterr().err
    assert not (tmp_path / "gpu").exists()
