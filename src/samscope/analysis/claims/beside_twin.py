"""What a claim's statistic comes to beyond what the model's random twin gives by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from samscope.analysis.absence.against_twin import beside_twin
from samscope.analysis.absence.detectors import cells_of
from samscope.analysis.claims.aurocs import AurocKey, planned_grids, shared_separations
from samscope.analysis.claims.positions import PAPER_SPREAD
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.resampled import Resampled
from samscope.records.store import Study


@dataclass(frozen=True, eq=False)
class BesideTwin:
    """AUROCs of absent frames on the clips that a model and its random twin both tracked, under one plan.

    They are measured by the paper's own spread alone.

    Attributes:
        model: the model's.
        twin: the twin's.
    """

    model: Mapping[AurocKey, Resampled]
    twin: Mapping[AurocKey, Resampled]


@dataclass(frozen=True)
class AgainstTwin:
    """A claim's statistic held against the random twin's, on the clips that both have tracked.

    Attributes:
        twin: the twin's statistic; NaN where its records do not define it.
        beyond: the model's less the twin's, with its 95 % interval; the same videos are left out of both.
        videos: source videos that both rest on.
        clips: clips that both rest on.
    """

    twin: float
    beyond: Estimate
    videos: int
    clips: int


def aurocs_beside_twin(study: Study) -> BesideTwin | None:
    """Measure what a study's model and its random twin tell on the same clips; None without a twin."""
    pair = beside_twin(study)
    if pair is None:
        return None
    model, twin = (
        shared_separations(
            study.clips,
            study.frames,
            cells_of(study.features),
            planned_grids(study.clips, study.frames),
            [PAPER_SPREAD],
        )[0]
        for study in (pair.study, pair.reference)
    )
    return BesideTwin(model, twin)


def against_twin(model: Resampled, twin: Resampled) -> AgainstTwin:
    """Hold a statistic against the twin's.

    Args:
        model: the statistic of the model, [1 + R].
        twin: that of the twin, under the same plan.
    """
    beyond = model - twin
    twins_own = float(twin.value) if not twin.missing else np.nan
    return AgainstTwin(twins_own, beyond.estimate, len(beyond.videos), len(beyond.clips))
