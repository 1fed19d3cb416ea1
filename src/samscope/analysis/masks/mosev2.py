"""The disappearance and reappearance scores of MOSEv2.

Ding et al., "MOSEv2: A More Challenging Dataset for Video Object Segmentation in Complex Scenes",
arXiv:2508.05630, 2025, section 3.3 and figure 9; what the paper leaves open is taken from the authors' own
evaluation (github.com/henghuiding/MOSE-api, MOSEv2/sam2_rcms/tools/score.py, commit b9afc7d).
"""

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.masks.accuracy import davis_frames
from samscope.analysis.masks.tracked_frames import Tracked
from samscope.analysis.statistics.arrays import any_in_row
from samscope.analysis.statistics.per_clip import PerClip, clip_means
from samscope.analysis.statistics.stretches import stretches


def mosev2_scores(seen: Tracked) -> dict[str, PerClip]:
    """Score the tracker on each stretch of frames without the object, and on each one with it after those.

    A score is the mean over the frames of a stretch, then over the stretches of a clip, then over clips. The
    first and the last frame of a clip do not count. What the object does before its first absence belongs to
    neither; nor, by the authors' evaluation, does an absence that begins on the first frame that counts,
    though the return from it does. A clip without such a stretch has no value.

    Returns:
        By name:

        - ``mosev2_disappearance``, the paper's J&F_d. Without the object its F, whose tolerance shrinks with
          the object, is that of DAVIS: either is 1 for an empty mask and 0 for any other;
        - ``mosev2_reappearance``, the paper's J&F_r, with that F (equation 1; ``contour_accuracies``);
        - ``mosev2_reappearance_j``: the J of it alone.

        The authors' evaluation adds one pixel to both parts of J's fraction, so that an empty intersection
        scores a little above 0. Their paper does not, nor does this.
    """
    counted = davis_frames(seen.grid)
    absent, shown = counted & seen.grid.absent, counted & seen.grid.compared
    asked = any_in_row(seen.grid.absent)
    return {
        "mosev2_disappearance": _over_stretches((seen.j + seen.f) / 2, absent, counted, asked),
        "mosev2_reappearance": _over_stretches((seen.j + seen.f_adaptive) / 2, shown, counted, asked),
        "mosev2_reappearance_j": _over_stretches(seen.j, shown, counted, asked),
    }


def _over_stretches(
    values: NDArray[np.float64],
    inside: NDArray[np.bool_],
    counted: NDArray[np.bool_],
    asked: NDArray[np.bool_],
) -> PerClip:
    """Average over the frames of each stretch that follows a counted frame, then over those of a clip."""
    runs = stretches(inside)
    follows = (runs.starts > 0) & counted[runs.clips, runs.starts - 1]
    members = np.isin(runs.numbers, np.flatnonzero(follows) + 1)
    of_stretch = np.full(values.shape, np.nan)
    of_stretch[runs.clips[follows], runs.starts[follows]] = runs.means(values)[follows]
    defined = members & np.isfinite(values)
    return PerClip(
        clip_means(of_stretch, np.isfinite(of_stretch), asked).values,
        defined.sum(axis=1),
        (members & ~defined).sum(axis=1),
        asked,
    )
