"""Whether the centre that a pointer holds is ahead of the object's motion (paper, 4.2)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.pointers.decoding import Decoding
from samscope.analysis.pointers.frames import TARGETS
from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.video_resampling import ResampledFrames, resampled_frames

LEAST_SPEED = 0.005
"""Shares of the picture's diagonal a frame: 5 pixels in pictures of 854 x 480."""

RAW_MEASURES = ("offset", "frames", "ahead")
MEASURES = (*RAW_MEASURES, "offset_at_position", "frames_at_position", "follows")

LEAD_COLUMNS = (
    "set",
    "pointer",
    "decoder",
    "measure",
    "value",
    "low",
    "high",
    "frames",
    "clips",
    "videos",
    "partners",
    "undefined",
)

_POSITION = 4
"""Effects of the position on an offset: an intercept and a slope for x and for y."""

_SINGULAR = 1e-9
"""Singular values of scaled cross products at or below this are rounding: they determine nothing."""

Floats = NDArray[np.float64]


def motion_lead(decoding: Decoding, least_speed: float = LEAST_SPEED) -> pd.DataFrame:
    """Measure how far decoded centres are ahead of the true ones, along the motion.

    Lengths are shares of the picture's diagonal, so that they are alike in every direction. The velocity is
    half of the way from the frame before to the frame after: the difference to the frame before alone shares
    the true centre of this frame with the offset, and any jitter of it would look like a lag. Frames count
    that were tested, whose neighbours both show the object, on none of the three of which anything is put
    over it (that moves the centre of what is visible), and that move by more than ``least_speed``.

    A decoder that is unsure answers closer to the mean position. Where objects move towards it that looks
    like a lead, where they move away like a lag; the control ``mean`` shows how much of it. So each offset
    also stands as it is at a given position: the offset is regressed on where the true centre is, as seen
    from the mean centre of the frames that the decoder was trained on (an intercept and a slope for x and for
    y), and jointly on the velocity, so that a lead is not taken for an effect of the position; what the
    position explains is taken off. For a decoder that only shrinks, and for the mean itself, nothing is left.
    A lead is shrunk too, as all of the decoder's answer is, by ``follows``; where that is not clearly above 0
    the decoder does not know where the object is, and its offsets say nothing of the pointer. And a decoder
    learns to hit the true centre: a lead that it can undo by what else the pointer tells of the velocity is
    not seen here.

    Args:
        decoding: what ``decode_pointers`` returned.
        least_speed: frames at or below it are left out.

    Returns:
        One row a set (``ALL_SETS`` first), ``pointer`` and ``decoder``, and ``measure``. Read are centres
        decoded from one pointer, and as controls (whose ``pointer`` is null) ``mean``, the mean centre of the
        training frames, which knows nothing of the motion, and ``predicted_mask``, the centre of its box. The
        measures are ``offset``, the mean of decoded minus true centre along the direction of motion, above 0
        where it leads; ``frames``, that over the mean speed: how many frames ahead; ``ahead``, the share of
        frames with an offset above 0; ``offset_at_position`` and ``frames_at_position``, both without what
        the position explains; ``follows``, how far the decoded centre moves where the true one does, 1 for
        one that is not shrunk and 0 for the mean (over x and y). The last three are not given for ``mean``,
        and NaN where the frames do not determine the regression. Each has a 95 % interval (over source
        and partner videos; NaN with fewer than two). ``undefined`` counts frames on which the predicted mask
        is empty.
    """
    frames = decoding.frames
    centres = _scaled(decoding, frames.truth[:, TARGETS["centre"]])
    mean = _scaled(decoding, decoding.baselines["mean"][:, TARGETS["centre"]])
    velocity = _velocity(decoding, centres)
    moving = decoding.tested & (np.linalg.norm(velocity, axis=1) > least_speed) & _uncovered(decoding)
    rows: list[dict[str, Any]] = []
    for set_name, inside in decoding.sets():
        for named, estimate in decoding.estimates():
            if named["input"] not in (None, "pointer") or named["decoder"] == "previous_frame":
                continue
            centre = _scaled(decoding, estimate[:, TARGETS["centre"]])
            decoded = np.isfinite(centre).all(axis=1)
            chosen = resampled_frames(frames.clips, frames.plan, inside & moving & decoded)
            leads = _lead(
                chosen, *(values[chosen.rows] for values in (centre - centres, centres - mean, velocity))
            )
            undefined = int((inside & moving & ~decoded).sum())
            measures = RAW_MEASURES if named["decoder"] == "mean" else MEASURES
            rows += [
                {"set": set_name, **named, **row, "undefined": undefined}
                for row in leads
                if row["measure"] in measures
            ]
    return pd.DataFrame(rows, columns=list(LEAD_COLUMNS))


