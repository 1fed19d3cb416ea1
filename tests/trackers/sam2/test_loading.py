import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import samscope
from samscope.support.errors import SamscopeError, UsageError
from tests.small_model import network_of, small_network


class Payload:
    """What a hostile pickle would hold: unpickling it runs a command."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.victim,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "model"
    small_network().save_pretrained(target)
    return target


def test_a_folder_loads_in_float32_evaluation_mode(folder: Path) -> None:
    model = samscope.load_model(folder)
    assert model.image_size == 64
    assert not network_of(model).training
    assert {value.dtype for value in network_of(model).parameters()} == {torch.float32}
    for name, value in small_network().state_dict().items():
        assert torch.equal(network_of(model).state_dict()[name], value)


def test_half_precision_weights_are_loaded_as_float32(folder: Path) -> None:
    small_network().half().save_pretrained(folder)
    assert {value.dtype for value in network_of(samscope.load_model(folder)).parameters()} == {torch.float32}


def test_another_image_size(folder: Path) -> None:
    model = samscope.load_model(str(folder), image_size=128)
    assert model.image_size == network_of(model).prompt_encoder.input_image_size == 128


def test_the_digest_tells_weights_apart(folder: Path) -> None:
    model = samscope.load_model(folder)
    digest = model.digest()
    assert digest == samscope.load_model(folder).digest()
    with torch.no_grad():
        network_of(model).no_object_pointer[0, 0] += 1e-3
    assert model.digest() != digest


def test_a_model_in_the_hub_cache_loads_without_a_network(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "cache" / "models--facebook--sam2.1-hiera-tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs/main").write_text("0" * 40)
    (repository / "snapshots").mkdir()
    folder.rename(repository / "snapshots" / ("0" * 40))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    model = samscope.load_model("facebook/sam2.1-hiera-tiny")
    assert model.name == "facebook/sam2.1-hiera-tiny"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("facebook/sam2.1-hiera-gigantic", "not in the local cache and the hub does not answer"),
        ("no such thing", "no such folder or file, and no hub name"),
        ("sam2.1_hiera_tiny.pt", "sam2.1_hiera_tiny.pt: no such file"),
        ("/no/such/folder", "/no/such/folder: no such file"),
    ],
)
def test_unknown_names_without_a_network(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match=message):
        samscope.load_model(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_where_none_is(folder: Path) -> None:
    with pytest.raises(UsageError, match="device 'cuda' is not at hand; this machine has cpu"):
        samscope.load_model(folder, device="cuda")


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "meta"])
def test_devices_that_do_not_exist(folder: Path, device: str) -> None:
    with pytest.raises(UsageError, match=f"device '{device}'"):
        samscope.load_model(folder, device=device)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config\.json is missing"):
        samscope.load_model(tmp_path)


def test_a_damaged_configuration(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "sam2_vi')
    with pytest.raises(SamscopeError, match=r"config\.json: not readable"):
        samscope.load_model(folder)


def test_a_folder_of_another_model(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(SamscopeError, match="a model of type 'bert'"):
        samscope.load_model(folder)


def test_a_configuration_with_nonsense_in_it(folder: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    content["image_size"] = "large"
    (folder / "config.json").write_text(json.dumps(content))
    with pytest.raises(SamscopeError, match=r"config\.json: not a valid SAM 2 configuration"):
        samscope.load_model(folder)


def test_pickled_weights_in_a_folder_are_not_read(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(SamscopeError, match=r"model\.safetensors is missing"):
        samscope.load_model(folder)


def test_truncated_weights(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(SamscopeError, match="damaged or truncated"):
        samscope.load_model(folder)


def test_missing_weights(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["no_object_pointer"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(SamscopeError, match=r"1 missing \(first: no_object_pointer\)"):
        samscope.load_model(folder)


def test_weights_of_the_wrong_shape(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["no_object_pointer"] = torch.zeros(1, 7)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(SamscopeError, match=r"1 of the wrong shape \(first: no_object_pointer\)"):
        samscope.load_model(folder)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    victim, file = tmp_path / "victim", tmp_path / "hostile.pt"
    torch.save({"model": Payload(victim)}, file)
    with pytest.raises(SamscopeError, match=r"hostile\.pt: not a plain checkpoint, it holds code"):
        samscope.load_model(file)
    file.write_bytes(pickle.dumps(Payload(victim)))
    with pytest.raises(SamscopeError, match=r"hostile\.pt: not a plain checkpoint, it holds code"):
        samscope.load_model(file)
    assert not victim.exists()


def test_a_truncated_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "short.pt"
    torch.save({"model": {"a": torch.zeros(1000)}}, file)
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(
        SamscopeError, match=r"short\.pt: cannot be read as a checkpoint; it may be truncated"
    ):
        samscope.load_model(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "no SAM 2 checkpoint"),
        ({"state_dict": {}}, "no SAM 2 checkpoint"),
        ({"model": {"conv1.weight": torch.zeros(3)}}, "weights of another model"),
        (
            {"model": {"image_encoder.trunk.patch_embed.proj.weight": torch.zeros(96, 3, 7, 7)}},
            "weights of another model",
        ),
    ],
)
def test_checkpoints_of_something_else(tmp_path: Path, content: object, message: str) -> None:
    file = tmp_path / "other.pt"
    torch.save(content, file)
    with pytest.raises(SamscopeError, match=message):
        samscope.load_model(file)


def test_an_official_checkpoint_with_a_wrong_shape(shared: Path, tmp_path: Path) -> None:
    shapes = json.loads((shared / "reference/parameters-sam2.1-hiera-tiny.json").read_text())
    shapes["no_obj_ptr"] = [1, 128]
    del shapes["mask_downsample.bias"]
    file = tmp_path / "wrong.pt"
    torch.save({"model": {name: torch.zeros(shape) for name, shape in shapes.items()}}, file)
    wanted = r"1 missing \(first: mask_downsample.bias\), 1 of the wrong shape \(first: no_object_pointer\)"
    with pytest.raises(SamscopeError, match=wanted):
        samscope.load_model(file)


def test_of_a_fine_tuned_checkpoint_the_image_size_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weights = network_of(samscope.load_model("random-hiera-tiny")).state_dict()
    released, fine_tuned = tmp_path / "sam2.1_hiera_tiny.pt", tmp_path / "MedSAM2_latest.pt"
    for file in (released, fine_tuned):
        torch.save({"model": weights}, file)
    assert samscope.load_model(released).image_size == 1024
    assert samscope.load_model(fine_tuned, image_size=512).image_size == 512
    assert caplog.messages == []
    assert samscope.load_model(fine_tuned).image_size == 1024
    (said,) = caplog.messages
    assert said.startswith(f"{fine_tuned}: a SAM 2.1 hiera-tiny under another name than the released one")
    assert "give --image-size if it was fine-tuned at another (MedSAM2: 512)" in said
