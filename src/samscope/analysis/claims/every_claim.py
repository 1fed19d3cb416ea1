"""All claims of the paper that are tested, and their test on a study."""

from samscope.analysis.claims.agreeing import agreeing_claims
from samscope.analysis.claims.claim import DEFINITIONS, Answer, Claim
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.object_on_maps import object_on_map_claims
from samscope.analysis.claims.pointer_holds import pointer_hold_claims
from samscope.analysis.claims.pointer_moves import pointer_move_claims
from samscope.analysis.claims.separable import separable_claims
from samscope.analysis.claims.through_time import through_time_claims


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
    """Test every claim on a study, by the paper's definition and under the gap control."""
    return [claim.answer(evidence, definition) for claim in every_claim() for definition in DEFINITIONS]
