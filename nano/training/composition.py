"""Clips composed of cut-out objects that move over a ground."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nano.training.grounds import drawn_ground, film, photo_ground, video_ground
from nano.training.motion import Course, Pace, Placement, draw_course, fold
from nano.training.moving_cutouts import moving_cutout
from nano.training.sources import Sources
from nano.training.sprites import (
    Sprite,
    Waving,
    place,
    recoloured,
    scaled,
    sprite_of_cutout,
    sprite_of_photo,
)
from nano.training.tracked_film import Film
from samscope.clips.pasting import paste


@dataclass(frozen=True, eq=False)
class Actor:
    """An object of a composed clip.

    Attributes:
        sprites: what it looks like, at about the scale at which it appears: one for all frames, or one a
            frame.
        start: x and y of its middle on frame 0, as shares of the frame's side.
        course: how it moves.
        turn: its turn on frame 0, in radians.
        stretch: factor on its width.
        mirrored: left and right swapped.
        waving: how it bends, or None.
        bounded: whether it turns round at the frame's edge, and does not leave it.
        away: frames on which it is not there.
    """

    sprites: tuple[Sprite, ...]
    start: tuple[float, float]
    course: Course
    turn: float = 0.0
    stretch: float = 1.0
    mirrored: bool = False
    waving: Waving | None = None
    bounded: bool = True
    away: range = range(0)

    def sprite_at(self, time: int) -> Sprite:
        """Return what it looks like on a frame."""
        return self.sprites[time % len(self.sprites)]

    def placements(self, side: int) -> list[Placement]:
        """Return where it is on each frame of this many pixels a side."""
        places = np.array(self.start) + self.course.shift
        if self.bounded:
            places = fold(places, 0.08, 0.92)
        places = places * side
        return [
            Placement(
                float(x), float(y), float(np.exp(zoom)), float(self.turn + turn), self.stretch, self.mirrored
            )
            for (x, y), zoom, turn in zip(places, self.course.zoom, self.course.turn, strict=True)
        ]


def compose(
    sources: Sources,
    count: int,
    side: int,
    rng: np.random.Generator,
    *,
    look_alikes: bool,
    others: bool,
    occluder: bool,
    near_static: bool,
    moving: bool,
    away: range | None,
) -> Film:
    """Draw a composed clip.

    Args:
        sources: what to compose from.
        count: frames T.
        side: S in pixels.
        rng: the source of chance.
        look_alikes: add one to three copies of the object.
        others: add one to three other objects.
        occluder: let something pass in front.
        near_static: move hardly anything.
        moving: cut the object, as it moves its limbs and turns, out of the frames of a video.
        away: frames on which the object is taken out, or None.

    Raises:
        SamscopeError: a source cannot be read or shows no usable object.
    """
    pace = Pace.NEAR_STATIC if near_static else (Pace.SLOW if rng.random() < 0.45 else Pace.FAST)
    camera = Pace.NEAR_STATIC if near_static or rng.random() < 0.35 else Pace.SLOW
    ground, seen_from = _draw_ground(sources, count, side, camera, rng)
    sprites = moving_cutout(sources, count, rng) if moving else (draw_sprite(sources, rng),)
    size = float(np.exp(rng.uniform(np.log(0.16), np.log(0.75))))
    hero = _draw_actor(sprites, size * side, count, pace, rng)
    hero = replace(hero, bounded=rng.random() < 0.85, away=away or range(0))
    behind: list[Actor] = []
    before: list[Actor] = []
    company = []
    if look_alikes:
        company += [_look_alike(hero, sprites, count, pace, rng) for _ in range(rng.integers(1, 4))]
    if others:
        for _ in range(rng.integers(1, 4)):
            other_sprites = (draw_sprite(sources, rng),)
            company.append(_draw_actor(other_sprites, rng.uniform(0.15, 0.5) * side, count, pace, rng))
    for actor in company:
        (behind if rng.random() < 0.6 else before).append(actor)
    if occluder:
        before.append(_draw_passer_by(draw_sprite(sources, rng), hero, side, count, rng))
    with_camera = [_moved_with(actor, seen_from) for actor in (*behind, hero, *before)]
    return paint(ground, with_camera, hero=len(behind))


def add_passers_by(
    whole: Film, sources: Sources, rng: np.random.Generator, own_sprite: Sprite | None
) -> Film:
    """Add one or two objects to a film, behind nothing: they hide what they pass.

    Args:
        whole: the film; its object keeps what remains visible of its mask.
        sources: where the added objects come from.
        rng: the source of chance.
        own_sprite: a sprite to add instead, such as a copy of the film's own object.

    Raises:
        SamscopeError: a source cannot be read or shows no usable object.
    """
    count, side = whole.frames.shape[:2]
    actors = []
    for _ in range(rng.integers(1, 3)):
        sprite = draw_sprite(sources, rng) if own_sprite is None else own_sprite
        actors.append(_draw_actor((sprite,), rng.uniform(0.15, 0.45) * side, count, Pace.SLOW, rng))
    return _behind(whole, paint(whole.frames, actors, hero=None))


def add_second_object(whole: Film, sprites: tuple[Sprite, ...], rng: np.random.Generator) -> Film:
    """Add a moving object to a film, in front of what it passes; half of the time it is tracked.

    Args:
        whole: the film.
        sprites: the object, one sprite a frame.
        rng: the source of chance.
    """
    count, side = whole.frames.shape[:2]
    pace = Pace.SLOW if rng.random() < 0.6 else Pace.FAST
    actor = _draw_actor(sprites, rng.uniform(0.2, 0.55) * side, count, pace, rng)
    added = paint(whole.frames, [actor], hero=0)
    return added if rng.random() < 0.5 else _behind(whole, added)


def _behind(whole: Film, added: Film) -> Film:
    """Return the film with what was added in front of its object."""
    masks = whole.masks & ~added.masks
    area = whole.masks.sum(axis=(1, 2))
    left = np.divide(masks.sum(axis=(1, 2)), area, out=np.ones(len(masks)), where=area > 0)
    return Film(added.frames, masks, whole.visible * left)


def paint(ground: NDArray[np.uint8], actors: list[Actor], hero: int | None) -> Film:
    """Paint actors onto a ground, the last in front.

    Args:
        ground: uint8 [T, S, S, 3].
        actors: from the back to the front.
        hero: index of the one whose mask is wanted; None for that of all actors together.

    Returns:
        The film; ``visible`` is the hero's (1 for None).
    """
    count, side = ground.shape[:2]
    frames = ground.astype(np.float32)
    masks, whole_area = np.zeros((count, side, side), bool), np.zeros(count)
    for number, actor in enumerate(actors):
        for time, placement in enumerate(actor.placements(side)):
            if time in actor.away:
                continue
            sprite = actor.sprite_at(time)
            colour, alpha = place(sprite, placement, side, actor.waving, time)
            solid = alpha > 0.5
            if number == hero:
                masks[time] = solid
                whole_area[time] = float((sprite.alpha > 0.5).sum()) * placement.scale**2 * actor.stretch
            elif hero is None:
                masks[time] |= solid
            else:
                masks[time] &= ~solid
            paste(frames[time], colour, alpha)
    area = masks.sum(axis=(1, 2))
    visible = (
        np.divide(area, whole_area, out=np.ones(count), where=whole_area > 0)
        if hero is not None
        else np.ones(count)
    )
    return Film(frames.clip(0, 255).astype(np.uint8), masks, visible)


def draw_sprite(sources: Sources, rng: np.random.Generator) -> Sprite:
    """Cut an object out of a random photo or take a random cut-out.

    Raises:
        SamscopeError: it cannot be read or shows no usable object.
    """
    if rng.random() < 0.6:
        return sprite_of_photo(sources.photos[int(rng.integers(len(sources.photos)))])
    return sprite_of_cutout(sources.cutouts[int(rng.integers(len(sources.cutouts)))])


def _draw_ground(
    sources: Sources, count: int, side: int, pace: Pace, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the ground's frames and the shift [T, 2] that its camera gives to what stands on it."""
    kind = rng.random()
    if kind < 0.15 and sources.videos:
        video = sources.videos[int(rng.integers(len(sources.videos)))]
        return video_ground(video, count, side, rng), np.zeros((count, 2))
    ground = photo_ground(sources, side, rng) if kind < 0.85 else drawn_ground(side, rng)
    course = draw_course(count, pace, rng)
    return film(ground, course, side), course.shift


