"""All claims of the paper that are tested, in the paper's order, and their test on a study."""

from samscope.analysis.claims.claim import DEFINITIONS, Claim, TestedClaim
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.through_time import through_time_claims


def every_claim() -> tuple[Claim, ...]:
    """Return all claims."""
    return (*through_time_claims(),)


def tested_claims(evidence: Evidence) -> list[TestedClaim]:
    """Test every claim on a study, by the paper's definition and under the gap control."""
    return [claim.test(evidence, definition) for claim in every_claim() for definition in DEFINITIONS]
