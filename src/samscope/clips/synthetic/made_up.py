"""Made-up videos: articulated objects move in photographed and composed places; masks are exact."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.synthetic.grounds import PLACES, Place, make_ground
from samscope.clips.synthetic.kinds import KINDS
from samscope.clips.synthetic.objects import Swing, Thing, coverage, paint
from samscope.clips.synthetic.staging import stage
from samscope.clips.synthetic.textures import Coat, make_coat
from samscope.support.errors import UsageError
from samscope.videos.video import Collection

_LEAST_SIDE = 32
_SLACK = 1.35
_NOISE = 1.8
_NOISE_SLACK = 32
_LOOKS_KEPT = 32

_FRAMES_KEPT = 400
"""Frames that are kept to be asked for again: what the draws before and after a draw share with it."""

_MASKS_KEPT = 1024

_LARGEST_KEPT = 240 * 426
"""Pixels of a picture that is kept at most; all frames together then take at most 123 MB."""


@dataclass(frozen=True, eq=False)
class Camera:
    """How the camera looks at the ground: a window that pans, zooms and tilts slightly."""

    x: Swing
    y: Swing
    zoom: Swing
    tilt: Swing


@dataclass(frozen=True, eq=False)
class Look:
    """What a made-up video shows apart from where things are.

    Attributes:
        ground: uint8 [H', W', 3], larger than the picture.
        coats: of the objects from back to front.
        light: where the light comes from, in radians clockwise from the right.
        noise: int8 [H'', W'', 3], larger than the picture, of which each frame takes another part.
    """

    ground: NDArray[np.uint8]
    coats: tuple[Coat, ...]
    light: float
    noise: NDArray[np.int8]


@dataclass(frozen=True)
class MadeUpVideo:
    """A made-up video; every frame is rendered when asked for, the same each time.

    It is a description and holds no pixels: they follow from the seed, the number and the size alone.

    Attributes:
        number: which of the seed's videos it is.
        length: number of frames.
        size: height and width in pixels.
        seed: draws everything.
    """

    number: int
    length: int
    size: tuple[int, int]
    seed: int

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.length

    @cached_property
    def name(self) -> str:
        """The objects' kind, the place, and the video's number."""
        return f"{self.kinds[0]}-{self.place.name}-{self.number:02d}"

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the objects, from back to front; every third video has two."""
        kinds = list(KINDS)
        back = kinds[_dealt(len(kinds), self.number, self.seed, 2)]
        if self.number % 3 != 1:
            return (back,)
        other_kinds = [kind for kind in kinds if kind != back]
        return back, other_kinds[
            int(np.random.default_rng([self.seed, self.number, 4]).integers(len(other_kinds)))
        ]

    @cached_property
    def place(self) -> Place:
        """Where it plays."""
        return PLACES[_dealt(len(PLACES), self.number, self.seed, 3)]

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids of the objects, from back to front: 1, 2, ..."""
        return tuple(range(1, len(self.kinds) + 1))

    @property
    def object_names(self) -> dict[int, str]:
        """Kinds of the objects by id."""
        return dict(zip(self.object_ids, self.kinds, strict=True))

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """The objects from back to front, and how they move."""
        return _staged(self.kinds, self.size, self.number, self.seed)

    @cached_property
    def camera(self) -> Camera:
        """How the picture moves over the ground."""
        return _make_camera(self.size, np.random.default_rng([self.seed, self.number, 5]))

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB, which may not be written to.

        Raises:
            IndexError: there is no such frame.
            SamscopeError: scikit-image was installed without its pictures.
        """
        self._require_frame(index)
        return (_drawn if self._is_kept else _drawn.__wrapped__)(self, index)

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the visible objects of frame ``index`` as uint8 [H, W]: 0 is the ground, else an id."""
        self._require_frame(index)
        labels = np.zeros(self.size, np.uint8)
        for object_id in self.object_ids:
            labels[self.amodal_mask(index, object_id)] = object_id
        return labels

    def amodal_mask(self, index: int, object_id: int) -> NDArray[np.bool_]:
        """Return the whole object as if nothing were in front of it, bool [H, W].

        Raises:
            UsageError: there is no such object.
        """
        self._require_frame(index)
        if object_id not in self.object_ids:
            raise UsageError(f"{self.name} has no object {object_id}; its objects are: {self.object_ids}")
        bits = (_covered if self._is_kept else _covered.__wrapped__)(self, index, object_id)
        return np.unpackbits(bits, axis=1, count=self.size[1]).astype(np.bool_)

    @property
    def _is_kept(self) -> bool:
        return self.size[0] * self.size[1] <= _LARGEST_KEPT

    def _require_frame(self, index: int) -> None:
        if not 0 <= index < self.length:
            raise IndexError(f"{self.name} has {self.length} frames, but no frame {index}")


def made_up_video(
    number: int, frames: int = 32, size: tuple[int, int] = (240, 426), seed: int = 0
) -> MadeUpVideo:
    """Return a video of a moving object that needs no data but what scikit-image installs.

    A camera pans and zooms slowly over a photograph or a composed scene. In front of it an object walks,
    swims, flies or rolls: one of ``KINDS``, whose parts move against each other and keep their markings.
    Where ``number`` is one more than a multiple of 3, a second object of another kind passes in front of the
    first. The objects stay inside the picture. Nothing is drawn before a frame is asked for.

    Args:
        number: at least 0; successive ones have other kinds and places, until all have been there.
        frames: at least 1; those that two lengths share are the same.
        size: height and width in pixels, each at least 32.
        seed: at least 0; the same seed gives the same pixels.

    Raises:
        UsageError: a number is too small.
    """
    if number < 0:
        raise UsageError(f"made-up videos: no video {number}; expected 0 or more")
    _check(1, frames, size, seed)
    return MadeUpVideo(number, frames, size, seed)


def made_up_collection(
    count: int = 12, frames: int = 32, size: tuple[int, int] = (240, 426), seed: int = 0
) -> Collection:
    """Return the first videos of a seed, see ``made_up_video``; video k is the same whatever ``count`` is.

    Args:
        count: number of videos, at least 1.
        frames: frames of each video, at least 1.
        size: height and width in pixels, each at least 32.
        seed: at least 0; the same seed gives the same pixels.

    Raises:
        UsageError: a number is too small.
    """
    _check(count, frames, size, seed)
    videos = tuple(made_up_video(number, frames, size, seed) for number in range(count))
    return Collection("made-up", videos)


def _check(count: int, frames: int, size: tuple[int, int], seed: int) -> None:
    if count < 1 or frames < 1 or min(size) < _LEAST_SIDE:
        raise UsageError(
            f"made-up videos: {count} videos of {frames} frames, {size[1]}x{size[0]} pixels; "
            f"expected at least 1 video of 1 frame, {_LEAST_SIDE}x{_LEAST_SIDE} pixels"
        )
    if seed < 0:
        raise UsageError(f"--seed is {seed}; expected 0 or more")


def _dealt(cards: int, number: int, seed: int, purpose: int) -> int:
    """Return which card comes ``number``-th where all are dealt, shuffled and dealt again."""
    order = np.random.default_rng([seed, number // cards, purpose]).permutation(cards)
    return int(order[number % cards])


@lru_cache(maxsize=_FRAMES_KEPT)
def _drawn(video: MadeUpVideo, index: int) -> NDArray[np.uint8]:
    """Draw a frame, uint8 [H, W, 3], read-only."""
    look, (height, width) = _look(video), video.size
    picture = _seen(look.ground, video.camera, video.size, index).astype(np.float32)
    for thing, coat in zip(video.things, look.coats, strict=True):
        paint(picture, thing, coat, look.light, index)
    rows, columns = look.noise.shape[0] - height + 1, look.noise.shape[1] - width + 1
    top, left = np.random.default_rng([video.seed, video.number, 6, index]).integers((rows, columns))
    picture += look.noise[top : top + height, left : left + width]
    drawn = np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)
    drawn.setflags(write=False)
    return drawn


@lru_cache(maxsize=_MASKS_KEPT)
def _covered(video: MadeUpVideo, index: int, object_id: int) -> NDArray[np.uint8]:
    """Return what an object covers, eight pixels a byte: uint8 [H, W / 8]."""
    mask = coverage(video.things[object_id - 1], index, video.size).mask(video.size)
    return np.packbits(mask, axis=1)


@lru_cache(maxsize=_LOOKS_KEPT)
def _look(video: MadeUpVideo) -> Look:
    """Return how a video looks; as it takes some ten frames' time to make, those last used are kept."""
    rng = np.random.default_rng([video.seed, video.number, 1])
    ground = make_ground(video.place, video.size, _SLACK, rng)
    coats: list[Coat] = []
    for thing in video.things:
        side = int(np.clip(2 * thing.radius.middle, 24, 256))
        coats.append(make_coat([ground, *(coat.surfaces["body"] for coat in coats)], side, rng))
    noise_shape = (video.size[0] + _NOISE_SLACK, video.size[1] + _NOISE_SLACK, 3)
    noise = np.rint(_NOISE * rng.standard_normal(noise_shape, np.float32)).astype(np.int8)
    return Look(ground, tuple(coats), float(rng.uniform(-2.6, -0.5)), noise)


