"""Made-up videos: textured objects move and deform over photographs; masks are exact, a seed says it all."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.outlines import KINDS
from samscope.clips.textures import GROUNDS, make_ground, make_texture
from samscope.clips.things import Swing, Thing, coverage, paint
from samscope.clips.video import Collection, Video
from samscope.errors import UsageError

_LEAST_SIDE = 32
_SLACK = 1.35
_MARGIN = 2.0
_NOISE = 1.8
_NOISE_SLACK = 32


@dataclass(frozen=True, eq=False)
class Camera:
    """How the camera looks at the ground: a window that pans, zooms and tilts slightly."""

    x: Swing
    y: Swing
    zoom: Swing
    tilt: Swing


@dataclass(frozen=True, eq=False)
class MadeUpVideo:
    """A made-up video; every frame is rendered when asked for, the same each time.

    Attributes:
        name: name of the video.
        size: height and width in pixels.
        length: number of frames.
        seed: seeds the sensor's noise.
        ground: uint8 [H', W', 3], larger than the picture.
        camera: how the picture moves over the ground.
        things: the objects from back to front; their ids are 1, 2, ...
        noise: int16 [H'', W'', 3], larger than the picture, of which each frame takes another part.
    """

    name: str
    size: tuple[int, int]
    length: int
    seed: int
    ground: NDArray[np.uint8]
    camera: Camera
    things: tuple[Thing, ...]
    noise: NDArray[np.int16]

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.length

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids of the objects, from back to front."""
        return tuple(range(1, len(self.things) + 1))

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB."""
        self._require_frame(index)
        picture = self._ground(index).astype(np.float32)
        for thing in self.things:
            paint(picture, thing, index)
        rows, columns = self.noise.shape[0] - self.size[0] + 1, self.noise.shape[1] - self.size[1] + 1
        top, left = np.random.default_rng([self.seed, index]).integers((rows, columns))
        picture += self.noise[top : top + self.size[0], left : left + self.size[1]]
        return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)

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
        return coverage(self.things[object_id - 1], index, self.size).mask(self.size)

    def _ground(self, index: int) -> NDArray[np.uint8]:
        height, width = self.size
        angle, zoom = self.camera.tilt.at(index), self.camera.zoom.at(index)
        cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        centre = np.array([self.ground.shape[1] / 2, self.ground.shape[0] / 2])
        looks_at = centre + np.array([self.camera.x.at(index), self.camera.y.at(index)])
        to_ground = np.column_stack([turn, looks_at - turn @ (width / 2, height / 2)])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(
                self.ground, to_ground, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101
            ),
            np.uint8,
        )

    def _require_frame(self, index: int) -> None:
        if not 0 <= index < self.length:
            raise IndexError(f"{self.name} has {self.length} frames, but no frame {index}")


def made_up_collection(
    count: int = 6, frames: int = 32, size: tuple[int, int] = (240, 426), seed: int = 0
) -> Collection:
    """Make videos of moving objects that need no data but what scikit-image installs.

    Each video has a photograph as its ground, over which a camera pans and zooms slowly, and an object that
    moves, turns, grows and deforms. Every third video has a second object that passes in front of the first.
    The objects stay inside the picture. Video k is the same whatever ``count`` is.

    Args:
        count: number of videos, at least 1.
        frames: frames of each video, at least 1.
        size: height and width in pixels, each at least 32.
        seed: at least 0; the same seed gives the same pixels.

    Raises:
        UsageError: a number is too small.
        SamscopeError: scikit-image was installed without its pictures.
    """
    if count < 1 or frames < 1 or min(size) < _LEAST_SIDE:
        raise UsageError(
            f"made-up videos: {count} videos of {frames} frames, {size[1]}x{size[0]} pixels; "
            f"expected at least 1 video of 1 frame, {_LEAST_SIDE}x{_LEAST_SIDE} pixels"
        )
    if seed < 0:
        raise UsageError(f"--seed is {seed}; expected 0 or more")
    grounds = np.random.default_rng([seed, 0, 1]).permutation(GROUNDS)
    kinds = list(KINDS)
    period = math.lcm(len(grounds), len(kinds))
    videos: list[Video] = []
    for number in range(count):
        kind, ground = kinds[number % len(kinds)], str(grounds[number % len(grounds)])
        again = "" if number < period else f"-{number // period + 1}"
        rng = np.random.default_rng([seed, number])
        scene = _Scene(size, make_ground(ground, size, _SLACK, rng), rng)
        things = _make_things(kind, scene, pair=number % 3 == 1)
        videos.append(_film(f"{kind}-on-{ground}{again}", frames, scene, things))
    return Collection("made-up", tuple(videos))


@dataclass(frozen=True, eq=False)
class _Scene:
    """Where things are put: the picture's size, the ground, and the generator that chooses them."""

    size: tuple[int, int]
    ground: NDArray[np.uint8]
    rng: np.random.Generator


