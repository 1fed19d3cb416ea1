"""All claims of the paper that are tested, and their test on a study."""

from itertools import chain, groupby

from samscope.analysis.claims.agreeing import agreeing_claims
from samscope.analysis.claims.claim import DEFINITIONS, Answer, Claim, answer_family
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.object_on_maps import object_on_map_claims
from samscope.analysis.claims.pointer_holds import pointer_hold_claims
from samscope.analysis.claims.pointer_moves import pointer_move_claims
from samscope.analysis.claims.separable import separable_claims
from samscope.analysis.claims.through_time import through_time_claims

FAMILIES = {
    "clean-level": "The features of the clean clips stay level.",
    "interjection-and-removal": "Interjection raises the features at position 1, object removal hardly does.",
    "context-removal": "Context removal peaks twice, less at position 2 than at 1, and at positions 3 and 4 "
    "below what object removal raises.",
    "curves-agree": "The curves of object removal and interjection agree at position 4, and less elsewhere.",
    "separability-at-1": "At position 1 interjected frames are slightly separable, removal's are not.",
    "separability-grows": "Separability grows from position 1 to 4, falls at position 5, and is still there.",
    "scene-and-object": "At positions 1 and 2 the scene tells more than the object.",
    "separability-complete": "At positions 3 and 4 absent frames are completely separable.",
    "combination": "Absent frames are told better by the ratio, and by all features together.",
    "pointer-distance": "The pointer's distance grows with the fraction obscured.",
    "unobscured-pointers": "Pointers at 0 % obscured still differ when another object is in the frame.",
    "pointer-spread": "The overlay widens the spread of the pointers.",
    "pointer-box": "The pointer carries the object's box.",
    "pointer-motion": "Decoded centres lead the motion.",
    "maps-at-1-edges": "Position 1 shows the frame's edges: a low channel mean, a high channel variance.",
    "maps-at-1-object": "Position 1 tells the object of interest from no other object.",
    "maps-at-2": "At position 2 the object stands out, and so do the other objects.",
    "maps-at-3": "At position 3 the object alone has a low channel variance, and its border glows.",
    "maps-at-5": "At position 5 the object and its border are dark, the object less so than at position 3.",
}
"""What the claims of a family say together, in the order of ``every_claim``."""


def every_claim() -> tuple[Claim, ...]:
    """Return all claims; those of one family stand together."""
    return (
        *through_time_claims(),
        *agreeing_claims(),
        *separable_claims(),
        *pointer_move_claims(),
        *pointer_hold_claims(),
        *object_on_map_claims(),
    )


def claim_answers(evidence: Evidence) -> list[Answer]:
    """Test every claim on a study, by the paper's definition and under the gap control, family by family."""
    answers: list[Answer] = []
    for _, family in groupby(every_claim(), lambda claim: claim.family):
        claims = list(family)
        tested = [answer_family(claims, evidence, definition) for definition in DEFINITIONS]
        answers += chain.from_iterable(zip(*tested, strict=True))
    return answers
