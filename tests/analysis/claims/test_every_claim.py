import re
from itertools import groupby
from pathlib import Path

from benchmarks.claims_page import PAGE, page
from samscope.analysis.claims.claim import DEFINITIONS
from samscope.analysis.claims.every_claim import FAMILIES, claim_answers, every_claim
from tests.planted_claims import bare, evidence


def test_names_are_unique_and_families_stand_together() -> None:
    claims = every_claim()
    assert len({claim.id for claim in claims}) == len(claims)
    assert all(re.fullmatch(r"[a-z0-9-]+", claim.id) for claim in claims)
    assert [family for family, _ in groupby(claims, key=lambda claim: claim.family)] == list(FAMILIES)


def test_sentences_are_sentences() -> None:
    for claim in every_claim():
        assert claim.sentence[0].isupper()
        assert claim.sentence.endswith(".")
        assert claim.statistic
        assert (claim.gap_control is None) == bool(claim.no_control)


def test_sections_are_the_papers(shared: Path) -> None:
    paper = (shared / "paper.txt").read_text(encoding="utf-8")
    headings = set(re.findall(r"^([0-9A](?:\.[0-9])+) ", paper, flags=re.MULTILINE))
    assert {claim.section for claim in every_claim()} <= headings


def test_quotes_are_the_papers_words(shared: Path) -> None:
    paper = " ".join((shared / "paper.txt").read_text(encoding="utf-8").split())
    for claim in every_claim():
        assert claim.quote in paper, claim.id


def test_every_claim_says_what_would_refute_it() -> None:
    for claim in every_claim():
        assert claim.refuted_by.startswith("nothing here: " if claim.never_fails else "an interval wholly ")


def test_the_page_of_claims_is_that_of_the_code() -> None:
    """``python -m benchmarks.claims_page`` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_claim_has_an_answer_by_every_definition() -> None:
    found = claim_answers(evidence(bare(("clean",))))
    assert [(one.claim.id, one.definition) for one in found] == [
        (claim.id, definition) for claim in every_claim() for definition in DEFINITIONS
    ]
