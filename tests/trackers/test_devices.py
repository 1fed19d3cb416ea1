"""Where a model runs: by name, or as the machine has it."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import samscope
from samscope.studies.engine import engine_of
from samscope.studies.settings import StudySettings
from samscope.support.errors import UsageError
from samscope.trackers import registry
from samscope.trackers.devices import CopyToHost, device_at_hand
from samscope.trackers.modes import Mode, usual_mode
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL
from tests.small_model import network_of


@pytest.mark.parametrize(("has_gpu", "chosen"), [(True, "cuda"), (False, "cpu")])
def test_auto_is_a_gpu_where_there_is_one(
    has_gpu: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(torch, "empty", lambda _, device: tried.append(device))
    assert device_at_hand("auto") == torch.device(chosen)
    assert tried == [torch.device(chosen)]


def test_a_model_says_which_device_was_chosen() -> None:
    model = samscope.load_model(BUILT_IN_MODEL, device="auto")
    assert model.device.type in {"cpu", "cuda"}
    assert next(network_of(model).parameters()).device.type == model.device.type


def test_the_devices_of_other_machines_are_not_chosen_here() -> None:
    with pytest.raises(UsageError, match="--device auto: the driver does not see the workers' GPUs"):
        engine_of(StudySettings(Path("out"), device="auto", engine="ray"))


def test_the_mode_is_chosen_for_the_device_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [usual_mode(kind) for kind in ("cpu", "mps", "cuda")] == ["fast", "fast", "bf16"]
    assert samscope.load_model(BUILT_IN_MODEL).mode == "fast"
    asked: list[str] = []

    def usual(kind: str) -> Mode:
        asked.append(kind)
        return "exact"

    monkeypatch.setattr(registry, "usual_mode", usual)
    assert samscope.load_model(BUILT_IN_MODEL).mode == "exact"
    assert samscope.load_model(BUILT_IN_MODEL, mode="bf16").mode == "bf16"
    assert asked == ["cpu"]


def test_a_driver_chooses_the_mode_for_its_workers_devices() -> None:
    pytest.importorskip("ray")
    modes = {}
    for device in ("cpu", "cuda"):
        settings = StudySettings(Path("out"), device=device, batch=4, engine="ray")
        _, settled = engine_of(settings)
        modes[device] = settled.mode
    assert modes == {"cpu": "fast", "cuda": "bf16"}


def test_a_copy_to_the_host_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[str] = []
    copy = CopyToHost([torch.ones(2), torch.zeros(3)])
    monkeypatch.setattr(copy, "_copied", SimpleNamespace(synchronize=lambda: waits.append("event")))
    for _ in range(2):
        assert [tensor.tolist() for tensor in copy.tensors()] == [[1, 1], [0, 0, 0]]
    assert waits == ["event"]


def test_nothing_may_be_copied() -> None:
    assert CopyToHost([]).tensors() == []