def _draw_actor(
    sprites: tuple[Sprite, ...], long_side: float, count: int, pace: Pace, rng: np.random.Generator
) -> Actor:
    waves = rng.random() < 0.35 and pace is not Pace.NEAR_STATIC
    bend = Waving(
        reach=rng.uniform(0.02, 0.08),
        waves=rng.uniform(0.5, 1.5),
        speed=rng.normal(0, 0.5),
        phase=rng.uniform(0, 6),
    )
    gains = rng.normal(1.0, 0.08, 3)
    return Actor(
        sprites=tuple(recoloured(scaled(sprite, long_side), gains) for sprite in sprites),
        start=(float(rng.uniform(0.15, 0.85)), float(rng.uniform(0.15, 0.85))),
        course=draw_course(count, pace, rng),
        turn=float(rng.normal(0, 0.25)),
        stretch=float(rng.uniform(0.55, 1.15)),
        mirrored=bool(rng.random() < 0.5),
        waving=bend if waves else None,
    )


def _look_alike(
    hero: Actor, sprites: tuple[Sprite, ...], count: int, pace: Pace, rng: np.random.Generator
) -> Actor:
    """Copy the hero exactly, or with other colours and another size; it goes its own way."""
    long_side = max(hero.sprite_at(0).alpha.shape)
    twin = _draw_actor(sprites, long_side * rng.uniform(0.75, 1.25), count, pace, rng)
    if rng.random() < 0.5:
        return replace(
            twin, sprites=hero.sprites, stretch=hero.stretch, turn=hero.turn, mirrored=hero.mirrored
        )
    return replace(twin, stretch=hero.stretch)


def _draw_passer_by(sprite: Sprite, hero: Actor, side: int, count: int, rng: np.random.Generator) -> Actor:
    """Draw an actor that crosses the hero's place at some moment of the clip."""
    actor = _draw_actor((sprite,), rng.uniform(0.2, 0.6) * side, count, Pace.SLOW, rng)
    moment = int(rng.integers(1, max(count, 2)))
    heading = rng.uniform(0, 2 * np.pi)
    speed = rng.uniform(0.03, 0.15)
    line = speed * np.arange(count)[:, None] * np.array([np.cos(heading), np.sin(heading)])
    course = replace(actor.course, shift=actor.course.shift + line)
    meeting = np.array(hero.start) + hero.course.shift[min(moment, count - 1)]
    start = meeting - course.shift[min(moment, count - 1)]
    return replace(actor, course=course, start=(float(start[0]), float(start[1])), bounded=False)


def _moved_with(actor: Actor, shift: NDArray[np.float64]) -> Actor:
    return replace(actor, course=replace(actor.course, shift=actor.course.shift + shift))
