"""Claims about what stands out of the position maps: figures 7, 8, 11 and 12 (paper, 4.1)."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from samscope.analysis.claims.claim import Claim, HoldsIf, measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import EDGES, NOTHING, UNTOLD
from samscope.analysis.claims.positions import PLACES
from samscope.analysis.map_contrasts import MapContrast, has_map_levels
from samscope.analysis.statistics.resampled import Resampled
from samscope.observation.kinds import MapKind

_BRIGHT: dict[MapKind, HoldsIf] = {"variance": "above", "mean": "below"}
"""The sides on which the paper sees edges and, at position 2, objects: a large variance and a small mean."""

_SIDES: dict[HoldsIf, str] = {"above": "high", "below": "low"}
_NAMES: dict[MapContrast, str] = {
    "object": "object",
    "border": "object's border",
    "rival": "other object",
    "object_less_rival": "object",
    "edges": "edges",
}
_WHERE = {
    "clean": ("", ""),
    "obscuration": ("-obscured", " while another one passes in front of it"),
    "overlay": ("-overlaid", " among objects laid over the frame"),
}
_OLDER = (
    "records of an older version do not say how maps stand (mean_object to variance_edges); track the clips "
    "again"
)


def object_on_map_claims() -> Iterator[Claim]:
    """Yield the claims about channel mean and channel variance, family by family."""
    yield from _edges()
    yield from _untold()
    yield from _at_2()
    yield from _at_3()
    yield from _at_5()


def _edges() -> Iterator[Claim]:
    quote = "the edges have a small mean and a large variance in the channel dimension"
    for kind, holds_if in _BRIGHT.items():
        for set_name, section in (("clean", "4.1.1"), ("obscuration", "4.1.1"), ("overlay", "4.1.2")):
            side = _SIDES[holds_if]
            again = "" if set_name == "clean" else f", in {_set_in_words(set_name)} too"
            yield _claim(
                f"edges-{kind}-{side}-at-1{_WHERE[set_name][0]}",
                family="maps-at-1-edges",
                section=section,
                quote=quote
                if section == "4.1.1"
                else "the edges are represented with low mean and high variance",
                sentence=f"At position 1 the channel {kind} is {side} where the frame has edges{again}.",
                statistic=f"correlation of the channel {kind} with the strength of the frame's edges, over "
                "the places of a map",
                of_maps=partial(_contrast, set_name=set_name, number=1, kind=kind, contrast="edges"),
                holds_if=holds_if,
                threshold=EDGES if holds_if == "above" else -EDGES,
            )


def _untold() -> Iterator[Claim]:
    for kind in _BRIGHT:
        yield _claim(
            f"object-{kind}-untold-at-1",
            family="maps-at-1-object",
            section="4.1.1",
            quote="there is no indication of the object location or shape",
            sentence=f"At position 1 the channel {kind} tells the object of interest from no other object.",
            statistic=f"channel {kind} on the object less that on the frame's other objects, in standard "
            "deviations over the map; mean of obscuration, where the others are pasted, and object removal, "
            "where the object is",
            of_maps=partial(_of_either_pasted, kind=kind),
            holds_if="within",
            threshold=UNTOLD,
        )


def _of_either_pasted(evidence: Evidence, kind: MapKind) -> Resampled:
    obscuring, removing = (
        _contrast(evidence, set_name=set_name, number=1, kind=kind, contrast="object_less_rival")
        for set_name in ("obscuration", "object_removal")
    )
    return (obscuring + removing) * 0.5


def _at_2() -> Iterator[Claim]:
    claim = partial(_standing_out, family="maps-at-2", number=2)
    for kind, holds_if in _BRIGHT.items():
        yield claim(
            kind=kind,
            contrast="object",
            holds_if=holds_if,
            set_name="clean",
            quote="The car object in the clean video has a small mean with large variance compared to its "
            "surroundings",
        )
        yield claim(
            kind=kind,
            contrast="rival",
            holds_if=holds_if,
            set_name="obscuration",
            quote="the obscuring object also has a small mean and large variance",
        )
        yield claim(
            kind=kind,
            contrast="rival",
            holds_if=holds_if,
            set_name="overlay",
            quote="All of the overlaid objects are highlighted",
        )


def _at_3() -> Iterator[Claim]:
    claim = partial(_standing_out, family="maps-at-3", number=3)
    low = "The car in both videos has an extremely low variance"
    only = "Only the object of interest, not the overlaid objects, is highlighted with a low variance"
    glow = "the border pixels have a large mean, creating a glow around the object"
    other = "The obscuring object has a very low mean and a high variance"
    for set_name, quote in (("clean", low), ("obscuration", low), ("overlay", only)):
        yield claim(kind="variance", contrast="object", holds_if="below", set_name=set_name, quote=quote)
    yield _claim(
        "object-variance-below-others-at-3-overlaid",
        family="maps-at-3",
        section="4.1.2",
        quote=only,
        sentence="At position 3 the object has a lower channel variance than objects laid over the frame.",
        statistic="channel variance on the object less that on the other objects, in standard deviations "
        "over the map",
        of_maps=partial(
            _contrast, set_name="overlay", number=3, kind="variance", contrast="object_less_rival"
        ),
        holds_if="below",
    )
    for set_name in ("clean", "obscuration"):
        yield claim(kind="mean", contrast="border", holds_if="above", set_name=set_name, quote=glow)
    yield claim(kind="mean", contrast="rival", holds_if="below", set_name="obscuration", quote=other)
    yield claim(kind="variance", contrast="rival", holds_if="above", set_name="obscuration", quote=other)


def _at_5() -> Iterator[Claim]:
    claim = partial(_standing_out, family="maps-at-5", number=5)
    glow = "the object of interest is highlighted in a dark glow of low mean and low variance"
    both = "A representation of the entire frame with a highlight over the object is embedded into memory"
    shown: tuple[tuple[MapContrast, str], ...] = (
        ("object", "clean"),
        ("border", "clean"),
        ("object", "overlay"),
    )
    for kind in _BRIGHT:
        for contrast, set_name in shown:
            yield claim(
                kind=kind,
                contrast=contrast,
                holds_if="below",
                set_name=set_name,
                quote=glow if set_name == "clean" else both,
            )
    yield _claim(
        "object-variance-less-told-at-5-than-at-3",
        family="maps-at-5",
        section="4.1.1",
        quote="the memory features at position 5 focus less on the object and more on the entire image",
        sentence="At position 5 the object's channel variance is less low than at position 3.",
        statistic="channel variance on the object less that on the ground, in standard deviations over the "
        "map, at position 5 less that at position 3",
        of_maps=_less_told,
    )


def _less_told(evidence: Evidence) -> Resampled:
    fifth, third = (
        _contrast(evidence, set_name="clean", number=number, kind="variance", contrast="object")
        for number in (5, 3)
    )
    return fifth - third


def _standing_out(
    *,
    family: str,
    number: int,
    kind: MapKind,
    contrast: MapContrast,
    holds_if: HoldsIf,
    set_name: str,
    quote: str,
) -> Claim:
    """Return a claim about a region's channel mean or variance beside that of the ground."""
    suffix, where = _WHERE[set_name]
    side = _SIDES[holds_if]
    plural = contrast == "rival" and set_name == "overlay"
    named = "objects laid over the frame" if plural else _NAMES[contrast]
    where = (
        "" if contrast == "rival" and plural else where if contrast != "rival" else " that passes in front"
    )
    return _claim(
        f"{contrast}-{kind}-{side}-at-{number}{suffix}",
        family=family,
        section="4.1.2" if set_name == "overlay" else "4.1.1",
        quote=quote,
        sentence=f"At position {number} the {named}{where} {'have' if plural else 'has'} a {side} channel "
        f"{kind}.",
        statistic=f"channel {kind} there less that on the ground, in standard deviations over the map",
        of_maps=partial(_contrast, set_name=set_name, number=number, kind=kind, contrast=contrast),
        holds_if=holds_if,
    )


