"""Whether a threshold that tells absence in one set tells it in another, on source videos it never saw."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.contrasts import AGAINST, Contrast, contrast
from samscope.analysis.absence.detectors import (
    OBJECT_SCORE,
    Cells,
    cells_of,
    feature_scores,
    object_score_scores,
    ways,
)
from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.statistics.held_out import (
    LabelledFrames,
    detectors_by_part,
    labelled_frames,
    outcome,
    parts_of_videos,
)
from samscope.analysis.statistics.thresholds import Detector

COLUMNS = (
    "trained_on",
    "tested_on",
    "position",
    "feature",
    "spread",
    "references",
    "against",
    "balanced_accuracy",
    "low",
    "high",
    "sensitivity",
    "specificity",
    "lost",
    "lost_low",
    "lost_high",
    "threshold",
    "absent_frames",
    "other_frames",
    "clips",
    "videos",
    "undefined",
)


def threshold_transfer(
    clips: pd.DataFrame, frames: pd.DataFrame, features: pd.DataFrame, sets: Sequence[str] = ABSENT_SETS
) -> pd.DataFrame:
    """Measure how well thresholds fitted on one set tell absent frames in another, and in the same one.

    The source videos of all sets together are split into at most ``combination.FOLDS`` parts. A threshold
    (``thresholds.youden_threshold``; for the combination after the logistic regression) is fitted to one
    set's frames of all parts but one, and tested on the other set's frames of that one, so that it is always
    tested on other source videos, within a set as between sets.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        features: the features table.
        sets: the sets to look at; one that was not run, or has no absent frame, is left out.

    Returns:
        One row a pair of sets (``trained_on``, ``tested_on``; the pair of a set with itself is what the
        others are held against), and position, feature, spread, references and other side as in
        ``separability``:

        - ``balanced_accuracy``: the mean of ``sensitivity`` (share of absent frames called absent) and
          ``specificity`` (share of the others not called absent) over the tested frames together, 0.5 by
          chance, within a set slightly less; ``low`` and ``high`` of its 95 % interval (over the tested
          source and partner videos; the thresholds are not fitted again);
        - ``lost``: how much lower it is than that of a threshold of the tested set itself on the same
          frames, with its interval; null within a set;
        - ``threshold``: the median over the parts, in the feature's unit (log odds for the combination, the
          logit for the object score); null where no frame is called absent;
        - ``absent_frames``, ``other_frames``, ``clips``, ``videos``: what was tested; ``undefined``: frames
          of the tested set that were left out.

        With fewer than two source videos, or where a part leaves only one kind of frame to learn from, the
        accuracy is null. Partner videos, which lend interjected frames and pasted objects, are not kept
        apart: one may be the source video of another draw.
    """
    rows: list[dict[str, Any]] = []
    cells = cells_of(features)
    positions = list(dict.fromkeys(position for _, position in cells))
    for against in AGAINST:
        laid_out = [contrast(clips, frames, name, against) for name in sets]
        every = [sides for sides in laid_out if sides.absent.any() and sides.other.any()]
        parts = parts_of_videos(every)
        rows += _object_score_rows(every, frames, parts)
        for position in positions:
            rows += _feature_rows(every, cells, position, parts)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _object_score_rows(
    every: Sequence[Contrast], frames: pd.DataFrame, parts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    named = {"position": None, "feature": OBJECT_SCORE, "spread": None, "references": None}
    labelled = {
        sides.set: labelled_frames(sides, [object_score_scores(sides, frames)], parts) for sides in every
    }
    for row in _pair_rows(labelled, parts):
        yield {**named, **row, "against": every[0].against, "threshold": -row["threshold"]}


def _feature_rows(
    every: Sequence[Contrast], cells: Cells, position: str, parts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    scores = [(sides, feature_scores(sides, cells, position)) for sides in every]
    rows_by_values: dict[tuple[bytes, ...], list[dict[str, Any]]] = {}
    for way in ways():
        labelled = {
            sides.set: labelled_frames(sides, [of_set[column] for column in way.columns], parts)
            for sides, of_set in scores
            if of_set is not None
        }
        # The kinds of references often agree, and so do all frames that are laid out.
        key = tuple(
            values.tobytes()
            for frames in labelled.values()
            for values in (frames.features, frames.absent, frames.clips)
        )
        if key not in rows_by_values:
            rows_by_values[key] = list(_pair_rows(labelled, parts))
        for row in rows_by_values[key]:
            yield {"position": position, **way.named, **row, "against": every[0].against}


def _pair_rows(labelled: dict[str, LabelledFrames], parts: dict[str, int]) -> Iterator[dict[str, Any]]:
    count = len(set(parts.values()))
    fitted = {name: detectors_by_part(frames, count) for name, frames in labelled.items()}
    for name, frames in labelled.items():
        outcomes = {
            trained_on: outcome(detectors, frames)
            for trained_on, detectors in fitted.items()
            if detectors is not None
        }
        for trained_on, detectors in fitted.items():
            row: dict[str, Any] = {
                "trained_on": trained_on,
                "tested_on": name,
                "threshold": _middle_threshold(detectors or []),
                "absent_frames": int(frames.absent.sum()),
                "other_frames": int((~frames.absent).sum()),
                "clips": len(np.unique(frames.clips)),
                "videos": len(np.unique(frames.videos)),
                "undefined": frames.undefined,
            }
            if trained_on in outcomes:
                of_pair = outcomes[trained_on]
                accuracy = of_pair.balanced_accuracy
                row |= {"balanced_accuracy": accuracy.value, "low": accuracy.low, "high": accuracy.high}
                row |= {"sensitivity": of_pair.sensitivity, "specificity": of_pair.specificity}
                if trained_on != name and name in outcomes:
                    lost = of_pair.less_than(outcomes[name])
                    row |= {"lost": lost.value, "lost_low": lost.low, "lost_high": lost.high}
            yield row


def _middle_threshold(detectors: Sequence[Detector]) -> float:
    middle = float(np.median([detector.threshold for detector in detectors])) if detectors else np.nan
    return middle if np.isfinite(middle) else np.nan
