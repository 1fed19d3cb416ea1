"""Where a model runs: by name, or as the machine has it."""

from pathlib import Path

import pytest
import torch

import samscope
from samscope.studies.engine import engine_of
from samscope.studies.settings import StudySettings
from samscope.support.errors import UsageError
from samscope.trackers.devices import device_at_hand
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


def test_the_default_mode_is_one() -> None:
    assert samscope.load_model(BUILT_IN_MODEL).mode == StudySettings(Path("out")).mode == "fast"
