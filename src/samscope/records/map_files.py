"""What the file of a clip's maps holds: pictures as JPEG, masks as bits, and the maps as they are."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST_PIXELS = 2**28
"""Pixels of all pictures of a clip together at most."""

_JPEG, _ENDS, _SIZE = "frames.jpeg", "frames.ends", "size"
_BITS = ".bits"
_MASKS = ("masks", "predicted")
_QUALITY = 95

Arrays = dict[str, NDArray[Any]]


def packed_maps(maps: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return a clip's maps as arrays that take little room.

    Args:
        maps: as ``observation.maps.clip_maps`` describes them.

    Returns:
        ``frames.jpeg``, uint8 [N], the frames as JPEG files (quality 95, full colour), one after the other,
        and ``frames.ends``, int64 [T], where each one ends; ``masks.bits`` and ``predicted.bits``, uint8
        [T, h, w / 8], eight pixels a byte; ``size``, int64 [2], height and width of frames and masks. All
        other arrays are those of ``maps``.
    """
    pictures = [_jpeg(frame) for frame in maps["frames"]]
    packed: Arrays = {
        _JPEG: np.frombuffer(b"".join(pictures), dtype=np.uint8),
        _ENDS: np.cumsum([len(picture) for picture in pictures], dtype=np.int64),
        _SIZE: np.array(maps["frames"].shape[1:3], dtype=np.int64),
    }
    packed |= {f"{name}{_BITS}": np.packbits(maps[name] > 0, axis=-1) for name in _MASKS}
    return packed | {name: array for name, array in maps.items() if name not in ("frames", *_MASKS)}


def unpacked_maps(packed: Mapping[str, NDArray[Any]], frames: Sequence[int] | None = None) -> Arrays:
    """Return what ``packed_maps`` was given, but for what JPEG loses, with ``frame/mean`` and ``/variance``.

    Position 0 is the frame itself: its channel mean and variance, float32 of values in 0..1, are worked out
    from its picture. Files of older versions hold all arrays as they are, and stay so.

    Args:
        packed: the arrays of a file, from anywhere.
        frames: the frames that are unpacked, in the order in which they are returned; None for all.

    Raises:
        IndexError: there is no such frame.
        KeyError: an array is missing.
        ValueError: an array is not what ``packed_maps`` makes.
    """
    if _JPEG not in packed:
        return {
            name: array if frames is None else array[_chosen(frames, len(array))]
            for name, array in packed.items()
        }
    height, width = (int(side) for side in packed[_SIZE].reshape(2))
    ends = packed[_ENDS].astype(np.int64).reshape(-1).tolist()
    if min(height, width) < 1 or height * width * max(len(ends), 1) > MOST_PIXELS:
        raise ValueError(f"{len(ends)} frames of {width} x {height} pixels")
    chosen = _chosen(frames, len(ends))
    data = packed[_JPEG].astype(np.uint8, copy=False).tobytes()
    pictures = _pictures(data, ends, chosen, (height, width))
    masks = {name: _masks(packed[f"{name}{_BITS}"], (len(ends), height, width), chosen) for name in _MASKS}
    own_names = (_JPEG, _ENDS, _SIZE, *(f"{name}{_BITS}" for name in _MASKS))
    other_maps = {name: array for name, array in packed.items() if name not in own_names}
    for name, array in other_maps.items():
        if len(array) != len(ends):
            raise ValueError(f"{name} of {len(array)} frames of {len(ends)}")
    return {
        "frames": pictures,
        **masks,
        **_maps_of_frames(pictures),
        **{name: array[chosen] for name, array in other_maps.items()},
    }


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def _chosen(frames: Sequence[int] | None, length: int) -> slice | list[int]:
    """Return what picks frames out of an array of all."""
    if frames is None:
        return slice(None)
    for frame in frames:
        if not 0 <= frame < length:
            raise IndexError(f"frame {frame}; its frames are 0 to {length - 1}")
    return list(frames)


def _pictures(
    data: bytes, ends: Sequence[int], chosen: slice | list[int], size: tuple[int, int]
) -> NDArray[np.uint8]:
    numbers = np.arange(len(ends))[chosen]
    frames = np.zeros((len(numbers), *size, 3), dtype=np.uint8)
    for place, number in enumerate(numbers):
        begin, end = ends[number - 1] if number else 0, ends[number]
        if not 0 <= begin < end <= len(data):
            raise ValueError(f"frame {number} ends at byte {end} of {len(data)}")
        try:
            with Image.open(io.BytesIO(data[begin:end]), formats=("JPEG",)) as image:
                if image.size != size[::-1]:
                    raise ValueError(f"{image.size[0]} x {image.size[1]} pixels, not {size[1]} x {size[0]}")
                frames[place] = np.asarray(image.convert("RGB"))
        except MemoryError:
            raise
        except Exception as error:  # a picture that is damaged in the right way makes Pillow raise any kind
            raise ValueError(f"frame {number}: {error}") from error
    return frames


def _maps_of_frames(pictures: NDArray[np.uint8]) -> Arrays:
    """Return the channel mean and variance of pictures, frame by frame, which stays within a core's cache."""
    mean = np.empty(pictures.shape[:3], dtype=np.float32)
    variance = np.empty_like(mean)
    for place, picture in enumerate(pictures):
        red, green, blue = cv2.split(picture / np.float32(255))
        mean[place] = own_mean = (red + green + blue) / 3
        variance[place] = ((red - own_mean) ** 2 + (green - own_mean) ** 2 + (blue - own_mean) ** 2) / 3
    return {"frame/mean": mean, "frame/variance": variance}


def _masks(bits: NDArray[Any], shape: tuple[int, int, int], chosen: slice | list[int]) -> NDArray[np.uint8]:
    length, height, width = shape
    if bits.dtype != np.uint8 or bits.shape != (length, height, -(-width // 8)):
        raise ValueError(
            f"masks of {bits.dtype} {bits.shape} for {length} frames of {width} x {height} pixels"
        )
    return np.unpackbits(bits[chosen], axis=-1, count=width)
