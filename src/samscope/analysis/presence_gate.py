"""Presence gates out of the records of studies: what is measured, the fit, and each measurement's part."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import codes
from samscope.analysis.statistics.auroc import pooled_auroc
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.combination import fitted_combination, held_out_scores
from samscope.analysis.statistics.resampling_plan import Plan, plan_of_clips
from samscope.records.store import Study
from samscope.support.errors import UsageError
from samscope.trackers.rules.gate import LEAST_AREA, MEASUREMENTS, Gate

GOOD_J = 0.5
"""J from which a mask counts as the object's."""

ALL = "all"
"""The name of all measurements together."""

_REMEMBERED = 15
"""Tracked frames whose pointers and areas are compared with, as many as SAM 2 reads pointers of."""

_CLIP = ["study", "set", "clip"]


@dataclass(frozen=True, eq=False)
class GateFrames:
    """The tracked frames of studies on which the tracker takes the object as there.

    Attributes:
        measured: float64 [N, M], finite, in the order of ``names``.
        names: of the measurements.
        good: bool [N], whether the object is there and the mask has a J of ``GOOD_J`` at least.
        clips: int [N], each frame's clip, a column of the plan.
        videos: int [N], a code for each frame's source video; of equal names it is the same one.
        plan: how the clips are taken again.
        undefined: frames that are left out, as something was not recorded of them.
    """

    measured: NDArray[np.float64]
    names: tuple[str, ...]
    good: NDArray[np.bool_]
    clips: NDArray[np.int64]
    videos: NDArray[np.int64]
    plan: Plan
    undefined: int


def gate_frames(studies: Sequence[Study], names: Sequence[str] = tuple(MEASUREMENTS)) -> GateFrames:
    """Measure the frames of studies as the rule ``presence`` measures them while it tracks.

    A frame's pointer and area are compared with those of the latest good frames before it, its memory with
    that of the latest one that contains the object: what a gate that never errs would have remembered.

    Args:
        studies: of one model at one size.
        names: of ``gate.MEASUREMENTS``, those that are used.

    Raises:
        UsageError: there is no such measurement, none at all, or one is named twice.
    """
    if not names or not set(names) <= set(MEASUREMENTS) or len(set(names)) < len(names):
        raise UsageError(
            f"measurements are {', '.join(names) or 'none'}; expected each once of {', '.join(MEASUREMENTS)}"
        )
    clips = _numbered([study.clips for study in studies]).reset_index(drop=True)
    frames = _numbered([study.frames for study in studies])
    memories = _numbered([study.features for study in studies])
    memories = memories.loc[memories["position"] == "memory_features", [*_CLIP, "frame", "short"]]
    frames = frames.merge(memories, how="left", on=[*_CLIP, "frame"]).sort_values([*_CLIP, "frame"])
    frames = frames.rename(columns={"short": "memory_distance"})
    measured = pd.concat([_measured(rows) for _, rows in frames.groupby(_CLIP, sort=False)])
    measured = measured.merge(clips.reset_index(names="row")[[*_CLIP, "row", "source_video"]], on=_CLIP)
    defined = np.isfinite(measured[list(names)].to_numpy(dtype=np.float64)).all(axis=1)
    used = measured.loc[defined]
    return GateFrames(
        used[list(names)].to_numpy(dtype=np.float64),
        tuple(names),
        used["good"].to_numpy(dtype=np.bool_),
        used["row"].to_numpy(dtype=np.int64),
        codes(used["source_video"].to_numpy(dtype=np.str_)),
        plan_of_clips(clips),
        int((~defined).sum()),
    )


def fitted_gate(studies: Sequence[Study], names: Sequence[str] = tuple(MEASUREMENTS)) -> Gate:
    """Fit a gate to studies of one model.

    It is the logistic regression of ``combination.fitted_combination``, whose intercept is moved so that good
    and other frames count as equally frequent.

    Args:
        studies: at least one.
        names: of ``gate.MEASUREMENTS``, those that it weighs.

    Raises:
        UsageError: the studies are of different models or sizes, the measurements are none, or there are not
            both kinds of frames, of several source videos.
    """
    weights_sha256, image_size = _model_of(studies)
    frames = gate_frames(studies, names)
    _require_both(frames)
    fit = fitted_combination(frames.measured, frames.good)
    weights, share = fit.weights / fit.scales, frames.good.mean()
    intercept = fit.intercept - float(weights @ fit.means) - float(np.log(share / (1 - share)))
    facts = {
        "studies": len(studies),
        "source_videos": len(np.unique(frames.videos)),
        "clips": len(np.unique(frames.clips)),
        "good_frames": int(frames.good.sum()),
        "other_frames": int((~frames.good).sum()),
    }
    named = dict(zip(frames.names, weights.tolist(), strict=True))
    return Gate(weights_sha256, image_size, intercept, named, facts)


