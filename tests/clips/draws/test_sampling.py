from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.clip import OVERLAYS, Timeline
from samscope.clips.draws.rejections import (
    PARTNER_ABSENT,
    PARTNER_CUT,
    PARTNER_HIDDEN,
    PARTNER_SEE_THROUGH,
    PARTNER_TINY,
    SAME_LOOK,
    SAME_NAME,
    SOURCE_ABSENT,
    SOURCE_SMALL,
    TOO_SHORT,
    UNREADABLE,
)
from samscope.clips.draws.sampling import sample_draws
from samscope.clips.synthetic.made_up import made_up_collection
from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.davis import read_collection
from samscope.videos.video import Collection
from tests.clips.folders import ArrayVideo, square_collection, square_video

SHORT = Timeline(3, 2, 3)
"""8 frames."""


def test_same_seed_same_draws_and_another_seed_others() -> None:
    collection = square_collection({"a": 30, "b": 30, "c": 30})
    draws = sample_draws(collection, 6, SHORT, 3).draws
    assert draws == sample_draws(collection, 6, SHORT, 3).draws
    assert draws != sample_draws(collection, 6, SHORT, 4).draws
    assert [draw.clip for draw in draws] == list(range(6))
    assert len({draw.seed for draw in draws}) == 6


def test_draw_does_not_depend_on_how_many_are_asked_for() -> None:
    collection = square_collection({"a": 30, "b": 20, "c": 12})
    assert sample_draws(collection, 3, SHORT, 0).draws == sample_draws(collection, 40, SHORT, 0).draws[:3]


