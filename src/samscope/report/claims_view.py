"""The page's table of claims: each under both definitions, side by side."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from samscope.figures.style import sample_size
from samscope.report.wording import estimate, listed, number

DEFINITIONS = ("paper", "gap control")
"""As the paper defines it, and with the age of the references controlled for."""

VERDICTS = ("holds", "fails", "undecided", "too few videos")

_HELD_AGAINST = {"above": "above {}", "below": "below {}", "within": "within \N{PLUS-MINUS SIGN}{}"}


@dataclass(frozen=True)
class TestedOnce:
    """What a test of a claim said under one definition.

    Attributes:
        word: a verdict; empty where this definition has no meaning for the claim.
        value: what was measured, with its 95 % interval.
        holds_if: where the value lies if the claim is true.
        basis: what it rests on.
        reason: why it is undecided or has no verdict; empty where it holds or fails.
        twin: what the random twin gives, and what the model gives beyond it; empty where none was run.
    """

    word: str
    value: str = ""
    holds_if: str = ""
    basis: str = ""
    reason: str = ""
    twin: str = ""


@dataclass(frozen=True)
class ClaimRow:
    """A claim of the paper.

    Attributes:
        claim: its id.
        section: where the paper makes it.
        sentence: what it says.
        statistic: what is measured.
        tested: what came of it, for each of ``DEFINITIONS``.
    """

    claim: str
    section: str
    sentence: str
    statistic: str
    tested: tuple[TestedOnce, ...]

    @property
    def differs(self) -> bool:
        """Whether the definitions lead to different verdicts."""
        return len({once.word for once in self.tested if once.word}) > 1


@dataclass(frozen=True)
class Together:
    """What the claims of a family say together under one definition.

    Attributes:
        word: a verdict; empty where this definition has no meaning for them.
        counts: how many of its tests came out how.
    """

    word: str
    counts: str


@dataclass(frozen=True)
class FamilyRow:
    """One thing that the paper says, which several claims make up.

    Attributes:
        sentence: what they say together.
        tested: what came of it, for each of ``DEFINITIONS``.
    """

    sentence: str
    tested: tuple[Together, ...]

    @property
    def differs(self) -> bool:
        """Whether the definitions lead to different verdicts."""
        return len({together.word for together in self.tested if together.word}) > 1


def claim_rows(table: pd.DataFrame) -> list[ClaimRow]:
    """Return the claims in the table's order, the verdicts of both definitions in one row.

    Args:
        table: one row a claim and definition, as ``claims_table`` returns it.
    """
    by_claim: dict[str, dict[str, Mapping[Hashable, Any]]] = {}
    for row in table.to_dict("records"):
        by_claim.setdefault(str(row["claim"]), {}).setdefault(str(row["definition"]), row)
    rows = []
    for claim, by_definition in by_claim.items():
        first = next(iter(by_definition.values()))
        section, sentence, statistic = (str(first[column]) for column in ("section", "sentence", "statistic"))
        tested = tuple(_tested(by_definition.get(name)) for name in DEFINITIONS)
        rows.append(ClaimRow(claim, section, sentence, statistic, tested))
    return rows


def family_rows(table: pd.DataFrame) -> list[FamilyRow]:
    """Return what the claims of each family say together, the verdicts of both definitions in one row.

    Args:
        table: one row a family and definition, as ``families_table`` returns it.
    """
    return [
        FamilyRow(
            str(rows["sentence"].iloc[0]),
            tuple(_together(rows.loc[rows["definition"] == name]) for name in DEFINITIONS),
        )
        for _, rows in table.groupby("family", sort=False)
    ]


def _together(rows: pd.DataFrame) -> Together:
    if rows.empty or pd.isna(rows["verdict"].iloc[0]):
        return Together("", "")
    row: Any = rows.iloc[0]
    counts = {word: int(row[word]) for word in VERDICTS}
    if sum(counts.values()) == 1:
        return Together(str(row["verdict"]), "one test")
    return Together(str(row["verdict"]), f"{sum(counts.values())} tests: {_counted(counts)}")


def claims_summary(rows: list[ClaimRow]) -> str:
    """Return in one sentence how many claims hold under each definition, and how many turn on it."""
    parts = []
    for index, name in enumerate(("as the paper defines things", "under the gap control")):
        words = Counter(row.tested[index].word for row in rows)
        if any(words[word] for word in VERDICTS):
            parts.append(f"{name} {_counted(words)}")
    differing = sum(row.differs for row in rows)
    turns = f" {differing} {'turns' if differing == 1 else 'turn'} on the definition." if differing else ""
    return f"Of {len(rows)} tests of the paper's claims, {'; '.join(parts)}.{turns}"


def _counted(words: Mapping[str, int]) -> str:
    return listed([f"{words[word]} {_plural(word, words[word])}" for word in VERDICTS if words[word]])


def _plural(word: str, count: int) -> str:
    if word == "undecided":
        return "is undecided" if count == 1 else "are undecided"
    if word == "too few videos":
        return "has too few videos" if count == 1 else "have too few videos"
    return word if count == 1 else word.removesuffix("s")


def _tested(row: Mapping[Hashable, Any] | None) -> TestedOnce:
    if row is None:
        return TestedOnce("")
    reason = "" if pd.isna(row["reason"]) else str(row["reason"])
    if pd.isna(row["verdict"]):
        return TestedOnce("", reason=reason)
    return TestedOnce(
        str(row["verdict"]),
        estimate(float(row["value"]), float(row["low"]), float(row["high"])),
        _HELD_AGAINST[row["holds_if"]].format(number(float(row["threshold"]))),
        sample_size(int(row["clips"]), int(row["videos"])),
        reason,
        _twin(row),
    )


def _twin(row: Any) -> str:
    if pd.isna(row["beyond_twin"]):
        return ""
    value, low, high = (float(row[name]) for name in ("beyond_twin", "beyond_twin_low", "beyond_twin_high"))
    return f"random twin {number(float(row['twin']))}; beyond it {estimate(value, low, high)}"
