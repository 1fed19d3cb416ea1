"""Text from strangers, made harmless to show: nothing in it can steer a terminal or break a line."""


def printable(text: str) -> str:
    r"""Return text in which every character that is not printed stands as its escape: ``\x1b``, ``\n``.

    Escaped are control characters, line and paragraph separators, characters that turn the direction of
    writing, every space but the common one, unassigned characters, and the surrogates that stand for bytes
    of a file name that are no UTF-8. Everything else is left as it is.

    Args:
        text: any text.

    Returns:
        One line of text that can be encoded.
    """
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
