"""How well absent frames are told apart beyond what the model's random twin tells of the same frames."""

from dataclasses import replace

import pandas as pd

from samscope.analysis.absence.detectors import ways
from samscope.analysis.comparison.aurocs import COLUMNS, COMPARED_WAYS, auroc_differences
from samscope.analysis.comparison.shared_clips import Pair, only_clips
from samscope.observation.kinds import Spread
from samscope.records.store import Study

__all__ = ["COLUMNS", "against_twin", "beside_twin"]


def beside_twin(study: Study) -> Pair | None:
    """Return the clips that a study's random twin has tracked, as the model and as the twin recorded them.

    Args:
        study: a study.

    Returns:
        The model's records first, then the twin's; None where there is no twin.
    """
    twin = study.twin
    if twin is None:
        return None
    keys = list(zip(twin.clips["set"], twin.clips["clip"], strict=True))
    model = replace(only_clips(study, keys), twin=None)
    return Pair(model, replace(model, frames=twin.frames, features=twin.features), paired=True)


def against_twin(study: Study, spread: Spread = "std") -> pd.DataFrame:
    """Compare how well every feature at every position tells absent frames with what the random twin tells.

    Args:
        study: a study.
        spread: what the long distance is regularised by, beside the default and the paper's own. References
            are chosen by ground truth alone, as the twin loses its object at once.

    Returns:
        One row a set, position, feature, other side and pooling as in ``separability``, on the clips that the
        twin has tracked and the frames on which both define the score: ``value``, the model's AUROC;
        ``reference_value``, the twin's; ``difference`` of both, ``low`` and ``high`` of its 95 % interval,
        which leaves the same videos out of both; and what it rests on, as for ``Difference``. Empty where
        there is no twin.
    """
    pair = beside_twin(study)
    if pair is None:
        return pd.DataFrame(columns=list(COLUMNS))
    return auroc_differences(pair, tuple(dict.fromkeys([*COMPARED_WAYS, *ways([spread], ["present"])])))