def ablation(studies: Sequence[Study], names: Sequence[str] = tuple(MEASUREMENTS)) -> dict[str, Estimate]:
    """Return how well gates tell good frames from others on source videos that they were not fitted to.

    Args:
        studies: of one model.
        names: the measurements.

    Returns:
        The AUROC of a gate of each measurement alone, then of ``ALL`` where there are several, with its 95 %
        interval over source and partner videos.

    Raises:
        UsageError: as ``fitted_gate``; or a part of the videos leaves only one kind of frame to learn from.
    """
    frames = gate_frames(studies, names)
    _require_both(frames)
    alone = {name: frames.measured[:, [place]] for place, name in enumerate(frames.names)}
    by_inputs = {}
    together = {ALL: frames.measured} if len(alone) > 1 else {}
    for name, measured in {**alone, **together}.items():
        scores = held_out_scores(measured, frames.good, frames.videos)
        if scores is None:
            raise _too_few("all bad frames, or all good ones, are of too few source videos")
        good = frames.good
        by_inputs[name] = pooled_auroc(
            scores[good], frames.clips[good], scores[~good], frames.clips[~good], frames.plan
        ).estimate
    return by_inputs


def fit_rule(studies: Sequence[Study], out: Path, names: Sequence[str]) -> dict[str, Estimate]:
    """Fit a gate to studies, write it, and return its ``ablation``."""
    gate, parts = fitted_gate(studies, names), ablation(studies, names)
    gate.write(out)
    return parts


def _numbered(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables of several studies as one, with the study's number in each row."""
    return pd.concat([table.assign(study=number) for number, table in enumerate(tables)])


def _measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Measure the tracked frames of one clip on which the object score is above 0; frames ascend."""
    rows = rows.loc[~rows["prompted"].astype(bool) & (rows["object_score"] > 0)]
    good = (rows["present"].astype(bool) & (rows["j"] >= GOOD_J)).to_numpy()
    areas = rows["predicted_area"].to_numpy(dtype=np.float64).clip(min=LEAST_AREA)
    pointers = [np.asarray(pointer, dtype=np.float64) for pointer in rows["object_pointer"]]
    distances, changes = np.zeros((2, len(rows)))
    for place in range(len(rows)):
        remembered = np.flatnonzero(good[:place])[-_REMEMBERED:]
        if len(remembered):
            mean = np.mean([pointers[kept] for kept in remembered], axis=0)
            distances[place] = np.linalg.norm(pointers[place] - mean)
            changes[place] = abs(np.log(areas[place] / np.median(areas[remembered])))
    return rows.assign(pointer_distance=distances, area_change=changes, good=good)


def _model_of(studies: Sequence[Study]) -> tuple[str, int]:
    """Return digest and image size of the model of all studies."""
    first = studies[0]
    for study in studies:
        for name in ("weights_sha256", "image_size"):
            value = study.settings.get(name)
            if value is None:
                raise UsageError(f"{study.path}: its study.json has no {name}; run the study again")
            if value != first.settings[name]:
                raise UsageError(
                    f"{study.path}: its model's {name} is {value}, and that of {first.path} is "
                    f"{first.settings[name]}; a gate is fitted to studies of one model at one size"
                )
    return first.settings["weights_sha256"], first.settings["image_size"]


def _require_both(frames: GateFrames) -> None:
    if not frames.good.any() or frames.good.all():
        kind = "another" if frames.good.all() else "the object's"
        raise _too_few(f"on no frame with an object score above 0 is the mask {kind}")
    if len(np.unique(frames.videos)) < 2:
        raise _too_few("all clips are of one source video")


def _too_few(why: str) -> UsageError:
    return UsageError(f"the studies do not suffice for a gate: {why}; record more clips")
