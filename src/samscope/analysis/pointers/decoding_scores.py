"""How well each decoder reads each target from a pointer, beside what needs no pointer."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.pointers.boxes import box_overlap
from samscope.analysis.pointers.decoding import INPUTS, PERMUTED, Decoding, Reading
from samscope.analysis.pointers.distances import POINTERS
from samscope.analysis.pointers.frames import TARGETS
from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.decoders import DECODERS
from samscope.analysis.statistics.video_resampling import ResampledFrames, resampled_frames

R2, MAE, IOU = "r2", "mae", "iou"

SCORE_COLUMNS = (
    "set",
    "pointer",
    "input",
    "decoder",
    "target",
    "measure",
    "value",
    "low",
    "high",
    "gain",
    "gain_low",
    "gain_high",
    "beyond_permuted",
    "beyond_permuted_low",
    "beyond_permuted_high",
    "frames",
    "clips",
    "videos",
    "partners",
    "undefined",
)
DIFFERENCE_COLUMNS = (
    "set",
    "pointer",
    "decoder",
    "target",
    "without",
    "difference",
    "low",
    "high",
    "frames",
    "clips",
    "videos",
    "partners",
)

_UNTOLD = {"previous_frame": "velocity", "predicted_mask": "obscured"}
"""What a baseline says nothing of."""

_HELD_AGAINST_PERMUTED = {**asdict(PERMUTED), "input": "pointer"}
"""What a row says of the reading that the permuted one is the control of."""

Floats = NDArray[np.float64]


def decoding_scores(decoding: Decoding) -> pd.DataFrame:
    """Score every decoder and baseline on the same frames, those that the decoders were tested on.

    Args:
        decoding: what ``decode_pointers`` returned.

    Returns:
        One row a set (``ALL_SETS`` first), reading or baseline (``pointer``, ``input`` and ``decoder``; a
        baseline's first two are null), ``target`` and ``measure``: ``r2``, 1 minus the squared error over
        that of the mean of the training frames, averaged over the target's columns; ``mae``, the mean
        absolute error in the target's unit, likewise; ``iou`` of boxes, 0 where the predicted mask is empty.
        Beside ``value`` stands ``gain``, how much better than the mean of the training frames it is on the
        same frames: IoU minus the mean's, the mean's error minus this one, and R2 itself.
        ``beyond_permuted`` is how much better than ``PERMUTED``, for the reading that this is the control of;
        NaN for others. All have 95 % intervals (over source and partner videos; NaN with fewer than two).
        ``undefined`` counts the usable frames that are left out: those that could not be tested, and those on
        which a baseline says nothing.
    """
    rows: list[dict[str, Any]] = []
    for set_name, frames, untested in _tested(decoding):
        truth = decoding.frames.truth[frames.rows]
        mean = decoding.baselines["mean"][frames.rows]
        for named, estimate in decoding.estimates():
            targets = [target for target in TARGETS if _UNTOLD.get(named["decoder"] or "") != target]
            permuted = None if named != _HELD_AGAINST_PERMUTED else decoding.readings.get(PERMUTED)
            by_permuted = None if permuted is None else permuted[frames.rows]
            scores = _score_rows(_Truth(frames, truth, mean, targets), estimate[frames.rows], by_permuted)
            left_out = untested + len(frames.rows)
            rows += [
                {"set": set_name, **named, **row, "undefined": left_out - row["frames"]} for row in scores
            ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def input_differences(decoding: Decoding) -> pd.DataFrame:
    """Measure what the pointer and its change add to each other.

    Args:
        decoding: what ``decode_pointers`` returned.

    Returns:
        One row a set, pointer, decoder, target and ``without`` (``change`` or ``pointer``): R2 of both inputs
        together minus R2 ``without`` that one, on the same frames, with its 95 % interval (over
        source and partner videos; NaN with fewer than two). What was not decoded has no row.
    """
    rows: list[dict[str, Any]] = []
    targets = list(TARGETS)
    for set_name, frames, _ in _tested(decoding):
        truth = decoding.frames.truth[frames.rows]
        mean = decoding.baselines["mean"][frames.rows]
        defined = np.ones((len(frames.rows), len(targets)), dtype=np.bool_)
        for pointer, decoder in product(POINTERS, DECODERS):
            read = [decoding.readings.get(Reading(decoder, pointer, given)) for given in INPUTS]
            pointer_alone, change_alone, both = (
                None if reading is None else _explained(frames, reading[frames.rows], truth, mean, targets)
                for reading in read
            )
            for without, alone in (("change", pointer_alone), ("pointer", change_alone)):
                if both is None or alone is None:
                    continue
                estimates = zip(targets, *frames.estimates(both - alone, defined), strict=True)
                rows += [
                    {
                        "set": set_name,
                        "pointer": pointer,
                        "decoder": decoder,
                        "target": target,
                        "without": without,
                        "difference": difference,
                        "low": low,
                        "high": high,
                        **frames.sizes(defined[:, 0]),
                    }
                    for target, difference, low, high in estimates
                ]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def _tested(decoding: Decoding) -> Iterator[tuple[str, ResampledFrames, int]]:
    """Iterate over all sets and each one: its name, its tested frames, and how many could not be tested."""
    for set_name, inside in decoding.sets():
        untested = int((inside & decoding.frames.usable & ~decoding.tested).sum())
        clips, plan = decoding.frames.clips, decoding.frames.plan
        yield set_name, resampled_frames(clips, plan, inside & decoding.tested), untested


@dataclass(frozen=True, eq=False)
class _Truth:
    """What estimates of some frames are held against.

    Attributes:
        frames: the n frames.
        values: float64 [n, K], the truth.
        mean: float64 [n, K], that of the training frames.
        targets: names of the targets that are scored.
    """

    frames: ResampledFrames
    values: Floats
    mean: Floats
    targets: list[str]

    @property
    def better(self) -> Floats:
        """The sign of each loss by which more is better: errors are less, the IoU is more."""
        return np.array([-1.0] * len(self.targets) + [1.0])

    def losses(self, estimate: Floats) -> Floats:
        """Return the losses of an estimate, [n, targets + 1]."""
        return _losses(estimate, self.values, self.targets)

    def explained(self, estimate: Floats) -> Floats:
        """Return R2 of each target under each row of weights."""
        return _explained(self.frames, estimate, self.values, self.mean, self.targets)


def _score_rows(truth: _Truth, estimate: Floats, permuted: Floats | None) -> Iterator[dict[str, Any]]:
    frames, targets = truth.frames, truth.targets
    losses, of_mean = truth.losses(estimate), truth.losses(truth.mean)
    names = [*((target, R2) for target in targets), *((target, MAE) for target in targets), ("box", IOU)]
    explained = truth.explained(estimate)
    means, means_of_mean = _means(frames, losses), _means(frames, np.where(np.isnan(losses), np.nan, of_mean))
    defined = np.isfinite(losses)
    defined = np.hstack([defined[:, :-1], defined])
    values = frames.estimates(np.hstack([explained, means]), defined)
    gains = frames.estimates(np.hstack([explained, truth.better * (means - means_of_mean)]), defined)
    against: Sequence[Floats] = [np.full(len(names), np.nan)] * 3
    if permuted is not None:
        beyond = [
            explained - truth.explained(permuted),
            truth.better * (means - _means(frames, truth.losses(permuted))),
        ]
        against = frames.estimates(np.hstack(beyond), defined)
    for number, (target, measure) in enumerate(names):
        value, low, high = (ends[number] for ends in values)
        gain, gain_low, gain_high = (ends[number] for ends in gains)
        beyond_value, beyond_low, beyond_high = (ends[number] for ends in against)
        yield {
            "target": target,
            "measure": measure,
            "value": value,
            "low": low,
            "high": high,
            "gain": gain,
            "gain_low": gain_low,
            "gain_high": gain_high,
            "beyond_permuted": beyond_value,
            "beyond_permuted_low": beyond_low,
            "beyond_permuted_high": beyond_high,
            **frames.sizes(defined[:, number]),
        }


def _losses(estimate: Floats, truth: Floats, targets: list[str]) -> Floats:
    """Return the absolute error of each target, NaN where there is no estimate, and last the IoU of boxes."""
    errors = [np.abs(estimate - truth)[:, TARGETS[target]].mean(axis=1) for target in targets]
    box = TARGETS["box"]
    overlap = np.nan_to_num(box_overlap(estimate[:, box], truth[:, box]), nan=0.0)
    return np.stack([*errors, overlap], axis=1)


def _explained(
    frames: ResampledFrames, estimate: Floats, truth: Floats, mean: Floats, targets: list[str]
) -> Floats:
    """Return R2 of each target under each row of weights, [1 + R, targets]."""
    defined = np.isfinite(estimate)
    left = frames.totals(np.where(defined, (estimate - truth) ** 2, np.nan))
    whole = frames.totals(np.where(defined, (mean - truth) ** 2, np.nan))
    explained = 1 - ratio(left, whole)
    return np.stack([explained[:, TARGETS[target]].mean(axis=1) for target in targets], axis=1)


def _means(frames: ResampledFrames, values: Floats) -> Floats:
    return ratio(frames.totals(values), frames.totals(np.isfinite(values)))
