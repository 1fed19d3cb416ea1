"""First questions about causes, as claims that a trace decides: statistic, threshold, verdict, reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from samscope.analysis.causes.cells import BANK, Span, middle_and_suffix_of, middle_of
from samscope.analysis.causes.effects import CLEAN, SetOutcomes, outcomes_by_set
from samscope.analysis.causes.outcomes import (
    FORCED_ABSENT,
    FORCED_PRESENT,
    ONLY_POINTERS,
    OTHER_POINTERS,
    WITHOUT_FRAME,
    WITHOUT_POINTERS,
)
from samscope.analysis.claims.claim import decide, measured, p_of
from samscope.analysis.claims.limits import NOTHING
from samscope.analysis.statistics.bootstrap import LEVEL
from samscope.analysis.statistics.decisions import holm
from samscope.analysis.statistics.resampled import Resampled, undefined
from samscope.clips.clip import Timeline

MOST = 0.5
"""A position carries a loss where restoring it brings more than half of it back."""

Sets = Mapping[str, SetOutcomes]


@dataclass(frozen=True)
class Question:
    """A claim about causes.

    Attributes:
        id: its name, unique.
        family: the questions that are decided together.
        sentence: what is tested.
        statistic: what is measured.
        threshold: the claim holds where the statistic's interval lies above it, and fails where below.
        measure: measures it; with a reason where it cannot decide the claim whatever it is.
    """

    id: str
    family: str
    sentence: str
    statistic: str
    threshold: float
    measure: Callable[[Sets], tuple[Resampled, str]]


def answers(outcomes: pd.DataFrame, timeline: Timeline) -> pd.DataFrame:
    """Answer the first questions from a trace's outcomes.

    Args:
        outcomes: as ``read_outcomes`` gives them.
        timeline: of its clips.

    Returns:
        One row a question: ``id``, ``family``, ``sentence``, ``statistic``, ``value`` with ``low`` and
        ``high``, the ends of its 95 % interval, ``threshold``, ``verdict`` (``holds``, ``fails``,
        ``undecided``, ``too few videos``), ``reason``, ``clips``, ``videos``. Within a family one
        claim of twenty errs by chance (Holm's procedure).
    """
    sets = outcomes_by_set(outcomes)
    families: dict[str, list[Question]] = {}
    for question in _questions(sets, outcomes, timeline):
        families.setdefault(question.family, []).append(question)
    rows = [row for family in families.values() for row in _answered(family, sets)]
    return pd.DataFrame(rows, columns=ANSWER_COLUMNS)


ANSWER_COLUMNS = [
    *("id", "family", "sentence", "statistic", "value", "low", "high"),
    *("threshold", "verdict", "reason", "clips", "videos"),
]


def _answered(family: Sequence[Question], sets: Sets) -> list[dict[str, object]]:
    numbers = [measured(*question.measure(sets)) for question in family]
    p_values = [p_of(own, "above", question.threshold) for own, question in zip(numbers, family, strict=True)]
    rows = []
    for question, own, p in zip(family, numbers, holm(p_values), strict=True):
        verdict, reason = decide(own, "above", question.threshold)
        if verdict in ("holds", "fails") and p > 1 - LEVEL:
            tests = int(np.isfinite(p_values).sum())
            verdict, reason = "undecided", f"{tests} questions are asked at once (Holm, p {p:.2g})"
        rows.append(
            {
                "id": question.id,
                "family": question.family,
                "sentence": question.sentence,
                "statistic": question.statistic,
                "value": own.estimate.value,
                "low": own.estimate.low,
                "high": own.estimate.high,
                "threshold": question.threshold,
                "verdict": verdict,
                "reason": reason,
                "clips": own.clips,
                "videos": own.videos,
            }
        )
    return rows


def _questions(sets: Sets, outcomes: pd.DataFrame, timeline: Timeline) -> list[Question]:
    """Return the questions that can be asked of a trace."""
    middle, onwards = middle_of(timeline), middle_and_suffix_of(timeline)
    return [
        *(_costs(name) for name in sets if name != CLEAN),
        _carries(
            "interjection", "memory_features", "an interjection spoils the suffix through memories", middle
        ),
        _carries(
            "interjection", "object_pointer", "an interjection spoils the suffix through pointers", middle
        ),
        _carries("interjection", BANK, "memories and pointers together carry the loss", middle),
        *_pointer_questions(onwards),
        *_forgotten(outcomes),
        _carries(
            "overlay", "memory_conditioned", "position 2 decides between object and look-alike", onwards
        ),
        _carries(
            "overlay", "prompt_conditioned", "position 3 decides between object and look-alike", onwards
        ),
        _more("overlay", "memory_conditioned", "prompt_conditioned", onwards),
        _changed(
            "score-forced-absent",
            "score",
            CLEAN,
            "clean_probe",
            FORCED_ABSENT,
            middle,
            "the object score is a cause: forced to absent in the middle, it spoils the suffix",
        ),
        _changed(
            "score-forced-present",
            "score",
            "interjection",
            "transformed_probe",
            FORCED_PRESENT,
            middle,
            "forced to present in an interjection, the object score spares the suffix",
        ),
        _carries("interjection", "object_score", "the object score carries an interjection's loss", middle),
    ]


def _costs(name: str) -> Question:
    words = name.replace("_", " ")
    return Question(
        f"costs-{name}",
        "costs",
        f"{words} costs J after the middle",
        "mean J over the suffix, clean less transformed",
        NOTHING,
        lambda sets: (sets[name].lost(), ""),
    )


def _carries(name: str, position: str, sentence: str, span: Span) -> Question:
    def measure(sets: Sets) -> tuple[Resampled, str]:
        if name not in sets:
            return undefined(f"{name} was not traced"), ""
        own = sets[name]
        lost = own.lost()
        return _restored(own, position, span) / lost, _nothing_lost(name, lost)

    return Question(
        f"{name}-{position.replace('_', '-').replace('+', '-and-')}",
        f"through {name}",
        sentence,
        f"share of the lost J that {position}, restored on frames {span}, brings back",
        MOST,
        measure,
    )


def _restored(own: SetOutcomes, position: str, span: Span) -> Resampled:
    gained = own.gained("restore", position, span.first, span.last)
    return undefined(f"{position} was not restored on frames {span}") if gained.missing else gained


def _nothing_lost(name: str, lost: Resampled) -> str:
    estimate = lost.estimate
    if estimate.has_interval and estimate.low > 0:
        return ""
    return f"it is not certain that {name} costs any J, so that shares of the loss mean little"


def _more(name: str, place: str, other: str, span: Span) -> Question:
    def measure(sets: Sets) -> tuple[Resampled, str]:
        if name not in sets:
            return undefined(f"{name} was not traced"), ""
        first, second = (_restored(sets[name], position, span) for position in (place, other))
        return first - second, ""

    return Question(
        f"{name}-{place.replace('_', '-')}-beyond-{other.replace('_', '-')}",
        f"through {name}",
        f"more of it passes through {place} than through {other}",
        f"J that {place}, restored on frames {span}, brings back less what {other} does",
        NOTHING,
        measure,
    )


def _changed(  # noqa: PLR0917
    identifier: str, family: str, name: str, kind: str, probe: str, span: Span, sentence: str
) -> Question:
    def measure(sets: Sets) -> tuple[Resampled, str]:
        if name not in sets:
            return undefined(f"{name} was not traced"), ""
        return sets[name].gained(kind, probe, span.first, span.last), ""

    what = "lost" if kind == "clean_probe" else "won back"
    return Question(identifier, family, sentence, f"mean J over the suffix that is {what}", NOTHING, measure)


def _pointer_questions(onwards: Span) -> list[Question]:
    sentences = {
        WITHOUT_POINTERS: "the pointers are used: without them J falls",
        OTHER_POINTERS: "the pointers are used: with another object's J falls",
        ONLY_POINTERS: "the pointers alone do not do: without memories J falls",
    }
    return [
        _changed(
            f"pointers-{probe.replace('_', '-')}", "pointers", CLEAN, "clean_probe", probe, onwards, text
        )
        for probe, text in sentences.items()
    ]


def _forgotten(outcomes: pd.DataFrame) -> list[Question]:
    rows = outcomes.loc[(outcomes["kind"] == "clean_probe") & (outcomes["edited"] == WITHOUT_FRAME)]
    return [
        _changed(
            f"needed-frame-{frame}",
            "needed frames",
            CLEAN,
            "clean_probe",
            WITHOUT_FRAME,
            Span(frame, frame),
            f"remembered frame {frame}{' (the prompt)' if frame == 0 else ''} is needed: unread, J falls",
        )
        for frame in sorted(int(first) for first in rows["first"].unique())
    ]
