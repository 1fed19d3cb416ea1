import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.edgetam.loading import from_folder, from_weights, random_network
from samscope.trackers.edgetam.network import released_configuration


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    state: dict[str, Tensor] = random_network(256).state_dict()
    return state


def configuration(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = released_configuration().to_dict()
    content["vision_config"]["backbone_config"]["architecture"] = "repvit_m1.dist_in1k"
    return content | changes


def folder_of(
    folder: Path, state: dict[str, Tensor], content: dict[str, Any], *, hub_names: bool = True
) -> Path:
    folder.mkdir(exist_ok=True)
    named = {(hub_name(name) if hub_names else name): value.contiguous() for name, value in state.items()}
    save_file(named, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(content))
    return folder


def hub_name(name: str) -> str:
    inside = name.removeprefix("vision_encoder.backbone.")
    if inside == name:
        return name
    return f"vision_encoder.backbone.timm_model.{inside.replace('stages.', 'stages_')}"


def test_random_weights_are_the_same_each_time_and_disturb_no_other_draw() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = random_network(256).state_dict()
    assert torch.equal(torch.rand(3), expected)
    for name, value in random_network(256).state_dict().items():
        assert torch.equal(value, first[name]), name


def test_a_folder_from_the_hub_is_read_at_its_own_size(tmp_path: Path, state: dict[str, Tensor]) -> None:
    read = from_folder(folder_of(tmp_path / "edgetam", state, configuration()))
    assert read.network.config.image_size == 1024
    assert not read.network.training
    for name, value in read.network.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_another_size_is_asked_for(tmp_path: Path, state: dict[str, Tensor]) -> None:
    folder = folder_of(tmp_path / "edgetam", state, configuration())
    assert from_folder(folder, 512).network.prompt_encoder.mask_input_size == (128, 128)
    with pytest.raises(UsageError, match="multiple of 256"):
        from_folder(folder, 384)


def test_another_backbone_is_refused_by_name(tmp_path: Path, state: dict[str, Tensor]) -> None:
    content = configuration()
    content["vision_config"]["backbone_config"]["architecture"] = "repvit_m2_3"
    with pytest.raises(SamscopeError, match=r"architecture is 'repvit_m2_3'; samscope runs 'repvit_m1'"):
        from_folder(folder_of(tmp_path / "edgetam", state, content))


def test_what_is_missing_unknown_or_misshapen_is_named(state: dict[str, Tensor]) -> None:
    broken = dict(state)
    broken["more"] = torch.zeros(1)
    del broken["no_object_pointer"]
    broken["no_memory_embedding"] = torch.zeros(1, 1, 7)
    with pytest.raises(SamscopeError) as raised:
        from_weights(Path("edgetam.pt"), broken, 256)
    message = str(raised.value)
    assert "1 missing (first: no_object_pointer), 1 unknown (first: more)" in message
    assert "1 of the wrong shape (first: no_memory_embedding)" in message
    assert message.endswith("get a complete EdgeTAM checkpoint")


def test_weights_that_are_no_numbers_are_refused(state: dict[str, Tensor]) -> None:
    broken = state | {"no_object_pointer": torch.full((1, 256), float("nan"))}
    with pytest.raises(SamscopeError, match=r"no number \(first: no_object_pointer\)"):
        from_weights(Path("edgetam.pt"), broken, 256)


def test_counters_of_training_may_be_missing(state: dict[str, Tensor]) -> None:
    lean = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    assert torch.equal(
        from_weights(Path("x"), lean, 256).network.no_object_pointer, state["no_object_pointer"]
    )
