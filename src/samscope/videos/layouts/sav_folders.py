"""SA-V's validation and test: frames at 24 a second, and a folder of masks for each object at 6 a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.davis_video import require_size
from samscope.videos.disk import Disk
from samscope.videos.images import image_size, read_frame, read_mask
from samscope.videos.layouts.overlapping import FIRST_LABEL, SAV_RATE, drawn_over, require_few
from samscope.videos.names import natural_order

SAV_FRAMES, SAV_MASKS = "JPEGImages_24fps", "Annotations_6fps"


@dataclass(frozen=True)
class SavFolderVideo:
    """A video of SA-V's validation or test; frames and masks are decoded when asked for.

    Objects may overlap. Object ``000`` has the label 1, as 0 is the background. An object that has no mask on
    a frame on which another one has is absent there.

    Attributes:
        name: name of the video.
        size: height and width of every frame and mask in pixels.
        frame_paths: files of the frames, in order.
        mask_folders: the folder of the masks of each object, in order of their labels, and those labels.
        masked_frames: the frames on which any object has a mask, ascending.
    """

    name: str
    size: tuple[int, int]
    frame_paths: Sequence[Path]
    mask_folders: tuple[tuple[int, Path], ...]
    masked_frames: Sequence[int]

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects, ascending."""
        return tuple(label for label, _ in self.mask_folders)

    def __len__(self) -> int:
        """Return the number of frames, with masks or without."""
        return len(self.frame_paths)

    def frame_rate(self) -> float:
        """Return the frames a second."""
        return SAV_RATE

    def labelled_indices(self) -> Sequence[int]:
        """Return the frames that have masks, every fourth one."""
        return self.masked_frames

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: the file is damaged, or not of the video's size.
        """
        frame = read_frame(self.frame_paths[index])
        require_size(self.frame_paths[index], frame, self.size, self.name)
        return frame

    def mask_of(self, index: int, object_id: int) -> NDArray[np.bool_]:
        """Return the mask of an object on a frame that has masks, bool [H, W].

        Raises:
            SamscopeError: no object has a mask on the frame, or the file is damaged or not of its size.
        """
        path = self._mask_path(index, dict(self.mask_folders)[object_id])
        if not path.exists():
            return np.zeros(self.size, np.bool_)
        mask = read_mask(path)
        require_size(path, mask, self.size, self.name)
        return mask > 0

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of a frame that has masks, uint8 [H, W]: where two overlap, the smaller one's.

        Raises:
            SamscopeError: as ``mask_of``.
        """
        return drawn_over({label: self.mask_of(index, label) for label in self.object_ids}, self.size)

    def files_at(self, index: int) -> list[Path]:
        """Return the files of a frame and of its masks."""
        masks = (
            [self._mask_path(index, folder) for _, folder in self.mask_folders]
            if index in self.masked_frames
            else []
        )
        return [self.frame_paths[index], *(mask for mask in masks if mask.exists())]

    def _mask_path(self, index: int, folder: Path) -> Path:
        if index not in self.masked_frames:
            raise SamscopeError(f"{self.frame_paths[index]}: this frame has no mask")
        return folder / f"{self.frame_paths[index].stem}.png"


def sav_folder_video(root: Disk, name: str) -> SavFolderVideo:
    """Find the frames and masks of a video.

    Raises:
        SamscopeError: it has no frame or mask, a mask has no frame, an object is no number, or the first
            frame cannot be read.
    """
    frames_folder, masks_folder = f"{SAV_FRAMES}/{name}", f"{SAV_MASKS}/{name}"
    frames = sorted(root.pictures(frames_folder), key=natural_order)
    if not frames:
        raise SamscopeError(
            f"{root.shown(frames_folder)}: holds no frame; expected .jpg files, or no such folder"
        )
    places = {Path(frame).stem: number for number, frame in enumerate(frames)}
    folders: list[tuple[int, Path]] = []
    masked: set[int] = set()
    for text in sorted(root.folders(masks_folder), key=natural_order):
        where = root.shown(f"{masks_folder}/{text}")
        if not (text.isascii() and text.isdecimal()):
            raise SamscopeError(f"{where}: not the number of an object; expected folders 000, 001, ...")
        stems = [Path(mask).stem for mask in root.pictures(f"{masks_folder}/{text}")]
        strangers = [stem for stem in stems if stem not in places]
        if strangers:
            raise SamscopeError(f"{where}: mask {strangers[0]} has no frame in {root.shown(frames_folder)}")
        folders.append((FIRST_LABEL + int(text), Path(where)))
        masked.update(places[stem] for stem in stems)
    if not masked:
        raise SamscopeError(f"{root.shown(masks_folder)}: holds no mask; expected 000/00000.png and so on")
    require_few([label for label, _ in folders], root.shown(masks_folder))
    return SavFolderVideo(
        name,
        image_size(Path(root.shown(f"{frames_folder}/{frames[0]}"))),
        root.files(frames_folder, tuple(frames)),
        tuple(folders),
        tuple(sorted(masked)),
    )