def test_excerpts_fit_and_only_strides_that_fit_are_used() -> None:
    lengths = {"a": 30, "b": 15, "c": 8}
    strides: Counter[tuple[str, int]] = Counter()
    for draw in sample_draws(square_collection(lengths), 200, SHORT, 0).draws:
        assert draw.source.video != draw.partner.video
        assert len(draw.overlays) == OVERLAYS
        for excerpt in (draw.source, draw.partner, *draw.overlays):
            indices = excerpt.indices(SHORT.length)
            assert indices[0] >= 0
            assert indices[-1] < lengths[excerpt.video]
        assert draw.source.video not in {overlay.video for overlay in draw.overlays}
        strides[draw.source.video, draw.source.stride] += 1
    assert set(strides) == {("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("c", 1)}


def test_videos_and_starts_are_drawn_evenly() -> None:
    draws = sample_draws(square_collection({"a": 12, "b": 12}), 400, SHORT, 0, strides=[1]).draws
    starts = Counter((draw.source.video, draw.source.start) for draw in draws)
    assert len(starts) == 2 * 5
    assert min(starts.values()) > 20


def test_source_starts_where_its_object_is_large_enough() -> None:
    video = square_video("a", 20)
    for mask in video.masks[:4]:
        mask[:] = 0
    for mask in video.masks[4:8]:
        mask[mask == 1] = 0
        mask[3:5, 3:5] = 1
    collection = Collection("two", (video, square_video("b", 20)))
    sampling = sample_draws(collection, 60, SHORT, 0, strides=[1], source="a")
    assert {draw.source.start for draw in sampling.draws} == set(range(8, 13))
    assert sampling.rejected[SOURCE_ABSENT] > 0
    assert sampling.rejected[SOURCE_SMALL] > 0
    assert SOURCE_SMALL not in sample_draws(collection, 60, SHORT, 0, strides=[1], min_area=0.0).rejected


def test_partner_is_there_all_the_time_and_whole() -> None:
    gone, cut = square_video("gone", 20), square_video("cut", 20)
    gone.masks[10][:] = 0
    for mask in cut.masks[8:]:
        mask[0, 30:40] = 1
    collection = Collection("three", (square_video("source", 20), gone, cut))
    sampling = sample_draws(collection, 80, SHORT, 0, strides=[1], source="source")
    for draw in sampling.draws:
        video = collection[draw.partner.video]
        for index in draw.partner.indices(SHORT.length):
            labels = video.labels(index)
            assert (labels == 1).any()
            assert not labels[0].any()
    assert {draw.partner.video for draw in sampling.draws} == {"gone", "cut"}
    assert sampling.rejected[PARTNER_ABSENT] > 0
    assert sampling.rejected[PARTNER_CUT] > 0


def test_least_cut_partner_is_taken_where_none_is_whole() -> None:
    slightly, badly = square_video("slightly", 8), square_video("badly", 8)
    for mask in slightly.masks:
        mask[0, 20:22] = 1
    for mask in badly.masks:
        mask[0, 20:60] = 1
    collection = Collection("three", (square_video("source", 8), slightly, badly))
    sampling = sample_draws(collection, 5, SHORT, 0, source="source")
    assert {draw.partner.video for draw in sampling.draws} == {"slightly"}
    assert sampling.rejected[PARTNER_CUT] > 0
    assert sampling.compromises[PARTNER_CUT] == 5


def test_objects_of_all_ids_are_drawn_and_void_never_is() -> None:
    video = square_video("a", 12)
    for mask in video.masks:
        mask[25:35, 20:30] = 6
        mask[36:39, 2:50] = 255
    collection = Collection("two", (video, square_video("b", 12, label=3)))
    draws = sample_draws(collection, 60, SHORT, 0).draws
    assert {(draw.source.video, draw.source.object_id) for draw in draws} == {("a", 1), ("a", 6), ("b", 3)}
    named = sample_draws(collection, 20, SHORT, 0, source="a", object_id=6).draws
    assert {draw.source.object_id for draw in named} == {6}


def test_named_videos_are_used() -> None:
    collection = square_collection({"a": 30, "b": 30, "c": 30})
    for draw in sample_draws(collection, 10, SHORT, 0, source="c", partner="a").draws:
        assert (draw.source.video, draw.partner.video) == ("c", "a")
    for draw in sample_draws(collection, 10, SHORT, 0, partner="a").draws:
        assert draw.source.video in {"b", "c"}
        assert draw.partner.video == "a"


def test_short_videos_are_left_out_and_listed() -> None:
    sampling = sample_draws(square_collection({"a": 30, "b": 7, "c": 8}), 20, SHORT, 0)
    assert sampling.left_out == {"b": 7}
    assert sampling.rejected[TOO_SHORT] == 1
    assert "b" not in {excerpt.video for draw in sampling.draws for excerpt in (draw.source, draw.partner)}


def test_masks_are_read_once_and_only_where_needed() -> None:
    collection = Collection("two", (square_video("a", 60), square_video("b", 60)))
    sample_draws(collection, 1, SHORT, 0, strides=[1])
    for video in collection.videos:
        assert len(set(video.reads)) < 40  # type: ignore[attr-defined]


def test_no_video_is_long_enough() -> None:
    with pytest.raises(
        UsageError,
        match=r"squares: every video is shorter than a clip: b, the longest, has 20 frames and 28 are",
    ) as caught:
        sample_draws(square_collection({"a": 7, "b": 20}), 1, Timeline(), 0)
    assert "--prefix, --middle or --suffix" in str(caught.value)


@pytest.mark.parametrize("lengths", [{"a": 30}, {"a": 30, "b": 7}])
def test_one_video_is_not_enough(lengths: dict[str, int]) -> None:
    with pytest.raises(
        UsageError, match=r"squares: a is the only video .*an interjection needs a second video"
    ):
        sample_draws(square_collection(lengths), 1, SHORT, 0)


@pytest.mark.parametrize("role", ["source", "partner"])
def test_named_video_that_is_too_short_or_unknown(role: str) -> None:
    collection = square_collection({"a": 30, "b": 7, "c": 30})
    with pytest.raises(
        UsageError, match=rf"--{role} b: it has 7 frames and a clip needs 8; shorten --prefix"
    ):
        sample_draws(collection, 1, SHORT, 0, **{role: "b"})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"squares has no video named 'z'; it has a, b, c"):
        sample_draws(collection, 1, SHORT, 0, **{role: "z"})  # type: ignore[arg-type]


def test_source_and_partner_are_two_videos() -> None:
    with pytest.raises(UsageError, match="--source and --partner are both a; an interjection needs a second"):
        sample_draws(square_collection({"a": 30, "b": 30}), 1, SHORT, 0, source="a", partner="a")


def test_unknown_object() -> None:
    collection = square_collection({"a": 30, "b": 30})
    with pytest.raises(UsageError, match="a has no object 4; its objects are: 1"):
        sample_draws(collection, 1, SHORT, 0, source="a", object_id=4)
    with pytest.raises(UsageError, match="object 4 is asked for, but no --source"):
        sample_draws(collection, 1, SHORT, 0, object_id=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "--clips is 0; expected at least 1"),
        ({"seed": -1}, "--seed is -1; expected 0 or more"),
        ({"min_area": 1.0}, "--min-area is 1.0; expected a share"),
        ({"strides": []}, r"--strides is \[\]; expected whole numbers from 1"),
        ({"strides": [1, 0]}, r"--strides is \[1, 0\]; expected"),
    ],
)
def test_numbers_out_of_range(arguments: dict[str, object], message: str) -> None:
    given = {"count": 1, "timeline": SHORT, "seed": 0} | arguments
    with pytest.raises(UsageError, match=message):
        sample_draws(square_collection({"a": 30, "b": 30}), **given)  # type: ignore[arg-type]


