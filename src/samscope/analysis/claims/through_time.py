"""Claims about features through time: figures 16, 17, 20, 23 and 28 (paper, 4.3 and A.2)."""

from collections.abc import Callable, Iterator
from functools import partial

from samscope.analysis.absence.measurements import FEATURE_TITLES, FEATURES, Feature, Spread
from samscope.analysis.claims.claim import Claim, Measure, measured
from samscope.analysis.claims.limits import HARDLY, LEVEL, NOTHING, SETTLED
from samscope.analysis.claims.positions import PAPER_SPREAD, STEADY_SPREAD, paper_column
from samscope.analysis.claims.rises import Rise, controlled_rise, paper_rise
from samscope.analysis.statistics.grids import GAP_SET
from samscope.analysis.statistics.resampled import Resampled


def through_time_claims() -> Iterator[Claim]:
    """Yield the claims about what the sets do to the features while object or context is gone."""
    yield from (_clean_level(feature) for feature in FEATURES)
    yield from _interjection_and_removal()
    yield from _context_removal()


def _clean_level(feature: Feature) -> Claim:
    title = FEATURE_TITLES[feature].lower()

    def change(set_name: str, spread: Spread) -> Measure:
        column = paper_column(feature, spread)
        return lambda evidence: measured(paper_rise(evidence, set_name, 1, "middle", column) - 1)

    return Claim(
        f"clean-level-{feature}",
        "clean-level",
        "4.3.1",
        f"The {title} of the clean clips stays level at position 1.",
        f"rise of the {title} in the middle of the clean clips (control: declared absent there)",
        "within",
        LEVEL,
        change("clean", PAPER_SPREAD),
        change(GAP_SET, PAPER_SPREAD),
        steadier={"paper": change("clean", STEADY_SPREAD), "gap control": change(GAP_SET, STEADY_SPREAD)}
        if feature == "long"
        else {},
    )


def _interjection_and_removal() -> Iterator[Claim]:
    claim = partial(_claim, family="interjection-and-removal")
    yield claim(
        "interjection-rises-at-1",
        section="4.3.1",
        sentence="Interjected frames raise the features at position 1.",
        statistic="rise of the short-term distance with interjection",
        of_rises=lambda rise: rise("interjection", 1, "middle") - 1,
        threshold=LEVEL,
    )
    yield claim(
        "removal-hardly-rises-at-1",
        section="4.3.1",
        sentence="Removing the object while its context plays on hardly raises them there.",
        statistic="half of the short-term distance's rise with interjection, less that with object removal",
        of_rises=lambda rise: (
            (rise("interjection", 1, "middle") - 1) * HARDLY - (rise("object_removal", 1, "middle") - 1)
        ),
    )
    yield claim(
        "removal-higher-at-2",
        section="A.2.2",
        sentence="Object removal raises them more at position 2 than at position 1.",
        statistic="risen short-term distance with object removal at position 2 over that at 1, less 1",
        of_rises=lambda rise: rise("object_removal", 2, "middle") / rise("object_removal", 1, "middle") - 1,
    )


def _context_removal() -> Iterator[Claim]:
    claim = partial(_claim, family="context-removal")
    yield claim(
        "context-removal-peaks-at-1",
        section="4.3.1",
        sentence="The features at position 1 jump on the frame on which the context goes.",
        statistic="rise of the short-term distance on the first frame without context",
        of_rises=lambda rise: rise("context_removal", 1, "onset") - 1,
        threshold=LEVEL,
    )
    yield claim(
        "context-removal-settles-at-1",
        section="4.3.1",
        sentence="They are lower on the further frames without context, whose references lack it too.",
        statistic="half of the short-term distance's rise on the first frame without context, less that on "
        "the others",
        of_rises=lambda rise: (
            (rise("context_removal", 1, "onset") - 1) * (1 - SETTLED)
            - (rise("context_removal", 1, "rest") - 1)
        ),
    )
    yield claim(
        "context-removal-jumps-again-at-1",
        section="4.3.1",
        sentence="They jump once more on the frame on which the context returns.",
        statistic="rise of the short-term distance on the first frame with the context back",
        of_rises=lambda rise: rise("context_removal", 1, "return") - 1,
        threshold=LEVEL,
    )
    for number, section in ((2, "A.2.2"), (3, "A.2.3"), (4, "4.3.2")):
        yield claim(
            f"context-removal-lower-at-{number}",
            section=section,
            sentence=f"The jump as the context goes is lower at position {number} than at position 1.",
            statistic=f"risen short-term distance on that frame at position 1 over that at {number}, less 1",
            of_rises=partial(_lower_peak, number=number),
        )
    yield claim(
        "context-removal-peaks-at-4",
        section="4.3.2",
        sentence="The features at position 4 still jump on the frame on which the context goes.",
        statistic="rise of the short-term distance on the first frame without context",
        of_rises=lambda rise: rise("context_removal", 4, "onset") - 1,
        threshold=LEVEL,
    )
    yield claim(
        "context-removal-jumps-again-at-4",
        section="4.3.2",
        sentence="They still jump once more on the frame on which it returns.",
        statistic="rise of the short-term distance on the first frame with the context back",
        of_rises=lambda rise: rise("context_removal", 4, "return") - 1,
        threshold=LEVEL,
    )
    for number, section in ((3, "A.2.3"), (4, "4.3.2")):
        yield claim(
            f"context-removal-below-removal-at-{number}",
            section=section,
            sentence=f"At position {number} that jump is lower than what object removal raises them to.",
            statistic="risen short-term distance with object removal over that on that frame, less 1",
            of_rises=partial(_below_removal, number=number),
        )


def _lower_peak(rise: Rise, number: int) -> Resampled:
    return rise("context_removal", 1, "onset") / rise("context_removal", number, "onset") - 1


def _below_removal(rise: Rise, number: int) -> Resampled:
    return rise("object_removal", number, "middle") / rise("context_removal", number, "onset") - 1


def _claim(
    claim_id: str,
    *,
    family: str,
    section: str,
    sentence: str,
    statistic: str,
    of_rises: Callable[[Rise], Resampled],
    threshold: float = NOTHING,
) -> Claim:
    """Return a claim whose statistic is calculated from rises: the paper's, or controlled ones."""
    return Claim(
        claim_id,
        family,
        section,
        sentence,
        statistic,
        "above",
        threshold,
        lambda evidence: measured(of_rises(partial(paper_rise, evidence))),
        lambda evidence: measured(of_rises(partial(controlled_rise, evidence))),
    )
