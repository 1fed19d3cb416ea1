"""Write ``docs/claims.md``: every claim of the paper that is tested, and how."""

from itertools import groupby
from pathlib import Path

from samscope.analysis.claims.claim import Claim
from samscope.analysis.claims.every_claim import FAMILIES, every_claim

PAGE = Path(__file__).resolve().parents[1] / "docs" / "claims.md"

_COLUMNS = ("claim", "the paper says", "tested as", "statistic", "holds", "control", "refuted by")

_BEFORE = """# The paper's claims, as tests

'An Analysis of Segment Anything 2' says what happens inside the tracker mostly in words and plots. samscope
turns each such sentence into a number with an interval (`docs/statistics.md`), and a study says of each
whether it holds. This page lists them; `python -m benchmarks.claims_page` writes it from the code that
tests them.

**What is fair.** A claim is held against what it says and no more:

- *Rises* are means over a part of the clips as multiples of the mean over the prefix. *Peaks* are two, as
  the context goes and as it returns; where the paper compares them, the higher one counts.
- *Completely separable* means that one threshold parts all absent frames from all others. One frame on the
  wrong side refutes it, however near to 1 the AUROC is. The ends beside such a number are what it becomes
  without any one video.
- What is fitted or chosen, the combination and the best single feature, is so on other source videos than
  it is scored on.
- *The ratio* speaks on the first frame without the object. Later it compares absent frames with absent
  ones.
- *What a pointer carries* is held against the same decoder taught with permuted pointers. With few videos
  both do worse than a mean; that the decoder reads nothing refutes nothing.
- *Maps* are compared in standard deviations of the map over its places: a region against the ground, or the
  object against other objects of the same frame. Any object stands out of a position that shows edges; that
  it is *the* object, other objects tell. Pasted ones have edges of their own, so half of that comparison is
  made where the object of interest is pasted and the other one is not.
- *The prompted frame* is nowhere compared at positions 2, 3 and 4, nor is it a reference there: its pointer
  comes from a pass of its own, and short distances to it are several times as large as to others. `samscope
  report --prompted-pointer` has it as the paper does.

**The control.** References grow old while the object is gone, which raises distances by itself. So what
rests on references is tested once more beside clean clips whose references are just as old: those with
their middle declared absent (`clean_gap`) where the object goes, the clean clips as they are where it stays
in sight. What compares pointers or maps of one frame has no control, for no reference has an age there.
"""

_CONTROL = "the same beside clean clips whose references are just as old"


def page() -> str:
    """Return the page."""
    parts = [_BEFORE]
    for family, claims in groupby(every_claim(), key=lambda claim: claim.family):
        parts.append(f"## {FAMILIES[family]}\n\n{_table(list(claims))}")
    return "\n".join(parts)


def _table(claims: list[Claim]) -> str:
    head = f"| {' | '.join(_COLUMNS)} |\n|{' --- |' * len(_COLUMNS)}\n"
    return head + "".join(f"| {' | '.join(_row(claim))} |\n" for claim in claims)


def _row(claim: Claim) -> list[str]:
    limit = f"{claim.threshold:g}"
    held = {"above": f"above {limit}", "below": f"below {limit}", "within": f"within -{limit} and {limit}"}
    return [
        f"`{claim.id}`",
        f"“{claim.quote}” ({claim.section})",
        claim.sentence,
        claim.statistic,
        held[claim.holds_if],
        f"none: {claim.no_control}" if claim.gap_control is None else _CONTROL,
        claim.refuted_by,
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