def test_exhausted_tries_say_which_rule_rejected_most() -> None:
    collection = square_collection({"a": 10, "b": 10})
    with pytest.raises(
        SamscopeError, match=r"no source found in 500 tries; mostly \(500 times\): source object too"
    ):
        sample_draws(collection, 1, SHORT, 0, min_area=0.2)
    for mask in collection.videos[1].masks[4:6]:  # type: ignore[attr-defined]
        mask[:] = 0
    with pytest.raises(
        SamscopeError,
        match=r"no partner found in 500 tries; mostly \(500 times\): partner object absent .*lower",
    ):
        sample_draws(collection, 1, SHORT, 0, source="a")
    for video in collection.videos:
        for mask in video.masks:  # type: ignore[attr-defined]
            mask[:] = 0
    with pytest.raises(SamscopeError, match=r"mostly \(500 times\): source object absent on the first frame"):
        sample_draws(collection, 1, SHORT, 0)


def test_made_up_videos_are_hardly_ever_rejected() -> None:
    sampling = sample_draws(made_up_collection(), 24, Timeline(), 0)
    assert sum(sampling.rejected.get(reason, 0) for reason in (SOURCE_ABSENT, SOURCE_SMALL)) == 0
    assert sum(sampling.compromises.values()) <= 2
    assert set(Counter(draw.source.video for draw in sampling.draws).values()) == {2}


@pytest.mark.parametrize("seed", range(4))
def test_no_source_or_partner_comes_again_before_all_have_come(seed: int) -> None:
    names = [f"v{number:02d}" for number in range(7)]
    draws = sample_draws(square_collection(dict.fromkeys(names, 10)), 21, SHORT, seed).draws
    for first in (0, 7, 14):
        part = draws[first : first + 7]
        assert sorted(draw.source.video for draw in part) == names
        assert sorted(draw.partner.video for draw in part) == names
    assert [draw.source.video for draw in draws[:7]] != [draw.source.video for draw in draws[7:14]]
    assert len({(draw.source.video, draw.partner.video) for draw in draws}) > 10


def test_a_video_that_is_of_no_use_takes_no_turn() -> None:
    videos = [square_video(name, 20) for name in ("a", "b", "c", "empty")]
    for mask in videos[3].masks:
        mask[:] = 0
    draws = sample_draws(Collection("four", tuple(videos)), 9, SHORT, 0).draws
    assert Counter(draw.source.video for draw in draws) == {"a": 3, "b": 3, "c": 3}
    assert Counter(draw.partner.video for draw in draws) == {"a": 3, "b": 3, "c": 3}


def test_a_video_that_comes_again_shows_another_object() -> None:
    video = square_video("a", 12)
    for frame, mask in zip(video.frames, video.masks, strict=True):
        for left, label in ((20, 6), (40, 9)):
            mask[25:35, left : left + 10] = label
            frame[25:35, left : left + 10] = 255
    draws = sample_draws(Collection("two", (video, square_video("b", 12))), 12, SHORT, 1).draws
    sources = [draw.source.object_id for draw in draws if draw.source.video == "a"]
    partners = [draw.partner.object_id for draw in draws if draw.partner.video == "a"]
    assert sorted(sources[:3]) == sorted(sources[3:]) == [1, 6, 9]
    assert sorted(partners[:3]) == sorted(partners[3:]) == [1, 6, 9]


def test_each_takes_every_object_once_in_order() -> None:
    videos = [square_video(name, 12) for name in ("b", "a", "c")]
    for index, mask in enumerate(videos[1].masks):
        mask[25:35, 20:30] = 6
        mask[36:38, 2:4] = 7
        if index > 2:
            mask[25:35, 40:50] = 9
    sampling = sample_draws(Collection("three", tuple(videos)), 1, SHORT, 0, each=True)
    drawn = [(draw.source.video, draw.source.object_id) for draw in sampling.draws]
    assert drawn == [("b", 1), ("a", 1), ("a", 6), ("a", 9), ("c", 1)]
    assert [draw.clip for draw in sampling.draws] == list(range(5))
    assert sampling.draws[3].source.start in {3, 4}
    assert sampling.rejected[SOURCE_SMALL] == 1
    assert all(draw.partner.video != draw.source.video for draw in sampling.draws)
    only = sample_draws(Collection("three", tuple(videos)), 1, SHORT, 0, each=True, source="a")
    assert [draw.source.object_id for draw in only.draws] == [1, 6, 9]


