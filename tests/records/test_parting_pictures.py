"""Pictures of a clip under two memory rules: what is kept of them, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from samscope.records.parting_pictures import PARTING_FILE, PartingPictures, read_parting, write_parting
from samscope.support.errors import SamscopeError

RNG = np.random.default_rng(0)
PICTURES = PartingPictures(
    "interjection",
    7,
    ("sam2", "oracle:write=absent"),
    RNG.integers(0, 256, (4, 6, 8, 3), dtype=np.uint8),
    RNG.random((4, 6, 8)) > 0.5,
    RNG.random((2, 4, 6, 8)) > 0.5,
)


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    first = write_parting(tmp_path, PICTURES).read_bytes()
    pictures = read_parting(tmp_path)
    assert pictures is not None
    assert (pictures.set, pictures.clip, pictures.rules) == (PICTURES.set, PICTURES.clip, PICTURES.rules)
    for name in ("frames", "truth", "masks"):
        before, now = getattr(PICTURES, name), getattr(pictures, name)
        assert now.dtype == before.dtype
        assert np.array_equal(now, before)
    assert write_parting(tmp_path, pictures).read_bytes() == first


def test_a_folder_without_has_none(tmp_path: Path) -> None:
    assert read_parting(tmp_path) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"masks": PICTURES.masks[:1]},
        {"truth": PICTURES.truth.astype(np.uint8)},
        {"frames": PICTURES.frames[..., 0]},
        {"frames": PICTURES.frames[:0], "truth": PICTURES.truth[:0], "masks": PICTURES.masks[:, :0]},
    ],
)
def test_arrays_of_another_kind_are_refused(tmp_path: Path, changed: Any) -> None:
    write_parting(tmp_path, replace(PICTURES, **changed))
    with pytest.raises(SamscopeError, match=r"parting\.safetensors is damaged .*expected"):
        read_parting(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"no tensors", save({"frames": PICTURES.frames}), save({}, {"clip": "[[["})]
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PARTING_FILE).write_bytes(content)
    with pytest.raises(SamscopeError, match=r"parting\.safetensors is damaged"):
        read_parting(tmp_path)