def _seen(ground: NDArray[np.uint8], camera: Camera, size: tuple[int, int], index: int) -> NDArray[np.uint8]:
    """Return what the camera sees of the ground, uint8 [H, W, 3]."""
    height, width = size
    angle, zoom = camera.tilt.at(index), camera.zoom.at(index)
    cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    centre = np.array([ground.shape[1] / 2, ground.shape[0] / 2])
    looks_at = centre + np.array([camera.x.at(index), camera.y.at(index)])
    to_ground = np.column_stack([turn, looks_at - turn @ (width / 2, height / 2)])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(ground, to_ground, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101),
        np.uint8,
    )


def _make_camera(size: tuple[int, int], rng: np.random.Generator) -> Camera:
    """Make a camera that stays on the ground: pan, zoom and tilt together use up the slack at most."""
    pans = [side * (_SLACK - 1) / 2 * rng.uniform(0.25, 0.6) for side in size]
    return Camera(
        x=_swing(rng, 0.0, pans[1], (80, 160)),
        y=_swing(rng, 0.0, 0.6 * pans[0], (80, 160)),
        zoom=_swing(rng, 1.0, rng.uniform(0.02, 0.08), (70, 150)),
        tilt=_swing(rng, 0.0, rng.uniform(0.0, 0.03), (60, 120)),
    )


@lru_cache(maxsize=_LOOKS_KEPT)
def _staged(kinds: tuple[str, ...], size: tuple[int, int], number: int, seed: int) -> tuple[Thing, ...]:
    return stage(kinds, size, np.random.default_rng([seed, number, 7]))


def _swing(rng: np.random.Generator, middle: float, reach: float, periods: tuple[float, float]) -> Swing:
    """Return a swing of random period and phase."""
    return Swing(middle, reach, float(rng.uniform(*periods)), float(rng.uniform(0, 2 * np.pi)))