def test_each_says_so_where_no_object_can_be_taken() -> None:
    with pytest.raises(SamscopeError, match=r"no source found .* source object too small"):
        sample_draws(square_collection({"a": 10, "b": 10}), 1, SHORT, 0, each=True, min_area=0.2)


def test_in_groups_every_draw_has_a_source_and_a_partner_of_its_own() -> None:
    names = [f"v{number:02d}" for number in range(12)]
    draws = sample_draws(square_collection(dict.fromkeys(names, 10)), 12, SHORT, 3, group=4).draws
    assert sorted(draw.source.video for draw in draws) == names
    assert sorted(draw.partner.video for draw in draws) == names
    for number, draw in enumerate(draws):
        members = names[number // 4 * 4 :][:4]
        others = {draw.partner.video, *(overlay.video for overlay in draw.overlays)}
        assert draw.source.video in members
        assert others <= set(members) - {draw.source.video}


def test_in_groups_draws_do_not_depend_on_what_comes_after() -> None:
    lengths = {f"v{number:02d}": 10 for number in range(12)}
    many = sample_draws(square_collection(lengths), 12, SHORT, 3, group=4).draws
    few = sample_draws(square_collection(dict(list(lengths.items())[:8])), 5, SHORT, 3, group=4).draws
    assert many[:5] == few


def test_in_groups_a_named_source_or_partner_is_kept_to() -> None:
    collection = square_collection({f"v{number:02d}": 10 for number in range(8)})
    for draw in sample_draws(collection, 8, SHORT, 3, group=4, source="v01").draws:
        assert draw.source.video == "v01" != draw.partner.video
    draws = sample_draws(collection, 8, SHORT, 3, group=4, partner="v02").draws
    assert {draw.partner.video for draw in draws} == {"v02"}
    assert {draw.source.video for draw in draws[:4]} == {"v00", "v01", "v03"}
    assert sorted(draw.source.video for draw in draws[4:]) == ["v04", "v05", "v06", "v07"]


def painted(name: str, colour: tuple[int, int, int], frames: int = 12) -> ArrayVideo:
    video = square_video(name, frames)
    for frame, mask in zip(video.frames, video.masks, strict=True):
        frame[mask == 1] = colour
    return video


RED, BLUE, GREEN, YELLOW = (210, 30, 30), (20, 40, 210), (20, 200, 40), (230, 220, 30)


def behind_a_pole(name: str) -> ArrayVideo:
    """A square that a pole cuts in two for a while."""
    video = painted(name, GREEN)
    for index in (5, 6):
        left = 5 + index
        video.masks[index][:, left + 3 : left + 6] = 0
    return video


def hidden_for_a_while(name: str) -> ArrayVideo:
    """A square of which something hides all but a third, in one piece, for a while."""
    video = painted(name, GREEN)
    for index in (5, 6):
        video.masks[index][:, 5 + index + 3 :] = 0
    return video


def smoke(name: str) -> ArrayVideo:
    """A faint cloud that fades into the ground."""
    video = square_video(name, 12)
    rows, columns = np.mgrid[:40, :60]
    for frame, mask in zip(video.frames, video.masks, strict=True):
        density = 0.6 * np.exp(-((rows - 20) ** 2 + (columns - 30) ** 2) / (2 * 9.0**2))
        ground = np.full((40, 60, 3), 60.0)
        frame[:] = ground + density[..., None] * (110 - ground)
        mask[:] = density > 0.25
    return video


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        (behind_a_pole("faulty"), PARTNER_HIDDEN),
        (hidden_for_a_while("faulty"), PARTNER_HIDDEN),
        (smoke("faulty"), PARTNER_SEE_THROUGH),
    ],
)
def test_objects_that_do_not_paste_well_are_no_partners_and_no_look_alikes(
    faulty: ArrayVideo, reason: str
) -> None:
    videos = (
        painted("source", RED),
        faulty,
        painted("blue", BLUE),
        painted("yellow", YELLOW),
        painted("g", GREEN),
    )
    whole = Timeline(4, 3, 5)
    sampling = sample_draws(Collection("five", videos), 8, whole, 0, source="source")
    assert {draw.partner.video for draw in sampling.draws} == {"blue", "yellow", "g"}
    assert all("faulty" not in {one.video for one in draw.overlays} for draw in sampling.draws)
    assert sampling.rejected[reason] > 0
    assert not sampling.compromises
    alone = sample_draws(Collection("two", videos[:2]), 3, whole, 0, source="source")
    assert alone.compromises == {reason: 3}