def _set_in_words(set_name: str) -> str:
    return {"obscuration": "obscured clips", "overlay": "overlaid clips"}[set_name]


def _contrast(
    evidence: Evidence, *, set_name: str, number: int, kind: MapKind, contrast: MapContrast
) -> Resampled:
    table = evidence.map_contrasts
    rows = table.loc[
        (table["set"] == set_name)
        & (table["position"] == PLACES[number])
        & (table["kind"] == kind)
        & (table["contrast"] == contrast)
    ]
    run = set_name in evidence.grids
    missing = f"the study has no clips of {set_name}" if not run else f"no clip of {set_name} defines it"
    return evidence.mean(
        set_name,
        rows["value"].to_numpy(dtype=np.float64),
        rows["clip"].to_numpy(dtype=np.int64),
        missing if not run or has_map_levels(evidence.study) else _OLDER,
    )


def _claim(
    claim_id: str,
    *,
    family: str,
    section: str,
    quote: str,
    sentence: str,
    statistic: str,
    of_maps: Callable[[Evidence], Resampled],
    holds_if: HoldsIf = "above",
    threshold: float = NOTHING,
) -> Claim:
    return Claim(
        claim_id,
        family,
        section,
        quote,
        sentence,
        statistic,
        holds_if,
        threshold,
        lambda evidence: measured(of_maps(evidence)),
        no_control="a map is of one frame: no reference has an age",
    )
