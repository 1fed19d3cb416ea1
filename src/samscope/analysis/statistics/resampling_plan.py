"""The one plan by which a study's clips are taken again: every video is left out once in each of its roles.

A clip hangs on its source video, and in most sets on a partner too: the video of the interjected frames, of
the pasted or the obscuring object, or of the look-alikes. Two clips of one source share what that source does
to the tracker, two clips of one partner what the partner does. So each source video is left out once, each
partner once, and each pair of both once: what clips share in both roles counts in the first two, and is taken
off.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array, vstack

from samscope.analysis.statistics.arrays import codes
from samscope.analysis.statistics.bootstrap import RESAMPLES, SEED, resample_weights

SOURCE: Final = 0
PARTNER: Final = 1
PAIR: Final = 2
"""What a row of a plan leaves out."""

PARTNERED = ("interjection", "object_removal", "obscuration")
"""The sets whose clips are made of a partner video too; those of ``overlay`` are of look-alikes."""

NO_VIDEO = -1

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """How C clips are taken: all of them first, then R times without some.

    Attributes:
        left_out: float64 [R, C], sparse: the share of each clip that a row leaves out. It is 1 but for clips
            with several look-alikes, of which each video's row takes its own share.
        roles: int [R], ``SOURCE``, ``PARTNER`` or ``PAIR``.
        sources: int [C], a code for each clip's source video.
        partners: int [C, K], codes for the videos that lent something to it, ``NO_VIDEO`` where fewer did.
    """

    left_out: csr_array
    roles: NDArray[np.int64]
    sources: NDArray[np.int64]
    partners: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """1 + R, how many values a statistic has under the plan."""
        return 1 + len(self.roles)

    def take(self, clips: NDArray[np.int64]) -> "Plan":
        """Return the plan for some of the clips (their columns, in that order); its rows stay the same.

        All of them in order are this plan itself, with what it has drawn.
        """
        if np.array_equal(clips, np.arange(len(self.sources))):
            return self
        return Plan(self.left_out[:, clips], self.roles, self.sources[clips], self.partners[clips])

    def totals(self, values: NDArray[np.float64] | NDArray[np.bool_] | NDArray[np.int64]) -> Floats:
        """Sum values [C, ...] over all clips, then over those that each row takes: float64 [1 + R, ...].

        What is not finite is left out. What is left of a sum is exactly 0 where all that it was made of is
        left out.
        """
        flat = np.where(np.isfinite(values), values, 0.0).reshape(
            len(self.sources), math.prod(values.shape[1:])
        )
        whole = flat.sum(axis=0)
        rest = whole - self.left_out @ flat
        rest[np.abs(rest) <= _ROUNDING * np.abs(flat).sum(axis=0)] = 0.0
        return np.concatenate([whole[None], rest]).reshape(self.rows, *values.shape[1:])

    def weights(self) -> Floats:
        """Return float64 [1 + R, C], how far each row takes each clip, 0..1."""
        return np.concatenate([np.ones((1, len(self.sources))), 1 - self.left_out.toarray()])

    def counts(self, used: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the source videos and the partner videos of clips, bool [C, ...].

        Returns:
            Int [...] each; no partner is counted where none lends to any of them.
        """
        flat = used.reshape(len(self.sources), math.prod(used.shape[1:]))
        counted = []
        for videos in (self.sources[:, None], self.partners):
            clip, place = np.nonzero(videos >= 0)
            member = np.zeros((int(videos.max(initial=NO_VIDEO)) + 1, flat.shape[1]), dtype=np.bool_)
            np.logical_or.at(member, videos[clip, place], flat[clip])
            counted.append(member.sum(axis=0).astype(np.int64).reshape(used.shape[1:]))
        return counted[0], counted[1]

    @cached_property
    def left_out_by_clip(self) -> csc_array:
        """``left_out``, laid out by columns."""
        return self.left_out.tocsc()

    @cached_property
    def drawn(self) -> Floats:
        """Float64 [1 + RESAMPLES, C]: how often each clip comes if videos are drawn again with replacement.

        Sources and partners are drawn independently, and a clip comes as often as the product of both (the
        pigeonhole bootstrap: A. B. Owen, The pigeonhole bootstrap, 2007). It serves medians and extremes,
        which leaving one video out hardly moves; for all else it is wider than need be.
        """
        numbers = codes(self.sources)
        drawn = _draws(int(numbers.max(initial=NO_VIDEO)) + 1)[:, numbers]
        lent = self.partners >= 0
        if lent.any():
            names, positions = np.unique(self.partners[lent], return_inverse=True)
            of_partner = np.zeros(self.partners.shape, dtype=np.int64)
            of_partner[lent] = positions
            every = _draws(len(names), SEED + 1)[:, of_partner] * lent
            shared = every.sum(axis=2) / np.maximum(lent.sum(axis=1), 1)
            drawn = drawn * np.where(lent.any(axis=1), shared, 1.0)
        return drawn


