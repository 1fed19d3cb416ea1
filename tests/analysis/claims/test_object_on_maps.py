from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.object_on_maps import object_on_map_claims
from samscope.analysis.claims.positions import PLACES
from samscope.analysis.map_contrasts import MAP_SETS
from samscope.observation.map_levels import LEVEL_COLUMNS
from tests.planted_claims import CLIPS, answer, bare, gathered, verdict, verdicts

CLAIMS = tuple(object_on_map_claims())
NAMES = [claim.id for claim in CLAIMS]
FRAMES = 28

AS_THE_PAPER_SAYS = {
    1: {"variance_edges": 0.6, "mean_edges": -0.6},
    2: {"variance_object": 1.0, "mean_object": -1.0, "variance_rival": 1.0, "mean_rival": -1.0},
    3: {"variance_object": -1.0, "mean_border": 1.0, "variance_rival": 1.0, "mean_rival": -1.0},
    5: {"variance_object": -0.5, "mean_object": -0.5, "variance_border": -0.5, "mean_border": -0.5},
}
"""What stands out at each position, in the unit of its column."""


@cache
def _maps(share: float, *, told: float = 0.0, noise: float = 0.1, rivals: bool = True) -> Evidence:
    """Plant levels of maps.

    Args:
        share: of what the paper says: 1 all of it, 0 nothing, -1 the contrary.
        told: how far the object of interest stands out at position 1.
        noise: standard deviation of a clip's own levels, which cancel out over clips.
        rivals: whether there are other objects.
    """
    rng = np.random.default_rng(0)
    pieces = []
    for set_name in MAP_SETS:
        for number, said in AS_THE_PAPER_SAYS.items():
            of_clips = rng.normal(size=(CLIPS, len(LEVEL_COLUMNS))) * noise
            for clip, own in enumerate(of_clips - of_clips.mean(axis=0)):
                levels = {
                    column: share * said.get(column, 0.0) + by + rng.normal(size=FRAMES) * 0.05
                    for column, by in zip(LEVEL_COLUMNS, own, strict=True)
                }
                if number == 1:
                    for kind in ("mean", "variance"):
                        levels[f"{kind}_object"] += told
                keys = {"set": set_name, "clip": clip, "frame": np.arange(FRAMES), "position": PLACES[number]}
                pieces.append(pd.DataFrame(keys | levels))
    levels_table = pd.concat(pieces, ignore_index=True)
    if not rivals:
        levels_table.loc[:, ["mean_rival", "variance_rival"]] = np.nan
    study = bare(MAP_SETS).study
    return gathered(replace(study, features=levels_table.reindex(columns=study.features.columns)))


@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str) -> None:
    assert verdict(name, _maps(1.0)) == "holds"


@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str) -> None:
    assert verdict(name, _maps(-1.0, told=1.0)) == "fails"


def test_noise_is_undecided() -> None:
    """Claims with a threshold are at it: an effect of half of what was planted, or as much as is untold."""
    nothing, half = (verdicts(_maps(share, told=0.2, noise=0.3)) for share in (0.0, 0.5))
    found = {name: half[name] if name.startswith("edges") else nothing[name] for name in NAMES}
    assert set(found.values()) == {"undecided"}, found


def test_the_object_is_held_against_other_objects_pasted_or_not() -> None:
    """What any object has, or a pasted one, tells nothing of which one is of interest."""
    found = answer("object-variance-untold-at-1", _maps(1.0, told=0.7)).measured
    assert found is not None
    assert found.estimate.value == pytest.approx(0.7, abs=0.15)


def test_without_other_objects_nothing_is_said_of_them() -> None:
    evidence = _maps(1.0, rivals=False)
    found = answer("rival-variance-high-at-2-obscured", evidence)
    assert (found.verdict, found.reason) == ("undecided", "no clip of obscuration defines it")
    assert verdict("object-variance-high-at-2", evidence) == "holds"


def test_records_of_an_older_version_say_what_is_missing() -> None:
    study = bare(MAP_SETS).study
    older = gathered(replace(study, features=study.features.assign(**dict.fromkeys(LEVEL_COLUMNS, np.nan))))
    for name in NAMES:
        found = answer(name, older)
        assert found.verdict == "undecided"
        assert found.reason.startswith("records of an older version do not say how maps stand")


def test_a_set_that_was_not_run_is_named() -> None:
    found = answer("rival-variance-high-at-2-overlaid", gathered(bare(("clean",)).study))
    assert (found.verdict, found.reason) == ("undecided", "the study has no clips of overlay")


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_gap_control(name: str) -> None:
    found = answer(name, _maps(1.0), "gap control")
    assert (found.verdict, found.measured) == (None, None)
    assert found.reason == "a map is of one frame: no reference has an age"
