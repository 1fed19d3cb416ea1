"""Everything that the page of a comparison says, computed once from the records of several studies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from samscope.analysis.comparison.aurocs import auroc_differences
from samscope.analysis.comparison.measures import absence_differences, accuracy_differences
from samscope.analysis.comparison.rises import feature_rises, rise_differences
from samscope.analysis.comparison.scores import score_differences, study_scores
from samscope.analysis.comparison.shared_clips import Pair, pair_studies
from samscope.records.store import Study
from samscope.report.facts import how_it_ran, what_was_run
from samscope.report.results import Results, compute_results
from samscope.support.progress import Progress
from samscope.support.side_by_side import Doing, one_by_one

_DIFFERENCES: dict[str, Callable[[Pair], pd.DataFrame]] = {
    "features_differences": rise_differences,
    "separability_differences": auroc_differences,
    "accuracy_differences": accuracy_differences,
    "absence_differences": absence_differences,
    "scores_differences": score_differences,
}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Studies side by side.

    Attributes:
        names: what the studies are called, in order; the first is what the others are held against.
        studies: the studies by name.
        pairs: by name of every other study, it and the first one with the clips on which they are compared.
        tables: by name of their CSV file. ``settings`` has one row a study and fact; ``features`` (how far
            features rise in the middle), ``separability``, ``accuracy``, ``absence``, ``scores`` (those of
            memory rules) and ``claims`` have the rows of each study, named in a first column ``study``;
            ``features_differences``, ``separability_differences``, ``accuracy_differences``,
            ``absence_differences`` and ``scores_differences`` have those of every other study held against
            the first, the ``reference``.
    """

    names: tuple[str, ...]
    studies: dict[str, Study]
    pairs: dict[str, Pair]
    tables: dict[str, pd.DataFrame]

    @property
    def reference(self) -> str:
        """The name of the study that the others are held against."""
        return self.names[0]


def compare_studies(studies: Mapping[str, Study], progress: Progress, do: Doing = one_by_one) -> Comparison:
    """Compute the results of each study, and what differs between the first and every other one.

    Args:
        studies: two or more, by name.
        progress: hears of every study.
        do: does what does not depend on each other.
    """
    names = tuple(studies)
    with progress.stage("studies", len(names)) as advance:
        results = {}
        for name, study in studies.items():
            results[name] = compute_results(study, do=do)
            advance(name)
    pairs = {name: pair_studies(studies[name], studies[names[0]]) for name in names[1:]}
    tables = _own_tables(results)
    with progress.stage("differences", len(_DIFFERENCES)) as advance:
        for title, differences in _DIFFERENCES.items():
            tables[title] = _stacked(
                {name: differences(pair) for name, pair in pairs.items()}, reference=names[0]
            )
            advance(title.replace("_", " "))
    return Comparison(names, dict(studies), pairs, tables)


def _own_tables(results: Mapping[str, Results]) -> dict[str, pd.DataFrame]:
    return {
        "settings": _settings(results),
        "features": _stacked({name: feature_rises(own.study) for name, own in results.items()}),
        "separability": _stacked({name: own.separability for name, own in results.items()}),
        "accuracy": _stacked({name: own.accuracy for name, own in results.items()}),
        "absence": _stacked({name: own.absence_measures for name, own in results.items()}),
        "scores": _stacked({name: study_scores(own.study) for name, own in results.items()}),
        "claims": _stacked({name: own.claims for name, own in results.items()}),
    }


def _settings(results: Mapping[str, Results]) -> pd.DataFrame:
    rows = [
        {"study": name, "fact": fact, "value": value}
        for name, own in results.items()
        for fact, value in (*what_was_run(own.study), *how_it_ran(own.study))
    ]
    return pd.DataFrame(rows, columns=["study", "fact", "value"])


def _stacked(tables: Mapping[str, pd.DataFrame], reference: str = "") -> pd.DataFrame:
    """Put tables under each other, with a first column that names the study, and one for the reference."""
    named = []
    for name, table in tables.items():
        shown = table.copy()
        if reference:
            shown.insert(0, "reference", reference)
        shown.insert(0, "study", name)
        named.append(shown)
    filled = [table for table in named if len(table)] or named[:1]
    return pd.concat(filled, ignore_index=True)
