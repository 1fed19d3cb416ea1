from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.records.map_files import packed_maps, unpacked_maps

LENGTH, HEIGHT, WIDTH = 5, 36, 61


def _maps() -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 200, WIDTH)[None, None, :, None] + np.arange(3) * 20
    frames = np.broadcast_to(ramp, (LENGTH, HEIGHT, WIDTH, 3)).astype(np.uint8)
    masks = (rng.random((2, LENGTH, HEIGHT, WIDTH)) < 0.5).astype(np.uint8)
    return {
        "frames": frames,
        "masks": masks[0],
        "predicted": masks[1],
        "image_embeddings/mean": rng.normal(size=(LENGTH, 8, 8)).astype(np.float16),
    }


def test_masks_and_maps_come_back_as_they_were_and_pictures_nearly() -> None:
    maps = _maps()
    found = unpacked_maps(packed_maps(maps))
    for name in ("masks", "predicted", "image_embeddings/mean"):
        assert found[name].dtype == maps[name].dtype
        assert np.array_equal(found[name], maps[name])
    assert np.abs(found["frames"].astype(int) - maps["frames"]).max() <= 4


def test_position_0_is_worked_out_from_the_picture() -> None:
    found = unpacked_maps(packed_maps(_maps()))
    shares = found["frames"].astype(np.float64) / 255
    assert found["frame/mean"] == pytest.approx(shares.mean(axis=-1), abs=1e-6)
    assert found["frame/variance"] == pytest.approx(shares.var(axis=-1), abs=1e-6)
    assert found["frame/mean"].dtype == np.float32


def test_single_frames_are_those_of_the_whole_clip() -> None:
    packed = packed_maps(_maps())
    whole, chosen = unpacked_maps(packed), unpacked_maps(packed, [3, 0])
    assert chosen.keys() == whole.keys()
    assert all(np.array_equal(of, whole[name][[3, 0]]) for name, of in chosen.items())
    older = unpacked_maps(_maps(), [3])
    assert all(np.array_equal(older[name], of[[3]]) for name, of in _maps().items())


@pytest.mark.parametrize("frame", [-1, LENGTH])
def test_a_frame_that_is_not_there_is_refused(frame: int) -> None:
    for maps in (packed_maps(_maps()), _maps()):
        with pytest.raises(IndexError, match=f"frame {frame}; its frames are 0 to 4"):
            unpacked_maps(maps, [frame])


def test_a_picture_takes_less_room() -> None:
    maps = _maps()
    packed = packed_maps(maps)
    assert packed["masks.bits"].nbytes == LENGTH * HEIGHT * 8
    assert packed["frames.jpeg"].nbytes < maps["frames"].nbytes / 2


def test_files_of_older_versions_stay_as_they_are() -> None:
    older = _maps() | {"frame/mean": np.zeros((LENGTH, HEIGHT, WIDTH), np.float16)}
    found = unpacked_maps(older)
    assert found.keys() == older.keys()
    assert all(np.array_equal(found[name], of) for name, of in older.items())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("size", np.array([0, 5]), "pixels"),
        ("size", np.array([2**20, 2**20]), "5 frames of 1048576 x 1048576 pixels"),
        ("size", np.array([HEIGHT, WIDTH + 1]), "not 62 x 36"),
        ("size", np.array([1, 2, 3]), "reshape"),
        ("frames.ends", np.array([3, 2, 1, 0, -1]), "frame 0"),
        ("frames.ends", np.full(5, 10**9), "ends at byte 1000000000"),
        ("frames.jpeg", np.zeros(10**4, np.uint8), "frame 0"),
        ("masks.bits", np.zeros((5, 36, 7), np.uint8), "masks of uint8"),
        ("masks.bits", np.zeros((5, 36, 8), np.float16), "masks of float16"),
        ("image_embeddings/mean", np.zeros((4, 8, 8), np.float16), "image_embeddings/mean of 4 frames of 5"),
    ],
)
def test_arrays_that_no_study_has_written_are_refused(name: str, value: NDArray[Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        unpacked_maps(packed_maps(_maps()) | {name: value})


def test_a_missing_array_is_refused() -> None:
    packed = packed_maps(_maps())
    del packed["frames.ends"]
    with pytest.raises(KeyError):
        unpacked_maps(packed)
