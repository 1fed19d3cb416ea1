import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Sam3TrackerVideoModel, Sam3VideoConfig, Sam3VideoModel

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.registry import load_model
from samscope.trackers.sam3.loading import NORMALISATION, released_configuration
from tests.small_model import small_network
from tests.small_sam3 import (
    IMAGE_SIZE,
    load_sam3,
    small_sam3_configuration,
    small_sam3_network,
    small_vision_configuration,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tracker")
    small_sam3_network().save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole SAM 3 as the library saves it, with a genuine detector, whose tracker is the small one."""
    part = {"hidden_size": 64, "num_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    text = {
        "model_type": "clip_text_model",
        "vocab_size": 64,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_size": 32,
        "intermediate_size": 32,
        "projection_dim": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 8,
    }
    detector = {
        "model_type": "sam3",
        "vision_config": small_vision_configuration(),
        "text_config": text,
        "geometry_encoder_config": part,
        "detr_encoder_config": part,
        "detr_decoder_config": part | {"num_queries": 4},
        "mask_decoder_config": {"hidden_size": 64, "num_attention_heads": 2},
    }
    tracker = small_sam3_configuration().to_dict()
    tracker["vision_config"]["backbone_config"]["num_hidden_layers"] = 3  # the encoder is the detector's
    model = Sam3VideoModel(Sam3VideoConfig(detector_config=detector, tracker_config=tracker))
    small = small_sam3_network()
    own = small.state_dict()
    for name, value in own.items():
        if name.startswith("vision_encoder.backbone."):
            model.detector_model.get_parameter(name).data.copy_(value)
        elif name.startswith("vision_encoder.neck."):
            model.tracker_neck.get_parameter(name.removeprefix("vision_encoder.neck.")).data.copy_(value)
    model.tracker_model.load_state_dict(
        {name: value for name, value in own.items() if not name.startswith("vision_encoder.")}
    )
    place = tmp_path_factory.mktemp("whole")
    model.save_pretrained(place)
    return place


def require_small(network: Sam3TrackerVideoModel) -> None:
    expected = small_sam3_network().state_dict()
    got = network.state_dict()
    assert got.keys() == expected.keys()
    assert all(torch.equal(got[name], value) for name, value in expected.items())


def test_a_folder_of_the_tracker_alone(folder: Path) -> None:
    tracker = load_sam3(folder)
    require_small(tracker.network)
    assert tracker.image_size == IMAGE_SIZE
    assert tracker.normalisation == NORMALISATION
    assert not tracker.network.training


def test_the_tracker_of_a_whole_sam3_is_taken(whole: Path) -> None:
    require_small(load_sam3(whole).network)


@pytest.mark.parametrize("prefix", ["", "tracker_model."])
def test_names_of_other_versions_of_the_library(folder: Path, tmp_path: Path, prefix: str) -> None:
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    state = small_sam3_network().state_dict()
    save_file({prefix + name: value.clone() for name, value in state.items()}, tmp_path / "model.safetensors")
    require_small(load_sam3(tmp_path).network)


def test_the_trunk_normalises_as_officially(folder: Path) -> None:
    trunk = load_sam3(folder).network.vision_encoder.backbone
    norms = [module.eps for module in trunk.modules() if isinstance(module, torch.nn.LayerNorm)]
    assert norms == [1e-5] * 5


def test_another_image_size_reaches_every_part(folder: Path) -> None:
    network = load_sam3(folder, image_size=2 * IMAGE_SIZE).network
    assert network.prompt_encoder.mask_input_size == (32, 32)
    assert len(network.memory_attention.position_ids) == 64
    assert network.vision_encoder(torch.zeros(1, 3, 112, 112)).fpn_hidden_states[2].shape == (1, 64, 8, 8)


@pytest.mark.parametrize("size", [0, -56, 100, IMAGE_SIZE + 14])
def test_a_size_of_broken_windows_is_refused(folder: Path, size: int) -> None:
    with pytest.raises(UsageError, match="choose a positive multiple of 56"):
        load_sam3(folder, image_size=size)


def test_a_size_that_the_files_disagree_on_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    said = {"size": {"height": 112, "width": 112}, "image_mean": [0.4] * 3, "image_std": [0.3] * 3}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    with pytest.raises(SamscopeError, match=r"image_size is 56, but .*preprocessor_config\.json: size is"):
        load_sam3(tmp_path)
    tracker = load_sam3(tmp_path, image_size=112)
    assert (tracker.image_size, tracker.normalisation.mean) == (112, (0.4, 0.4, 0.4))


def test_the_released_model_takes_whole_windows() -> None:
    assert released_configuration(336).memory_attention_rope_feat_sizes == [24, 24]
    with pytest.raises(UsageError, match="multiple of 336"):
        released_configuration(1024)


def test_a_file_without_a_tracker_is_refused(tmp_path: Path) -> None:
    detector = tmp_path / "detector.safetensors"
    save_file({"detector.backbone.vision_backbone.trunk.ln_pre.weight": torch.zeros(3)}, detector)
    with pytest.raises(SamscopeError, match=r"detector\.safetensors: there is no SAM 3 tracker") as refusal:
        load_sam3(detector)
    assert "\n" not in str(refusal.value)


def test_a_sam2_is_refused(tmp_path: Path) -> None:
    small_network().save_pretrained(tmp_path)
    with pytest.raises(SamscopeError, match=r"config\.json: a model of type 'sam2_video', without a SAM 3"):
        load_sam3(tmp_path)
    with pytest.raises(SamscopeError, match="there is no SAM 3 tracker"):
        load_sam3(tmp_path / "model.safetensors")


def test_a_detector_alone_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "sam3"}))
    with pytest.raises(SamscopeError, match="'sam3', without a SAM 3 tracker; expected 'sam3_tracker_video'"):
        load_sam3(tmp_path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("missing", r"weights that do not fit, 1 missing \(first: mask_downsample\.bias\)"),
        ("unknown", r"1 unknown \(first: surprise\)"),
        ("misshapen", r"1 of the wrong shape \(first: no_object_pointer\)"),
        ("integers", "'no_object_pointer' holds int64"),
        ("infinite", r"hold infinities or what is no number \(first: no_object_pointer\)"),
    ],
)
def test_damaged_weights_are_refused(folder: Path, tmp_path: Path, change: str, complaint: str) -> None:
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    weights = load_file(folder / "model.safetensors")
    downsampling = next(name for name in weights if name.endswith("mask_downsample.bias"))
    pointer = next(name for name in weights if name.endswith("no_object_pointer"))
    if change == "missing":
        del weights[downsampling]
    elif change == "unknown":
        weights["surprise"] = torch.zeros(1)
    elif change == "misshapen":
        weights[pointer] = torch.zeros(1, 3)
    elif change == "integers":
        weights[pointer] = torch.zeros(1, 64, dtype=torch.int64)
    else:
        weights[pointer] = torch.full((1, 64), torch.inf)
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(SamscopeError, match=complaint):
        load_sam3(tmp_path)


def test_a_damaged_configuration_is_refused(folder: Path, tmp_path: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(content | {"num_maskmem": "seven"}))
    with pytest.raises(SamscopeError, match="not a valid SAM 3 configuration"):
        load_sam3(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(content | {"num_maskmem": 10**6}))
    with pytest.raises(SamscopeError, match=r"num_maskmem is 1000000; expected a number"):
        load_sam3(tmp_path)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"sam3\.pt: no such file"):
        load_model(tmp_path / "sam3.pt")
    with pytest.raises(UsageError, match=r"config\.json is missing"):
        load_sam3(tmp_path)
