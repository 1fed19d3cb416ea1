from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from samscope.observation.keep import tensor_file
from samscope.support.errors import SamscopeError


def test_reads_back_as_it_was_written(tmp_path: Path) -> None:
    tensors = {
        "000/frame": torch.randn(3, 8, 8),
        "000/object_pointer": torch.randn(16),
        "001/memory_features": torch.randn(6, 2, 2).bfloat16(),
        "001/turned": torch.randn(4, 6).T,
        "001/half": torch.randn(2, 2).half(),
        "002/empty": torch.zeros(0, 4),
    }
    path = tmp_path / "clean" / "00000-goat.safetensors"
    with tensor_file(path, 8) as file:
        for name, tensor in tensors.items():
            file.add(name, tensor)
        assert not path.exists()
    found = load_file(path)
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)
    with safe_open(path, "pt") as opened:
        assert torch.equal(opened.get_tensor("001/turned"), tensors["001/turned"])


def test_room_for_the_longest_names(tmp_path: Path) -> None:
    path = tmp_path / "full.safetensors"
    with tensor_file(path, 300) as file:
        for index in range(300):
            file.add(f"{index:03d}/memory_encoder_output_of_something", torch.ones(1, 1, 1, 1))
    assert len(load_file(path)) == 300
    with pytest.raises(ValueError, match="were set aside"), tensor_file(tmp_path / "more", 1) as file:  # noqa: PT012
        for index in range(5):
            file.add(f"{index}", torch.ones(1))
    assert [one.name for one in tmp_path.iterdir()] == ["full.safetensors"]


def test_an_error_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "set" / "clip.safetensors"
    with pytest.raises(ZeroDivisionError), tensor_file(path, 2) as file:  # noqa: PT012
        file.add("one", torch.ones(3))
        raise ZeroDivisionError
    assert list(path.parent.iterdir()) == []


def test_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_full(*_: Any, **__: Any) -> BinaryIO:
        return open("/dev/full", "wb")  # noqa: PTH123

    monkeypatch.setattr(Path, "open", open_full)
    path = tmp_path / "clip.safetensors"
    with (
        pytest.raises(SamscopeError, match=r"disk full: clip\.safetensors does not"),
        tensor_file(path, 1) as file,
    ):
        file.add("one", torch.ones(3))
    assert list(tmp_path.iterdir()) == []
