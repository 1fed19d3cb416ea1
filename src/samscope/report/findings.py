"""The answer: what tests of the paper's claims decided, and what the tracker did, from the numbers alone."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, headline_feature
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.records.schema import GAP_SET
from samscope.report.claims_table import families_table
from samscope.report.claims_view import claim_rows, claims_summary
from samscope.report.results import Results
from samscope.report.wording import estimate, interval, listed, number, sentence_label
from samscope.trackers.positions import BY_NAME

FINDINGS_TABLE = "findings"
"""Among a study's ``tables``, what its page answers, one finding a row: first its limits, then what was
decided."""

TOPICS: dict[str, tuple[str, ...]] = {
    "Where absence shows": (
        "separability-at-1",
        "separability-grows",
        "separability-complete",
        "combination",
    ),
    "Scene or object": (
        "scene-and-object",
        "clean-level",
        "interjection-and-removal",
        "context-removal",
        "curves-agree",
    ),
    "Object pointer": (
        "pointer-distance",
        "unobscured-pointers",
        "pointer-spread",
        "pointer-box",
        "pointer-motion",
    ),
    "Object on the maps": ("maps-at-1-edges", "maps-at-1-object", "maps-at-2", "maps-at-3", "maps-at-5"),
}
"""What the families of claims are about; a family that is named nowhere is among ``_OTHER``."""

HEADLINE_POSITIONS = (
    "frame",
    "image_embeddings",
    "memory_conditioned",
    "prompt_conditioned",
    "object_pointer_ungated",
    "memory_features",
)
"""One tensor a position: the ungated pointer, since the stored one only says that the score crossed 0."""

_OTHER = "What else the paper says"

_NUMBERED = 6
"""Tests whose numbers stand under a finding; the table of claims has all."""


@dataclass(frozen=True)
class Finding:
    """One thing that a study found.

    Attributes:
        about: what it is about, in a few words.
        text: one or two sentences.
        more: what is to be known beside it; may be empty.
    """

    about: str
    text: str
    more: str = ""


def findings(results: Results) -> list[Finding]:
    """Return the answer of a study: its limits, then what its tests decided, then what the tracker did.

    Nothing is said of the model that a test of a claim has not decided: under the gap control, or by the
    paper's definition where that control has no meaning. What the tracker did is measured, not tested, so it
    is said with its interval, and with as many videos as a claim needs.
    """
    said: list[Finding | None] = [_limits(results), *_decided(results)]
    if _fewest(results) >= LEAST_VIDEOS:
        said += [_beyond_twin(results), _masks(results), _false_positives(results)]
    return [finding for finding in said if finding]


def findings_table(told: list[Finding]) -> pd.DataFrame:
    """Return findings as a table with the columns of ``Finding``."""
    return pd.DataFrame(
        [(finding.about, finding.text, finding.more) for finding in told], columns=["about", "text", "more"]
    )


def _fewest(results: Results) -> int:
    return int(results.study.clips["source_video"].nunique())


def _limits(results: Results) -> Finding:
    """Say first what the answer rests on, and how far it goes."""
    clips = results.study.clips
    draws, videos = clips["clip"].nunique(), _fewest(results)
    rests = f"One model, {_counted(draws, 'draw')} of clips from {_counted(videos, 'source video')}"
    if videos < LEAST_VIDEOS:
        text = (
            f"{rests}: too few for any answer. A claim is decided from {LEAST_VIDEOS} source videos on, and "
            "from as many partner videos where clips are made of two."
        )
    else:
        text = (
            f"{rests}: what follows holds for this model and for videos like these, and says nothing of "
            "other models. “Undecided” does not mean untrue."
        )
    return Finding("Limits", text, claims_summary(claim_rows(results.claims)) if len(results.claims) else "")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def _decided(results: Results) -> Iterator[Finding]:
    """Say of each topic which things that the paper says hold, fail, and stay open."""
    if results.claims.empty or _fewest(results) < LEAST_VIDEOS:
        return
    verdicts = _headline_verdicts(families_table(results.claims), "family")
    placed = {family for families in TOPICS.values() for family in families}
    others = tuple(family for family in verdicts["family"] if family not in placed)
    for topic, families in {**TOPICS, _OTHER: others}.items():
        rows = verdicts.loc[verdicts["family"].isin(families)]
        if len(rows):
            yield Finding(topic, _said_of(rows), _tests_of(results.claims, families))


def _headline_verdicts(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return one row a key: under the gap control, or as the paper defines it where that has no meaning."""
    tested = table.loc[table["verdict"].notna()]
    order = tested["definition"].map({"gap control": 0, "paper": 1})
    chosen = tested.assign(order=order).sort_values("order", kind="stable").drop_duplicates(key)
    return chosen.sort_index(kind="stable").drop(columns="order")


def _said_of(rows: pd.DataFrame) -> str:
    parts = []
    for verdict, word in (("holds", "Holds"), ("fails", "Does not hold")):
        sentences = rows.loc[rows["verdict"] == verdict, "sentence"]
        if len(sentences):
            parts.append(f"{word}: {' '.join(f'“{sentence}”' for sentence in sentences)}")
    few = int((rows["verdict"] == "too few videos").sum())
    left = int((rows["verdict"] == "undecided").sum()) + few
    if not parts:
        return f"Nothing is decided of the {_counted(len(rows), 'thing')} that the paper says{_few(few)}."
    if left:
        parts.append(f"Undecided: {left} of {len(rows)}{_few(few)}.")
    return " ".join(parts)


