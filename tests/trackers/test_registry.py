import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import samscope
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.built_in import RANDOM_MODELS
from samscope.trackers.edgetam.loading import random_network
from samscope.trackers.edgetam.tracker import EdgeTam
from samscope.trackers.registry import ENTRY_POINTS, families, load_model
from samscope.trackers.sam2.loading import Model
from tests.extension_package.samscope_example.family import ColourTracker
from tests.small_model import small_network
from tests.trackers.conftest import Adding

COLOUR = f"{ColourTracker.__module__}:COLOUR"


@pytest.fixture(scope="module")
def edgetam_state() -> dict[str, Tensor]:
    state: dict[str, Tensor] = random_network(256).state_dict()
    return state


def test_sam_2_and_edgetam_come_first() -> None:
    assert [family.name for family in families()][:2] == ["SAM 2", "EdgeTAM"]


def test_every_name_that_needs_no_file_is_one_familys() -> None:
    names = [name for family in families() for name in family.built_in]
    assert len(set(names)) == len(names)
    assert set(RANDOM_MODELS) < set(names)


def test_a_name_finds_its_family() -> None:
    assert isinstance(load_model("nano"), Model)
    assert isinstance(load_model("random-edgetam", image_size=256), EdgeTam)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("before", ["", "module."])
def test_a_file_finds_its_family_by_parameter_names(
    tmp_path: Path, edgetam_state: dict[str, Tensor], suffix: str, before: str
) -> None:
    path = tmp_path / f"weights{suffix}"
    named = {before + name: value.contiguous() for name, value in edgetam_state.items()}
    if suffix == ".pt":
        torch.save({"model": named}, path)
    else:
        save_file(named, path)
    model = load_model(path, image_size=256)
    assert isinstance(model, EdgeTam)
    assert model.image_size == 256
    assert model.digest() == load_model("random-edgetam", image_size=256).digest()


def test_a_folder_finds_its_family_by_model_type(tmp_path: Path) -> None:
    small_network().save_pretrained(tmp_path)
    assert isinstance(load_model(tmp_path), Model)


def test_a_folder_of_no_family_is_told_of_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(SamscopeError, match=r"of type 'sam2_video' \(SAM 2\).* 'edgetam_video' \(EdgeTAM\)"):
        load_model(tmp_path)


def test_a_file_of_no_family_is_told_of_those_that_there_are(tmp_path: Path) -> None:
    torch.save({"model": {"conv1.weight": torch.zeros(3)}}, tmp_path / "resnet.pt")
    with pytest.raises(SamscopeError, match=r"weights of another model; .* SAM 2.* EdgeTAM"):
        load_model(tmp_path / "resnet.pt")


def test_another_packages_family_is_found_and_tracks(add: Adding) -> None:
    add(ENTRY_POINTS, colour=COLOUR)
    assert [family.name for family in families()][-1] == "Colour"
    model = load_model("colour", image_size=16)
    assert isinstance(model, ColourTracker)
    clip = np.zeros((3, 16, 16, 3), np.uint8)
    clip[:, 4:8, 4:8] = 255
    mask = np.zeros((16, 16), bool)
    mask[4:8, 4:8] = True
    seen = list(samscope.track(model, clip, mask=mask))
    assert [one.frame_index for one in seen] == [0, 1, 2]
    for one in seen:
        assert one.object_score is None
        assert one.predicted_iou is None
        assert one.object_pointer is None
        assert np.array_equal(one.mask.numpy(), mask)
    assert "object_score" not in repr(seen[0])


def test_a_family_without_an_encoder_to_compile_says_so(add: Adding) -> None:
    add(ENTRY_POINTS, colour=COLOUR)
    with pytest.raises(UsageError, match="the family of colour has no encoder to compile; leave it out"):
        load_model("colour", image_size=16, compile=True)


def test_a_family_that_cannot_be_imported_is_named_and_the_rest_goes_on(add: Adding) -> None:
    add(ENTRY_POINTS, broken="no_such_module:FAMILY", colour=COLOUR)
    with pytest.warns(RuntimeWarning, match=r"'broken' \(no_such_module:FAMILY\) cannot be imported"):
        names = [family.name for family in families()]
    assert names[-1] == "Colour"


def test_an_edgetam_of_a_size_that_does_not_fit_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"^image size 384 .* multiple of 256$"):
        load_model("random-edgetam", image_size=384)


def test_there_is_no_such_mode() -> None:
    with pytest.raises(UsageError, match="there is no mode 'quick'"):
        load_model("random-edgetam", image_size=256, mode="quick")  # type: ignore[arg-type]
