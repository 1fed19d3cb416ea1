"""Everything that the page says, computed once from a study's records."""

from dataclasses import dataclass

import pandas as pd

from samscope.analysis.absence_measures import absence_measures
from samscope.analysis.accuracy import accuracy
from samscope.analysis.against_twin import against_twin
from samscope.analysis.claims.evidence import gather
from samscope.analysis.correlation import Correlation
from samscope.analysis.decoding_scores import decoding_scores, input_differences
from samscope.analysis.measurements import all_measurements
from samscope.analysis.pointer_decoding import Decoding, decode_pointers
from samscope.analysis.pointer_motion import motion_lead
from samscope.analysis.pointers import distance_correlations, distance_correlations_within, pointer_distances
from samscope.analysis.separability import separability
from samscope.analysis.timecourse import choose_timecourse, timecourse
from samscope.analysis.transfer import threshold_transfer
from samscope.figures.choices import FigureChoices
from samscope.records.store import Study
from samscope.report.claims_table import claims_table

OBSCURED_SET = "obscuration"
"""The set whose clips are held against the clean ones in maps, pointers and distances."""


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
                "correlation": found.estimate.value,
                "low": found.estimate.low,
                "high": found.estimate.high,
                "frames": found.pairs,
            }
            for pooling, correlations in (("pooled", self.pooled), ("within_clips", self.within))
            for method, found in correlations.items()
        ]
        return pd.DataFrame(rows)


def compute_results(
    study: Study,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
) -> Results:
    """Compute the tables behind the page; what a study did not run is missing from them.

    Args:
        study: the study.
        choices: what is chosen about the figures.

    Raises:
        SamscopeError: the records do not hold what is chosen.
    """
    choices.check(study.features)
    clips, frames, features = study.clips, study.frames, study.features
    distances = pointer_distances(clips, frames, OBSCURED_SET)
    within = distance_correlations_within(distances)
    decoding = decode_pointers(clips, frames)
    scores, lead = decoding_scores(decoding), motion_lead(decoding)
    evidence = gather(
        study,
        distances=distances,
        correlation=within["spearman"],
        decoding_scores=scores,
        motion_lead=lead,
    )
    every_timecourse = timecourse(clips, frames, features, all_measurements())
    return Results(
        study=study,
        choices=choices,
        timecourse=choose_timecourse(every_timecourse, choices.spread, choices.references),
        every_timecourse=every_timecourse,
        separability=separability(clips, frames, features),
        accuracy=accuracy(clips, frames),
        absence_measures=absence_measures(clips, frames),
        transfer=threshold_transfer(clips, frames, features),
        distances=distances,
        pooled=distance_correlations(distances),
        within=within,
        decoding=decoding,
        decoding_scores=scores,
        input_differences=input_differences(decoding),
        motion_lead=lead,
        claims=claims_table(evidence),
        against_twin=against_twin(study, choices.spread),
    )
