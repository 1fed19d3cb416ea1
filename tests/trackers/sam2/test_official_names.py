import json
from pathlib import Path

import pytest
import torch
from transformers import Sam2VideoModel

from samscope.trackers.sam2.official_names import to_transformers, transformers_name
from samscope.trackers.sam2.released import HIERA_SIZES, HieraSize, recognise, released_configuration


def official_state(folder: Path, version: str, size: str) -> dict[str, torch.Tensor]:
    shapes = json.loads((folder / f"parameters-{version}-hiera-{size}.json").read_text())
    return {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}


@pytest.mark.parametrize("version", ["sam2", "sam2.1"])
@pytest.mark.parametrize("hiera", HIERA_SIZES, ids=lambda hiera: hiera.name)
def test_every_released_parameter_maps_one_to_one(shared: Path, version: str, hiera: HieraSize) -> None:
    official = official_state(shared / "reference", version, hiera.name)
    assert recognise(official) == (hiera, version == "sam2.1")
    with torch.device("meta"):
        network = Sam2VideoModel(released_configuration(hiera, version_2_1=version == "sam2.1"))
    expected = {name: value.shape for name, value in network.state_dict().items()}
    assert {name: value.shape for name, value in to_transformers(official).items()} == expected


def test_two_official_names_never_become_one(shared: Path) -> None:
    official = official_state(shared / "reference", "sam2.1", "large")
    assert len({transformers_name(name) for name in official}) == len(official)


def test_point_embeddings_keep_their_order() -> None:
    rows = {
        f"sam_prompt_encoder.point_embeddings.{row}.weight": torch.full((1, 3), float(row))
        for row in (2, 0, 3, 1)
    }
    stacked = to_transformers(rows)["prompt_encoder.point_embed.weight"]
    assert stacked[:, 0].tolist() == [0, 1, 2, 3]


def test_the_positional_matrix_serves_image_and_prompt() -> None:
    matrix = torch.randn(2, 4)
    state = to_transformers({"sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix": matrix})
    assert len(state) == 2
    assert all(torch.equal(value, matrix) for value in state.values())


def test_an_unknown_name_is_not_dropped() -> None:
    assert "decoder.surprise" in to_transformers({"decoder.surprise": torch.zeros(1)})


def test_weights_of_another_model_are_not_recognised() -> None:
    assert recognise({"conv1.weight": torch.zeros(3)}) is None
    strange = {"image_encoder.trunk.patch_embed.proj.weight": torch.zeros(100, 3, 7, 7)}
    assert recognise(strange) is None
