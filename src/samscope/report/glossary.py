"""Words that the page explains where they stand first, and once more in a list at its end."""

import re
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup, escape


@dataclass(frozen=True)
class Term:
    """A word of the page.

    Attributes:
        word: as it is written, in any case.
        meaning: one or two sentences.
    """

    word: str
    meaning: str

    @property
    def anchor(self) -> str:
        """Its id in the list at the page's end."""
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.word.lower()).strip("-")


GLOSSARY = (
    Term(
        "AUROC",
        "The chance that a frame without the object gets a higher value than one with it: 0.5 is a coin's "
        "throw, 1 is never wrong.",
    ),
    Term(
        "95 % interval",
        "Where the number would lie in 19 of 20 studies of other source and partner videos. It stands in "
        "brackets behind the number.",
    ),
    Term(
        "gap control",
        "While the object is gone, the frames that a frame is compared with grow old, and that alone makes "
        "it "
        "look far away. So clean clips, whose object is there all the time, are measured as if it were gone: "
        "against frames that are just as old. What still differs from them is not age.",
    ),
    Term(
        "J&F",
        "The mean of J and F, as the DAVIS benchmark scores masks: 1 is perfect.",
    ),
    Term(
        "object score",
        "SAM 2's own answer to 'is the object there?': above 0 it says yes.",
    ),
    Term(
        "object pointer",
        "The vector with which SAM 2 remembers the object of a frame (position 4). Ungated: before it is "
        "replaced "
        "by a constant where the object score is 0 or below.",
    ),
    Term(
        "linear combination",
        "A logistic regression on the short-term distance, the long-term distance and the ratio together, "
        "always "
        "tried on source videos that it was not fitted to.",
    ),
    Term(
        "short-term distance",
        "How far a frame's tensor is from that of the latest frame that shows the object.",
    ),
    Term(
        "long-term distance",
        "How far a frame's tensor is from the mean of the latest five frames that show the object, each "
        "element "
        "divided by how much it varies among those.",
    ),
    Term(
        "short-term ratio",
        "The short-term distance of a frame over that of the frame before it.",
    ),
    Term(
        "references",
        "The earlier frames that a frame is compared with: the latest ones that show the object.",
    ),
    Term(
        "Holm",
        "A rule for many tests at once: it asks more of each, so that in 19 of 20 studies not one of them is "
        "wrongly decided.",
    ),
    Term(
        "draw",
        "One random choice of source video, object, start, stride and partner video. Each set makes one "
        "clip of it.",
    ),
    Term(
        "ridge regression",
        "A linear fit whose weights are kept small.",
    ),
    Term(
        "balanced accuracy",
        "The mean of two shares: absent frames called absent, and others not called so. 0.5 is a coin's "
        "throw.",
    ),
)
"""In the order of the list at the page's end."""

_BY_WORD = {term.word.lower(): term for term in GLOSSARY}
_WORDS = re.compile(
    r"(?<![\w-])("
    + "|".join(
        re.escape(str(escape(term.word))) for term in sorted(GLOSSARY, key=lambda term: -len(term.word))
    )
    + r")(?![\w-])",
    re.IGNORECASE,
)


def explained(text: str) -> Markup:
    """Return a text with the words of ``GLOSSARY`` marked where each stands first; all else is escaped.

    A marked word leads to its entry at the page's end, and shows its meaning while it is pointed at or has
    the focus.
    """
    seen: set[str] = set()

    def marked(match: re.Match[str]) -> str:
        term = _BY_WORD[unescape(match[0]).lower()]
        if term.word in seen:
            return match[0]
        seen.add(term.word)
        return f'<a class="term" href="#{term.anchor}" data-meaning="{escape(term.meaning)}">{match[0]}</a>'

    return Markup(_WORDS.sub(marked, str(escape(text))))  # noqa: S704 - the text is escaped