_ROUNDING = 1e-12


def _draws(videos: int, seed: int = SEED) -> Floats:
    drawn = resample_weights(videos, seed=seed) if videos else np.empty((RESAMPLES, 0))
    return np.concatenate([np.ones((1, videos)), drawn])


def plan_of_videos(sources: ArrayLike, partners: Sequence[Sequence[str]] | None = None) -> Plan:
    """Return the plan for clips.

    Args:
        sources: [C], the source video of each clip, names or numbers.
        partners: C lists of names, the videos that lent something to each clip (an empty name is none); None
            where no clip hangs on a partner.
    """
    of_source = codes(np.asarray(sources))
    count = len(of_source)
    of_partner = _numbered([[] for _ in range(count)] if partners is None else partners)
    clip, place = np.nonzero(of_partner >= 0)
    shares = 1 / np.maximum((of_partner >= 0).sum(axis=1), 1)[clip]
    pairs = _pairs(of_source, of_partner)
    paired = np.flatnonzero(pairs >= 0)
    blocks = [
        _block(of_source, np.arange(count), np.ones(count), count),
        _block(of_partner[clip, place], clip, shares, count),
        _block(pairs[paired], paired, _taken_twice(of_partner)[paired], count),
    ]
    roles = np.repeat([SOURCE, PARTNER, PAIR], [block.shape[0] for block in blocks])
    return Plan(csr_array(vstack(blocks)), roles.astype(np.int64), of_source, of_partner)


def _numbered(names: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return int [C, K], a code for each name of C lists, ``NO_VIDEO`` for an empty or missing one."""
    width = max([1, *map(len, names)])
    laid_out = np.array([[*of_clip, *[""] * (width - len(of_clip))] for of_clip in names], dtype=np.str_)
    laid_out = laid_out.reshape(len(names), width)
    numbers = np.full(laid_out.shape, NO_VIDEO, dtype=np.int64)
    numbers[laid_out != ""] = codes(laid_out[laid_out != ""])
    return numbers


def _block(rows: NDArray[np.int64], clips: NDArray[np.int64], shares: Floats, count: int) -> csr_array:
    return csr_array((shares, (rows, clips)), shape=(int(rows.max(initial=NO_VIDEO)) + 1, count))


def _pairs(sources: NDArray[np.int64], partners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int [C], a code for each clip's source and partners together, ``NO_VIDEO`` without partners."""
    pairs = np.full(len(sources), NO_VIDEO, dtype=np.int64)
    has_any = (partners >= 0).any(axis=1)
    if has_any.any():
        both = np.column_stack([sources, np.sort(partners, axis=1)])[has_any]
        pairs[has_any] = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    return pairs


def _taken_twice(partners: NDArray[np.int64]) -> Floats:
    """Return [C], how much of a clip's own variance the rows of its partners hold, as a share to leave out.

    With one partner they hold all of it, with three different ones a third.
    """
    lent = partners >= 0
    shares = lent / np.maximum(lent.sum(axis=1, keepdims=True), 1)
    alike = (partners[:, :, None] == partners[:, None, :]) & lent[:, :, None] & lent[:, None, :]
    return np.asarray(np.sqrt(np.einsum("ci,cij,cj->c", shares, alike, shares)))


def plan_of_clips(clips: pd.DataFrame) -> Plan:
    """Return the plan for rows of the clips table of a study; see ``partner_videos``."""
    lent = [names.split("/") for names in partner_videos(clips)]
    return plan_of_videos(clips["source_video"].to_numpy(dtype=np.str_), lent)


def partner_videos(clips: pd.DataFrame) -> list[str]:
    """Return the videos that lent something to each clip, joined by slashes; empty where there are none.

    A partner counts in the sets that are made of one (``PARTNERED``), look-alikes in ``overlay``.

    Args:
        clips: rows of the clips table of a study; where a column is missing or null, nothing was lent.
    """
    sets = clips["set"] if "set" in clips else pd.Series("", index=clips.index)
    nothing = pd.Series(None, index=clips.index, dtype=object)
    partners, overlays = (clips.get(name, nothing) for name in ("partner_video", "overlay_videos"))
    lent = []
    for set_name, partner, overlaid in zip(sets, partners, overlays, strict=True):
        if set_name in PARTNERED:
            lent.append(partner if isinstance(partner, str) else "")
        elif set_name == "overlay" and isinstance(overlaid, Iterable):
            lent.append("/".join(map(str, overlaid)))
        else:
            lent.append("")
    return lent
