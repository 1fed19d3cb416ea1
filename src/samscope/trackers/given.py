"""What users hand over from Python, read as what it is, or refused where that is not clear.

Masks and frames come as numpy arrays, torch tensors, Pillow pictures and lists. What can only be one thing is
read as that; what could be misread is refused, with what to write instead.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from samscope.support.errors import UsageError
from samscope.videos.images import black_label

_logger = logging.getLogger(__name__)

_ORIENTATION = 0x0112
_EXPECTED_FRAME = (
    "expected a numpy array, uint8 [H, W, 3], RGB; or a torch tensor, uint8 [H, W, 3] or [3, H, W]; or a "
    "Pillow picture"
)
_PLAIN_MODES = frozenset(("1", "L", "P", "RGB", "RGBA", "LA", "RGBX"))
_FEW = 6


def object_mask(given: object) -> NDArray[np.bool_]:
    """Return the pixels of the one object that a mask shows.

    Args:
        given: a numpy array, a torch tensor, a Pillow picture or nested lists, of any dtype, [H, W] or with
            axes of length 1 before or behind that; or colours [H, W, 3]. It has one kind of value, or colour,
            beside 0, which is the object: ``True``, 1, 255, an id.

    Returns:
        bool [H, W].

    Raises:
        UsageError: it has several kinds of values beside 0, negative ones or such as are no numbers, or
            another shape; or it is no mask. The message says what to write.
    """
    if given is None:
        raise UsageError("the prompt: the mask is None, as cv2.imread returns where it cannot read a file")
    mask = _one_picture(_array(given, "the mask"))
    if mask.dtype == np.bool_:
        return mask
    if mask.dtype.kind == "f" and not np.isfinite(mask).all():
        raise UsageError(
            "the prompt: the mask holds values that are no numbers (NaN or infinite); write mask > 0"
        )
    if mask.dtype.kind not in "uif":
        raise UsageError(
            f"the prompt: the mask is of {mask.dtype}; expected bool [H, W], the object's pixels"
        )
    if (mask < 0).any():
        raise UsageError(
            "the prompt: the mask holds negative values; for logits, or -1 and 1, write mask > 0; for labels "
            "mask == the object's"
        )
    inside = mask != 0
    values = np.unique(mask[inside])
    if len(values) > 1:
        raise UsageError(_several(values))
    return np.asarray(inside, np.bool_)


def presence(given: object, length: int | None) -> tuple[bool, ...]:
    """Return on which frames the object is, by the labels.

    Args:
        given: bool [T], as a numpy array, a torch tensor or a list.
        length: how many frames there are; None for unknown.

    Raises:
        UsageError: it is something else, or of another number of frames.
    """
    values = _array(given, "truth")
    if values.dtype != np.bool_ or values.ndim != 1:
        raise UsageError(
            f"truth is {described(values)}; expected bool [T], whether the object is on each frame: for "
            "masks [T, H, W] write masks.any(axis=(1, 2))"
        )
    if length is not None and len(values) != length:
        raise UsageError(f"truth is of {len(values)} frames, and there are {length}; give one for each")
    return tuple(values.tolist())


def rgb_frames(frames: object) -> Iterator[Any]:
    """Return an iterator over frames, which are read one at a time by ``rgb_frame``.

    Raises:
        UsageError: it cannot be iterated over, or is a path or a single picture.
    """
    if isinstance(frames, str | bytes):
        raise UsageError(
            f"the frames are {frames!r}; expected the frames themselves: an array or an iterable"
        )
    if isinstance(frames, Image.Image):
        raise UsageError("the frames are a single Pillow picture; give a list of them: [picture]")
    if isinstance(frames, np.ndarray | torch.Tensor) and (mend := _stack_mend(tuple(frames.shape))):
        raise UsageError(f"the frames are {described(frames)}; expected [T, H, W, 3]: {mend}")
    if not isinstance(frames, Iterable):
        raise UsageError(
            f"the frames are of the type {type(frames).__name__}; expected an array [T, H, W, 3] or an "
            "iterable of frames"
        )
    return iter(frames)


def rgb_frame(given: object, index: int) -> NDArray[np.uint8]:
    """Return a frame as an array.

    Args:
        given: uint8 [H, W, 3] as a numpy array or a torch tensor, which may also be [3, H, W]; or a Pillow
            picture of 8 bits, whose alpha channel is dropped and whose EXIF rotation is not applied, as for
            frames from files. Colours are taken for RGB: what OpenCV reads is BGR, which nothing here shows.
        index: its number, for messages.

    Returns:
        uint8 [H, W, 3], RGB.

    Raises:
        UsageError: it is no such frame.
    """
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise UsageError(f"frame {index} has masked-out pixels (numpy.ma); fill them: frame.filled(0)")
    if isinstance(given, np.ndarray) and given.dtype == np.uint8 and given.ndim == 3 and given.shape[2] == 3:
        return given
    if given is None:
        raise UsageError(
            f"frame {index} is None, as cv2.imread returns where it cannot read a file; {_EXPECTED_FRAME}"
        )
    if isinstance(given, Image.Image):
        return _frame_of_picture(given, index)
    if isinstance(given, torch.Tensor) and given.dtype == torch.uint8 and given.ndim == 3:
        pixels = _array_of_tensor(given)
        if pixels.shape[2] == 3:
            return pixels
        if pixels.shape[0] == 3:
            return np.ascontiguousarray(pixels.transpose(1, 2, 0))
    raise UsageError(f"frame {index} is {described(given)}; {_EXPECTED_FRAME}{_frame_mend(given)}")


def numbers(given: object, name: str) -> NDArray[np.float64]:
    """Return coordinates as an array; axes of length 1 before the last two are dropped.

    Args:
        given: a numpy array, a torch tensor or nested lists of numbers.
        name: what they are, for messages.

    Raises:
        UsageError: something in it is no number, or rows differ in length.
    """
    values = _array(given, name)
    if values.dtype.kind not in "uif":
        raise UsageError(f"the prompt: {name} hold {values.dtype}; expected numbers, in pixels")
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    return values.astype(np.float64)


def whole_number(given: object, name: str, least: int) -> None:
    """Refuse what is no whole number, or a lower one.

    Args:
        given: what the user says.
        name: the argument.
        least: the lowest number.

    Raises:
        UsageError: it is another type than ``int``, or lower.
    """
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < least:
        raise UsageError(f"{name} is {given!r}; expected a whole number, from {least}")


def click_labels(given: object) -> NDArray[np.int64]:
    """Return the labels of clicks, int64 [P], each 0 or 1.

    Raises:
        UsageError: one is neither.
    """
    labels = _array(given, "labels")
    if labels.ndim == 2 and labels.shape[0] == 1:
        labels = labels[0]
    if labels.dtype.kind not in "buif" or not np.isin(labels, (0, 1)).all():
        raise UsageError("the prompt: labels are one 0 or 1 for each point")
    return labels.astype(np.int64)


def _array(given: object, name: str) -> NDArray[Any]:
    if isinstance(given, torch.Tensor):
        return _array_of_tensor(given)
    if isinstance(given, Image.Image):
        return _array_of_picture(given)
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise UsageError(f"the prompt: {name} has masked-out values (numpy.ma); fill them: {name}.filled(0)")
    if isinstance(given, list | tuple) and any(isinstance(part, torch.Tensor) for part in given):
        given = [part.detach().cpu().tolist() if isinstance(part, torch.Tensor) else part for part in given]
    try:
        values = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise UsageError(f"the prompt: {name} cannot be read as an array ({error})") from error
    if values.dtype.kind not in "buif":
        raise UsageError(
            f"the prompt: {name} is of the type {type(given).__name__}, {values.dtype}; expected numbers"
        )
    return values


def _array_of_tensor(given: torch.Tensor) -> NDArray[Any]:
    tensor = given.detach().cpu()
    dense = tensor if tensor.layout == torch.strided else tensor.to_dense()
    has_no_counterpart = dense.is_floating_point() and dense.dtype not in {torch.float32, torch.float64}
    return (dense.float() if has_no_counterpart else dense).numpy()


def _array_of_picture(picture: Image.Image) -> NDArray[Any]:
    """Return what a Pillow picture stores; of one with a palette the indices."""
    stored = np.asarray(picture)
    if picture.mode == "P" and picture.palette is not None:
        colours = np.frombuffer(bytes(picture.palette.palette), np.uint8)
        colours = colours.reshape(-1, len(picture.palette.mode))
        if stored.max(initial=0) < len(colours) and (black := black_label(stored, colours)) is not None:
            raise UsageError(
                f"the prompt: the mask's palette shows {black} in black and 0, the background, in a colour; "
                "write mask.convert('L') where what is not black is the object, else numpy.array(mask) != 0"
            )
    return stored


def _without_alpha(channels: NDArray[Any]) -> NDArray[Any]:
    """Return a mask's colours [H, W, 1 or 3], or its alpha channel where they are the same everywhere."""
    colours, alpha = channels[..., :-1], channels[..., -1:]
    coloured = colours.any(axis=2, keepdims=True)
    if not alpha.size or (alpha == alpha[0, 0]).all() or ((alpha != 0) == coloured).all():
        return colours
    if (colours == colours[0, 0]).all():
        return alpha
    raise UsageError(
        "the prompt: the mask's colours show one thing and its alpha channel another; give one of them: "
        "mask[..., :3], or mask[..., 3]"
    )


