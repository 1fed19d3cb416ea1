"""The scores of memory rules for studies, and how far these differ: all but those of what is remembered.

Studies do not record which frames were written to memory, and which were read: ``rules.scores.OF_MEMORY``.
"""

from typing import Any

import pandas as pd

from samscope.analysis.comparison.shared_clips import Pair
from samscope.analysis.comparison.statistic import NUMBER_COLUMNS, difference
from samscope.analysis.rules.scores import labelled_sets, measures_by_clip, plan_of_sets
from samscope.records.store import Study

COLUMNS = ("set", "measure", "mean", "low", "high", "clips", "videos")
DIFFERENCE_COLUMNS = ("set", "measure", *NUMBER_COLUMNS)


def study_scores(study: Study) -> pd.DataFrame:
    """Score a study as ``rules.scores.rule_scores`` scores a rule.

    Args:
        study: the study.

    Returns:
        One row a ``set`` (``rules.scores.ALL_ABSENT`` for all whose object goes) and ``measure``: ``mean``,
        ``low`` and ``high`` of its 95 % interval over source and partner videos, and the ``clips`` and source
        ``videos`` that it rests on. A measure that no clip of a set defines has no row.
    """
    rows: list[dict[str, Any]] = []
    for label, names in labelled_sets(study.clips):
        plan, own = plan_of_sets(study.clips, names), measures_by_clip(study.clips, study.frames, names)
        for measure in own.measures:
            value = own.mean(measure, plan, own.horizon)
            estimate = value.estimate
            numbers = (estimate.value, estimate.low, estimate.high, len(value.clips), len(value.videos))
            rows.append(dict(zip(COLUMNS, (label, measure, *numbers), strict=True)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def score_differences(pair: Pair) -> pd.DataFrame:
    """Compare the scores of two studies, for each set, and all whose object goes, that both have.

    Args:
        pair: the studies. Where they hold the same clips, only clips count on which both define a measure,
            and the same videos are left out of both.

    Returns:
        One row a ``set`` and ``measure`` as in ``study_scores``, with the columns of ``Difference``.
    """
    rows: list[dict[str, Any]] = []
    of_reference = dict(labelled_sets(pair.reference.clips))
    for label, names in labelled_sets(pair.study.clips):
        shared = [name for name in names if name in of_reference.get(label, ())]
        if not shared:
            continue
        here, there = (
            measures_by_clip(side.clips, side.frames, shared) for side in (pair.study, pair.reference)
        )
        plan = plan_of_sets(pair.study.clips, shared)
        other_plan = plan if pair.paired else plan_of_sets(pair.reference.clips, shared)
        horizon = max(here.horizon, there.horizon)
        for measure in here.measures:
            if measure not in there.measures:
                continue
            both = here.defined(measure) & there.defined(measure) if pair.paired else None
            if both is not None and not both.any():
                continue
            differing = difference(
                here.mean(measure, plan, horizon, both),
                there.mean(measure, other_plan, horizon, both),
                paired=pair.paired,
            )
            rows.append({"set": label, "measure": measure, **differing.columns})
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
