import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from samscope.trackers.edgetam.network import build_network, released_configuration
from samscope.trackers.edgetam.parameter_names import are_edgetam, to_network


@pytest.fixture(scope="module")
def own_names() -> dict[str, Tensor]:
    with torch.device("meta"):
        state: dict[str, Tensor] = build_network(released_configuration()).state_dict()
    return state


def test_every_official_parameter_has_its_place_and_shape(shared: Path, own_names: dict[str, Tensor]) -> None:
    shapes = json.loads((shared / "reference/trackers/parameters-edgetam.json").read_text())
    official = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    assert are_edgetam(official)
    renamed = to_network(official)
    assert {name: value.shape for name, value in renamed.items()} == {
        name: value.shape for name, value in own_names.items()
    }


def test_hub_names_have_timms_inside_the_backbone(own_names: dict[str, Tensor]) -> None:
    hub = {}
    for name, value in own_names.items():
        inside = name.removeprefix("vision_encoder.backbone.")
        if inside != name:
            name = f"vision_encoder.backbone.timm_model.{inside.replace('stages.', 'stages_')}"  # noqa: PLW2901
        hub[name] = value
    assert are_edgetam(hub)
    assert to_network(hub).keys() == own_names.keys()


def test_keys_and_values_of_the_perceiver_are_taken_apart_in_this_order() -> None:
    name = "spatial_perceiver.layers.1.self_attn.to_kv.weight"
    joined = torch.arange(8.0).reshape(4, 2)
    state = to_network({name: joined, "sam_mask_decoder.iou_token.weight": torch.zeros(1)})
    assert torch.equal(state["spatial_perceiver.layers.1.self_attention.k_proj.weight"], joined[:2])
    assert torch.equal(state["spatial_perceiver.layers.1.self_attention.v_proj.weight"], joined[2:])


def test_an_unknown_name_is_left_for_a_strict_load_to_report() -> None:
    assert "image_encoder.more" in to_network({"image_encoder.more": torch.zeros(1)})


def test_sam_2_is_told_apart() -> None:
    assert not are_edgetam(
        ["vision_encoder.backbone.blocks.0.attn.qkv.weight", "memory_encoder.projection.weight"]
    )
