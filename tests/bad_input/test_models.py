"""Models from strangers: no code is run, and what cannot be a SAM 2 is refused before memory is taken."""

import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from samscope.support.errors import SamscopeError
from samscope.trackers.sam2 import weight_files
from samscope.trackers.sam2.checkpoint import read_checkpoint
from samscope.trackers.sam2.loading import load_model
from tests.bad_input.crafted import safetensors_file
from tests.command import SHORT, message, samscope, save_model, save_videos


@pytest.fixture(scope="module")
def good_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def model(good_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good_model, tmp_path / "model"))


def refused(model: Path, *said: str) -> None:
    """Load a model, which must fail with one line of those words."""
    with pytest.raises(SamscopeError) as error:
        load_model(model)
    told = " ".join(str(error.value).split())
    assert str(model) in told
    assert told == str(error.value)
    for words in said:
        assert words in told


def change(model: Path, place: str, value: object) -> None:
    """Set a value of a config.json, named by its path."""
    content = json.loads((model / "config.json").read_text())
    *parents, name = place.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    (model / "config.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not readable"),
        (b"\x80\x04\x95", "not readable"),
        (b'["sam2_video"]', "expected an object, but it is list"),
        (b'{"model_type": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"model_type": "sam2_video", "a": "' + b"x" * 2**20 + b'"}', "expected at most 1,048,576"),
        (b'{"model_type": "\x1b]0;owned\x07\\u001b[2J"}', "not readable"),
        (b'{"model_type": "\\u001b[2J"}', r"a model of type '\x1b[2J'"),
    ],
    ids=["empty", "pickle", "list", "deep", "large", "escapes", "escaped"],
)
def test_a_configuration_that_is_none(model: Path, content: bytes, said: str) -> None:
    (model / "config.json").write_bytes(content)
    refused(model, "config.json", said)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("image_size", "large", "not a valid SAM 2 configuration"),
        ("image_size", 2**40, "image_size is 1099511627776; expected a number of at most 16,384"),
        ("memory_attention_hidden_size", 1e30, "expected a number of at most 16,384"),
        ("memory_attention_num_layers", 100_000, "expected a number of at most 256"),
        ("vision_config.backbone_config.blocks_per_stage", [1, 1, 9999, 1], "blocks_per_stage[2] is 9999"),
        ("vision_config.backbone_config", None, ""),
        ("vision_config", [], "not a valid SAM 2 configuration"),
        ("prompt_encoder_config.hidden_size", {}, "not a valid SAM 2 configuration"),
        ("memory_encoder_hidden_size", float("nan"), "expected a number"),
        ("attn_implementation", "stranger/kernel", "loads no code, kernels"),
        ("vision_config._attn_implementation", "stranger/kernel", "loads no code, kernels"),
        ("quantization_config", {"quant_method": "bitsandbytes"}, "quantised weights"),
        ("auto_map", {"AutoModel": "stranger/model--code.Model"}, "loads no code"),
        ("memory_fuser_intermediate_dim", 128, "wrong shape"),
        ("mask_decoder_config.mlp_dim", 16_384, ""),
    ],
)
def test_a_configuration_of_wrong_values(model: Path, place: str, value: object, said: str) -> None:
    change(model, place, value)
    refused(model, said)


def test_a_configuration_that_describes_far_more_than_the_weights(model: Path) -> None:
    change(model, "memory_attention_feed_forward_hidden_size", 16_384)
    change(model, "memory_attention_num_layers", 256)
    refused(model, "config.json describes", "but the weights are", "get both from one place")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"\x02\0\0\0\0\0\0\0", "within their header"),
        (safetensors_file({}, claimed=2**62), "within their header"),
        (safetensors_file(b" " * (2**24 + 1) + b"{}"), "a header of 16,777,219 bytes"),
        (safetensors_file(b"not json", b"\0" * 10**7), "damaged or truncated"),
        (safetensors_file(b"[" * 50_000, b"\0" * 10**7), "damaged or truncated"),
        (
            safetensors_file(
                {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}, b"\0" * 10**7
            ),
            "damaged or truncated",
        ),
        (
            safetensors_file({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"\0" * 10**7),
            "damaged or truncated",
        ),
        (safetensors_file({}, b"\0" * 10**7), "damaged or truncated"),
    ],
    ids=["empty", "short", "claims", "long-header", "no-json", "deep", "too-long", "negative", "unnamed"],
)
def test_weights_that_are_none(model: Path, content: bytes, said: str) -> None:
    (model / "model.safetensors").write_bytes(content)
    refused(model, said, "again")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers(model: Path, value: float) -> None:
    weights = load_file(model / "model.safetensors")
    name = next(name for name in weights if name.endswith("no_object_pointer"))
    weights[name][0, 3] = value
    save_file(weights, model / "model.safetensors", {"format": "pt"})
    refused(model, "1 weights hold infinities or what is no number", name)


