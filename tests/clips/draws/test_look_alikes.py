import numpy as np

from samscope.clips.clip import Excerpt
from samscope.clips.draws.extents import Extents
from samscope.clips.draws.look_alikes import LookAlikes, find_look_alikes
from samscope.clips.draws.looks import Looks
from samscope.videos.video import Collection
from tests.clips.folders import ArrayVideo, square_video


def coloured(name: str, colour: tuple[int, int, int], frames: int = 12) -> ArrayVideo:
    video = square_video(name, frames)
    for frame, mask in zip(video.frames, video.masks, strict=True):
        frame[mask == 1] = colour
    return video


def look_alikes(*videos: ArrayVideo, length: int = 8) -> LookAlikes:
    return find_look_alikes(
        Collection("coloured", videos),
        videos,
        length=length,
        stride=1,
        least_share=0.001,
        looks=Looks(),
        extents=Extents(),
        seed=0,
    )


def names(excerpts: tuple[Excerpt, ...]) -> list[str]:
    return [excerpt.video for excerpt in excerpts]


RED, ORANGE, PINK, BLUE, GREEN = (
    (210, 30, 30),
    (214, 60, 30),
    (214, 90, 110),
    (20, 40, 200),
    (20, 200, 40),
)


def test_nearest_come_first_and_never_from_the_source() -> None:
    found = look_alikes(
        coloured("blue", BLUE),
        coloured("red", RED),
        coloured("pink", PINK),
        coloured("orange", ORANGE),
        coloured("green", GREEN),
    )
    assert names(found.most_like(Excerpt("red", 1, 2, 1), 3))[:2] == ["orange", "pink"]
    assert len(set(names(found.most_like(Excerpt("red", 1, 2, 1), 3)))) == 3


def test_few_objects_come_again_with_another_start() -> None:
    found = look_alikes(coloured("red", RED), coloured("orange", ORANGE), coloured("blue", BLUE))
    chosen = found.most_like(Excerpt("red", 1, 0, 1), 3)
    assert names(chosen) == ["orange", "blue", "orange"]
    assert len(set(chosen)) == 3


def test_a_single_excerpt_is_repeated() -> None:
    found = look_alikes(coloured("red", RED, 8), coloured("blue", BLUE, 8))
    assert found.most_like(Excerpt("red", 1, 0, 1), 3) == (Excerpt("blue", 1, 0, 1),) * 3


def test_objects_that_the_border_cuts_come_last() -> None:
    orange = coloured("orange", ORANGE)
    for mask in orange.masks:
        mask[0, 20:25] = 1
    found = look_alikes(coloured("red", RED), orange, coloured("blue", BLUE), coloured("green", GREEN))
    chosen = names(found.most_like(Excerpt("red", 1, 0, 1), 3))
    assert chosen[2] == "orange"
    assert set(chosen[:2]) == {"blue", "green"}


def test_objects_that_are_not_there_all_the_time_are_left_out() -> None:
    orange = coloured("orange", ORANGE)
    orange.masks[5][:] = 0
    found = look_alikes(coloured("red", RED), orange, coloured("blue", BLUE))
    assert set(names(found.most_like(Excerpt("red", 1, 0, 1), 3))) == {"blue"}
    blue = coloured("blue", BLUE)
    blue.masks[5][:] = 0
    assert look_alikes(coloured("red", RED), blue).most_like(Excerpt("red", 1, 0, 1), 3) == ()


def test_large_collections_are_searched_in_part() -> None:
    videos = [coloured(f"v{number:03d}", (number, 255 - number, 90), 8) for number in range(140)]
    found = look_alikes(*videos)
    assert len(found.excerpts) == 128
    assert found.excerpts == look_alikes(*videos).excerpts
    assert len(found.most_like(Excerpt("v003", 1, 0, 1), 3)) == 3
    read = sum(bool(video.reads) for video in videos)
    assert read < 140
    assert found.descriptions.dtype == np.float32


def test_shape_counts_beside_colour() -> None:
    """A bar of another colour is more like a bar than a square of the bar's own colour is."""

    def barred(name: str, colour: tuple[int, int, int]) -> ArrayVideo:
        video = square_video(name, 12)
        for frame, mask in zip(video.frames, video.masks, strict=True):
            mask[:] = 0
            mask[8:38, 20:24] = 1
            frame[mask == 1] = colour
        return video

    found = look_alikes(barred("bar", RED), barred("pink-bar", PINK), coloured("orange-square", ORANGE))
    assert names(found.most_like(Excerpt("bar", 1, 0, 1), 2))[0] == "pink-bar"
