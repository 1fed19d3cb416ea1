"""VOT's sequences: a folder of frames, and the truth of each object as one line of text for each frame."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.support.reading import read_regular
from samscope.videos.davis_video import require_size
from samscope.videos.disk import Disk, Files
from samscope.videos.images import image_size, read_frame
from samscope.videos.layouts.overlapping import drawn_over, require_few
from samscope.videos.names import natural_order
from samscope.videos.run_lengths import vot_mask

_TRUTH = re.compile(r"groundtruth(?:_(.+))?\.txt")
_COLOUR = "color"
_USUAL_RATE = 30.0
"""What VOT's toolkit takes where a sequence does not say it."""

_MOST_BYTES = 2**28


@dataclass(frozen=True)
class VotVideo:
    """A sequence of VOT; frames are decoded when asked for.

    Masks (``m...``) are read. Rectangles and polygons are boxes about an object, and no masks: a frame that
    has one has no labels. Several objects, of a file each, may overlap; a frame has labels where all of them
    have a mask.

    Attributes:
        name: name of the sequence's folder.
        size: height and width of every frame in pixels.
        frame_paths: files of the frames, in order.
        truths: the file of each object's truth, the first object's first: it has the label 1.
        rate: frames a second.
    """

    name: str
    size: tuple[int, int]
    frame_paths: Sequence[Path]
    truths: tuple[Path, ...]
    rate: float = _USUAL_RATE

    def __reduce__(self) -> tuple[type["VotVideo"], tuple[object, ...]]:
        """Leave the truth on the disk when it is sent elsewhere."""
        return VotVideo, (self.name, self.size, self.frame_paths, self.truths, self.rate)

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects, ascending; none where no frame has masks."""
        return tuple(range(1, len(self.truths) + 1)) if self._masked else ()

    @property
    def object_names(self) -> Mapping[int, str]:
        """What the objects' files call them, by label, where there are several."""
        names = [_TRUTH.fullmatch(truth.name) for truth in self.truths]
        return {label: name[1] for label, name in enumerate(names, 1) if name and name[1]}

    def __len__(self) -> int:
        """Return the number of frames, with masks or without."""
        return len(self.frame_paths)

    def frame_rate(self) -> float:
        """Return the frames a second."""
        return self.rate

    def labelled_indices(self) -> Sequence[int]:
        """Return the frames that have a mask of every object, ascending."""
        return self._masked

    def boxed(self) -> int:
        """Return how many frames have a rectangle or a polygon of some object, which is no mask."""
        return sum(
            any("," in line and not line.startswith("m") for line in lines)
            for lines in zip(*self._lines, strict=True)
        )

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: the file is damaged, or not of the sequence's size.
        """
        frame = read_frame(self.frame_paths[index])
        require_size(self.frame_paths[index], frame, self.size, self.name)
        return frame

    def mask_of(self, index: int, object_id: int) -> NDArray[np.bool_]:
        """Return the mask of an object on a frame that has masks, bool [H, W].

        Raises:
            SamscopeError: the frame has no mask of it, or one that cannot be read.
        """
        truth, line = self.truths[object_id - 1], self._lines[object_id - 1][index]
        if not line.startswith("m"):
            raise SamscopeError(
                f"{truth}: line {index + 1} is no mask; samscope does not take boxes for masks"
            )
        try:
            return vot_mask(line, self.size)
        except ValueError as error:
            raise SamscopeError(f"{truth}: the mask in line {index + 1} cannot be read ({error})") from error

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of a frame that has masks, uint8 [H, W]: where two overlap, the smaller one's.

        Raises:
            SamscopeError: as ``mask_of``.
        """
        return drawn_over({label: self.mask_of(index, label) for label in self.object_ids}, self.size)

    def files_at(self, index: int) -> list[Path]:
        """Return the file of a frame, and those of the truth."""
        return [self.frame_paths[index], *self.truths]

    @cached_property
    def _masked(self) -> Sequence[int]:
        masked = [all(line.startswith("m") for line in lines) for lines in zip(*self._lines, strict=True)]
        return tuple(index for index, is_masked in enumerate(masked) if is_masked)

    @cached_property
    def _lines(self) -> list[list[str]]:
        """The lines of each object's truth, one for each frame; those that lack at the end are empty."""
        texts = []
        for truth in self.truths:
            lines = _text(truth).splitlines()
            if len(lines) > len(self):
                raise SamscopeError(
                    f"{truth}: {len(lines)} lines, but {len(self)} frames; expected one for each"
                )
            texts.append([line.strip() for line in lines] + [""] * (len(self) - len(lines)))
        return texts


def vot_truths(folder: Path) -> list[Path]:
    """Return the files of the objects' truth in a sequence's folder, in natural order; none if it is none."""
    names = (name for name in Disk(folder).names("") if _TRUTH.fullmatch(name))
    return [folder / name for name in sorted(names, key=natural_order)]


def vot_video(folder: Path) -> VotVideo:
    """Find the frames and the truth of a sequence.

    Raises:
        SamscopeError: it has no frame, its truth has more lines, or something of it cannot be read.
    """
    properties = _properties(folder / "sequence")
    channel = Path(properties.get("channels.color", _COLOUR))
    colour = channel.parent if channel.suffix else channel
    if colour.is_absolute() or ".." in colour.parts:
        raise SamscopeError(f"{folder / 'sequence'}: its frames lie in {colour}, outside of the sequence")
    within = str(colour) if (folder / colour).is_dir() else ""
    disk = Disk(folder)
    frames = tuple(sorted(disk.pictures(within), key=natural_order))
    if not frames:
        raise SamscopeError(f"{folder}: holds no frame; expected {_COLOUR}/00000001.jpg and so on")
    truths = tuple(vot_truths(folder))
    require_few([len(truths)], str(folder))
    try:
        rate = float(properties.get("fps", _USUAL_RATE))
    except ValueError:
        rate = 0.0
    if not 0 < rate < 10_000:
        raise SamscopeError(f"{folder / 'sequence'}: fps is {properties['fps']!r}; expected frames a second")
    files = Files(folder / within, frames)
    video = VotVideo(folder.name, image_size(files[0]), files, truths, rate)
    video.labelled_indices()  # what is wrong with the truth is said now
    return video


def _properties(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.partition("=") for line in _text(path).splitlines())
    return {key.strip(): value.strip() for key, sign, value in pairs if sign}


def _text(path: Path) -> str:
    try:
        return read_regular(path, _MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise SamscopeError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SamscopeError(f"{path}: no text of a VOT sequence ({error})") from error
