"""Whether the object's box can be read off its pointer by a linear map that the model knows nothing of."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional
from transformers import Sam2VideoModel

from nano.checks.measures import Measure, mean_of_frames
from nano.training.batches import Batch
from nano.training.forward import track_clips
from samscope.analysis.pointers.boxes import Boxes, box_overlap
from samscope.analysis.statistics.bootstrap import Estimate, percentile_interval, resample_weights
from samscope.clips.facts import mask_box

ALPHAS = tuple(float(alpha) for alpha in np.logspace(-2, 5, 8))
"""Strengths of the ridge that cross-validation chooses from; pointers are standardised."""

FOLDS = 5


@dataclass(frozen=True, eq=False)
class TrackedBoxes:
    """Pointers and boxes of tracked frames that show the object; the prompted frames are left out.

    Attributes:
        stored: float64 [N, C], pointers as stored: one constant vector where the object score is at most 0.
        ungated: float64 [N, C], pointers before that.
        truth: boxes of the true masks.
        previous: boxes of the true masks one frame before; NaN where it does not show the object.
        predicted: boxes of the predicted masks; NaN where they are empty.
        clips: int64 [N], the number of each frame's clip.
    """

    stored: NDArray[np.float64]
    ungated: NDArray[np.float64]
    truth: Boxes
    previous: Boxes
    predicted: Boxes
    clips: NDArray[np.int64]


@dataclass(frozen=True)
class PointerProbe:
    """How well boxes are decoded from one kind of pointer.

    Attributes:
        alpha: strength of the ridge, chosen by cross-validation within the clips that it is fitted on.
        overlap: IoU of the decoded and the true box.
        gain: that minus the IoU of the mean box.
        explained: R2, the mean over the four edges.
    """

    alpha: float
    overlap: Measure
    gain: Measure
    explained: Measure


@dataclass(frozen=True)
class BoxProbe:
    """Boxes decoded from pointers on clips of sources that neither the model nor the probe has seen.

    Attributes:
        fitted_clips: clips that the probe is fitted on, of the training's sources.
        fitted_frames: their frames.
        tested_frames: frames that the numbers below are means over.
        stored: from pointers as stored.
        ungated: from pointers before the object score's gate.
        mean_box: IoU of the mean box of the fitted clips.
        previous_box: IoU of the true box one frame before.
        predicted_box: IoU of the predicted mask's box; 0 where that mask is empty.
    """

    fitted_clips: int
    fitted_frames: int
    tested_frames: int
    stored: PointerProbe
    ungated: PointerProbe
    mean_box: Measure
    previous_box: Measure
    predicted_box: Measure


@torch.no_grad()
def tracked_boxes(network: Sam2VideoModel, batches: Iterable[Batch]) -> TrackedBoxes:
    """Track clips and collect pointers and boxes.

    Args:
        network: the SAM 2, in evaluation mode.
        batches: clips of one length.
    """
    device = next(network.parameters()).device
    parts, clips = [], 0
    for batch in batches:
        on_device = batch.to(device)
        tracked = track_clips(network, on_device.pixels, on_device.prompt)
        logits = functional.interpolate(
            tracked.mask_logits, size=on_device.masks.shape[-2:], mode="bilinear", align_corners=False
        )
        truth = boxes_of(batch.masks.numpy())
        is_present = np.isfinite(truth[1:, :, 0])
        numbers = np.broadcast_to(clips + np.arange(is_present.shape[1]), is_present.shape)
        rows = (
            _vectors([step.decoded.pointer for step in tracked.steps[1:]]),
            _vectors([step.decoded.pointer_ungated for step in tracked.steps[1:]]),
            truth[1:],
            truth[:-1],
            boxes_of((logits[1:] > 0).cpu().numpy()),
            numbers,
        )
        parts.append([row[is_present] for row in rows])
        clips += is_present.shape[1]
    return TrackedBoxes(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _vectors(pointers: list[Tensor]) -> NDArray[np.float64]:
    return np.asarray(torch.stack(pointers).double().cpu().numpy())


def boxes_of(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the boxes [..., 4] of masks [..., H, W] as shares of the frame; NaN where a mask is empty."""
    height, width = masks.shape[-2:]
    boxes = [mask_box(mask) or [np.nan] * 4 for mask in masks.reshape(-1, height, width)]
    return np.array(boxes).reshape(*masks.shape[:-2], 4) / (width, height, width, height)