def test_weights_in_the_place_of_a_pipe(model: Path) -> None:
    (model / "model.safetensors").unlink()
    os.mkfifo(model / "model.safetensors")
    refused(model, "model.safetensors: a pipe; expected a regular file")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ({"weight_map": {"a": "../../secret.safetensors"}}, "names '../../secret.safetensors'"),
        ({"weight_map": {"a": "weights.bin"}}, "names 'weights.bin'; expected safetensors files"),
        ({"weight_map": {"a": "part-2.safetensors"}}, "part-2.safetensors is missing"),
        ({"weight_map": {"a": 7}}, "names 7"),
        ({"weight_map": []}, "not readable as an index"),
        ({}, "not readable as an index"),
    ],
)
def test_an_index_of_weights_that_lie_elsewhere(model: Path, index: dict[str, Any], said: str) -> None:
    (model / "model.safetensors").rename(model / "part-1.safetensors")
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(model, "model.safetensors.index.json", said)


def test_an_adapter_that_names_a_model_elsewhere(model: Path) -> None:
    (model / "adapter_config.json").write_text('{"base_model_name_or_path": "/somewhere/else"}')
    refused(model, "adapter_config.json: an adapter")


class Evil:
    """Creates a folder when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = str(trace)

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.trace,)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_with_code_is_not_run_whatever_its_protocol(tmp_path: Path, protocol: int) -> None:
    checkpoint, trace = tmp_path / "sam2.pt", tmp_path / "it-ran"
    for content in (Evil(trace), {"model": {"a": Evil(trace)}}):
        checkpoint.write_bytes(pickle.dumps(content, protocol=protocol))
        with pytest.raises(SamscopeError, match=r"sam2\.pt: .*(it was not run|get it again)"):
            read_checkpoint(checkpoint)
    assert not trace.exists()


def test_pickled_weights_in_a_folder_are_not_even_opened(model: Path, tmp_path: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(tmp_path / "it-ran")))
    (model / "modeling_sam2.py").write_text(f"__import__('os').mkdir({str(tmp_path / 'it-ran')!r})")
    refused(model, "model.safetensors is missing")
    assert not (tmp_path / "it-ran").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"model": {1: torch.zeros(1)}}, "no SAM 2 checkpoint"),
        ({"model": [torch.zeros(1)]}, "no SAM 2 checkpoint"),
        ([], "no SAM 2 checkpoint"),
        ({"model": {"a": torch.zeros(1).expand(2**40)}}, "'a' is no plain tensor"),
        ({"model": {"a": torch.zeros(3).to_sparse()}}, "'a' is no plain tensor"),
        ({"model": {"a": torch.zeros(3, device="meta")}}, "'a' is no plain tensor"),
    ],
    ids=["numbered", "list", "nothing", "repeated", "sparse", "empty"],
)
def test_a_checkpoint_of_something_else(tmp_path: Path, content: object, said: str) -> None:
    torch.save(content, tmp_path / "sam2.pt")
    with pytest.raises(SamscopeError, match=rf"sam2\.pt: {said}"):
        read_checkpoint(tmp_path / "sam2.pt")


def test_weights_that_do_not_fit_together(tmp_path: Path) -> None:
    points = {f"sam_prompt_encoder.point_embeddings.{n}.weight": torch.zeros(1, n + 1) for n in range(4)}
    torch.save({"model": points}, tmp_path / "sam2.pt")
    refused(tmp_path / "sam2.pt", "weights of shapes that no SAM 2 has")
    torch.save(
        {"model": {"image_encoder.trunk.patch_embed.proj.weight": torch.zeros(())}}, tmp_path / "sam2.pt"
    )
    refused(tmp_path / "sam2.pt", "weights of shapes that no SAM 2 has")


def test_a_checkpoint_that_grows_when_it_is_read(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain.pt", tmp_path / "sam2.pt"
    torch.save({"model": {"a": torch.zeros(2**20)}}, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    assert packed.stat().st_size < 2**16
    with pytest.raises(SamscopeError, match=r"sam2\.pt: would unpack to 4,\d+,\d+ bytes, more than it is"):
        read_checkpoint(packed)


def test_a_pipe_in_the_place_of_a_checkpoint(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sam2.pt")
    refused(tmp_path / "sam2.pt", "sam2.pt: a pipe; expected a regular file")


def test_files_too_large_to_be_weights(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight_files, "MOST_BYTES", 1000)
    refused(model, "model.safetensors", "expected at most 1,000")


def test_the_command_line_tells_of_a_bad_model_in_one_line(model: Path, tmp_path: Path) -> None:
    change(model, "auto_map", {"AutoModel": "stranger/\x1b[31m\nmodel"})
    videos = save_videos(tmp_path / "videos")
    arguments = ("--videos", videos, "--model", model, "--clips", "1", *SHORT, "--out", tmp_path / "out")
    outcome = samscope("record", *arguments)
    assert outcome.status == 1
    told = message(outcome)
    assert "auto_map is" in told
    assert told.isprintable()
    assert not (tmp_path / "out").exists()
