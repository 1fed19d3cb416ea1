"""What the object pointer holds: decoded on source videos that the decoder never saw (paper, 4.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from samscope.analysis.pointers.distances import POINTERS, Pointer
from samscope.analysis.pointers.frames import TARGETS, PointerFrames, pointer_frames
from samscope.analysis.statistics.bootstrap import SEED
from samscope.analysis.statistics.decoders import DECODERS, Decoder, fit_decoder
from samscope.support.errors import SamscopeError
from samscope.support.progress import Progress, Silent
from samscope.support.side_by_side import Doing, Piece, one_by_one

Input = Literal["pointer", "change", "both", "permuted"]
INPUTS: tuple[Input, ...] = ("pointer", "change", "both")
"""What a decoder sees: one pointer; its change since the frame before; the two side by side."""

Baseline = Literal["mean", "previous_frame", "predicted_mask"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)
"""What needs no pointer: the mean of the training frames, the true values of the frame before, and what the
predicted mask says."""

FOLDS = 5

TRAINING_FRAMES = 3000
"""Of more frames than this a decoder is trained on evenly spaced ones: neighbours tell little that is new."""


@dataclass(frozen=True)
class Reading:
    """One way of reading a pointer.

    Attributes:
        decoder: what reads it.
        pointer: which pointer.
        input: what of it the decoder sees.
    """

    decoder: Decoder
    pointer: Pointer
    input: Input


READINGS = tuple(
    Reading(decoder, pointer, given) for pointer in POINTERS for given in INPUTS for decoder in DECODERS
)
"""Every way of reading a pointer."""

PERMUTED = Reading("mlp", "object_pointer_ungated", "permuted")
"""The paper's decoder, taught with every frame's pointer in another frame's place, and tested on the true
ones: what it answers where pointers tell it nothing. With few videos that is far worse than their mean."""

ALL_SETS = "all"
"""The frames of all sets together; a frame that several sets share counts in each."""


@dataclass(frozen=True, eq=False)
class Decoding:
    """Everything that was decoded from a study's pointers, all of it on source videos held out.

    Attributes:
        frames: the N frames.
        readings: float64 [N, K] of each way of reading, with the columns of ``TARGETS``; NaN where there is
            no answer. There are answers on frames that are not ``usable`` but have their input too, such as
            those without the object.
        baselines: float64 [N, K] of each baseline, likewise.
        tested: bool [N], the usable frames that were decoded: all numbers rest on these.
    """

    frames: PointerFrames
    readings: dict[Reading, NDArray[np.float64]]
    baselines: dict[Baseline, NDArray[np.float64]]
    tested: NDArray[np.bool_]

    def estimates(self) -> Iterator[tuple[dict[str, str | None], NDArray[np.float64]]]:
        """Iterate over readings and baselines: their names as columns of a table, and what they say [N, K].

        ``pointer`` and ``input`` of a baseline are None, its ``decoder`` is its name.
        """
        for reading, estimate in self.readings.items():
            yield asdict(reading), estimate
        for baseline, estimate in self.baselines.items():
            yield {"decoder": baseline, "pointer": None, "input": None}, estimate

    def sets(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Iterate over ``ALL_SETS`` and each set: its name, and which frames are in it, bool [N]."""
        of_frame = self.frames.keys["set"]
        yield ALL_SETS, np.ones(len(of_frame), dtype=np.bool_)
        for set_name in of_frame.unique():
            yield str(set_name), (of_frame == set_name).to_numpy(dtype=np.bool_)

    def rows(self, set_name: str, clip: int) -> NDArray[np.int64]:
        """Return the rows of a clip's frames, int [T], in order.

        Raises:
            SamscopeError: the records hold no such clip.
        """
        keys = self.frames.keys
        rows = np.flatnonzero((keys["set"] == set_name) & (keys["clip"] == clip))
        if not rows.size:
            raise SamscopeError(
                f"the records hold no clip {clip} of the set {set_name}; run the study with that set"
            )
        return rows


