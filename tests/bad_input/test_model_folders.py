"""Parts of a model that contradict each other: what is meant is done where it is plain, else it is named."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.studies.identity import job_of
from samscope.studies.settings import StudySettings
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.sam2.built_in import RANDOM_MODELS
from samscope.trackers.sam2.loading import Model, load_model
from samscope.trackers.track import track
from tests.bad_input.test_models import change, refused
from tests.small_model import small_network

PLACES: tuple[tuple[str, Any], ...] = (
    ("image_size", 128),
    ("prompt_encoder_config.image_size", 128),
    ("vision_config.backbone_config.image_size", [128, 128]),
    ("vision_config.backbone_feature_sizes", [[32, 32], [16, 16], [8, 8]]),
    ("memory_attention_rope_feat_sizes", [8, 8]),
)
"""Where a config.json states the size of the input, and what it says of 128 pixels."""


@pytest.fixture(scope="module")
def good_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good") / "model"
    small_network().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(good_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good_folder, tmp_path / "model"))


def tracks(model: Model) -> None:
    """Track through two frames, which only a model whose sizes agree does."""
    frames = np.random.default_rng(0).integers(0, 256, (2, 40, 60, 3), dtype=np.uint8)
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    assert [seen.mask.shape for seen in track(model, frames, mask=mask)] == [(40, 60)] * 2


@cache
def digest_of(folder: Path) -> str:
    return load_model(folder).digest()


def has_the_weights_of(model: Model, folder: Path) -> None:
    """Hold a model against the one in a folder that no test changes."""
    assert model.digest() == digest_of(folder)


def drop(folder: Path, place: str) -> None:
    """Take a value out of a config.json."""
    content = json.loads((folder / "config.json").read_text())
    *parents, name = place.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    del inner[name]
    (folder / "config.json").write_text(json.dumps(content))


@pytest.mark.parametrize(("place", "value"), PLACES)
def test_a_size_that_was_changed_in_one_place(folder: Path, place: str, value: Any) -> None:
    change(folder, place, value)
    refused(folder, f"config.json: {place} is", "they must agree", "--image-size", "(64 or 128)")
    for size in (64, 128):
        model = load_model(folder, image_size=size)
        assert model.image_size == size
        tracks(model)


@pytest.mark.parametrize(("place", "value"), PLACES)
def test_what_a_file_leaves_out_follows_what_it_says(folder: Path, place: str, value: Any) -> None:
    change(folder, place, value)
    for other, _ in PLACES:
        if other != place:
            drop(folder, other)
    model = load_model(folder)
    assert model.image_size == 128
    tracks(model)


def test_a_size_that_is_written_as_height_and_width(folder: Path) -> None:
    change(folder, "image_size", [64, 64])
    model = load_model(folder)
    assert model.image_size == 64
    tracks(model)
    change(folder, "image_size", [64, 128])
    refused(folder, "image_size is [64, 128]; expected that of a square")


def test_a_size_that_the_encoder_cannot_take(folder: Path) -> None:
    for place, _ in PLACES:
        drop(folder, place)
    change(folder, "image_size", 100)
    refused(folder, "config.json: image size 100 does not fit", "multiple of 32")
    with pytest.raises(UsageError, match="image size 100 does not fit"):
        load_model(folder, image_size=100)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("max_steps", 50_000),
        ("_attn_implementation", "eager"),
        ("_attn_implementation", "flash_attention_2"),
        ("attn_implementation", {"vision_config": "sdpa"}),
        ("vision_config._attn_implementation", "sdpa"),
        ("training", {"num_workers": 4096, "num_images": 10**9, "lr": 1e-4, "log_every": float("inf")}),
        ("pad_token_id", 50_256),
        ("use_kernels", False),
        ("quantization_config", None),
        ("return_dict", False),
        ("output_attentions", True),
        ("vision_config.output_hidden_states", True),
        ("to_dict", 7),
        ("_name_or_path", "/somewhere/else"),
        ("torch_dtype", "float16"),
        ("transformers_version", "4.56.0"),
    ],
)
def test_keys_of_other_programs_change_nothing(
    folder: Path, good_folder: Path, place: str, value: Any
) -> None:
    change(folder, place, value)
    model = load_model(folder)
    has_the_weights_of(model, good_folder)
    assert {weight.dtype for weight in model.network.parameters()} == {torch.float32}
    tracks(model)


def test_an_encoder_of_another_kind(folder: Path) -> None:
    change(folder, "vision_config.backbone_config.model_type", "timm_wrapper")
    refused(folder, "vision_config.backbone_config is of type 'timm_wrapper'", "'sam2_hiera_det_model'")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("prompt_encoder_config.patch_size", 8),
        ("memory_attention_num_attention_heads", 3),
        ("mask_decoder_config.num_attention_heads", 5),
        ("mask_downsampler_total_stride", 8),
        ("memory_fuser_padding", 1),
        ("vision_config.fpn_padding", 1),
        ("vision_config.backbone_config.query_stride", [4, 4]),
        ("vision_config.backbone_config.num_query_pool_stages", 2),
        ("vision_config.backbone_config.num_attention_heads_per_stage", [1, 1, 3, 2]),
    ],
)
def test_settings_that_fit_the_weights_but_not_each_other(folder: Path, place: str, value: Any) -> None:
    change(folder, place, value)
    refused(folder, "config.json: ", "fit")


def say(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["preprocessor_config.json", "video_preprocessor_config.json"])
@pytest.mark.parametrize("nested", [False, True])
def test_another_mean_and_deviation_are_those_of_its_frames(folder: Path, name: str, nested: bool) -> None:
    said = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.25, 0.2], "size": {"height": 64, "width": 64}}
    if nested:
        say(folder, "processor_config.json", {"image_processor": said, "video_processor": said})
    else:
        say(folder, name, said)
    model = load_model(folder)
    frame = np.full((8, 8, 3), 255, np.uint8)
    wanted = torch.tensor([0.5 / 0.5, 0.6 / 0.25, 0.7 / 0.2])[:, None, None].expand(3, 64, 64)
    seen = next(track(model, frame[None], box=[1, 1, 6, 6]))
    torch.testing.assert_close(seen.frame, wanted)


@pytest.mark.parametrize(
    ("said", "mean", "deviation"),
    [
        ({}, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ({"image_mean": None, "image_std": [0.5] * 3}, [0.485, 0.456, 0.406], [0.5] * 3),
        ({"image_mean": 0.5, "image_std": 0.5}, [0.5] * 3, [0.5] * 3),
        ({"do_normalize": False}, [0] * 3, [1] * 3),
        (
            {"do_rescale": False, "image_mean": [127.5] * 3, "image_std": [63.75] * 3},
            [0.5] * 3,
            [0.25] * 3,
        ),
        (
            {"rescale_factor": 0.00392157, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
            [0.5] * 3,
            [0.5] * 3,
        ),
        (
            {"resample": 2, "do_center_crop": None, "size": {"height": 64, "width": 64}},
            [0.485, 0.456, 0.406],
            None,
        ),
    ],
)
def test_ways_to_say_how_frames_are_normalised(
    folder: Path, said: dict[str, Any], mean: list[float], deviation: list[float] | None
) -> None:
    say(folder, "preprocessor_config.json", said)
    normalisation = load_model(folder).normalisation
    assert normalisation.mean == pytest.approx(mean)
    if deviation is not None:
        assert normalisation.deviation == pytest.approx(deviation)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"image_mean": [0.5, 0.5]}, "image_mean is [0.5, 0.5]; expected three numbers"),
        ({"image_std": [0.5, 0.5, 0]}, "image_std [0.5, 0.5, 0] are not those of pixels"),
        (
            {"image_mean": [123.7, 116.3, 103.5], "image_std": [58.4, 57.1, 57.4]},
            "do_rescale or rescale_factor",
        ),
        ({"do_rescale": False, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}, "are not those of pixels"),
        ({"rescale_factor": -1, "image_mean": [0.5] * 3}, "rescale_factor is -1"),
        ({"image_mean": [float("nan")] * 3}, "expected three numbers"),
        ({"size": {"height": 128, "width": 128}}, "--image-size"),
        ({"size": 128}, "(64 or 128)"),
        ({"size": {"height": 64, "width": 128}}, "expected that of a square"),
        ({"do_center_crop": True}, "do_center_crop is True, which samscope does not do"),
        ([], "expected an object"),
    ],
)
def test_what_a_processor_says_that_cannot_be(folder: Path, said: Any, words: str) -> None:
    say(folder, "preprocessor_config.json", said)
    refused(folder, "preprocessor_config.json", words)


def test_processors_that_contradict_each_other(folder: Path) -> None:
    say(folder, "preprocessor_config.json", {"image_mean": [0.5] * 3})
    say(folder, "video_preprocessor_config.json", {"image_mean": [0.4] * 3})
    refused(folder, "video_preprocessor_config.json: mean and deviation are", "preprocessor_config.json")
    say(folder, "video_preprocessor_config.json", {"image_mean": [0.5] * 3})
    assert load_model(folder).normalisation.mean == (0.5, 0.5, 0.5)


def test_a_study_of_other_frames_is_another_study(folder: Path) -> None:
    clips = ClipSettings(count=1)
    source = open_source(clips, open_videos(clips))
    settings = StudySettings(folder / "out", clips)
    before = job_of(settings, source, load_model(folder))
    say(folder, "preprocessor_config.json", {"image_mean": [0.5] * 3})
    assert job_of(settings, source, load_model(folder)) != before


WRAPPED = {
    "distributed": "module.{}",
    "compiled": "_orig_mod.{}",
    "both": "_orig_mod.module.{}",
    "part": "model.{}",
    "deep": "trainer.network.sam2.module.{}",
}


@pytest.mark.parametrize("wrapping", WRAPPED.values(), ids=WRAPPED)
def test_names_that_training_has_wrapped(folder: Path, good_folder: Path, wrapping: str) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file({wrapping.format(name): value for name, value in weights.items()}, folder / "model.safetensors")
    has_the_weights_of(load_model(folder), good_folder)


def test_names_that_are_wrapped_in_the_middle(folder: Path, good_folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    renamed = {
        name.replace("vision_encoder.", "vision_encoder._orig_mod."): value for name, value in weights.items()
    }
    save_file(renamed, folder / "model.safetensors")
    has_the_weights_of(load_model(folder), good_folder)


def test_weights_of_two_models_in_one_file(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    twice = {
        f"{owner}.{name}": value.clone() for owner in ("ema", "model") for name, value in weights.items()
    }
    save_file(twice, folder / "model.safetensors")
    refused(folder, "weights of 2 models, whose names begin with 'ema.' and 'model.'")


def test_a_weight_that_is_there_wrapped_and_not(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["module.no_object_pointer"] = weights["no_object_pointer"].clone()
    save_file(weights, folder / "model.safetensors")
    refused(folder, "'no_object_pointer' is there twice")


def test_weights_beside_those_of_the_model_are_named(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    wrapped = {f"model.{name}": value for name, value in weights.items()}
    save_file(wrapped | {"criterion.weight": torch.ones(1)}, folder / "model.safetensors")
    refused(folder, "1 unknown (first: criterion.weight)")


def test_the_only_file_of_weights_by_another_name(folder: Path, good_folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "checkpoint-9000.safetensors")
    has_the_weights_of(load_model(folder), good_folder)
    shutil.copy(folder / "checkpoint-9000.safetensors", folder / "checkpoint-8000.safetensors")
    refused(folder, "has checkpoint-8000.safetensors, checkpoint-9000.safetensors", "name the file")
    has_the_weights_of(load_model(folder / "checkpoint-9000.safetensors"), good_folder)


@pytest.mark.parametrize("name", ["model.safetensors", "best.safetensors", "best.pt", "best.bin"])
def test_a_file_of_weights_beside_its_configuration(folder: Path, good_folder: Path, name: str) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    say(folder, "preprocessor_config.json", {"image_mean": [0.5] * 3})
    if name.endswith(".safetensors"):
        save_file(weights, folder / name)
    else:
        torch.save(
            {"epoch": 3, "state_dict": {f"module.{key}": value for key, value in weights.items()}},
            folder / name,
        )
    model = load_model(folder / name)
    has_the_weights_of(model, good_folder)
    assert model.image_size == 64
    assert model.normalisation.mean == (0.5, 0.5, 0.5)


def test_one_of_the_two_names_of_the_positions_is_enough(folder: Path, good_folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    for name in (
        "prompt_encoder.shared_embedding.positional_embedding",
        "shared_image_embedding.positional_embedding",
    ):
        save_file({key: value for key, value in weights.items() if key != name}, folder / "model.safetensors")
        has_the_weights_of(load_model(folder), good_folder)


def test_a_folder_as_the_official_package_leaves_it(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "model.safetensors").unlink()
    (folder / "sam2.1_hiera_tiny.pt").touch()
    with pytest.raises(
        UsageError, match=r"config\.json is missing; if .*sam2\.1_hiera_tiny\.pt is an official"
    ):
        load_model(folder)


@pytest.fixture(scope="module")
def official(shared: Path) -> dict[str, Tensor]:
    """Weights of SAM 2.1 tiny by official names, all alike."""
    shapes = json.loads((shared / "reference/parameters-sam2.1-hiera-tiny.json").read_text())
    return {name: torch.full(shape, 0.01, dtype=torch.float16) for name, shape in shapes.items()}


def hiera_tiny(path: Path) -> None:
    """Load SAM 2.1 tiny from a file whose weights are all alike."""
    model = load_model(path, image_size=256)
    assert model.image_size == 256
    assert model.network.config.enable_occlusion_spatial_embedding
    assert all(
        bool((value == torch.tensor(0.01).half()).all()) for value in model.network.state_dict().values()
    )


@pytest.mark.parametrize("wrapping", ["{}", "module.{}"])
@pytest.mark.parametrize("name", ["sam2.1_hiera_tiny.safetensors", "sam2.1_hiera_tiny.pt", "renamed.ckpt"])
def test_official_names_in_a_single_file(
    official: dict[str, Tensor], tmp_path: Path, name: str, wrapping: str
) -> None:
    weights = {wrapping.format(key): value for key, value in official.items()}
    if name.endswith(".safetensors"):
        save_file(weights, tmp_path / name)
    else:
        torch.save({"model": weights, "epoch": 1}, tmp_path / name)
    hiera_tiny(tmp_path / name)


def test_files_whose_names_say_another_kind(official: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(official, tmp_path / "tiny.pt")
    hiera_tiny(tmp_path / "tiny.pt")
    torch.save(official, tmp_path / "tiny.safetensors")
    hiera_tiny(tmp_path / "tiny.safetensors")


def test_the_librarys_names_in_a_single_file(tmp_path: Path) -> None:
    wanted = load_model(RANDOM_MODELS[0], image_size=256)
    save_file(
        {name: value.contiguous() for name, value in wanted.network.state_dict().items()},
        tmp_path / "x.safetensors",
    )
    model = load_model(tmp_path / "x.safetensors", image_size=256)
    assert model.digest() == wanted.digest()


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x04K\x01.", b"\x10\0\0\0\0\0\0\0{", b"\xff" * 100])
@pytest.mark.parametrize("name", ["x.safetensors", "x.pt"])
def test_a_file_that_holds_no_weights(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SamscopeError, match=rf"x\.{name[2:]}: .*(get (it|them) again|checkpoint)"):
        load_model(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file; get it again"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 12\n", "a Git LFS pointer"),
        (b"<!DOCTYPE html><html>Not found</html>", "a page of the web"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 90, "a picture"),
        (b"learning rate: 0.1\n", "a text; expected a file of weights"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("name", ["model.safetensors", "x.pt", "notes.txt"])
def test_a_file_of_another_kind_is_called_what_it_is(
    folder: Path, content: bytes, said: str, name: str
) -> None:
    (folder / name).write_bytes(content)
    refused(folder / name, said)
    if name == "model.safetensors":
        refused(folder, said)


def test_a_link_to_a_model_that_leads_nowhere(tmp_path: Path) -> None:
    for name in ("x.pt", "folder"):
        (tmp_path / name).symlink_to("nowhere")
        refused(tmp_path / name, "a link that leads nowhere, to nowhere")


@pytest.mark.parametrize("name", [None, 3, "", " "])
def test_what_names_no_model(name: Any) -> None:
    with pytest.raises(UsageError, match=r"the model is .*; expected its name, or the path"):
        load_model(name)


def test_a_size_and_a_device_of_another_type(folder: Path) -> None:
    wrong: Any = "64"
    with pytest.raises(UsageError, match="image size '64' does not fit this model"):
        load_model(folder, image_size=wrong)
    wrong = None
    with pytest.raises(UsageError, match="device 'None' is not at hand"):
        load_model(folder, device=wrong)


def test_what_is_wrong_with_a_setting_is_said(folder: Path) -> None:
    say(folder, "config.json", {**json.loads((folder / "config.json").read_text()), "image_size": "64"})
    refused(folder, "field 'image_size': Type")


def test_weights_that_are_whole_numbers(folder: Path) -> None:
    weights = {name: value.to(torch.int8) for name, value in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "quantised.safetensors")
    refused(folder / "quantised.safetensors", "holds int8; a model's weights are floating-point numbers")


def test_several_models_in_a_checkpoint(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    torch.save({"state_dict": weights, "ema": weights}, folder / "two.pt")
    refused(folder / "two.pt", "several models' weights, under 'state_dict', 'ema'")
