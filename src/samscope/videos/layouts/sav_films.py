"""SA-V's training part: films, and JSON files with the masks of their objects as COCO's run lengths."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.support.reading import read_json_object
from samscope.videos.films.film import Film
from samscope.videos.layouts.overlapping import FIRST_LABEL, SAV_RATE, drawn_over, require_few
from samscope.videos.run_lengths import coco_mask

FRAMES_A_MASK = 4
"""One of so many frames is annotated."""

ENDINGS = ("_manual.json", "_auto.json")
"""What the annotations of ``sav_000001.mp4`` end with; people's are taken where there are both."""

_MOST_BYTES = 2**28


@dataclass(frozen=True)
class SavFilmVideo:
    """A film of SA-V with the masks of one JSON file; frames and masks are decoded when asked for.

    Objects may overlap. The object with the id 0 has the label 1, as 0 is the background.

    Attributes:
        film: the film.
        annotations: the JSON file.
    """

    film: Film
    annotations: Path

    def __reduce__(self) -> tuple[type["SavFilmVideo"], tuple[Film, Path]]:
        """Leave the annotations on the disk when it is sent elsewhere."""
        return SavFilmVideo, (self.film, self.annotations)

    @property
    def name(self) -> str:
        """Name of the film."""
        return self.film.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame in pixels."""
        return self.film.size

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects, ascending."""
        return tuple(sorted(self._places))

    def __len__(self) -> int:
        """Return the number of frames, with masks or without."""
        return self.film.count

    def frame_rate(self) -> float:
        """Return the frames a second."""
        return self.film.rate or SAV_RATE

    def labelled_indices(self) -> Sequence[int]:
        """Return the frames that have masks: every fourth one, as far as film and masks go."""
        return range(0, min(len(self), FRAMES_A_MASK * len(self._masklets)), FRAMES_A_MASK)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: the film breaks off before, or the frame is damaged.
        """
        return self.film.frame(index)

    def frames_at(self, indices: Iterable[int]) -> Iterator[NDArray[np.uint8]]:
        """Iterate over frames of ascending indices, uint8 [H, W, 3], decoding the film once.

        Raises:
            SamscopeError: as ``frame``.
        """
        numbers = list(indices)
        messages: list[str] = []
        step = gcd(*(index - numbers[0] for index in numbers)) or 1
        frames = (
            iter(self.film.read(numbers[0], numbers[-1] + 1, step, messages.append)) if numbers else iter(())
        )
        for index in numbers:
            frame = next((frame for frame in frames if frame.number >= index), None)
            if frame is None or frame.number != index:
                raise SamscopeError(f"{self.film.path}: frame {index} cannot be decoded{_because(messages)}")
            yield frame.pixels

    def mask_of(self, index: int, object_id: int) -> NDArray[np.bool_]:
        """Return the mask of an object on a frame that has masks, bool [H, W].

        Raises:
            SamscopeError: the frame has no masks, or the annotations are damaged.
        """
        row, rest = divmod(index, FRAMES_A_MASK)
        if rest or not 0 <= row < len(self._masklets):
            raise SamscopeError(
                f"{self.annotations}: frame {index} has no mask; every {FRAMES_A_MASK}th one has"
            )
        try:
            stored = self._masklets[row][self._places[object_id]]
            if stored is None:
                return np.zeros(self.size, np.bool_)
            height, width = (int(side) for side in stored["size"])
            if (height, width) != self.size:
                raise ValueError(f"of {width}x{height} pixels, its film of {self.size[1]}x{self.size[0]}")
            return coco_mask(stored["counts"], self.size)
        except (ValueError, LookupError, TypeError, OverflowError) as error:
            raise SamscopeError(
                f"{self.annotations}: the mask of object {object_id - FIRST_LABEL} on frame {index} cannot "
                f"be read ({error}); take the file from the data set again"
            ) from error

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of a frame that has masks, uint8 [H, W]: where two overlap, the smaller one's.

        Raises:
            SamscopeError: as ``mask_of``.
        """
        return drawn_over({label: self.mask_of(index, label) for label in self.object_ids}, self.size)

    def files_at(self, index: int) -> list[Path]:
        """Return the film and its annotations."""
        return [self.film.path, self.annotations]

    @cached_property
    def _read(self) -> tuple[list[Any], dict[int, int]]:
        """The masks, frame by frame, and the place of each object among those of a frame, by its label."""
        try:
            content = read_json_object(self.annotations, _MOST_BYTES)
            masklets = content["masklet"]
            labels = [FIRST_LABEL + int(number) for number in content["masklet_id"]]
            if not isinstance(masklets, list) or min(labels, default=1) < FIRST_LABEL:
                raise ValueError("masklet is no list, or an id less than 0")
        except OSError as error:
            raise SamscopeError(f"{self.annotations}: cannot be read: {error.strerror}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise SamscopeError(
                f"{self.annotations}: not the masks of a film of SA-V ({error!r}); expected masklet and "
                "masklet_id"
            ) from error
        require_few(labels, str(self.annotations))
        return masklets, {label: place for place, label in enumerate(labels)}

    @property
    def _masklets(self) -> list[Any]:
        return self._read[0]

    @property
    def _places(self) -> dict[int, int]:
        return self._read[1]


def _because(messages: list[str]) -> str:
    return f" ({'; '.join(messages)})" if messages else ""


def sav_films(root: Path) -> dict[str, tuple[Path, Path]]:
    """Return the films of a folder, and of folders in it, that have annotations, by their names.

    Returns:
        Film and annotations, those made by people where there are both.
    """
    films: dict[str, tuple[Path, Path]] = {}
    for ending in ENDINGS:
        for pattern in (f"*{ending}", f"*/*{ending}"):
            for annotations in sorted(root.glob(pattern)):
                film = annotations.with_name(annotations.name.removesuffix(ending) + ".mp4")
                if film.is_file() and annotations.is_file():
                    films.setdefault(film.stem, (film, annotations))
    return dict(sorted(films.items()))
