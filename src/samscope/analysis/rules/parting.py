"""The clip on which two memory rules part most."""

from dataclasses import dataclass

import numpy as np

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.rules.scores import clips_of_sets, rule_measures
from samscope.records.rule_records import RuleRecords


@dataclass(frozen=True)
class Parting:
    """A clip on which two rules part.

    Attributes:
        set: the clip's set.
        clip: its number.
        rules: the first rule and the other.
        j: mean J of each on the frames that show the object.
    """

    set: str
    clip: int
    rules: tuple[str, str]
    j: tuple[float, float]


def widest_parting(records: RuleRecords) -> Parting | None:
    """Return where another rule's J on frames with the object is farthest from the first rule's.

    Clips whose object goes come before all others. Of equal distances the first rule and clip count.

    Args:
        records: of clips that were tracked under several rules.

    Returns:
        The clip and the rules; None where there is one rule, or all agree on every clip.
    """
    all_sets = [str(name) for name in records.clips["set"].unique()]
    gone = [name for name in all_sets if name in ABSENT_SETS]
    for sets in filter(None, (gone, all_sets)):
        clips = clips_of_sets(records.clips, sets)
        values = {rule: rule_measures(records, rule, sets).by_clip["j_present"] for rule in records.rules}
        first, *others = records.rules
        best: tuple[float, str, int] = (0.0, "", 0)
        for rule in others:
            apart = np.nan_to_num(np.abs(values[rule] - values[first]))
            place = int(apart.argmax()) if apart.size else 0
            if apart.size and apart[place] > best[0]:
                best = float(apart[place]), rule, place
        if best[1]:
            row = clips.iloc[best[2]]
            j = tuple(float(values[rule][best[2]]) for rule in (first, best[1]))
            return Parting(str(row["set"]), int(row["clip"]), (first, best[1]), (j[0], j[1]))
    return None
