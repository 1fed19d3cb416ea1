"""SAM 2 as a diagram: where its positions are, and how well absence can be told at each."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, choose, headline_feature
from samscope.analysis.claims.limits import CHANCE, LEAST_VIDEOS
from samscope.analysis.statistics.bootstrap import LEVEL, Estimate
from samscope.analysis.statistics.decisions import holm, p_value
from samscope.analysis.statistics.resampled import SHARE
from samscope.records.schema import GAP_SET
from samscope.report.results import Results
from samscope.report.tables import heat_of
from samscope.report.wording import NONE, estimate, number, set_label
from samscope.trackers.positions import BY_NAME

_PLACES = {
    "frame": (10, 150),
    "image_embeddings": (185, 10),
    "memory_conditioned": (380, 150),
    "prompt_conditioned": (580, 150),
    "object_pointer_ungated": (790, 20),
    "memory_features": (580, 330),
}
"""Upper left corner of each position's box in the diagram."""


_SHORT = {"interjection": "Interjected", "object_removal": "Removed"}


@dataclass(frozen=True)
class Told:
    """How well the absent frames of a set are told at a position.

    Attributes:
        label: the set's name.
        text: the AUROC; ``open`` where it is not told from chance, a dash where there is none.
        heat: 0 to 5, how deep its ground is tinted.
    """

    label: str
    text: str
    heat: int


@dataclass(frozen=True)
class Position:
    """A position of the diagram.

    Attributes:
        number: the paper's number.
        lines: what it is, as it fits into its box.
        x: left edge of its box.
        y: upper edge.
        told: one a set whose object goes.
    """

    number: int
    lines: tuple[str, ...]
    x: int
    y: int
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Diagram:
    """The diagram of the page.

    Attributes:
        positions: in the order of their numbers.
        caption: what the numbers are.
        alternative: the same for those who cannot see it.
    """

    positions: tuple[Position, ...]
    caption: str
    alternative: str


def diagram(results: Results) -> Diagram:
    """Return the positions of SAM 2 with the AUROC of absent frames under the gap control.

    With fewer source or partner videos than a claim needs dashes stand in the place of numbers.
    """
    by_position = _by_position(results)
    decided = _decided(by_position)
    if not any(_videos(row) >= LEAST_VIDEOS for row in by_position.values()):
        by_position = {}
    sets = [name for name in ABSENT_SETS if any(recorded_set == name for recorded_set, _ in by_position)]
    positions = []
    for name, (x, y) in _PLACES.items():
        told = tuple(
            _told(set_name, by_position.get((set_name, name)), (set_name, name) in decided)
            for set_name in ABSENT_SETS
        )
        positions.append(Position(BY_NAME[name].number, tuple(wrap(BY_NAME[name].title, 15)), x, y, told))
    feature = (
        "linear combination"
        if headline_feature(results.separability) == COMBINATION
        else "short-term distance"
    )
    caption = "SAM 2 on one frame, with the positions at which this study looks inside. "
    if sets:
        caption += (
            "Numbers: AUROC of frames without the object against clean frames under the gap control, by the "
            f"{feature}. They stand where a test tells them from chance, all of them together (Holm), and "
            "“open” where none does; the deeper the ground, the better absence is told."
        )
    else:
        caption += (
            f"There are no numbers in it: that takes {LEAST_VIDEOS} source videos, as many partner videos to "
            "lend frames and objects, and clips whose object goes beside clean ones."
        )
    spoken = [
        f"{BY_NAME[name].number}, {BY_NAME[name].title}: "
        + ", ".join(
            f"{set_label(set_name)} {estimate(row['auroc'], row['low'], row['high'])}"
            for set_name in sets
            if (row := by_position.get((set_name, name))) is not None
        )
        for name in _PLACES
    ]
    return Diagram(tuple(positions), caption, "; ".join(spoken))


def _by_position(results: Results) -> dict[tuple[str, str], Any]:
    aurocs: dict[tuple[str, str], Any] = {}
    choices = results.choices
    for set_name in ABSENT_SETS:
        rows = choose(
            results.separability, set_name, GAP_SET, spread=choices.spread, references=choices.references
        )
        rows = rows.loc[(rows["feature"] == headline_feature(results.separability)) & rows["auroc"].notna()]
        aurocs |= {(set_name, str(row["position"])): row for _, row in rows.iterrows()}
    return aurocs


def _decided(aurocs: dict[tuple[str, str], Any]) -> set[tuple[str, str]]:
    """Return the cells whose AUROC is told from chance, by the rules of the claims."""
    tested = {key: row for key, row in aurocs.items() if _videos(row) >= LEAST_VIDEOS}
    estimates = [
        Estimate(row["auroc"], row["low"], row["high"], freedom=_videos(row) - 1, bounds=SHARE)
        for row in tested.values()
    ]
    p_values = holm([p_value(estimate, CHANCE) for estimate in estimates])
    return {key for key, p in zip(tested, p_values, strict=True) if p <= 1 - LEVEL}


def _videos(row: Any) -> int:
    """Return how many source or partner videos a number rests on, whichever are fewer."""
    return int(min(row["videos"], row["partners"]) if row["partners"] else row["videos"])


def _told(set_name: str, row: Any, decided: bool) -> Told:
    label = _SHORT.get(set_name, set_label(set_name))
    if row is None:
        return Told(label, NONE, 0)
    if not decided:
        return Told(label, "open", 0)
    return Told(label, number(row["auroc"]), heat_of(row["auroc"]))