def _one_picture(mask: NDArray[Any]) -> NDArray[Any]:
    """Return a mask as [H, W]: without axes of length 1; of one colour on black, where that colour is."""
    shape = mask.shape
    while mask.ndim > 2 and mask.shape[0] == 1:
        mask = mask[0]
    if mask.ndim == 3 and mask.shape[2] in {2, 4}:
        mask = _without_alpha(mask)
    if mask.ndim == 3 and mask.shape[2] in {1, 3} and (mask == mask[..., :1]).all():
        return np.asarray(mask[..., 0])
    if mask.ndim == 3 and mask.shape[2] == 3:
        coloured = mask.any(axis=2)
        if (colours := len(np.unique(mask[coloured], axis=0))) > 1:
            raise UsageError(
                f"the prompt: the mask shows {colours} colours beside black; expected one object: write "
                "(mask == its colour).all(axis=2)"
            )
        return np.asarray(coloured)
    if mask.ndim != 2:
        raise UsageError(
            f"the prompt: a mask of shape {shape}; expected one mask [H, W]: of several, write mask[0]"
        )
    return mask


def _several(values: NDArray[Any]) -> str:
    listed = ", ".join([*(f"{value:g}" for value in values[:_FEW].tolist()), *["..."] * (len(values) > _FEW)])
    if not (values == np.floor(values)).all():
        mend = "for probabilities write mask > 0.5"
    elif len(values) > _FEW and values[-1] <= 255:
        mend = f"for grey edges write mask > {int(values[-1]) // 2}, for labels mask == the object's"
    else:
        mend = "expected one object: write mask == the label of the one to track"
    return f"the prompt: the mask holds {len(values)} kinds of values beside 0 ({listed}); {mend}"


