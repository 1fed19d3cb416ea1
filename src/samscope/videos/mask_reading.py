"""How the masks of one video are read: as labels, or as one object in one of the ways that objects come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.images import StoredMask, changed_by_jpeg
from samscope.videos.mask_kinds import MaskKind, MaskLook, at_half_height, look_at_mask
from samscope.videos.video import VOID

_NAMED = 3
_FEW_LABELS = 8
"""Up to so many labels a mask has few areas, and not greys that smoothing has left."""


class Meaning(Enum):
    """What the values of a video's masks mean."""

    LABELS = "labels"
    """Object ids, and 255 void: DAVIS 2017, MOSE, YouTube-VOS."""
    WHITE = "white"
    """0/255 in every mask: 255 is the object, of id 1. DAVIS 2016."""
    WHITE_OR_ONE = "white or one"
    """0/255 in some masks and 0/1 in the others: either is the object."""
    SMOOTHED = "smoothed"
    """One object with grey edges, which is where it has half of its value or more."""


@dataclass(frozen=True)
class MaskReading:
    """How the masks of a video are read.

    Attributes:
        meaning: what their values mean.
        peak: the object's value where they are smoothed.
        note: what is to be said of it, the end of the sentence 'its masks are ...'; None where they are read
            as they stand.
    """

    meaning: Meaning
    peak: int = VOID
    note: str | None = None

    def labels(self, stored: StoredMask, path: Path) -> NDArray[np.uint8]:
        """Return the labels of a mask, uint8 [H, W]: 0 background, 255 void, else an object id.

        Args:
            stored: what its file stores.
            path: the file.

        Raises:
            SamscopeError: it is another kind of mask than the others of the video, or none.
        """
        match self.meaning:
            case Meaning.LABELS:
                return _labels(stored, path)
            case Meaning.SMOOTHED:
                return _smoothed(stored, path, self.peak)
            case Meaning.WHITE:
                return _require_few(stored, path, stored.values == VOID)
            case Meaning.WHITE_OR_ONE:
                return _require_few(stored, path, (stored.values == VOID) | (stored.values == 1))


def reading_of(paths: Sequence[Path], stored: Callable[[int], StoredMask]) -> MaskReading:
    """Tell how the masks of a video are read, from as few of them as that takes.

    That is the first one where it holds ids, or grey edges; all of them where only 255 or 1 occurs, as later
    ones may have the other.

    Args:
        paths: the files.
        stored: returns what the file of an index stores.

    Raises:
        SamscopeError: a mask cannot be read, or holds ids while an earlier one has only an area of 255.
    """
    seen: dict[int, bool] = {}
    white: Path | None = None
    unclear = False
    notes: dict[str, None] = {}
    for index in range(len(paths)):
        mask = stored(index)
        look = _look(mask)
        if mask.from_alpha:
            notes["in the alpha channel of their files"] = None
        if look.kind is MaskKind.SMOOTHED:
            smoothed = f"grey along the edges, read as the object where they have half of {look.peak} or more"
            return MaskReading(Meaning.SMOOTHED, look.peak, _joined({**notes, smoothed: None}))
        if look.kind is MaskKind.LABELS or (look.kind is MaskKind.SINGLE and look.peak not in {1, VOID}):
            if white is not None and VOID not in look.values and not mask.indexed:
                raise SamscopeError(_of_two_kinds(paths[index], look, white))
            if 1 < mask.scale < VOID:
                notes[f"grey levels of less than 8 bits, read as the labels 0 to {VOID // mask.scale}"] = None
            return MaskReading(Meaning.LABELS, note=_joined(notes))
        unclear |= look.kind is MaskKind.UNCLEAR
        if look.kind is MaskKind.SINGLE:
            if mask.indexed and look.peak == 1 and seen.keys() == {1}:
                break
            has_area = _has_area(mask.values, look.peak)
            seen[look.peak] = seen.get(look.peak, False) or has_area
            if look.peak == VOID and has_area and white is None:
                white = paths[index]
    if seen.keys() == {VOID} and not unclear:
        return MaskReading(Meaning.WHITE, note=_joined(notes))
    if seen.keys() == {1, VOID} and seen[VOID] and not unclear:
        notes["0/255 on some frames and 0/1 on others, both read as the object"] = None
        return MaskReading(Meaning.WHITE_OR_ONE, note=_joined(notes))
    return MaskReading(Meaning.LABELS, note=_joined(notes))


def said_of_masks(notes: Mapping[str, str]) -> list[str]:
    """Return a line for each way in which masks are not read as they stand, with the videos it holds for.

    Args:
        notes: by the name of the video, as ``MaskReading.note``.
    """
    videos: dict[str, list[str]] = {}
    for name, note in notes.items():
        videos.setdefault(note, []).append(name)
    return [
        f"the masks of {', '.join(names[:_NAMED])}"
        f"{f' and {len(names) - _NAMED} more videos' if len(names) > _NAMED else ''} are {note}"
        for note, names in videos.items()
    ]


def _of_two_kinds(path: Path, look: MaskLook, white: Path) -> str:
    return (
        f"{path}: holds the labels {', '.join(map(str, sorted(look.values)))}, but {white} nothing beside 0 "
        "but 255, which is either an object or void; expected one kind of mask in a video: make all of them "
        "0 and 255, or object ids"
    )


def _joined(notes: dict[str, None]) -> str | None:
    return "; ".join(notes) or None


def _look(mask: StoredMask) -> MaskLook:
    return look_at_mask(mask.values, indexed=mask.indexed)


def _has_area(mask: NDArray[np.uint8], value: int) -> bool:
    """Tell whether a square of 3 x 3 pixels has a value alone, so that it is no mere speck of void."""
    has_value = mask == value
    rows = has_value[:-2] & has_value[1:-1] & has_value[2:]
    return bool((rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]).any())


def _labels(stored: StoredMask, path: Path) -> NDArray[np.uint8]:
    if stored.indexed:
        return stored.labels
    look = _look(stored)
    if stored.lossy and look.kind is not MaskKind.EMPTY:
        raise SamscopeError(changed_by_jpeg(path))
    if look.kind in {MaskKind.SMOOTHED, MaskKind.GREYS}:
        raise _grey(path, look)
    return stored.labels


def _smoothed(stored: StoredMask, path: Path, peak: int) -> NDArray[np.uint8]:
    look = _look(stored)
    if look.kind is MaskKind.SINGLE and look.peak == 1 and _has_area(stored.values, 1):
        return stored.values
    if look.kind is MaskKind.LABELS and len(look.values) < _FEW_LABELS:
        raise SamscopeError(
            f"{path}: holds the labels {', '.join(map(str, sorted(look.values)))}, but another mask of the "
            f"video one object of {peak} with grey edges; expected one kind of mask in a video: make all of "
            "them 0 and 255, or object ids"
        )
    return at_half_height(stored.values, peak).astype(np.uint8)


def _require_few(stored: StoredMask, path: Path, mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    look = _look(stored)
    if look.kind not in {MaskKind.EMPTY, MaskKind.SINGLE}:
        raise _grey(path, look)
    return mask.astype(np.uint8)


def _grey(path: Path, look: MaskLook) -> SamscopeError:
    return SamscopeError(
        f"{path}: holds {len(look.values) + 1} different grey levels; expected 0 and 255, or object ids; a "
        "smoothed mask has to be thresholded first, and one of several objects resized without smoothing "
        "(nearest neighbour)"
    )
