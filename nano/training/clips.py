"""Training clips: what one is, and drawing one of the kinds."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nano.training.composition import compose
from nano.training.filmed_photos import film_photo
from nano.training.footage import cut_footage, cut_made_up_footage, with_company
from nano.training.interruptions import draw_absence, interrupt
from nano.training.lighting import change_light
from nano.training.sources import Sources
from nano.training.tracked_film import Film
from samscope.support.errors import SamscopeError

_ATTEMPTS = 60
_LEAST_AREA, _LARGEST_AREA = 0.006, 0.6
_LEAST_VISIBLE = 0.6
_LEAST_FRAMES_FOR_ABSENCE = 5


@dataclass(frozen=True)
class ClipMix:
    """How often clips have what; shares of all clips.

    Attributes:
        footage: real video.
        made_up: made-up video.
        filmed_photos: photos as if filmed; the other clips are composed.
        absence: the object is away for a while; in clips of fewer than 5 frames it never is.
        look_alikes: composed clips with objects that look like the tracked one.
        others: composed clips with other objects.
        occluder: composed clips with something that passes in front.
        near_static: composed clips in which hardly anything moves.
        moving_cutouts: of the other composed clips, those whose object is cut out of a video, frame by frame.
        light: the light changes during the clip.
    """

    footage: float = 0.25
    made_up: float = 0.0
    filmed_photos: float = 0.0
    absence: float = 0.45
    look_alikes: float = 0.4
    others: float = 0.4
    occluder: float = 0.25
    near_static: float = 0.2
    moving_cutouts: float = 0.5
    light: float = 0.35


TRAINING_MIX = ClipMix(footage=0.32, made_up=0.12, filmed_photos=0.18, absence=0.4, near_static=0.25)
"""What a run learns of, unless told; ``ClipMix`` itself is what it is checked on."""


@dataclass(frozen=True, eq=False)
class TrainingClip:
    """A clip to learn from.

    Attributes:
        frames: uint8 [T, S, S, 3], RGB.
        masks: bool [T, S, S], the object's visible pixels; empty where it is absent.
        skipped: sources that could not be used while it was drawn, by reason.
    """

    frames: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    skipped: Counter[str]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether any of the object is visible, bool [T]."""
        return np.asarray(self.masks.any(axis=(1, 2)))


def draw_clip(
    sources: Sources, count: int, side: int, rng: np.random.Generator, mix: ClipMix | None = None
) -> TrainingClip:
    """Draw a clip whose object is well visible on frame 0.

    A source that cannot be read, or shows no usable object, is skipped and counted, and another is drawn.

    Args:
        sources: what to compose from.
        count: frames T of the clip.
        side: S, side of the square frames in pixels.
        rng: the source of chance; same state, same clip.
        mix: how often clips have what; the defaults if None.

    Raises:
        SamscopeError: none of many attempts gave a usable clip.
    """
    mix = mix or ClipMix()
    skipped: Counter[str] = Counter()
    for _ in range(_ATTEMPTS):
        try:
            film = _draw_film(sources, count, side, rng, mix)
        except SamscopeError as error:
            skipped[str(error)] += 1
            continue
        share = film.masks[0].mean()
        if _LEAST_AREA <= share <= _LARGEST_AREA and film.visible[0] >= _LEAST_VISIBLE:
            frames = change_light(film.frames, rng, during=rng.random() < mix.light)
            return TrainingClip(frames, film.masks, skipped)
    raise SamscopeError(
        f"no usable training clip in {_ATTEMPTS} attempts; unusable sources: {dict(skipped.most_common(3))}"
    )


def _draw_film(sources: Sources, count: int, side: int, rng: np.random.Generator, mix: ClipMix) -> Film:
    absent = count >= _LEAST_FRAMES_FOR_ABSENCE and rng.random() < mix.absence
    absence = draw_absence(count, rng) if absent else None
    removed = False
    kind = rng.random()
    if sources.videos and kind < mix.footage:
        film = cut_footage(sources, count, side, rng)
    elif mix.footage <= kind < mix.footage + mix.made_up:
        film = cut_made_up_footage(sources, count, side, rng)
    elif mix.footage + mix.made_up <= kind < mix.footage + mix.made_up + mix.filmed_photos:
        film = with_company(film_photo(sources, count, side, rng), sources, rng)
    else:
        removed = absence is not None and rng.random() < 0.6
        look_alikes, others, occluder, near_static = (
            rng.random() < share for share in (mix.look_alikes, mix.others, mix.occluder, mix.near_static)
        )
        movable = bool(sources.videos) and mix.moving_cutouts > 0 and not near_static
        film = compose(
            sources,
            count,
            side,
            rng,
            look_alikes=look_alikes,
            others=others,
            occluder=occluder,
            near_static=near_static,
            moving=movable and rng.random() < mix.moving_cutouts,
            away=absence if removed else None,
        )
    if absence is not None and not removed:
        film = interrupt(film, absence, sources, rng)
    return film
