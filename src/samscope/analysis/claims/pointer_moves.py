"""Claims about what moves the object pointer: figures 9, 10 and 13 (paper, 4.1.1 and 4.1.2)."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.claims.claim import Claim, Measured, measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import NOTHING, NOTICEABLE
from samscope.analysis.pointers.distances import POINTERS, clip_pointers
from samscope.analysis.statistics.resampled import Resampled

_NO_CONTROL = "no reference has an age: the pointers of two clips are compared on the same frame"


def pointer_move_claims() -> Iterator[Claim]:
    """Yield the claims about how far other objects move the pointer away from the clean clip's."""
    yield _claim(
        "pointer-distance-grows-with-obscuration",
        family="pointer-distance",
        quote="appearing closer together when the object is unobscured and further apart when the object is "
        "obscured",
        sentence="The more of the object is obscured, the farther its pointer is from the clean clip's.",
        statistic="rank correlation of the distance with the fraction obscured, within clips",
        paper=_distance_grows,
    )
    yield _claim(
        "unobscured-pointers-differ",
        family="unobscured-pointers",
        quote="All of these frames are 0% obscured, yet the distance between the object pointers is not "
        "constant",
        sentence="Where the whole object is visible its pointer still differs if the obscuring one is in the "
        "frame.",
        statistic="distance on frames 0 % obscured, as a multiple of the clean pointer's way from frame to "
        "frame",
        paper=lambda evidence: measured(_unobscured(evidence, before=False)),
        threshold=NOTICEABLE,
    )
    yield _claim(
        "unobscured-pointers-differ-before",
        family="unobscured-pointers",
        quote="Having an obscuring object in the frame changes the object pointer even if the object of "
        "interest is still fully visible",
        sentence="They do so before the object has ever been covered: it is not only what memory holds.",
        statistic="the same on frames before the first one on which anything is covered",
        paper=lambda evidence: measured(_unobscured(evidence, before=True)),
        threshold=NOTICEABLE,
    )
    yield _claim(
        "overlay-widens-pointers",
        family="pointer-spread",
        quote="Introducing object overlays causes an increase in the object pointer variance",
        sentence="Objects laid over the frame spread the pointers of a clip more widely.",
        statistic="variance of a clip's pointers with the overlay over that of the clean clip, less 1",
        paper=lambda evidence: measured(_spread(evidence, "overlay") / _spread(evidence, "clean") - 1),
        section="4.1.2",
    )


def _distance_grows(evidence: Evidence) -> Measured:
    correlation = evidence.correlation
    compared = evidence.distances.dropna(subset=["obscured", "distance"])
    partners = {name for names in compared["partner_videos"] for name in str(names).split("/") if name}
    return Measured(
        correlation.estimate,
        compared["source_video"].nunique(),
        compared["clip"].nunique(),
        partners=len(partners),
    )


def _unobscured(evidence: Evidence, *, before: bool) -> Resampled:
    """Return how far pointers lie apart on wholly visible frames, in steps of the clean pointer.

    The prompted frame is left out: its pointer comes from a pass of its own.
    """
    keys, frames = ["clip", "frame"], evidence.study.frames
    prompts = frames.loc[(frames["set"] == "obscuration") & frames["prompted"], keys]
    distances = evidence.distances.sort_values(keys)
    prompted = pd.MultiIndex.from_frame(distances[keys]).isin(pd.MultiIndex.from_frame(prompts))
    chosen = (distances["obscured"] == 0) & distances["transformed"] & ~prompted
    if before:
        chosen &= (distances["obscured"] > 0).groupby(distances["clip"]).cumsum() == 0
    rows = distances.loc[chosen]
    apart = evidence.mean(
        "obscuration",
        rows["distance"].to_numpy(dtype=np.float64),
        rows["clip"].to_numpy(dtype=np.int64),
        "no obscured clip shows the whole object and the obscuring one in a frame",
    )
    return apart / _by_clip(evidence, "clean", _step)


def _spread(evidence: Evidence, set_name: str) -> Resampled:
    return _by_clip(evidence, set_name, lambda pointers: float(pointers.var(axis=0).sum()))


def _step(pointers: NDArray[np.float64]) -> float:
    """Return the mean distance between the pointers [T, C] of neighbouring frames."""
    steps = np.linalg.norm(np.diff(pointers, axis=0), axis=1)
    return float(steps.mean()) if len(steps) else np.nan


def _by_clip(
    evidence: Evidence, set_name: str, of_pointers: Callable[[NDArray[np.float64]], float]
) -> Resampled:
    """Average a number of each clip's pointers over a set; the prompt's comes from a pass of its own."""
    frames = evidence.study.frames
    rows = frames.loc[(frames["set"] == set_name) & ~frames["prompted"]]
    clips = evidence.study.clips.loc[evidence.study.clips["set"] == set_name].sort_values("clip")
    with_frames = clips.loc[clips["clip"].isin(rows["clip"])]
    numbers = with_frames["clip"].to_numpy(dtype=np.int64)
    values = [of_pointers(clip_pointers(rows, set_name, int(clip), POINTERS[0])[1]) for clip in numbers]
    return evidence.mean(
        set_name,
        np.array(values, dtype=np.float64),
        numbers,
        f"no {set_name} clip has pointers",
    )


def _claim(
    claim_id: str,
    *,
    family: str,
    quote: str,
    sentence: str,
    statistic: str,
    paper: Callable[[Evidence], Measured],
    section: str = "4.1.1",
    threshold: float = NOTHING,
) -> Claim:
    return Claim(
        claim_id,
        family,
        section,
        quote,
        sentence,
        statistic,
        "above",
        threshold,
        paper,
        no_control=_NO_CONTROL,
    )