def test_partners_have_another_name_and_another_look() -> None:
    videos = (
        painted("car-shadow", RED),
        painted("car-turn", BLUE),
        painted("goat", GREEN),
        painted("ox", RED),
    )
    sampling = sample_draws(Collection("four", videos), 6, SHORT, 0, source="car-shadow")
    assert {draw.partner.video for draw in sampling.draws} == {"goat"}
    assert sampling.rejected[SAME_NAME] > 0
    assert sampling.rejected[SAME_LOOK] > 0
    kept = sample_draws(Collection("four", videos), 2, SHORT, 0, source="car-shadow", partner="car-turn")
    assert kept.compromises == {SAME_NAME: 2}


def test_a_partner_can_pass_in_front() -> None:
    large, small = painted("large", RED), painted("small", BLUE)
    for frame, mask in zip(large.frames, large.masks, strict=True):
        frame[5:30, 5:40], mask[5:30, 5:40] = RED, 1
    for mask in small.masks:
        mask[:] = 0
        mask[12:16, 20:24] = 1
    for frame, mask in zip(small.frames, small.masks, strict=True):
        frame[mask == 1] = BLUE
    collection = Collection("three", (large, small, painted("other", GREEN)))
    sampling = sample_draws(collection, 4, SHORT, 0, source="large")
    assert {draw.partner.video for draw in sampling.draws} == {"other"}
    assert sampling.rejected[PARTNER_TINY] > 0


def test_papers_example_on_real_davis(shared: Path) -> None:
    collection = read_collection(shared / "data" / "davis")
    (draw,) = sample_draws(collection, 1, Timeline(), 0, source="car-shadow", partner="goat").draws
    assert (draw.source.video, draw.partner.video) == ("car-shadow", "goat")
    assert draw.source.stride == draw.partner.stride == 1
    assert "car-shadow" not in {overlay.video for overlay in draw.overlays}
    assert np.unique([overlay.video for overlay in draw.overlays]).size == 3


def broken_collection(broken: str, frames: set[int]) -> Collection:
    """Return a collection in which some masks of a video cannot be read."""

    class Broken(ArrayVideo):
        def labels(self, index: int) -> NDArray[np.uint8]:
            if index in frames:
                raise SamscopeError(f"{self.name}/{index}: damaged")
            return super().labels(index)

    squares = [square_video(name, frames) for name, frames in (("a", 30), ("b", 20), ("c", 20))]
    videos = [Broken(one.name, one.frames, one.masks, []) if one.name == broken else one for one in squares]
    return Collection("squares", tuple(videos))


def test_masks_that_cannot_be_read_are_not_drawn_and_told() -> None:
    sampling = sample_draws(broken_collection("b", {3, 11}), 60, SHORT, 0)
    assert sampling.unreadable in ({"b": "b/3: damaged"}, {"b": "b/11: damaged"})
    assert sampling.rejected[UNREADABLE] > 0
    for draw in sampling.draws:
        assert (draw.source.video, draw.source.start) not in {("b", 3), ("b", 11)}
        for excerpt in (draw.partner, *draw.overlays):
            assert excerpt.video != "b" or not {3, 11} & set(excerpt.indices(SHORT.length))


def test_other_draws_do_not_depend_on_what_cannot_be_read() -> None:
    """Source, partner and seed of a draw that met nothing unreadable are those of intact videos."""
    intact = sample_draws(broken_collection("b", set()), 60, SHORT, 0).draws
    broken = sample_draws(broken_collection("b", {5}), 60, SHORT, 0).draws
    for before, now in zip(intact, broken, strict=True):
        assert before.seed == now.seed
        if before.source != now.source:
            assert (before.source.video, before.source.start) == ("b", 5)
        elif before.partner != now.partner:
            assert before.partner.video == "b"
            assert 5 in before.partner.indices(SHORT.length)
    assert intact != broken


def test_where_nothing_can_be_read_it_says_so() -> None:
    with pytest.raises(
        SamscopeError, match=r"no partner found in 500 tries; .*: mask that cannot be read, b/\d+"
    ):
        sample_draws(broken_collection("b", set(range(20))), 1, SHORT, 0, source="a", partner="b")