def _frame_of_picture(picture: Image.Image, index: int) -> NDArray[np.uint8]:
    if picture.mode not in _PLAIN_MODES:
        raise UsageError(
            f"frame {index} is a Pillow picture of mode {picture.mode}; expected one of 8 bits: RGB, L or P"
        )
    if index == 0 and picture.getexif().get(_ORIENTATION, 1) in range(2, 9):
        _logger.warning(
            "frame 0: an EXIF tag asks to turn the frames; it is not applied, as in SAM 2's own tools, so "
            "the prompt has to fit the pixels as they are stored"
        )
    return np.array(picture.convert("RGB"))


def described(given: object) -> str:
    """Return what something is in a few words: dtype and shape of an array or a tensor, else its type."""
    if isinstance(given, np.ndarray | torch.Tensor):
        return f"{str(given.dtype).removeprefix('torch.')} {list(given.shape)}"
    return type(given).__name__


def _stack_mend(shape: tuple[int, ...]) -> str:
    if not shape:
        return "it holds a single number"
    if len(shape) == 3 and 3 in {shape[0], shape[2]}:
        return "for a single frame write frames[None]"
    return "of a batch of clips write frames[0]" if len(shape) == 5 else ""


def _frame_mend(given: object) -> str:
    if not isinstance(given, np.ndarray | torch.Tensor):
        return ""
    shape, floats = tuple(given.shape), "float" in str(given.dtype)
    if floats:
        return "; for floats in 0..1 write (frame * 255).round() as uint8"
    if len(shape) == 2:
        return "; for a grey frame write numpy.repeat(frame[..., None], 3, axis=2)"
    if len(shape) == 3 and shape[0] == 3:
        return "; for channels first write frame.transpose(1, 2, 0)"
    if len(shape) == 3 and shape[2] == 4:
        return "; without its alpha channel: frame[..., :3]"
    return ""