def _scaled(decoding: Decoding, points: Floats) -> Floats:
    """Return points [N, 2] as shares of the picture's diagonal."""
    sides = decoding.frames.sides
    return np.asarray(points * sides / np.linalg.norm(sides, axis=1, keepdims=True))


def _velocity(decoding: Decoding, centres: Floats) -> Floats:
    before, after = decoding.frames.before, decoding.frames.after
    both = (before >= 0) & (after >= 0)
    return np.where(both[:, None], (centres[after] - centres[before]) / 2, np.nan)


def _uncovered(decoding: Decoding) -> NDArray[np.bool_]:
    frames = decoding.frames
    free = (frames.truth[:, TARGETS["obscured"]] == 0)[:, 0]
    return np.asarray(free & free[frames.before] & free[frames.after], dtype=np.bool_)


def _lead(
    frames: ResampledFrames, offsets: Floats, positions: Floats, velocity: Floats
) -> Iterator[dict[str, Any]]:
    """Yield a row for each of ``MEASURES`` from offsets, positions and velocities, [n, 2] each."""
    speed = np.linalg.norm(velocity, axis=1)
    direction = velocity / speed[:, None]
    along = (offsets * direction).sum(axis=1)
    count = frames.totals(np.ones(len(speed)))
    mean_speed = ratio(frames.totals(speed), count)
    offset = ratio(frames.totals(along), count)
    effects = _effects(frames, offsets, positions, velocity)
    directions = frames.totals(np.einsum("nai,na->ni", _intercept_and_position(positions), direction))
    rest = offset - ratio((effects[:, :_POSITION] * directions).sum(axis=1), count)
    statistics = {
        "offset": offset,
        "frames": ratio(offset, mean_speed),
        "ahead": ratio(frames.totals(along > 0), count),
        "offset_at_position": rest,
        "frames_at_position": ratio(rest, mean_speed),
        "follows": 1 + (effects[:, 1] + effects[:, 3]) / 2,
    }
    defined = np.ones((len(speed), len(statistics)), dtype=np.bool_)
    estimates = frames.estimates(np.stack(list(statistics.values()), axis=1), defined)
    for measure, value, low, high in zip(statistics, *estimates, strict=True):
        yield {"measure": measure, "value": value, "low": low, "high": high, **frames.sizes(defined[:, 0])}


def _intercept_and_position(positions: Floats) -> Floats:
    """Return what an offset is regressed on, [n, 2, _POSITION]: intercept and position, for x and for y."""
    regressors = np.zeros((len(positions), 2, _POSITION))
    for axis in (0, 1):
        regressors[:, axis, 2 * axis] = 1
        regressors[:, axis, 2 * axis + 1] = positions[:, axis]
    return regressors


def _effects(frames: ResampledFrames, offsets: Floats, positions: Floats, velocity: Floats) -> Floats:
    """Regress offsets on position and velocity under each row of weights.

    Returns:
        [1 + RESAMPLES, _POSITION + 1], the velocity's effect last; NaN where it is not determined.
    """
    regressors = np.concatenate([_intercept_and_position(positions), velocity[:, :, None]], axis=2)
    squares = frames.totals(np.einsum("nai,naj->nij", regressors, regressors))
    products = frames.totals(np.einsum("nai,na->ni", regressors, offsets))
    scale = np.sqrt(np.einsum("rii->ri", squares))
    varied = (scale > 0).all(axis=1)
    scaled = squares[varied] / (scale[varied, :, None] * scale[varied, None, :])
    determined = np.linalg.matrix_rank(scaled, tol=_SINGULAR, hermitian=True) == scaled.shape[1]
    rows = np.flatnonzero(varied)[determined]
    effects = np.full(products.shape, np.nan)
    solved = np.linalg.solve(scaled[determined], (products[rows] / scale[rows])[:, :, None])
    effects[rows] = solved[:, :, 0] / scale[rows]
    return effects
