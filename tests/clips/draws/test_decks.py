from collections import Counter

from samscope.clips.draws.decks import Deck
from tests.clips.folders import square_video

VIDEOS = [square_video(name, 1) for name in "abcdef"]


def dealt(deck: Deck, count: int) -> str:
    names = ""
    for _ in range(count):
        video = next(deck.in_turn())
        deck.take(video)
        names += video.name
    return names


def test_every_pass_has_all_videos_in_another_order() -> None:
    names = dealt(Deck(VIDEOS, [3]), 24)
    passes = [names[first : first + 6] for first in range(0, 24, 6)]
    assert all(sorted(one) == list("abcdef") for one in passes)
    assert len(set(passes)) > 1
    assert names == dealt(Deck(VIDEOS, [3]), 24) != dealt(Deck(VIDEOS, [4]), 24)


def test_a_turned_deck_never_has_the_same_video_in_the_same_place() -> None:
    for seed in range(20):
        straight, turned = dealt(Deck(VIDEOS, [seed]), 12), dealt(Deck(VIDEOS, [seed], turned=True), 12)
        assert all(one != other for one, other in zip(straight, turned, strict=True))
        assert Counter(turned) == Counter(straight)


def test_what_is_passed_over_comes_next() -> None:
    deck = Deck(VIDEOS, [0])
    first, second, *_ = deck.in_turn()
    deck.take(second)
    assert next(deck.in_turn()) is first


def test_in_turn_shows_every_video_once_also_while_some_are_taken() -> None:
    deck = Deck(VIDEOS, [5])
    shown = []
    for video in deck.in_turn():
        shown.append(video.name)
        deck.take(video)
    assert sorted(shown) == list("abcdef")
    dealt(deck, 4)
    assert sorted(video.name for video in deck.in_turn()) == list("abcdef")


def test_a_deck_of_one_video_deals_it_again_and_again() -> None:
    assert dealt(Deck(VIDEOS[:1], [0], turned=True), 3) == "aaa"