def probe_boxes(fitted: TrackedBoxes, tested: TrackedBoxes) -> BoxProbe:
    """Fit a linear map from pointers to boxes on some clips and test it on others.

    Args:
        fitted: of at least two clips.
        tested: of clips that share no source with them.
    """
    mean = np.broadcast_to(fitted.truth.mean(axis=0), tested.truth.shape)
    by_mean = box_overlap(mean, tested.truth)
    by_previous = box_overlap(tested.previous, tested.truth)
    by_mask = np.nan_to_num(box_overlap(tested.predicted, tested.truth), nan=0.0)

    def probe(pointers: NDArray[np.float64], tested_pointers: NDArray[np.float64]) -> PointerProbe:
        return _probe(pointers, fitted, tested_pointers, tested, by_mean)

    return BoxProbe(
        fitted_clips=len(np.unique(fitted.clips)),
        fitted_frames=len(fitted.clips),
        tested_frames=len(tested.clips),
        stored=probe(fitted.stored, tested.stored),
        ungated=probe(fitted.ungated, tested.ungated),
        mean_box=mean_of_frames(by_mean, tested.clips, "mean IoU of the mean box of the fitted clips"),
        previous_box=mean_of_frames(
            by_previous, tested.clips, "mean IoU of the true box one frame before, where there is one"
        ),
        predicted_box=mean_of_frames(
            by_mask, tested.clips, "mean IoU of the predicted mask's box; 0 where that mask is empty"
        ),
    )


def _probe(
    pointers: NDArray[np.float64],
    fitted: TrackedBoxes,
    tested_pointers: NDArray[np.float64],
    tested: TrackedBoxes,
    by_mean: NDArray[np.float64],
) -> PointerProbe:
    alpha = _best_alpha(pointers, fitted)
    decoded = _ridge(alpha).fit(pointers, fitted.truth).predict(tested_pointers)
    overlap = box_overlap(decoded, tested.truth)
    return PointerProbe(
        alpha=alpha,
        overlap=mean_of_frames(overlap, tested.clips, "mean IoU of the decoded box"),
        gain=mean_of_frames(
            overlap - by_mean, tested.clips, "mean IoU of the decoded box minus the mean box's"
        ),
        explained=_explained(decoded, tested),
    )


def _ridge(alpha: float | NDArray[np.float64]) -> Pipeline:
    return make_pipeline(StandardScaler(), Ridge(alpha))


def _best_alpha(pointers: NDArray[np.float64], fitted: TrackedBoxes) -> float:
    """Choose the ridge's strength by the squared error on clips that it was not fitted on."""
    every = np.tile(
        fitted.truth, len(ALPHAS)
    )  # one fit for all strengths: each has its own copy of the edges
    strengths = np.repeat(ALPHAS, 4)
    errors = np.zeros(len(ALPHAS))
    folds = GroupKFold(min(FOLDS, len(np.unique(fitted.clips))))
    for train, test in folds.split(pointers, groups=fitted.clips):
        decoded = _ridge(strengths).fit(pointers[train], every[train]).predict(pointers[test])
        errors += ((decoded - every[test]) ** 2).reshape(len(test), len(ALPHAS), 4).sum(axis=(0, 2))
    return ALPHAS[int(errors.argmin())]


def _explained(decoded: Boxes, tested: TrackedBoxes) -> Measure:
    """Return R2, which resamples of clips measure against the mean box of all tested frames."""
    names, codes = np.unique(tested.clips, return_inverse=True)
    left, whole = np.zeros((len(names), 4)), np.zeros((len(names), 4))
    np.add.at(left, codes, (tested.truth - decoded) ** 2)
    np.add.at(whole, codes, (tested.truth - tested.truth.mean(axis=0)) ** 2)
    weights = resample_weights(len(names))
    low, high = percentile_interval((1 - (weights @ left) / (weights @ whole)).mean(axis=1), len(names))
    value = float((1 - left.sum(axis=0) / whole.sum(axis=0)).mean())
    meaning = "R2 of the decoded edges, the mean of the four; 0 is what the mean box would reach"
    return Measure(Estimate(value, float(low), float(high)), len(names), meaning)