Fold = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Which frames are trained on, and which are tested, each bool [N]."""


def decode_pointers(
    clips: pd.DataFrame,
    frames: pd.DataFrame,
    readings: Sequence[Reading] = (*READINGS, PERMUTED),
    do: Doing = one_by_one,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Decoding:
    """Decode every target from pointers, cross-validated by source video.

    All sets of a draw are in the same fold, of at most ``FOLDS``. A decoder is not trained on any clip that
    shows a video of the fold that it is tested on, neither as context nor as the origin of its object. A clip
    whose pasted object comes from a video that was trained on is not tested.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        readings: the ways of reading; the baselines are always there.
        do: fits the decoders, one piece of work a reading and fold.
        progress: hears of the stage ``decoders`` and of each piece.

    Returns:
        The decoding; with fewer than two source videos no frame is tested, and all readings and the mean are
        NaN.
    """
    laid_out = pointer_frames(clips, frames)
    folds = list(held_out_folds(laid_out))
    mean = np.full(laid_out.truth.shape, np.nan)
    for train, test in folds:
        mean[test] = laid_out.truth[train].mean(axis=0)
    baselines: dict[Baseline, NDArray[np.float64]] = {
        "mean": mean,
        "previous_frame": laid_out.previous_frame,
        "predicted_mask": laid_out.predicted_mask,
    }
    read = _read(laid_out, readings, folds, do, progress)
    return Decoding(laid_out, read, baselines, laid_out.usable & np.isfinite(mean).all(axis=1))


def held_out_folds(frames: PointerFrames) -> Iterator[Fold]:
    """Iterate over which frames are trained on and which are tested, each bool [N].

    Only usable frames are trained on; the others of the tested clips are decoded too.
    """
    usable = np.flatnonzero(frames.usable)
    names = frames.videos[usable]
    count = len(np.unique(names))
    if count < 2:
        return
    for _, fold in GroupKFold(min(FOLDS, count)).split(usable, groups=names):
        test_videos = np.unique(names[fold])
        test = np.isin(frames.videos, test_videos)
        train = frames.usable & ~test & ~np.isin(frames.object_videos, test_videos)
        test &= ~np.isin(frames.object_videos, [frames.videos[train], frames.object_videos[train]])
        if train.any() and test.any():
            yield train, test


def _read(
    frames: PointerFrames, readings: Sequence[Reading], folds: Sequence[Fold], do: Doing, progress: Progress
) -> dict[Reading, NDArray[np.float64]]:
    """Return what decoders answer, [N, K], wherever their input exists on a tested frame."""
    pieces, places = [], []
    # The networks take longest, so they are begun first.
    for reading in sorted(readings, key=lambda reading: DECODERS.index(reading.decoder), reverse=True):
        inputs, has_input = _inputs(frames, reading)
        for train, test in folds:
            rows, asked = _thinned(train), test & has_input
            taught = rows if reading.input != "permuted" else _permuted(rows)
            given = inputs[taught], frames.truth[rows], frames.videos[rows], inputs[asked]
            name = f"{reading.decoder} {reading.pointer} {reading.input}"
            pieces.append(Piece(name, partial(_answers, reading.decoder, *given)))
            places.append((reading, asked))
    read = {reading: np.full(frames.truth.shape, np.nan) for reading in readings}
    with progress.stage("decoders", len(pieces)) as advance:
        answered = do(pieces, advance)
    for (reading, asked), answers in zip(places, answered, strict=True):
        read[reading][asked] = answers
    return read


def _answers(
    decoder: Decoder,
    inputs: NDArray[np.float32],
    truth: NDArray[np.float64],
    videos: NDArray[np.str_],
    asked: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Fit a decoder to some frames, and return what it answers on others."""
    return fit_decoder(decoder, inputs, truth, videos, list(TARGETS.values()))(asked)


def _inputs(frames: PointerFrames, reading: Reading) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return what a decoder sees [N, D], and on which frames it exists."""
    here = frames.pointers[reading.pointer]
    if reading.input in ("pointer", "permuted"):
        return here, frames.with_pointer
    change = here - here[frames.before]
    return change if reading.input == "change" else np.hstack([here, change]), frames.with_change


def _permuted(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.random.default_rng(SEED).permutation(rows)


def _thinned(train: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows = np.flatnonzero(train)
    return rows[:: -(-len(rows) // TRAINING_FRAMES)]