def _film(name: str, frames: int, scene: _Scene, things: tuple[Thing, ...]) -> MadeUpVideo:
    noise_shape = (scene.size[0] + _NOISE_SLACK, scene.size[1] + _NOISE_SLACK, 3)
    return MadeUpVideo(
        name=name,
        size=scene.size,
        length=frames,
        seed=int(scene.rng.integers(2**31)),
        ground=scene.ground,
        camera=_make_camera(scene.size, scene.rng),
        things=things,
        noise=np.rint(scene.rng.normal(0, _NOISE, noise_shape)).astype(np.int16),
    )


def _make_things(kind: str, scene: _Scene, *, pair: bool) -> tuple[Thing, ...]:
    """Return an object of the kind, and with ``pair`` a smaller one of another kind that passes in front."""
    radius = min(scene.size) * scene.rng.uniform(0.22, 0.3)
    thing = _make_thing(kind, scene, radius, [scene.ground])
    if not pair:
        return (thing,)
    other = str(scene.rng.choice([name for name in KINDS if name != kind]))
    front = _make_thing(other, scene, radius * scene.rng.uniform(0.6, 0.8), [scene.ground, thing.texture])
    return (_keep_near_middle(thing, scene), _send_across(front, scene))


def _make_thing(kind: str, scene: _Scene, radius: float, unlike: list[NDArray[np.uint8]]) -> Thing:
    """Make an object that moves around in the picture without leaving it."""
    rng = scene.rng
    radii = _swing(rng, radius, radius * rng.uniform(0.05, 0.15), (50, 110))
    room = [max(0.0, side / 2 - radii.middle - radii.reach - _MARGIN) for side in scene.size]
    y, x = (
        _swing(rng, scene.size[axis] / 2, room[axis] * rng.uniform(0.5, 0.95), (70, 130)) for axis in (0, 1)
    )
    upright = kind in {"walker", "fish"}
    return Thing(
        outline=KINDS[kind](rng),
        texture=make_texture(unlike, max(16, round(2.2 * radius)), rng),
        x=x,
        y=y,
        radius=radii,
        angle=_swing(rng, 0.0 if upright else rng.uniform(0, 6.3), rng.uniform(0.08, 0.25), (40, 90)),
        spin=0.0 if upright else float(rng.choice([-1, 1]) * rng.uniform(0.0, 0.035)),
        mirrored=bool(rng.random() < 0.5),
    )


def _keep_near_middle(thing: Thing, scene: _Scene) -> Thing:
    """Return the object with its way shortened, so that what crosses the picture has to meet it."""
    reach = scene.rng.uniform(0.3, 0.5)
    return replace(
        thing,
        x=replace(thing.x, reach=reach * thing.x.reach),
        y=replace(thing.y, reach=reach * thing.y.reach),
    )


def _send_across(thing: Thing, scene: _Scene) -> Thing:
    """Return the object on a way from side to side that takes it past the middle within 12 to 18 frames."""
    period, crossing = scene.rng.uniform(64, 84), scene.rng.uniform(12, 18)
    side = float(scene.rng.choice([-1, 1]))
    room = max(0.0, scene.size[1] / 2 - thing.radius.middle - thing.radius.reach - _MARGIN)
    across = Swing(scene.size[1] / 2, side * room, period, -2 * np.pi * crossing / period)
    return replace(thing, x=across, y=replace(thing.y, reach=0.3 * thing.y.reach))


def _make_camera(size: tuple[int, int], rng: np.random.Generator) -> Camera:
    """Make a camera that stays on the ground: pan, zoom and tilt together use up the slack at most."""
    pans = [side * (_SLACK - 1) / 2 * rng.uniform(0.25, 0.6) for side in size]
    return Camera(
        x=_swing(rng, 0.0, pans[1], (80, 160)),
        y=_swing(rng, 0.0, pans[0], (80, 160)),
        zoom=_swing(rng, 1.0, rng.uniform(0.02, 0.08), (70, 150)),
        tilt=_swing(rng, 0.0, rng.uniform(0.0, 0.03), (60, 120)),
    )


def _swing(rng: np.random.Generator, middle: float, reach: float, periods: tuple[float, float]) -> Swing:
    """Return a swing of random period and phase."""
    return Swing(middle, reach, float(rng.uniform(*periods)), float(rng.uniform(0, 2 * np.pi)))
