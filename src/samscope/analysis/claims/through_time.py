"""Claims about features through time: figures 16, 17, 20, 23 and 28 (paper, 4.3 and A.2)."""

from collections.abc import Callable, Iterator
from functools import partial

from samscope.analysis.absence.measurements import FEATURE_TITLES, FEATURES, Feature
from samscope.analysis.claims.claim import Claim, Measure, measured
from samscope.analysis.claims.levels import Part
from samscope.analysis.claims.limits import HARDLY, LEVEL, NOTHING, SETTLED
from samscope.analysis.claims.positions import PAPER_SPREAD, STEADY_SPREAD, paper_column
from samscope.analysis.claims.rises import Rise, controlled_rise, paper_rise
from samscope.analysis.statistics.resampled import Resampled
from samscope.observation.kinds import Spread

_PEAKS: dict[Part, str] = {"onset": "as the context goes", "return": "as the context returns"}

_BELOW_REMOVAL = {
    3: (
        "A.2.3",
        (
            "The peaks from the context removal dataset line are shorter than the increase in the object "
            "removal dataset plot"
        ),
    ),
    4: (
        "4.3.2",
        (
            "the maximum magnitude of these peaks are lower than the object removal dataset during the "
            "interjection period"
        ),
    ),
}


def through_time_claims() -> Iterator[Claim]:
    """Yield the claims about what the sets do to the features while object or context is gone."""
    yield from (_clean_level(feature) for feature in FEATURES)
    yield from _interjection_and_removal()
    yield from _context_removal()


def _clean_level(feature: Feature) -> Claim:
    title = FEATURE_TITLES[feature].lower()

    def change(spread: Spread) -> Measure:
        column = paper_column(feature, spread)
        return lambda evidence: measured(paper_rise(evidence, "clean", 1, "middle", column) - 1)

    return Claim(
        f"clean-level-{feature}",
        "clean-level",
        "4.3.1",
        "the baseline clean DAVIS dataset is relatively constant as expected",
        f"The {title} of the clean clips stays level at position 1.",
        f"rise of the {title} in the middle of the clean clips",
        "within",
        LEVEL,
        change(PAPER_SPREAD),
        no_control="it is of the clean clips, which the others are held against",
        steadier={"paper": change(STEADY_SPREAD)} if feature == "long" else {},
    )


def _interjection_and_removal() -> Iterator[Claim]:
    claim = partial(_claim, family="interjection-and-removal")
    yield claim(
        "interjection-rises-at-1",
        section="4.3.1",
        quote="increases significantly during the interjection period (frames 12-15)",
        sentence="Interjected frames raise the features at position 1.",
        statistic="rise of the short-term distance with interjection",
        of_rises=lambda rise: rise("interjection", 1, "middle") - 1,
        threshold=LEVEL,
    )
    yield claim(
        "removal-hardly-rises-at-1",
        section="4.3.1",
        quote="This is shown by the lack of a large increase during the interjection period",
        sentence="Removing the object while its context plays on hardly raises them there.",
        statistic="half of the short-term distance's rise with interjection, less that with object removal",
        of_rises=lambda rise: (
            (rise("interjection", 1, "middle") - 1) * HARDLY - (rise("object_removal", 1, "middle") - 1)
        ),
    )
    yield claim(
        "removal-higher-at-2",
        section="A.2.2",
        quote="The object removal dataset line is also higher than in the previous stage",
        sentence="Object removal raises them more at position 2 than at position 1.",
        statistic="risen short-term distance with object removal at position 2 over that at 1, less 1",
        of_rises=lambda rise: rise("object_removal", 2, "middle") / rise("object_removal", 1, "middle") - 1,
    )


def _context_removal() -> Iterator[Claim]:
    claim = partial(_claim, family="context-removal")
    yield _peak(1, "onset", "4.3.1", "The large jump in feature values in frame 12")
    yield claim(
        "context-removal-settles-at-1",
        section="4.3.1",
        quote="resulting in a lower distance for the remainder of the interjection period",
        sentence="They are lower on the further frames without context, whose references lack it too.",
        statistic="half of the short-term distance's rise on the first frame without context, less that on "
        "the others",
        of_rises=lambda rise: (
            (rise("context_removal", 1, "onset") - 1) * (1 - SETTLED)
            - (rise("context_removal", 1, "rest") - 1)
        ),
    )
    yield _peak(1, "return", "4.3.1", "show an additional jump in frame 16 when the context returns")
    visible = "The peaks of the context removal dataset line, while still visible"
    for part in _PEAKS:
        yield _peak(2, part, "A.2.2", visible)
    for part, when in _PEAKS.items():
        yield claim(
            f"context-removal-{_named(part)}-lower-at-2",
            section="A.2.2",
            quote=f"{visible}, are shorter than in the previous stage",
            sentence=f"The jump {when} is lower at position 2 than at position 1.",
            statistic="risen short-term distance on that frame at position 1 over that at 2, less 1",
            of_rises=partial(_lower_peak, part=part),
        )
    for part in _PEAKS:
        yield _peak(4, part, "4.3.2", "the context removal dataset plot still contains two peaks")
    for number, (section, quote) in _BELOW_REMOVAL.items():
        yield claim(
            f"context-removal-below-removal-at-{number}",
            section=section,
            quote=quote,
            sentence=f"At position {number} the higher one of both jumps is lower than what object removal "
            "raises them to.",
            statistic="risen short-term distance with object removal over the higher one of those as the "
            "context goes and returns, less 1",
            of_rises=partial(_below_removal, number=number),
        )


def _peak(number: int, part: Part, section: str, quote: str) -> Claim:
    what = "peaks" if part == "onset" else "jumps-again"
    first = "first frame without context" if part == "onset" else "first frame with the context back"
    return _claim(
        f"context-removal-{what}-at-{number}",
        family="context-removal",
        section=section,
        quote=quote,
        sentence=f"The features at position {number} jump {_PEAKS[part]}.",
        statistic=f"rise of the short-term distance on the {first}",
        of_rises=lambda rise: rise("context_removal", number, part) - 1,
        threshold=LEVEL,
    )


def _named(part: Part) -> str:
    return "peak" if part == "onset" else "second-jump"


def _lower_peak(rise: Rise, part: Part) -> Resampled:
    return rise("context_removal", 1, part) / rise("context_removal", 2, part) - 1


def _below_removal(rise: Rise, number: int) -> Resampled:
    first, second = (rise("context_removal", number, part) for part in _PEAKS)
    return rise("object_removal", number, "middle") / first.maximum(second) - 1


def _claim(
    claim_id: str,
    *,
    family: str,
    section: str,
    quote: str,
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
        quote,
        sentence,
        statistic,
        "above",
        threshold,
        lambda evidence: measured(of_rises(partial(paper_rise, evidence))),
        lambda evidence: measured(of_rises(partial(controlled_rise, evidence))),
    )
