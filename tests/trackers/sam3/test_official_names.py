import json
from pathlib import Path

import pytest
import torch
from transformers import Sam3TrackerVideoModel

from samscope.trackers.sam3.loading import released_configuration
from samscope.trackers.sam3.official_names import (
    are_official,
    have_tracker,
    of_tracker_alone,
    to_transformers,
)

TRUNK = "detector.backbone.vision_backbone.trunk"


@pytest.fixture(scope="module")
def official(shared: Path) -> dict[str, torch.Tensor]:
    shapes = json.loads((shared / "reference/trackers/parameters-sam3-tracker.json").read_text())
    return {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}


def test_every_official_parameter_of_the_tracker_has_its_place(official: dict[str, torch.Tensor]) -> None:
    with torch.device("meta"):
        network = Sam3TrackerVideoModel(released_configuration())
    expected = {name: value.shape for name, value in network.state_dict().items()}
    assert {name: value.shape for name, value in to_transformers(official).items()} == expected


def test_the_rest_of_a_whole_checkpoint_is_left_out(official: dict[str, torch.Tensor]) -> None:
    rotations = torch.empty(576, 32, dtype=torch.complex64, device="meta")
    whole = official | {
        f"{TRUNK}.blocks.3.attn.freqs_cis": rotations,
        "detector.backbone.vision_backbone.convs.0.conv_1x1.weight": torch.empty(1, device="meta"),
        "detector.backbone.language_backbone.encoder.token_embedding.weight": torch.empty(1, device="meta"),
        "detector.transformer.decoder.norm.weight": torch.empty(1, device="meta"),
    }
    assert to_transformers(whole).keys() == to_transformers(official).keys()


def test_queries_keys_and_values_are_taken_apart_in_this_order() -> None:
    joined = torch.arange(6.0)[:, None].expand(6, 2)
    state = to_transformers({f"{TRUNK}.blocks.12.attn.qkv.weight": joined})
    home = "vision_encoder.backbone.layers.12.attention"
    rows = {name: value[:, 0].tolist() for name, value in state.items()}
    assert rows == {
        f"{home}.q_proj.weight": [0, 1],
        f"{home}.k_proj.weight": [2, 3],
        f"{home}.v_proj.weight": [4, 5],
    }


def test_the_class_token_has_no_position() -> None:
    positions = torch.arange(5.0)[None, :, None]
    (kept,) = to_transformers({f"{TRUNK}.pos_embed": positions}).values()
    assert kept.flatten().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["tracker.surprise.weight", f"{TRUNK}.blocks.0.surprise.weight", "surprise"])
def test_an_unknown_name_is_not_dropped(name: str) -> None:
    (kept,) = to_transformers({name: torch.zeros(1)})
    assert kept.endswith(("surprise.weight", "surprise"))


def test_whose_names_weights_have() -> None:
    weights = torch.zeros(1)
    assert are_official({"tracker.maskmem_tpos_enc": weights})
    assert not are_official({"tracker_model.memory_temporal_positional_encoding": weights})
    assert have_tracker({"tracker.maskmem_tpos_enc": weights})
    assert not have_tracker({f"{TRUNK}.pos_embed": weights})
    assert not have_tracker({"memory_temporal_positional_encoding": weights}), "a SAM 2 has it too"


@pytest.mark.parametrize("before", ["", "tracker_model.", "tracker_model.tracker_model."])
def test_the_tracker_is_taken_out_of_what_the_library_saves(before: str) -> None:
    saved = {
        f"{before}memory_temporal_positional_encoding": torch.tensor([1.0]),
        "tracker_neck.fpn_layers.0.proj1.weight": torch.tensor([2.0]),
        "detector_model.vision_encoder.backbone.layer_norm.weight": torch.tensor([3.0]),
        "detector_model.vision_encoder.neck.fpn_layers.0.proj1.weight": torch.tensor([4.0]),
        "detector_model.text_projection.weight": torch.tensor([5.0]),
    }
    assert have_tracker(saved)
    assert {name: value.item() for name, value in of_tracker_alone(saved).items()} == {
        "memory_temporal_positional_encoding": 1,
        "vision_encoder.neck.fpn_layers.0.proj1.weight": 2,
        "vision_encoder.backbone.layer_norm.weight": 3,
    }
