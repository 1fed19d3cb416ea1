import pytest

from samscope.support.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("goat <b>'\"& [red]$x$ größe 山羊", "goat <b>'\"& [red]$x$ größe 山羊"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("one\ntwo\r\n\ttwo", r"one\ntwo\r\n\ttwo"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("gpj.\u202egoat", r"gpj.\u202egoat"),
        ("\udcff\udc80", r"\udcff\udc80"),
        ("\U000e0041\x9b", r"\U000e0041\x9b"),
        ("", ""),
    ],
)
def test_what_steers_a_terminal_stands_as_its_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_every_character_comes_out_as_one_that_can_be_shown_and_encoded() -> None:
    shown = printable("".join(map(chr, range(0x110000))))
    assert shown.isprintable()
    assert shown.encode("utf-8")
