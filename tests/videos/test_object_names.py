import pytest

from samscope.clips.synthetic.made_up import made_up_collection
from samscope.videos.object_names import names_among
from tests.clips.folders import square_video


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("car-shadow", "car"),
        ("Dog_agility", "dog"),
        ("goat", "goat"),
        ("horse2", "horse"),
        ("0a49f5265b", None),
        ("cafe12bd", None),
        ("bmx-trees", "bmx"),
        ("a-b", None),
    ],
)
def test_the_first_word_of_a_name(name: str, word: str | None) -> None:
    videos = [square_video(one, 2) for one in (name, "other-1", "third-2")]
    names = names_among(videos)
    assert names.name_of(videos[0], 1) == word
    assert names.shown_in(videos[0]) == ({word} if word else frozenset())


def test_a_word_that_most_videos_begin_with_says_nothing() -> None:
    videos = [square_video(f"video_{number}", 2) for number in range(5)] + [square_video("dog", 2)]
    names = names_among(videos)
    assert names.name_of(videos[0], 1) is None
    assert names.name_of(videos[5], 1) == "dog"


def test_made_up_videos_know_what_they_show() -> None:
    videos = made_up_collection(4).videos
    names = names_among(videos)
    assert names.shown_in(videos[1]) == set(videos[1].kinds)  # type: ignore[attr-defined]
    assert [names.name_of(videos[1], object_id) for object_id in videos[1].object_ids] == [
        *videos[1].kinds  # type: ignore[attr-defined]
    ]
