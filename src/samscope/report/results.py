"""Everything that the page says, computed once from a study's records."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from samscope.analysis.absence.against_twin import against_twin
from samscope.analysis.absence.measurements import all_measurements
from samscope.analysis.absence.separability import ABSENT_SETS, separability
from samscope.analysis.absence.threshold_transfer import threshold_transfer
from samscope.analysis.absence.timecourse import choose_timecourse, timecourse
from samscope.analysis.claims.evidence import gather
from samscope.analysis.masks.absence_measures import absence_measures
from samscope.analysis.masks.accuracy import accuracy
from samscope.analysis.pointers.decoding import Decoding, decode_pointers
from samscope.analysis.pointers.decoding_scores import decoding_scores, input_differences
from samscope.analysis.pointers.distances import (
    distance_correlations,
    distance_correlations_within,
    pointer_distances,
)
from samscope.analysis.pointers.motion import motion_lead
from samscope.analysis.statistics.correlation import Correlation
from samscope.figures.choices import FigureChoices
from samscope.figures.entry import Asked
from samscope.figures.examples import OBSCURED_SET
from samscope.records.store import Study
from samscope.report.claims_table import claims_table
from samscope.support.progress import Progress, Silent
from samscope.support.side_by_side import Doing, Piece, one_by_one


@dataclass(frozen=True, eq=False)
class Results:
    """The tables behind the page, as their functions in ``samscope.analysis`` describe them.

    Attributes:
        study: the study.
        choices: what was chosen about the figures.
        timecourse: features through time, as measured by the spread and the references chosen.
        every_timecourse: the same with every spread and kind of references.
        separability: AUROC of absent frames.
        accuracy: J, F and J&F.
        absence_measures: what the tracker does while the object is gone and after, against the clean clips,
            and as benchmarks score it.
        transfer: how well a threshold of one set tells absence in another.
        distances: pointer distances between the obscured and the clean clips.
        pooled: their correlation with the fraction obscured over all frames, by method.
        within: the same within clips, averaged.
        decoding: what was decoded from the pointers, on source videos held out.
        decoding_scores: how well, beside what needs no pointer.
        input_differences: what the pointer and its change add to each other.
        motion_lead: how far decoded centres are ahead of the motion.
        claims: what the paper claims, and what the study says of it.
        against_twin: how well absent frames are told beyond what the random twin tells; empty without one.
    """

    study: Study
    choices: FigureChoices
    timecourse: pd.DataFrame
    every_timecourse: pd.DataFrame
    separability: pd.DataFrame
    accuracy: pd.DataFrame
    absence_measures: pd.DataFrame
    transfer: pd.DataFrame
    distances: pd.DataFrame
    pooled: dict[str, Correlation]
    within: dict[str, Correlation]
    decoding: Decoding
    decoding_scores: pd.DataFrame
    input_differences: pd.DataFrame
    motion_lead: pd.DataFrame
    claims: pd.DataFrame
    against_twin: pd.DataFrame

    @property
    def asked(self) -> Asked:
        """What its figures are asked for."""
        return Asked(
            self.study,
            self.choices,
            separability=self.separability,
            twin=self.against_twin,
            decoding=self.decoding,
        )

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are written beside the page, by name."""
        return {
            "claims": self.claims,
            "separability": self.separability,
            **({"against_twin": self.against_twin} if len(self.against_twin) else {}),
            "timecourse": self.every_timecourse,
            "accuracy": self.accuracy,
            "absence_measures": self.absence_measures,
            "threshold_transfer": self.transfer,
            "pointer_distances": self.distances,
            "pointer_correlations": self._correlations(),
            "decoding_scores": self.decoding_scores,
            "decoding_input_differences": self.input_differences,
            "motion_lead": self.motion_lead,
        }

    def _correlations(self) -> pd.DataFrame:
        rows = [
            {
                "set": OBSCURED_SET,
                "pooling": pooling,
                "method": method,
                "correlation": correlation.estimate.value,
                "low": correlation.estimate.low,
                "high": correlation.estimate.high,
                "frames": correlation.pairs,
            }
            for pooling, correlations in (("pooled", self.pooled), ("within_clips", self.within))
            for method, correlation in correlations.items()
        ]
        return pd.DataFrame(rows)


def compute_results(
    study: Study,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
    do: Doing = one_by_one,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Results:
    """Compute the tables behind the page; what a study did not run is missing from them.

    Args:
        study: the study.
        choices: what is chosen about the figures.
        do: does what does not depend on each other.
        progress: hears of the stages ``decoders`` and ``statistics`` and of their pieces.

    Raises:
        SamscopeError: the records do not hold what is chosen.
    """
    choices.check(study.features)
    decoding = decode_pointers(study.clips, study.frames, do=do, progress=progress)
    slim = study.without_vectors()
    clips, frames, features = slim.clips, slim.frames, slim.features
    distances = pointer_distances(study.clips, study.frames, OBSCURED_SET, prompted=study.prompted_pointer)
    within = distance_correlations_within(distances)
    pieces = [
        Piece("claims", partial(_claims, study, distances, within["spearman"], decoding)),
        *(
            Piece(f"AUROC of {name}", partial(separability, clips, frames, features, [name]))
            for name in ABSENT_SETS
        ),
        Piece("thresholds", partial(threshold_transfer, clips, frames, features)),
        Piece("random twin", partial(against_twin, slim, choices.spread)),
        Piece("features through time", partial(timecourse, clips, frames, features, all_measurements())),
        Piece("what pointer and change add", partial(input_differences, decoding)),
        Piece("absence", partial(absence_measures, clips, frames)),
        Piece("masks", partial(accuracy, clips, frames)),
        Piece("correlations", partial(distance_correlations, distances)),
    ]
    with progress.stage("statistics", len(pieces)) as advance:
        (
            (scores, lead, claims),
            *separabilities,
            transfer,
            beyond,
            every_timecourse,
            differences,
            absence,
            masks,
            pooled,
        ) = do(pieces, advance)
    return Results(
        study=study,
        choices=choices,
        timecourse=choose_timecourse(every_timecourse, choices.spread, choices.references),
        every_timecourse=every_timecourse,
        separability=pd.concat(separabilities, ignore_index=True),
        accuracy=masks,
        absence_measures=absence,
        transfer=transfer,
        distances=distances,
        pooled=pooled,
        within=within,
        decoding=decoding,
        decoding_scores=scores,
        input_differences=differences,
        motion_lead=lead,
        claims=claims,
        against_twin=beyond,
    )


def _claims(
    study: Study, distances: pd.DataFrame, correlation: Correlation, decoding: Decoding
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return scores and lead of what was decoded, and the claims, which rest on them."""
    scores, lead = decoding_scores(decoding), motion_lead(decoding)
    evidence = gather(
        study, distances=distances, correlation=correlation, decoding_scores=scores, motion_lead=lead
    )
    return scores, lead, claims_table(evidence)