def _few(few: int) -> str:
    return f", {few} for want of videos" if few else ""


def _beyond_twin(results: Results) -> Finding | None:
    """Say what of the model's separability is its own, and what its random twin has too."""
    rows = results.against_twin
    rows = rows.loc[
        (rows["feature"] == headline_feature(results.separability))
        & (rows["spread"] == ("std" if headline_feature(results.separability) == COMBINATION else "none"))
        & (rows["pooling"] == "pooled")
        & (rows["against"] == GAP_SET)
        & rows["position"].isin(HEADLINE_POSITIONS)
    ]
    told = [_beyond_in(rows, set_name) for set_name in ABSENT_SETS if (rows["set"] == set_name).any()]
    if not told:
        return None
    twin = results.study.twin
    draws = 0 if twin is None else twin.clips["clip"].nunique()
    return Finding(
        "Model or pixels",
        f"A random twin, of the same architecture with random weights, {'; '.join(told)}.",
        "What the twin tells as well, pixels suffice for; only what lies beyond it speaks for what the model "
        f"has learned (under the gap control, the same {draws} draws of both, intervals over videos).",
    )


def _beyond_in(rows: pd.DataFrame, set_name: str) -> str:
    """Say of a set what the twin reaches, and at which positions the model is beyond it or behind.

    The frame itself is the same for both.
    """
    by_position: dict[str, Any] = {
        str(row["position"]): row for _, row in rows[rows["set"] == set_name].iterrows()
    }
    by_position = {
        name: by_position[name] for name in HEADLINE_POSITIONS if name in by_position and name != "frame"
    }
    reached = [row["reference_value"] for row in by_position.values()]
    low, high = number(min(reached)), number(max(reached))
    between = f"AUROC {low}" if low == high else f"AUROC {low} to {high} by position"
    beyond = [name for name in by_position if by_position[name]["low"] > 0]
    behind = [name for name in by_position if by_position[name]["high"] < 0]
    said = "the model is nowhere surely beyond it"
    if beyond:
        most = max(beyond, key=lambda name: float(by_position[name]["difference"]))
        by = estimate(*(by_position[most][column] for column in ("difference", "low", "high")))
        said = f"the model is beyond it at {_numbered(beyond)}, most at {BY_NAME[most].number}, by {by}"
    less = f", and behind it at {_numbered(behind)}" if behind else ""
    return f"tells {sentence_label(set_name)} with {between}: {said}{less}"


def _numbered(positions: list[str]) -> str:
    numbers = listed([str(BY_NAME[name].number) for name in positions])
    return f"position{'s' if len(positions) > 1 else ''} {numbers}"


def _tests_of(claims: pd.DataFrame, families: tuple[str, ...]) -> str:
    """Return the single tests of a topic that are decided, with what was measured."""
    rows = _headline_verdicts(claims.loc[claims["family"].isin(families)], "claim")
    rows = rows.loc[rows["verdict"].isin(["holds", "fails"])]
    said = [
        f"{row['sentence'].removesuffix('.')}: {row['verdict']}, {row['statistic']} "
        f"{estimate(row['value'], row['low'], row['high'])}."
        for row in rows.head(_NUMBERED).to_dict("records")
    ]
    if len(rows) > _NUMBERED:
        said.append(f"{len(rows) - _NUMBERED} more are in the table of claims.")
    return " ".join(said)


def _masks(results: Results) -> Finding | None:
    table = results.accuracy.loc[results.accuracy["measure"] == "j_and_f"]
    by_segment: dict[tuple[str, str], Any] = {
        (row["set"], row["segment"]): row for _, row in table.iterrows()
    }
    measured = [
        f"{estimate(row['mean'], row['low'], row['high'])} on the {sentence_label(name)} clips"
        for (name, segment), row in by_segment.items()
        if segment == "whole" and math.isfinite(row["mean"])
    ]
    return Finding("How well it tracks", f"J&F is {listed(measured)}.") if measured else None


def _false_positives(results: Results) -> Finding | None:
    by_set: dict[tuple[str, str], Any] = {
        (row["set"], row["measure"]): row
        for _, row in results.absence_measures.iterrows()
        if math.isfinite(row["mean"])
    }
    marked = [
        f"on {_percent(by_set[name, 'missed_absence_by_mask'])} of the absent frames of "
        f"{sentence_label(name)} ({100 * by_set[name, 'false_positive_area']['mean']:.1f} % of the picture "
        "on average)"
        for name in ABSENT_SETS
        if (name, "missed_absence_by_mask") in by_set and (name, "false_positive_area") in by_set
    ]
    if not marked:
        return None
    changes = {name: by_set.get((name, "j_change_less_clean")) for name in ABSENT_SETS}
    changed = [
        f"{estimate(row['mean'], row['low'], row['high'])} with {sentence_label(name)}"
        for name, row in changes.items()
        if row is not None
    ]
    after = (
        "From before the absence to after it J changes, beyond what it changes in the clean clip on the same "
        f"frames, by {listed(changed)}."
        if changed
        else ""
    )
    return Finding("While it is gone", f"The tracker still marks something {listed(marked)}.", after)


def _percent(row: Any) -> str:
    between = interval(100 * row["low"], 100 * row["high"], 0)
    return f"{100 * row['mean']:.0f} %{f' ({between})' if between else ''}"
